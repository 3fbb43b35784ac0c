"""Run a compiled step over a sequence.

Everything here is addresses and sizes, so that arrays of any library can be given. Sequences
are given from the first step to the last, whichever way time runs; ``reverse`` lets the steps be
processed from the last to the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from undertow.kernels import emit, table
from undertow.kernels.calls import Engine, Rows, Sequence, Sizes, Words
from undertow.kernels.packing import Packed, Parameters
from undertow.kernels.routine import Address, Routine
from undertow.kernels.steps import Steps

__all__ = ["RING", "Past", "Run", "Tape", "forward", "tape_at", "tape_numbers"]

#: Of a state of which only the end is wanted, this many steps are there: the one read and the one written.
RING = 2

#: Multiply-adds of a step that take longer than waiting for each other after it.
WORTH_A_TEAM = 40_000

#: Weights of so many bytes do not stay in a core's second cache. With fewer than so many rows for each thread, it takes
#: as long to fetch them as to multiply with them: threads had better share the weights than the rows.
FAR, FEW_ROWS = 1 << 20, 16

#: With fewer rows a step, the input parts of all steps are computed at once, before the first.
PROJECT_BELOW = 4


@dataclass(frozen=True)
class Tape:
    """What a forward run leaves for the backward run: ``planes`` values a unit at ``kept``, and ``sums``."""

    kept: Address
    planes: int
    sums: Address


@dataclass(frozen=True)
class Past:
    """A forward run, as BPTT needs to know it: what it was given, and what it left.

    ``x`` and ``states`` are every step of the input and of each component, ``before`` the state before the first.
    """

    sizes: Sizes
    x: Sequence
    before: Mapping[str, Rows]
    states: Mapping[str, Sequence]
    tape: Tape
    lengths: Address = 0
    reverse: bool = False
    seed: Address = 0


class Run:
    """One run of a program: its table of arguments under construction."""

    def __init__(
        self,
        routine: Routine,
        steps: Steps,
        sizes: Sizes,
        packed: Packed,
        *,
        lengths: Address,
        reverse: bool,
        start: int = 0,
        seed: Address = 0,
    ) -> None:
        self.steps, self.sizes, self.packed, self.program = steps, sizes, packed, packed.program
        self.engine = Engine(steps, routine)
        self.words = Words(table.words(self.program))
        self.backwards = self.program.gradients is not None
        self._turn = last_first = reverse != self.backwards
        self.width = self.engine.width(sizes.hidden)
        sums = len(self.program.sums)
        w, take = self.words, self.engine.take
        w["table"], w["lengths"], w["seed"] = self.engine.products.table, lengths, seed
        w["steps"], w["hidden"], w["inputs"] = sizes.steps, sizes.hidden, sizes.inputs
        w["head"] = sizes.hidden // self.program.heads
        w["time"], w["time.step"] = start + (sizes.steps - 1 if last_first else 0), -1 if last_first else 1
        w["edge"] = sizes.steps - 1 if self.backwards else 0
        w["spill"] = take(sizes.batch * self.program.spills * self.width)
        w["sum"] = take(sizes.batch * sums)
        w["partial"] = take(sizes.batch * sums * self.engine.lanes)
        packed.fill(self.words)

    def sequence(self, name: str, sequence: Sequence) -> None:
        """Enter a sequence, in the order in which its steps are processed."""
        turned = sequence.turned(self.sizes.steps, self.engine.size) if self._turn else sequence
        self.words.sequence(name, turned)

    def planes(self, address: Address, planes: int) -> Sequence:
        """A buffer of planes, as a sequence."""
        row = planes * self.width
        return Sequence(address, self.sizes.batch * row, row)

    def sums(self, tape: Tape) -> Sequence:
        """The sums that the forward step left."""
        count = len(self.steps.kept.sums)
        return Sequence(tape.sums, self.sizes.batch * count, count)

    def go(self) -> None:
        """Let it be run: rows shared among threads, or the units, if either pays."""
        (steps, batch, inputs, hidden), routine = self.sizes, self.engine.routine
        barrier = self.words.place("barrier") if self.shares_units else None
        work = steps * batch * hidden * (hidden + inputs)
        address = self.steps.address(self.program.name)
        routine.call(address, self.words.values, 0, batch, work=work, barrier=barrier)

    @property
    def shares_units(self) -> bool:
        """Whether threads do all rows together, each some of the units. Sums over units have one order only."""
        (_, batch, inputs, hidden), parts = self.sizes, self.engine.routine.parts
        if parts == 1 or self.program.sums:
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


def forward(
    routine: Routine,
    steps: Steps,
    sizes: Sizes,
    parameters: Parameters,
    x: Sequence,
    before: Mapping[str, Rows],
    states: Mapping[str, Sequence],
    final: Mapping[str, Rows],
    *,
    tape: Tape | None = None,
    lengths: Address = 0,
    reverse: bool = False,
    seed: Address = 0,
) -> None:
    """Let ``routine`` run a sequence.

    ``states`` says where every step of a component goes, ``final`` where the state after the last goes; components may
    be missing in either. ``lengths`` is the address of the samples' lengths, and ``seed`` that of the masks, for a step
    that asks. With ``tape`` what BPTT needs is left there.
    """
    program = "forward" if tape is None else "forward_keeping"
    packed = Packed(steps, program, sizes, parameters, routine.scratch)
    packed.pack(routine)
    run = Run(routine, steps, sizes, packed, lengths=lengths, reverse=reverse, seed=seed)
    run.sequence("x", x)
    last = {}
    for name in run.program.components:
        run.words.rows(f"before.{name}", before[name])
        run.words[f"state.{name}.ring"] = -1 if name in states else RING - 1
        if name in states:
            place, step, row = states[name]
            run.sequence(f"state.{name}", states[name])
            last[name] = Rows(place if reverse else place + (sizes.steps - 1) * step * run.engine.size, row)
        else:
            step, row = sizes.batch * sizes.hidden, sizes.hidden
            ring = run.engine.take(RING * step)
            run.words.sequence(f"state.{name}", Sequence(ring, step, row))
            last[name] = Rows(ring + (sizes.steps - 1) % RING * step * run.engine.size, row)
    if tape is not None:
        run.sequence("kept", run.planes(tape.kept, tape.planes))
        run.sequence("sample", run.sums(tape))
    if sizes.batch < PROJECT_BELOW and sizes.steps > 1:
        _project(run, x)
    run.go()
    for name, target in final.items():
        run.engine.copy(sizes.batch, sizes.hidden, last[name], target)


def tape_numbers(steps: Steps, sizes: Sizes) -> tuple[int, int]:
    """How many numbers a tape holds: values, and sums."""
    rows = sizes.steps * sizes.batch
    width = steps.lanes.whole_vectors(sizes.hidden)
    return rows * steps.program("forward_keeping").planes * width, rows * len(steps.kept.sums)


def tape_at(address: Address, steps: Steps, sizes: Sizes) -> Tape:
    """A tape in the memory there."""
    values, _ = tape_numbers(steps, sizes)
    return Tape(address, steps.program("forward_keeping").planes, address + values * steps.lanes.size)


def _project(run: Run, x: Sequence) -> None:
    """Compute the input parts of all steps at once; a step has too few rows to do that well.

    Threads that share units each compute what they will read: caches are far from each other on some machines.
    """
    inputs = [(s, c) for s in run.program.stages for c in s.contractions if c.kind == "input"]
    if len(inputs) != 1:
        return
    ((stage, contraction),) = inputs
    engine, sizes = run.engine, run.sizes
    panel = emit.blocks(stage, engine.target) * len(contraction.slots)
    row = -(-run.width // (engine.lanes * emit.blocks(stage, engine.target))) * panel * engine.lanes
    numbers = sizes.steps * sizes.batch
    address = engine.take(numbers * row)
    matrix, bias = run.packed.matrix(run.program.contractions.index(contraction))
    engine.call(
        "multiply", 0, numbers, engine.products.table, x.address, x.row, 1, 0, sizes.inputs, matrix, panel,
        sizes.inputs * panel * engine.lanes, bias, address, row, row, engine.tile_rows(panel),
        work=numbers * sizes.inputs * row, together=run.shares_units,
    )  # fmt: skip
    run.sequence("projected", Sequence(address, sizes.batch * row, row))
