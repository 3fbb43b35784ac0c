"""What users pass to a layer, checked and brought to one form: x (T, B, I) with lengths, and states by component.

Errors are those of ``torch.nn``, type and words, wherever torch has one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import is_fake
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from undertow.errors import BackendError, OptionError
from undertow.nn.engines.layer import Sizes, check_lengths

__all__ = [
    "BATCHED",
    "Form",
    "Nested",
    "State",
    "check_step",
    "read_input",
    "read_lengths",
    "read_state",
    "write_state",
]

#: What users pass and get as a state: a tensor for a cell of one component, a tuple of them for more; where layers
#: have different widths each is a tuple, one tensor a layer.
State = Tensor | tuple[Tensor, ...] | tuple[tuple[Tensor, ...], ...]

#: A state by layer and component, (D, B, H) each.
Nested = list[dict[str, Tensor]]


@dataclass(frozen=True)
class Form:
    """How the input came, so that outputs go back the same way."""

    batched: bool
    batch_first: bool
    packed: PackedSequence | None

    def restore(self, output: Tensor) -> Tensor | PackedSequence:
        """``output`` (T, B, ...) as the input came."""
        if self.packed is None:
            return self.restore_tensor(output)
        if self.packed.sorted_indices is not None:
            output = output.index_select(1, self.packed.sorted_indices)
        lengths = _lengths_of(self.packed)
        data = pack_padded_sequence(output, lengths).data
        return PackedSequence(data, self.packed.batch_sizes, self.packed.sorted_indices, self.packed.unsorted_indices)

    def restore_tensor(self, output: Tensor) -> Tensor:
        """``output`` (T, B, ...) in the input's layout, padded."""
        if not self.batched:
            return output.squeeze(1)
        return output.transpose(0, 1) if self.batch_first else output


#: The forms of tensors, by whether there is a batch, and whether it comes first.
_FORMS = {(b, f): Form(b, f, None) for b, f in product((False, True), repeat=2)}
#: The form of (T, B, I).
BATCHED = _FORMS[True, False]


def _lengths_of(packed: PackedSequence) -> Tensor:
    """Lengths of a packed batch, longest first."""
    batch: Any = packed.batch_sizes[0]  # no number: a trace goes by the batch of its own input
    steps = torch.arange(batch, device="cpu")
    return (packed.batch_sizes[:, None] > steps).sum(0)


def read_input(
    layer: str,
    input: Tensor | PackedSequence,
    *,
    batch_first: bool,
    input_size: int,
    like: Tensor | None,
) -> tuple[Tensor, Tensor | None, Form]:
    """``input`` as (T, B, I), its lengths if it is packed, and its form; ``like`` is one of the layer's weights."""
    if isinstance(input, PackedSequence):
        _check_tensor(input.data, 2, input_size, like)
        x, lengths = pad_packed_sequence(input)
        return x, lengths, Form(True, False, input)
    if type(input) is not Tensor or input.is_nested:
        _check_type(input, layer)
    if input.dim() not in (2, 3):
        noun = " tensor" if layer == "RNN" else ""
        raise ValueError(f"{layer}: Expected input to be 2D or 3D, got {input.dim()}D{noun} instead")
    batched = input.dim() == 3
    if not batched:
        input = input.unsqueeze(0 if batch_first else 1)
    _check_tensor(input, 3, input_size, like)
    x = input.transpose(0, 1) if batch_first else input
    if x.shape[0] == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    return x, None, _FORMS[batched, batch_first]


def _check_type(input: Any, layer: str) -> None:
    """Refuse an ``input`` that is no tensor.

    Raises:
        TypeError: it is not, and has none of a tensor's methods.
        BackendError: it stands for a tensor in ``torch.fx``.
    """
    if isinstance(input, Tensor) and input.is_nested:
        raise BackendError(f"{layer} reads no nested tensor; pad it, torch.nested.to_padded_tensor, and give lengths=")
    if hasattr(type(input), "__torch_function__"):
        if type(input).__module__.startswith("torch.fx"):
            raise BackendError(
                f"torch.fx.symbolic_trace runs into {layer}, which looks at shapes; let it be a leaf "
                "(torch.fx.Tracer.is_leaf_module), or use torch.export.export"
            )
        return
    raise TypeError(
        f"{layer}: expected a Tensor or a PackedSequence, got {type(input).__name__}; make one: torch.as_tensor(input)"
    )


