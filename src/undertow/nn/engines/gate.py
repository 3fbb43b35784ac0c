"""The gate: every tensor passes here on its way to an address, and nothing else in the project asks for one.

A kernel reads an address and believes what it was told of shape, format and layout. So all of that is looked at here,
in every call: an edit through ``.data``, a hook or another process's habits can have changed any of it, and left no
trace. What a tensor *means* is told by torch's dispatch keys: numbers in this process's memory have those of a tensor
just made, and no others. A negative or conjugate bit, a tensor of zeros without memory, one of ``vmap``, a fake one:
each has a key of its own.

What is not plain can mean something all the same. :class:`NotPlain` tells callers so, who then leave it to torch's
dispatcher (:mod:`undertow.nn.engines.fused.operation`); :func:`recorded` and :func:`differentiated` tell what only
torch's own operations can follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn import Parameter

__all__ = [
    "Expected",
    "NotPlain",
    "address",
    "addresses",
    "check_device",
    "differentiated",
    "is_batched",
    "is_followed",
    "is_plain",
    "matrix",
    "misshapen",
    "recorded",
    "side_by_side",
    "there",
    "traces",
]

#: Types whose operations mean what they mean for a ``Tensor``.
_TYPES = frozenset((Tensor, Parameter))
#: What classes have that leave the meaning of functions as it is (of torch.Tensor, of one that looks at operations).
_FUNCTIONS = (Tensor.__dict__["__torch_function__"].__func__, torch._C._disabled_torch_function_impl)

_keys_of = torch._C._dispatch_keys


def _plain_keys() -> frozenset[int]:
    """Of a tensor as it is made, and as it is made in ``inference_mode``."""
    found = set()
    for mode in (False, True):
        with torch.inference_mode(mode):
            found.add(_keys_of(torch.empty(0, device="cpu")).raw_repr())
    return frozenset(found)


_PLAIN = _plain_keys()


class NotPlain(RuntimeError):  # noqa: N818
    """A tensor is not numbers in memory and nothing else; what it means the kernels do not know."""


class Expected:
    """Tensors that a call is to bring: a name and a shape of each, all of ``dtype``."""

    __slots__ = ("dtype", "each", "names")

    def __init__(self, named: Iterable[tuple[str, torch.Size]], dtype: torch.dtype) -> None:
        named = list(named)
        self.dtype, self.names = dtype, [name for name, _ in named]
        self.each = [(shape, shape.numel() * dtype.itemsize) for _, shape in named]


def is_followed(tensors: Iterable[Tensor]) -> bool:
    """Whether operations on ``tensors`` are to go by torch's dispatcher: somebody traces a graph, fakes tensors, counts
    or batches calls there, or a tensor's class says itself what they mean."""
    return (
        bool(torch._C._len_torch_dispatch_stack())
        or torch._C._are_functorch_transforms_active()
        or not _TYPES.issuperset(map(type, tensors))
    )


def is_plain(tensors: Iterable[Tensor]) -> bool:
    """Whether these are numbers in memory of the CPU, and nothing else."""
    return all(_keys_of(t).raw_repr() in _PLAIN for t in tensors)


def is_batched(tensors: Iterable[Tensor]) -> bool:
    """Whether one of these is a batch of gradients (``is_grads_batched=True``), of which autograd shows one."""
    return any(torch._C._functorch.is_legacy_batchedtensor(t) for t in tensors)


def recorded(tensors: Iterable[Tensor]) -> str | None:
    """Who must be shown torch's own functions instead of one operation of ours, or None."""
    if torch._C._get_tracing_state() is not None:
        return "torch.jit.trace follows torch's own operations alone"
    if _TYPES.issuperset(map(type, tensors)):
        return None
    for tensor in tensors:
        if type(tensor) in _TYPES:
            continue
        known = getattr(type(tensor), "__torch_function__", None)
        if getattr(known, "__func__", known) not in _FUNCTIONS:  # a class's own is bound to the class
            return f"{type(tensor).__name__}.__torch_function__ knows torch's own functions alone"
    return None


def differentiated(tensors: Iterable[Tensor]) -> str | None:
    """Which derivative of ``tensors`` is asked for that takes the equations on tensors, step by step, or None."""
    if torch._C._are_functorch_transforms_active():
        kinds = {layer.key() for layer in torch._C._functorch.get_interpreter_stack() or ()}
        if kinds & {torch._C._functorch.TransformType.Grad, torch._C._functorch.TransformType.Jvp}:
            return "torch.func differentiates torch's own operations alone"
    if forward_ad._current_level >= 0 and any(_has_tangent(t) for t in tensors):
        return "forward-mode derivatives follow torch's own operations alone"
    return None


