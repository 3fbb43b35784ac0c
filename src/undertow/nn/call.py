"""One layer over one batch, as the kernels are told about it; and inference, which leaves nothing behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from undertow.kernels.calls import Sequence, Sizes
from undertow.kernels.packing import Packed
from undertow.kernels.sequence import RING, forward
from undertow.kernels.steps import Steps
from undertow.nn.compiled import steps_of
from undertow.nn.layer import Layer, Weights
from undertow.nn.memory import direction_of, empty, part, rows
from undertow.nn.packs import pack

__all__ = ["Call", "infer", "last"]


@dataclass(frozen=True)
class Call:
    """One layer over one batch: what does not change between forward and backward."""

    layer: Layer
    sizes: Sizes
    dtype: torch.dtype
    lengths: Tensor | None
    states: bool

    @cached_property
    def steps(self) -> Steps:
        """The kernels."""
        return steps_of(self.layer.cell, self.dtype, padded=self.lengths is not None)

    @property
    def directions(self) -> int:
        """D."""
        return len(self.layer.directions)

    @property
    def every(self) -> tuple[str, ...]:
        """Components whose value after every step is an output."""
        cell = self.layer.cell
        return tuple(cell.state) if self.states else (cell.output,)

    def pack(self, name: str, weights: Weights) -> Packed:
        """One direction's weights as they are now, for a program."""
        return pack(self.steps, self.sizes, self.layer, name, weights)

    def options(self, direction: int) -> dict[str, Any]:
        """What both runs of a direction are told."""
        lengths = 0 if self.lengths is None else self.lengths.data_ptr()
        seed = int(self.layer.seed) + direction
        return {"lengths": lengths, "reverse": direction == 1, "seed": seed, "threads": torch.get_num_threads()}


# ---- inference


def infer(
    call: Call, x: Tensor, state: tuple[Mapping[str, Tensor], ...]
) -> tuple[dict[str, Tensor], list[dict[str, Tensor]]]:
    """Outputs (T, B, D H) by component, and the final state by direction, without anything kept."""
    sizes, cell = call.sizes, call.layer.cell
    outputs = {n: empty((sizes.steps, sizes.batch, call.directions * sizes.hidden), call.dtype) for n in call.every}
    finals = []
    for direction, weights in enumerate(call.layer.directions):
        start = {name: state[direction][name].detach().contiguous() for name in cell.state}
        places: dict[str, tuple[Sequence, bool]] = {}
        rings = {}
        for name in cell.state:
            if name in outputs:
                places[name] = part(outputs[name], direction, sizes.hidden), True
            else:
                rings[name] = empty((RING, sizes.batch, sizes.hidden), call.dtype)
                places[name] = part(rings[name], 0, sizes.hidden), False
        before = {name: rows(t) for name, t in start.items()}
        forward(
            call.steps,
            sizes,
            call.pack("forward", weights),
            part(x, 0, 0),
            before,
            places,
            **call.options(direction),
        )
        ends = {name: ring[(sizes.steps - 1) % RING].clone() for name, ring in rings.items()}
        finals.append(
            {name: ends[name] if name in ends else last(call, outputs[name], direction) for name in cell.state}
        )
    return outputs, finals


def last(call: Call, output: Tensor, direction: int) -> Tensor:
    """The state that a direction ends with."""
    return direction_of(output, direction, call.sizes.hidden)[-1 if direction == 0 else 0].clone()
