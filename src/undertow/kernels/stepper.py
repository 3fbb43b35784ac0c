"""One step at a time, with everything prepared: for data that come one by one."""

from __future__ import annotations

from collections.abc import Sequence as Listed

from undertow.kernels import arena
from undertow.kernels.calls import Extents, Rows, Sequence
from undertow.kernels.packing import Packed, ParameterAddresses
from undertow.kernels.routine import Routine
from undertow.kernels.sequence import Launch
from undertow.kernels.steps import Steps

__all__ = ["Stepper"]


class Stepper:
    """A layer's step over ``batch`` samples, from the input at ``x`` (B, I) and the state it holds.

    The state alternates between two places: a step reads one and writes the other, whose
    address :meth:`state` gives. Weights are read by :meth:`refresh` alone, which is given the addresses of ``bases``.
    """

    def __init__(
        self,
        steps: Steps,
        bases: Listed[str],
        parameters: ParameterAddresses,
        sizes: Extents,
        x: tuple[int, int],
        threads: int = 1,
    ) -> None:
        self.components = steps.equations.components
        self._numbers = sizes.batch * sizes.hidden
        self._size = steps.lanes.size
        self._held = [arena.take(2 * len(self.components) * self._numbers * self._size)]
        packed = Packed(steps, "forward", sizes, parameters, self._hold)
        self._packing, self._turns = Routine(bases), []
        packed.pack(self._packing)
        for turn in range(2):  # a list for each, whose addresses are all known: nothing is left to be filled in
            routine = Routine(parts=threads)
            launch = Launch(routine, packed, lengths=0, reverse=False)
            launch.sequence("x", Sequence(x[turn], 0, sizes.inputs))
            for name in self.components:
                launch.words.enter(Rows(self.state(name, turn), sizes.hidden).words(f"before.{name}"))
                launch.sequence(f"state.{name}", Sequence(self.state(name, 1 - turn), 0, sizes.hidden))
                launch.words[f"state.{name}.ring"] = -1
            launch.words["phase"] = turn  # each step is the first of its sequence, and tiles are to turn all the same
            launch.go()
            self._turns.append(routine.prepare(keep_scratch=True))

    def _hold(self, nbytes: int) -> int:
        self._held.append(arena.take(nbytes))
        return self._held[-1].address

    def refresh(self, *addresses: int) -> None:
        """Take the weights as they are now, at these addresses."""
        self._packing.run(*addresses)

    def state(self, name: str, turn: int) -> int:
        """The address of component ``name`` (B, H) before turn ``turn``, 0 or 1."""
        place = 2 * self.components.index(name) + turn
        return self._held[0].address + place * self._numbers * self._size

    def step(self, turn: int) -> None:
        """One step, from the state of ``turn`` to that of the other one."""
        self._turns[turn].run()