def _check_tensor(x: Tensor, dimensions: int, input_size: int, like: Tensor | None) -> None:
    dtype = torch.get_default_dtype() if like is None else like.dtype
    if x.dtype != dtype and not torch.is_autocast_enabled(x.device.type):
        raise ValueError(
            f"RNN input dtype ({x.dtype}) does not match weight dtype ({dtype}). "
            f"Convert input: input.to({dtype}), or convert model: model.to({x.dtype})"
        )
    if x.layout is not torch.strided:
        raise RuntimeError(f"input is {x.layout}; a recurrent layer reads dense tensors: input.to_dense()")
    if x.dim() != dimensions:
        raise RuntimeError(f"input must have {dimensions} dimensions, got {x.dim()}")
    if x.shape[-1] != input_size:
        raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {input_size}, got {x.shape[-1]}")
    if like is not None and x.device != like.device:
        raise RuntimeError(
            "Input and parameter tensors are not at the same device, found input tensor at "
            f"{x.device} and parameter tensor at {like.device}"
        )


def check_step(
    layer: str,
    input: Tensor,
    hx: Tensor | tuple[Tensor, ...] | None,
    *,
    initial: Mapping[str, float],
    sizes: Sizes,
    like: Tensor | None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """``input`` of a single step as (B, I), and the state before it by component (B, H)."""
    if type(input) is not Tensor or input.is_nested:
        _check_type(input, layer)
    if input.dim() not in (1, 2):
        raise ValueError(f"{layer}: Expected input to be 1D or 2D, got {input.dim()}D instead")
    x = input.unsqueeze(0) if input.dim() == 1 else input
    if x.shape[1] != sizes.inputs:
        raise RuntimeError(f"input has inconsistent input_size: got {x.shape[1]} expected {sizes.inputs}")
    parts = () if hx is None else (hx,) if isinstance(hx, Tensor) else tuple(hx)
    for number, part in enumerate(parts):
        _check_step_state(layer, number, part, input, (x.shape[0], sizes.hidden), alone=len(initial) == 1)
    _check_tensor(x, 2, sizes.inputs, like)
    if hx is None:
        return x, {name: x.new_full((x.shape[0], sizes.hidden), value) for name, value in initial.items()}
    if len(parts) != len(initial):
        raise ValueError(f"{layer}: expected a state of {len(initial)} ({', '.join(initial)}), got {len(parts)}")
    state = {n: part.unsqueeze(0) if part.dim() == 1 else part for n, part in zip(initial, parts, strict=True)}
    for name, part in state.items():
        _check_kind(part, name, x)
    return x, state


def _check_step_state(
    layer: str, number: int, part: Tensor, input: Tensor, shape: tuple[int, int], *, alone: bool
) -> None:
    which = "hidden" if alone else f"hx[{number}]"
    if part.dim() not in (1, 2):
        raise ValueError(f"{layer}: Expected {which} to be 1D or 2D, got {part.dim()}D instead")
    if part.dim() != input.dim():
        raise ValueError(f"{layer}: Expected {which} to be {input.dim()}D as the input, got {part.dim()}D instead")
    batch, hidden = shape[0] if part.dim() == 1 else part.shape[0], part.shape[-1]
    if batch != shape[0]:
        raise RuntimeError(f"Input batch size {shape[0]} doesn't match hidden{number} batch size {batch}")
    if hidden != shape[1]:
        raise RuntimeError(f"hidden{number} has inconsistent hidden_size: got {hidden}, expected {shape[1]}")


def read_lengths(lengths: Tensor | Sequence[int], x: Tensor, form: Form) -> Tensor:
    """``lengths=`` checked against ``x`` (T, B, I), as an int64 tensor (B,) on the CPU."""
    if form.packed is not None or not form.batched:
        what = "a PackedSequence, which has its own" if form.packed is not None else "unbatched input"
        raise OptionError(f"lengths= cannot go with {what}")
    empty = isinstance(lengths, Sequence) and not lengths  # which torch takes for floating point
    given = torch.as_tensor(lengths, device="cpu", dtype=torch.int64 if empty else None).detach()
    if given.dtype.is_floating_point or given.dtype == torch.bool:
        raise OptionError(f"lengths must be whole numbers, got {given.dtype}")
    steps, batch = x.shape[:2]
    if given.shape != (batch,):
        raise OptionError(f"lengths must have one entry a sample, shape ({batch},); got {tuple(given.shape)}")
    if not (torch.compiler.is_compiling() or is_fake(given)):  # else there are no numbers yet: the operation looks
        check_lengths(given, steps)
    return given.to(torch.int64)


def read_state(
    hx: State | None,
    *,
    initial: Mapping[str, float],
    widths: Sequence[Mapping[str, int]],
    directions: int,
    x: Tensor,
    form: Form,
) -> Nested:
    """The state before the first step, by layer and component; the declared one if ``hx`` is None."""
    batch = x.shape[1]
    if hx is None:
        return [{n: x.new_full((directions, batch, width[n]), v) for n, v in initial.items()} for width in widths]
    parts = (hx,) if len(initial) == 1 else tuple(hx)
    if len(parts) != len(initial):
        raise ValueError(f"expected a state of {len(initial)} components ({', '.join(initial)}), got {len(parts)}")
    even = _is_even(widths)
    layered: dict[str, Sequence[Tensor]] = {}
    for number, (name, part) in enumerate(zip(initial, parts, strict=True)):
        if even:
            _check_dimensions(parts, form)
            whole = part if form.batched else part.unsqueeze(1)
            _check_size(whole, (len(widths) * directions, batch, widths[0][name]), number, len(initial))
            _check_kind(whole, name, x)
            layered[name] = (whole,) if len(widths) == 1 else whole.split(directions)
        else:
            layered[name] = [p if form.batched else p.unsqueeze(1) for p in part]
            if len(layered[name]) != len(widths):
                raise ValueError(f"state {name!r} must have a tensor for each of the {len(widths)} layers")
            for tensor, width in zip(layered[name], widths, strict=True):
                _check_size(tensor, (directions, batch, width[name]), number, len(initial))
                _check_kind(tensor, name, x)
    return [{name: layered[name][index] for name in initial} for index in range(len(widths))]


def _check_kind(part: Tensor, name: str, x: Tensor) -> None:
    """A state is of the input's device and, where nothing casts it (autocast does), of its format."""
    if part.device != x.device:
        raise RuntimeError(
            "Input and hidden tensors are not at the same device, found input tensor at "
            f"{x.device} and hidden tensor at {part.device}"
        )
    if part.dtype != x.dtype and not torch.is_autocast_enabled(x.device.type):
        raise RuntimeError(
            f"Input and hidden tensors are not the same dtype, found input tensor with {x.dtype} and hidden tensor "
            f"{name!r} with {part.dtype}. Convert it: {name}.to({x.dtype})"
        )


def _is_even(widths: Sequence[Mapping[str, int]]) -> bool:
    return all(width == widths[0] for width in widths)


def _check_dimensions(parts: tuple[Tensor, ...], form: Form) -> None:
    wanted = 3 if form.batched else 2
    if all(part.dim() == wanted for part in parts):
        return
    kind = "batched 3-D" if form.batched else "unbatched 2-D"
    if len(parts) == 1:
        raise RuntimeError(f"For {kind} input, hx should also be {wanted}-D but got {parts[0].dim()}-D tensor")
    got = ", ".join(f"{part.dim()}-D" for part in parts)
    raise RuntimeError(f"For {kind} input, hx and cx should also be {wanted}-D but got ({got}) tensors")


def _check_size(part: Tensor, expected: tuple[int, ...], number: int, components: int) -> None:
    if part.shape != expected:
        which = f"[{number}]" if components > 1 else ""
        raise RuntimeError(f"Expected hidden{which} size {expected}, got {list(part.shape)}")


def write_state(final: Sequence[Mapping[str, Tensor]], form: Form) -> State:
    """Final states by layer, in the shape that users get (see :data:`State`)."""
    layered = {name: [layer[name] for layer in final] for name in final[0]}
    # In a trace widths are tensors, and no two of them are one key of a set.
    if all(part.shape[-1] == layers[0].shape[-1] for layers in layered.values() for part in layers[1:]):
        whole = [layers[0] if len(layers) == 1 else torch.cat(layers) for layers in layered.values()]
        written: tuple[Any, ...] = tuple(whole if form.batched else [part.squeeze(1) for part in whole])
    else:
        written = tuple(tuple(p if form.batched else p.squeeze(1) for p in parts) for parts in layered.values())
    return written[0] if len(written) == 1 else written
