"""A backward pass through the kernels, as whoever watches it sees it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from undertow.nn.engines import gate
from undertow.nn.engines.fused.passes import Addressed, Pass
from undertow.nn.engines.observe import Record, Sweep

__all__ = ["PROGRAMS", "KernelSweep", "Records"]

#: The program that goes back through time, by what it writes down.
PROGRAMS = {Record.NOTHING: "backward", Record.GRADIENT: "backward_recording", Record.HIGHWAY: "backward_highway"}


class Records:
    """Where the kernels write the sums of squares of every step and sample."""

    def __init__(self, kind: Record, steps: int, batch: int, components: int, dtype: torch.dtype) -> None:
        self._each = kind.value
        self._sums = torch.empty((steps, batch, components * kind.value), dtype=dtype, device="cpu")

    @property
    def address(self) -> int:
        """Where they are."""
        return gate.address(self._sums)

    def processed(self, direction: int) -> Tensor:
        """(T, B, C, 2 or 4), in the order in which a direction processes its steps."""
        found = self._sums.view(*self._sums.shape[:2], -1, self._each)
        return found.flip(0) if direction else found


@dataclass(frozen=True, eq=False)
class KernelSweep(Sweep):
    """A direction of a layer on the kernels; ``given`` is what its routines begin with."""

    engine = "fused"

    one: Pass
    given: Addressed

    def probe(self, step: int, cotangent: Tensor) -> Tensor:
        """See :meth:`undertow.nn.engines.observe.Sweep.probe`."""
        records = Records(Record.GRADIENT, step + 1, self.one.sizes.batch, len(self.states), self.x.dtype)
        self.one.probe(PROGRAMS[Record.GRADIENT], step, self.given, records.address, cotangent.contiguous())
        return records.processed(self.direction)