def _has_tangent(tensor: Tensor) -> bool:
    return forward_ad.unpack_dual(tensor).tangent is not None  # type: ignore[no-untyped-call]


def addresses(tensors: Sequence[Tensor], expected: Expected) -> list[int]:
    """Where the numbers of ``tensors`` are, which are as expected, rows side by side.

    Raises:
        NotPlain: one of them is not numbers in memory alone.
        RuntimeError: one of them is not as expected; it is told by its name.
    """
    found: list[int] = []
    dtype, plain, keys_of = expected.dtype, _PLAIN, _keys_of
    size = dtype.itemsize
    for tensor, (shape, nbytes) in zip(tensors, expected.each, strict=True):
        if (
            keys_of(tensor).raw_repr() not in plain
            or tensor.dtype is not dtype
            or tensor.shape != shape
            or not tensor.is_contiguous()
            or tensor.untyped_storage().nbytes() - tensor.storage_offset() * size < nbytes
        ):
            _refuse(expected.names[len(found)], tensor, shape, dtype)
        found.append(tensor.data_ptr())
    return found


def side_by_side(tensors: list[Tensor]) -> list[Tensor]:
    """These tensors, or copies of those whose rows do not lie side by side."""
    if all(map(Tensor.is_contiguous, tensors)):
        return tensors
    return [tensor.detach().contiguous() for tensor in tensors]


def address(tensor: Tensor) -> int:
    """Where the numbers of a tensor are that the caller has just made, and nobody else has seen."""
    return tensor.data_ptr()


def traces(tensors: Iterable[Tensor | None]) -> list[tuple[Any, ...]]:
    """What changes when one of these is edited in place, gets other memory or another form over the same memory."""
    there = [t for t in tensors if t is not None]
    try:
        return [(t._version, t.data_ptr(), t.shape, t.stride()) for t in there]
    except RuntimeError:  # tensors of inference_mode count no versions
        return [(0 if t.is_inference() else t._version, t.data_ptr(), t.shape, t.stride()) for t in there]


def check_device(tensors: Iterable[Tensor], x: Tensor) -> None:
    """Refuse tensors on another device than ``x``: among those that are not plain, ``meta`` would make all of it meta.

    Raises:
        RuntimeError: one of them is.
    """
    for tensor in tensors:
        if tensor.device != x.device:
            raise RuntimeError(
                "Input and parameter tensors are not at the same device, found input tensor at "
                f"{x.device} and parameter tensor at {tensor.device}"
            )


def there(tensor: Tensor) -> Tensor:
    """The tensor; one of zeros that has no memory with some, which torch's kernels and NumPy read without a look."""
    if not tensor._is_zerotensor():
        return tensor
    return tensor + torch.zeros(tensor.shape, dtype=tensor.dtype, device=tensor.device)


def matrix(tensor: Tensor) -> int | None:
    """Where a matrix is that kernels can read: plain, of a format that they have, rows side by side. Else None."""
    fits = (
        _keys_of(tensor).raw_repr() in _PLAIN
        and tensor.dtype in (torch.float32, torch.float64)
        and tensor.is_contiguous()
    )
    return tensor.data_ptr() if fits else None


def misshapen(name: str, tensor: Tensor, shape: torch.Size) -> str:
    """What is said of a tensor that has another shape than it should have."""
    return f"{name} has shape {tuple(tensor.shape)}; this layer needs {tuple(shape)}"


def _refuse(name: str, tensor: Tensor, shape: torch.Size, dtype: torch.dtype) -> NoReturn:
    """Say what is wrong with a tensor."""
    if _keys_of(tensor).raw_repr() not in _PLAIN:
        what = f"{type(tensor).__name__} on {tensor.device} with {_keys_of(tensor)}"
        raise NotPlain(
            f"{name} is no plain tensor in memory of the CPU, which the kernels read, but a {what}; "
            "backend='reference' computes with any tensor"
        )
    if tensor.dtype is not dtype:
        raise RuntimeError(f"{name} is {tensor.dtype}, the input is {dtype}. Convert one of them: {name}.to({dtype})")
    if tensor.shape != shape:
        raise RuntimeError(misshapen(name, tensor, shape))
    if not tensor.is_contiguous():
        raise RuntimeError(f"{name} has strides {tensor.stride()}; its rows must lie side by side: {name}.contiguous()")
    held = tensor.untyped_storage().nbytes()
    raise RuntimeError(f"{name} has shape {tuple(shape)} and only {held} bytes of memory; its storage was resized")
