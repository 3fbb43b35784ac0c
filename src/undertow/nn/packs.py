"""A layer's tensors for the kernels: where they stand, and packed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from undertow.kernels.calls import Sizes
from undertow.kernels.packing import Packed, Parameters
from undertow.kernels.steps import Steps
from undertow.nn.layer import Layer, Weights

__all__ = ["addresses_of", "pack", "replaced"]

#: Programs times threads whose packed weights one layer holds.
_MOST_PACKED = 32


def pack(steps: Steps, sizes: Sizes, layer: Layer, name: str, weights: Weights) -> Packed:
    """The weights as they are now, packed for a program.

    Where they stand is looked up in every call, since an edit through ``.data`` can move them and leaves no trace, and
    what stands there is packed in every call. The buffers are used again, by each thread its own.
    """
    tensors = weights.tensors
    threads = torch.get_num_threads()
    if not all(map(Tensor.is_contiguous, tensors)):
        whole = replaced(weights, lambda t: t.detach().contiguous())
        packed = Packed(steps, name, sizes, addresses_of(layer, whole))
        packed.refresh(threads)
        return packed
    key = (id(steps), name, *sizes[2:], threading.get_ident(), *map(Tensor.data_ptr, tensors))
    packs: dict[tuple[Any, ...], Packed] = layer.packs
    known = packs.get(key)
    packed = known or Packed(steps, name, sizes, addresses_of(layer, weights))
    if known is None:
        if len(packs) >= _MOST_PACKED:
            packs.clear()
        packs[key] = packed
    packed.refresh(threads)
    return packed


def addresses_of(layer: Layer, weights: Weights) -> Parameters:
    """Where one direction's weights stand, by gate."""
    cell = layer.cell
    second = _by_address(weights.bias_hh, layer.bias_hh_gates)
    alone = {gate: second.pop(gate) for gate in cell.recurrent_bias_gates if gate in second}
    return Parameters(
        W=_by_address(weights.weight_ih, cell.input_gates),
        b=_by_address(weights.bias_ih, cell.input_gates),
        U=_by_address(weights.weight_hh, cell.recurrent_gates),
        d=alone,
        p={name: t.data_ptr() for name, t in weights.p.items()},
        second=second,
    )


def _by_address(rows: Tensor | None, gates: tuple[str, ...]) -> dict[str, int]:
    if rows is None or not gates:
        return {}
    step = rows.numel() // len(gates) * rows.element_size()
    return {gate: rows.data_ptr() + number * step for number, gate in enumerate(gates)}


def replaced(weights: Weights, by: Callable[[Tensor], Tensor]) -> Weights:
    """The same weights with each tensor that there is replaced."""

    def new(tensor: Tensor | None) -> Tensor | None:
        return None if tensor is None else by(tensor)

    w = weights
    matrices = new(w.weight_ih), new(w.weight_hh), new(w.bias_ih), new(w.bias_hh), new(w.weight_hr)
    return Weights(*matrices, {name: by(t) for name, t in w.p.items()})
