"""One step at a time, with everything prepared: for data that come one by one."""

from __future__ import annotations

import ctypes

from undertow.kernels import arena
from undertow.kernels.calls import Rows, Sequence, Sizes
from undertow.kernels.jit import task
from undertow.kernels.packing import Packed
from undertow.kernels.sequence import Run
from undertow.kernels.steps import Steps
from undertow.kernels.threads import Team

__all__ = ["Stepper"]


class Stepper:
    """A layer's step over ``batch`` samples, from the input at ``x`` (B, I) and the state it holds.

    The state alternates between two places: a step reads one and writes the other, whose
    address :meth:`state` gives.
    """

    def __init__(self, steps: Steps, packed: Packed, sizes: Sizes, x: tuple[int, int], threads: int = 1) -> None:
        self.components = steps.equations.components
        self._numbers = sizes.batch * sizes.hidden
        self._size = steps.lanes.size
        self._held = arena.take(2 * len(self.components) * self._numbers * self._size)
        self._runs, self._tables = [], []
        for turn in range(2):
            run = Run(steps, sizes, packed, lengths=0, reverse=False, parts=1)
            run.words.sequence("x", Sequence(x[turn], 0, sizes.inputs))
            for name in self.components:
                run.words.rows(f"before.{name}", Rows(self.state(name, turn), sizes.hidden))
                run.words.sequence(f"state.{name}", Sequence(self.state(name, 1 - turn), 0, sizes.hidden))
                run.words[f"state.{name}.ring"] = -1
            run.words["phase"] = turn
            self._runs.append(run)
            self._tables.append((ctypes.c_int64 * (len(run.words.values) + 2))(*run.words.values))
        address = steps.address("forward")
        self._task, self._batch = task(address), sizes.batch
        self._places = [ctypes.addressof(table) for table in self._tables]
        self._team = None
        # Sums over units are added up in an order that parts would change.
        if threads > 1 and not packed.program.sums:
            barrier = self._runs[0].words.place("barrier")
            work = sizes.batch * sizes.hidden * (sizes.hidden + sizes.inputs)
            self._team = [
                Team(address, table, barrier, 0, sizes.batch, work=work, parts=threads) for table in self._tables
            ]

    def state(self, name: str, turn: int) -> int:
        """The address of component ``name`` (B, H) before turn ``turn``, 0 or 1."""
        place = 2 * self.components.index(name) + turn
        return self._held.address + place * self._numbers * self._size

    def step(self, turn: int) -> None:
        """One step, from the state of ``turn`` to that of the other one."""
        if self._team is not None:
            self._team[turn].run()
        else:
            self._task(self._places[turn], 0, self._batch, 0, 1)
