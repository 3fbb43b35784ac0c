"""One layer over one batch, as the kernels are told about it; and inference, which leaves nothing behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from undertow.kernels.calls import Extents
from undertow.kernels.steps import Steps
from undertow.lang.lazily import lazily
from undertow.nn.engines.fused.compiled import steps_of
from undertow.nn.engines.fused.memory import empty
from undertow.nn.engines.fused.passes import Pass
from undertow.nn.engines.layer import Layer
from undertow.nn.engines.observe import Observer

__all__ = ["Call", "infer"]


@dataclass(eq=False)
class Call:
    """One layer over one batch: what does not change between forward and backward."""

    layer: Layer
    sizes: Extents
    dtype: torch.dtype
    lengths: Tensor | None
    states: bool
    observer: Observer | None = None

    @property
    def steps(self) -> Steps:
        """The kernels."""
        return steps_of(self.layer.cell, self.dtype, padded=self.lengths is not None)

    @property
    def seed(self) -> int:
        """Of masks, for cells that draw some."""
        return int(self.layer.seed)

    @property
    def directions(self) -> int:
        """D."""
        return len(self.layer.directions)

    @lazily
    def every(self) -> tuple[str, ...]:
        """Components whose value after every step is an output."""
        cell = self.layer.cell
        return tuple(cell.state) if self.states else (cell.output,)

    def over(self, direction: int, *, inner: bool) -> Pass:
        """One direction; with ``inner``, components that are not outputs are there at every step as well."""
        padded = self.lengths is not None
        return Pass.of(self.layer, self.sizes, direction, self.every, self.dtype, padded=padded, inner=inner)

    def outputs(self) -> dict[str, Tensor]:
        """Memory for the outputs (T, B, D H), by component."""
        sizes = self.sizes
        return {n: empty((sizes.steps, sizes.batch, self.directions * sizes.hidden), self.dtype) for n in self.every}

    def finals(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Memory for the state after the last step (D, B, H), by component: as much as that before the first has."""
        rows = torch.contiguous_format
        return {n: torch.empty_like(state[n], memory_format=rows) for n in self.layer.cell.state}


def infer(call: Call, x: Tensor, state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Outputs (T, B, D H) and the final state (D, B, H) by component, without anything kept."""
    outputs, finals = call.outputs(), call.finals(state)
    for direction, weights in enumerate(call.layer.directions):
        one = call.over(direction, inner=False)
        given = one.given(weights, x, state, outputs, None, call.lengths, call.seed, fresh=True)
        one.forward(given, finals, keeping=False)
    return outputs, finals
