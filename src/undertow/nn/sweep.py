"""A backward pass through the kernels, as whoever watches it sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from undertow.kernels import bptt
from undertow.kernels.calls import Sequence
from undertow.kernels.packing import Packed
from undertow.kernels.sequence import Past
from undertow.kernels.steps import Steps
from undertow.nn.memory import part, rows
from undertow.nn.observe import Record, Sweep

__all__ = ["PROGRAMS", "KernelSweep", "Records"]

#: The program that goes back through time, by what it writes down.
PROGRAMS = {Record.NOTHING: "backward", Record.GRADIENT: "backward_recording", Record.HIGHWAY: "backward_highway"}


class Records:
    """Where the kernels write the sums of squares of every step and sample."""

    def __init__(self, kind: Record, steps: int, batch: int, components: int, dtype: torch.dtype) -> None:
        self._each = kind.value
        self._sums = torch.empty((steps, batch, components * kind.value), dtype=dtype)

    @property
    def place(self) -> Sequence:
        """Their memory."""
        return part(self._sums, 0, 0)

    def processed(self, direction: int) -> Tensor:
        """(T, B, C, 2 or 4), in the order in which a direction processes its steps."""
        found = self._sums.view(*self._sums.shape[:2], -1, self._each)
        return found.flip(0) if direction else found


@dataclass(frozen=True, eq=False)
class KernelSweep(Sweep):
    """A direction of a layer on the kernels. ``pack`` gives its weights for a program."""

    engine = "fused"

    steps: Steps
    pack: Callable[[str], Packed]
    past: Past
    threads: int

    def probe(self, step: int, cotangent: Tensor) -> Tensor:
        """See :meth:`undertow.nn.observe.Sweep.probe`."""
        cell, (_, batch, _, _) = self.layer.cell, self.past.sizes
        records = Records(Record.GRADIENT, step + 1, batch, len(cell.state), self.x.dtype)
        start = {cell.output: rows(cotangent.contiguous())}
        program = self.pack(PROGRAMS[Record.GRADIENT])
        bptt.probe(self.steps, program, self.past, step, start, records.place, threads=self.threads)
        return records.processed(self.direction)
