"""What layers are called with, from a case: tensors of odd layouts, states, lengths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from layer_build import dtype_of, other
from layer_cases import Case
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import undertow


def _numbers(case: Case, name: str, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    seed = case["seed"] + sum(map(ord, name)) * 7919
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def laid_out(t: Tensor, layout: str) -> Tensor:
    """Numbers of ``t``, mostly, in memory of another form."""
    match layout:
        case "transposed":
            return t.transpose(0, -1).contiguous().transpose(0, -1)
        case "strided":
            return t.repeat_interleave(2, -1)[..., ::2]
        case "expanded":
            return t[..., :1].expand(t.shape)
        case "offset":
            return torch.cat([t.new_zeros(3), t.flatten()])[3:].view(t.shape)
        case "neg":
            return torch._neg_view(-t)
        case "imag":
            return torch.complex(t, -t).conj().imag
        case "zero":
            return torch._efficientzerotensor(tuple(t.shape), dtype=t.dtype)
        case "readonly":
            array = t.detach().clone().numpy()
            array.flags.writeable = False
            return torch.from_numpy(array)
        case "flip":
            return t.flip(0)
        case "windows":
            flat = torch.cat([t.flatten(), t.new_zeros(sum(t.shape))])
            return flat.as_strided(t.shape, [1] * t.dim())
    return t


@dataclass
class Given:
    """What a layer is called with."""

    case: Case
    x: Tensor
    hx: Any
    lengths: Tensor | None
    leaves: dict[str, Tensor] = field(default_factory=dict)

    def arguments(self, x: Tensor | None = None, hx: Any = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and named ones; with other numbers for x or the state, if given."""
        x, hx, case = self.x if x is None else x, self.hx if hx is None else hx, self.case
        keywords: dict[str, Any] = {"states": True} if case["states"] else {}
        if case["form"].startswith("packed"):
            ordered = case["form"] == "packed_sorted"
            assert self.lengths is not None
            lengths = self.lengths.sort(descending=True).values if ordered else self.lengths
            x = pack_padded_sequence(x, lengths, case["batch_first"], enforce_sorted=ordered)
        elif self.lengths is not None:
            given: list[Any] = [self.lengths, self.lengths.int(), self.lengths.tolist(), self.lengths.flip(0).flip(0)]
            keywords["lengths"] = given[case["seed"] % len(given)]
        return ((x,) if hx is None else (x, hx)), keywords


def give(case: Case, layer: Any, which: str) -> Given:
    """Tensors of a case for a layer."""
    dtype = dtype_of(case, which)
    T, B, inputs = case["T"], case["B"], case["I"]
    shape = (T, inputs) if case["form"] == "2D" else (B, T, inputs) if case["batch_first"] else (T, B, inputs)
    x = _odd_numbers(_numbers(case, "x", shape, dtype), case["numbers"])
    grad = case["x_grad"]
    hx = _state(case, layer, dtype)
    if case["state"] == "makes_x" and hx is not None:
        first = leaves_of(hx)[0]
        first = first if first.dim() == len(shape) else first[0]
        x = x + first.sum() * 0.1
    else:
        x = laid_out(x, case["x"])
        if grad:
            x = x.requires_grad_()
    lengths = None
    if case["form"].startswith(("packed", "lengths")):
        generator = torch.Generator().manual_seed(case["seed"] + 5)
        lengths = torch.randint(1, T + 1, (B,), generator=generator)
        if B and case["form"].startswith("packed"):
            lengths[0] = T
    leaves = {"x": x} | {f"hx.{n}": t for n, t in enumerate(leaves_of(hx))}
    return Given(case, x, hx, lengths, {n: t for n, t in leaves.items() if t.requires_grad})


def _odd_numbers(x: Tensor, numbers: str) -> Tensor:
    match numbers:
        case "nan":
            x.view(-1)[x.numel() // 2 : x.numel() // 2 + 1] = torch.nan
        case "inf":
            x.view(-1)[x.numel() // 2 : x.numel() // 2 + 1] = -torch.inf
        case "denormal":
            x *= torch.finfo(x.dtype).tiny / 8
        case "large":
            x *= 1e4
        case "zero":
            x *= 0
    return x


def _state(case: Case, layer: Any, dtype: torch.dtype) -> Any:
    kind = case["state"]
    if kind == "none":
        return None
    cell = undertow.cells.CELLS[
        {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn", "relu": "rnn"}.get(case["layer"], case["layer"])
    ]
    directions, layers = (2 if case["bidirectional"] else 1), case["L"]
    widths = case["widths"] or [case["H"]] * layers
    even = len(set(widths)) == 1
    parts: list[Any] = []
    for number, name in enumerate(cell.state):

        def one(count: int, width: int, number: int = number, name: str = name) -> Tensor:
            width = case["proj"] if case["proj"] and name == cell.output else width
            shape = (count, width) if case["form"] == "2D" else (count, case["B"], width)
            t = _numbers(case, f"state {0 if kind == 'shared' else number}", shape, dtype)
            if cell.state[name] != 0:
                t = t.abs() + 0.5
            return _odd_state(t, kind)

        parts.append(one(layers * directions, widths[0]) if even else tuple(one(directions, w) for w in widths))
    if kind == "chunks" and even and not case["proj"]:
        whole = torch.cat(parts, -1).requires_grad_(case["x_grad"])
        parts = list(whole.chunk(len(parts), -1))
    elif kind == "shared" and not case["proj"]:
        parts = [parts[0]] * len(parts)
    for t in leaves_of(parts):
        if case["x_grad"] and t.is_leaf and t.dtype.is_floating_point:
            t.requires_grad_()
    return parts[0] if len(parts) == 1 else tuple(parts)


def _odd_state(t: Tensor, kind: str) -> Tensor:
    match kind:
        case "wrong_dtype":
            return other(t)
        case "half":
            return t.bfloat16()
        case "integers":
            return t.long()
        case "wrong_shape":
            return t.repeat_interleave(2, -1)
        case "from_numpy":
            return torch.from_numpy(t.numpy().copy(order="F"))
    return laid_out(t, kind)


def leaves_of(tree: Any) -> list[Tensor]:
    """The tensors in nested tuples."""
    if tree is None:
        return []
    if isinstance(tree, Tensor):
        return [tree]
    return [t for part in tree for t in leaves_of(part)]


def named(results: Any) -> dict[str, Tensor]:
    """What a layer returned, by names."""
    output, final, *every = results
    found = {"output": output.data if isinstance(output, PackedSequence) else output}
    found |= {f"final.{n}": t for n, t in enumerate(leaves_of(final))}
    for name, parts in (every[0] if every else {}).items():
        for number, part in enumerate(parts):
            found[f"every.{name}.{number}"] = part.data if isinstance(part, PackedSequence) else part
    return found
