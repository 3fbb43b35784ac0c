"""Run a compiled step over a sequence.

Everything here is addresses and sizes, so that arrays of any library can be given. Sequences
are given from the first step to the last, whichever way time runs; ``reverse`` lets the steps be
processed from the last to the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from undertow.kernels import emit
from undertow.kernels.arguments import Address, Words
from undertow.kernels.calls import Engine, Extents, Rows, Sequence
from undertow.kernels.packing import Packed, ParameterAddresses
from undertow.kernels.routine import Routine
from undertow.kernels.steps import Steps
from undertow.kernels.table import signature

__all__ = ["RING", "Launch", "Tape", "Trajectory", "forward", "tape_at", "tape_numbers"]

#: Of a state of which only the end is wanted, this many steps are there: the one read and the one written.
RING = 2

#: Multiply-adds of a step that take longer than waiting for each other after it.
WORTH_A_TEAM = 40_000

#: Weights of so many bytes do not stay in a core's second cache. With fewer than so many rows for each thread, it takes
#: as long to fetch them as to multiply with them: threads had better share the weights than the rows (LSTM,
#: T40 B8 H1024, two threads: 51 ms by rows, 34 by units).
FAR, FEW_ROWS = 1 << 20, 16

#: With fewer rows a step, the input parts of all steps are computed at once, before the first: a tile of one row reads
#: a vector of weights for every multiply-add, where all steps together have rows for the tallest tiles.
PROJECT_BELOW = 4


@dataclass(frozen=True)
class Tape:
    """What a forward run leaves for the backward run: ``planes`` values a unit at ``kept``, and ``sums``."""

    kept: Address
    planes: int
    sums: Address


@dataclass(frozen=True)
class Trajectory:
    """A sequence that is run through: what the steps are given, and where goes what they leave.

    ``x`` is every step of the input, ``before`` the state before the first, ``states`` every step of components, of
    which some may be missing. Without a ``tape`` nothing is kept for BPTT, which needs it and all components.
    ``lengths`` is the address of the samples' lengths, and ``seed`` that of the masks, for a step that asks.
    """

    sizes: Extents
    parameters: ParameterAddresses
    x: Sequence
    before: Mapping[str, Rows]
    states: Mapping[str, Sequence]
    tape: Tape | None = None
    lengths: Address = 0
    reverse: bool = False
    seed: Address = 0


class Launch:
    """One run of a program: its table of arguments under construction."""

    def __init__(
        self, routine: Routine, packed: Packed, *, lengths: Address, reverse: bool, start: int = 0, seed: Address = 0
    ) -> None:
        self.packed, self.program, sizes = packed, packed.program, packed.sizes
        self.sizes, self.engine = sizes, Engine(packed.steps.blas, routine)
        self.words = Words(signature(self.program))
        self.backwards = self.program.gradients is not None
        self._turn = last_first = reverse != self.backwards
        self.width = self.engine.width(sizes.hidden)
        sums, take = len(self.program.sums), self.engine.take
        self.words.enter(
            {
                "table": self.engine.blas.table, "lengths": lengths, "seed": seed, "steps": sizes.steps,
                "hidden": sizes.hidden, "inputs": sizes.inputs, "head": sizes.hidden // self.program.heads,
                "time": start + (sizes.steps - 1 if last_first else 0), "time.step": -1 if last_first else 1,
                "edge": sizes.steps - 1 if self.backwards else 0,
                "spill": take(sizes.batch * self.program.spills * self.width), "sum": take(sizes.batch * sums),
                "partial": take(sizes.batch * sums * self.engine.lanes),
            }
        )  # fmt: skip
        packed.fill(self.words)

    def sequence(self, name: str, sequence: Sequence) -> None:
        """Enter a sequence, in the order in which its steps are processed."""
        turned = sequence.turned(self.sizes.steps, self.engine.size) if self._turn else sequence
        self.words.enter(turned.words(name))

    def planes(self, address: Address, planes: int) -> Sequence:
        """A buffer of planes, as a sequence."""
        row = planes * self.width
        return Sequence(address, self.sizes.batch * row, row)

    def sums(self, tape: Tape) -> Sequence:
        """The sums that the forward step left."""
        count = len(self.packed.steps.kept.sums)
        return Sequence(tape.sums, self.sizes.batch * count, count)

    def go(self) -> None:
        """Let it be run: rows shared among threads, or the units, if either pays."""
        (steps, batch, inputs, hidden), routine = self.sizes, self.engine.routine
        barrier = "barrier" if self.shares_units else ""
        work = steps * batch * hidden * (hidden + inputs)
        address = self.packed.steps.address(self.program.name)
        routine.call(address, self.words.arguments(), 0, batch, work=work, barrier=barrier)

    @property
    def shares_units(self) -> bool:
        """Whether threads do all rows together, each some of the units. Sums over units have one order only."""
        (_, batch, inputs, hidden), parts = self.sizes, self.engine.routine.parts
        if parts == 1 or self.program.sums:  # threads that met after every sum took 1.4 times as long as one
            return False
        recurrent, weights = 0, 0
        for contraction in self.program.contractions:
            count = len(contraction.slots) * len(contraction.operands)
            if contraction.kind == "input":
                weights += count * inputs * hidden
            else:
                recurrent += count * hidden * hidden // self.program.heads
        if batch < 2 * parts:
            return batch * recurrent > WORTH_A_TEAM
        return not self.backwards and (weights + recurrent) * self.engine.size > FAR and batch < FEW_ROWS * parts


# ---- forward


def forward(routine: Routine, steps: Steps, trajectory: Trajectory, final: Mapping[str, Rows]) -> None:
    """Let ``routine`` run a sequence; ``final`` says where the state after the last step goes, if it is wanted."""
    sizes, tape = trajectory.sizes, trajectory.tape
    program = "forward" if tape is None else "forward_keeping"
    packed = Packed(steps, program, sizes, trajectory.parameters, routine.scratch)
    packed.pack(routine)
    launch = Launch(
        routine, packed, lengths=trajectory.lengths, reverse=trajectory.reverse, seed=trajectory.seed
    )  # fmt: skip
    launch.sequence("x", trajectory.x)
    last = {}
    for name in launch.program.components:
        launch.words.enter(trajectory.before[name].words(f"before.{name}"))
        last[name] = _every_step(launch, trajectory, name) if name in trajectory.states else _last_steps(launch, name)
    if tape is not None:
        launch.sequence("kept", launch.planes(tape.kept, tape.planes))
        launch.sequence("sample", launch.sums(tape))
    if sizes.batch < PROJECT_BELOW and sizes.steps > 1:
        _project(launch, trajectory.x)
    launch.go()
    for name, target in final.items():
        launch.engine.copy(sizes.batch, sizes.hidden, last[name], target)


def _every_step(launch: Launch, trajectory: Trajectory, name: str) -> Rows:
    """Let every step of a component stay; where the last one stands."""
    place, step, row = trajectory.states[name]
    launch.sequence(f"state.{name}", trajectory.states[name])
    launch.words[f"state.{name}.ring"] = -1
    ahead = 0 if trajectory.reverse else (launch.sizes.steps - 1) * step * launch.engine.size
    return Rows(place + ahead, row)


def _last_steps(launch: Launch, name: str) -> Rows:
    """Let the last two steps of a component stay; where the last one stands."""
    engine, sizes = launch.engine, launch.sizes
    step, row = sizes.batch * sizes.hidden, sizes.hidden
    ring = engine.take(RING * step)
    launch.words.enter(Sequence(ring, step, row).words(f"state.{name}"))
    launch.words[f"state.{name}.ring"] = RING - 1
    return Rows(ring + (sizes.steps - 1) % RING * step * engine.size, row)


def tape_numbers(steps: Steps, sizes: Extents) -> tuple[int, int]:
    """How many numbers a tape holds: values, and sums."""
    rows = sizes.steps * sizes.batch
    width = steps.lanes.whole_vectors(sizes.hidden)
    return rows * steps.program("forward_keeping").planes * width, rows * len(steps.kept.sums)


def tape_at(address: Address, steps: Steps, sizes: Extents) -> Tape:
    """A tape in the memory there."""
    values, _ = tape_numbers(steps, sizes)
    return Tape(address, steps.program("forward_keeping").planes, address + values * steps.lanes.size)


def _project(launch: Launch, x: Sequence) -> None:
    """Compute the input parts of all steps at once; a step has too few rows to do that well.

    Threads that share units each compute what they will read: caches are far from each other on some machines.
    """
    inputs = [(s, c) for s in launch.program.stages for c in s.contractions if c.kind == "input"]
    if len(inputs) != 1:
        return
    ((stage, contraction),) = inputs
    engine, sizes = launch.engine, launch.sizes
    panel = emit.blocks(stage, engine.target) * len(contraction.slots)
    row = -(-launch.width // (engine.lanes * emit.blocks(stage, engine.target))) * panel * engine.lanes
    numbers = sizes.steps * sizes.batch
    address = engine.take(numbers * row)
    matrix, bias = launch.packed.matrix(launch.program.contractions.index(contraction))
    words = {
        "table": engine.blas.table, "A": x.address, "a_row": x.row, "planes": 1, "a_plane": 0, "K": sizes.inputs,
        "B": matrix, "panel": panel, "b_panel": sizes.inputs * panel * engine.lanes, "bias": bias, "C": address,
        "c_row": row, "N": row, "most": engine.tile_rows(panel),
    }  # fmt: skip
    work, together = numbers * sizes.inputs * row, launch.shares_units
    engine.call("multiply", 0, numbers, words, work=work, together=together)
    launch.sequence("projected", Sequence(address, sizes.batch * row, row))
