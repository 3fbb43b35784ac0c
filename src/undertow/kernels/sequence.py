"""Run a compiled step over a sequence.

Everything here is addresses and sizes, so that arrays of any library can be given. Sequences
are given from the first step to the last, whichever way time runs; ``reverse`` lets the steps be
processed from the last to the first.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from undertow.kernels import arena, emit, table, threads as dispatch
from undertow.kernels.calls import WORTH_SHARING, Engine, Rows, Sequence, Sizes, Words
from undertow.kernels.packing import Packed
from undertow.kernels.steps import Steps

__all__ = ["RING", "Held", "Past", "Run", "Tape", "forward", "tape_numbers", "tape_over"]

#: Of a state of which only the end is wanted, this many steps are there: the one read and the one written.
RING = 2

#: Multiply-adds of a step that take longer than waiting for each other after it.
WORTH_A_TEAM = 40_000

#: With fewer rows a step, the input parts of all steps are computed at once, before the first.
PROJECT_BELOW = 4


class Held(Protocol):
    """Memory that stays where it is as long as this is kept: a block of the arena, or somebody else's."""

    @property
    def address(self) -> int:
        """Of the first byte."""
        ...

    @property
    def nbytes(self) -> int:
        """How much."""
        ...


@dataclass(frozen=True)
class Tape:
    """What a forward run leaves for the backward run: ``planes`` values a unit, and after them sums."""

    held: Held
    planes: int
    sums: int

    @property
    def kept(self) -> int:
        """The address of the values."""
        return self.held.address


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
    lengths: int = 0
    reverse: bool = False
    seed: int = 0


class Run:
    """One run of a program: its table of arguments under construction."""

    def __init__(
        self,
        steps: Steps,
        sizes: Sizes,
        packed: Packed,
        *,
        lengths: int,
        reverse: bool,
        parts: int,
        start: int = 0,
        seed: int = 0,
    ) -> None:
        self.steps, self.sizes, self.packed, self.program = steps, sizes, packed, packed.program
        self.engine = Engine(steps, parts)
        self.scratch = self.engine.scratch
        self.words = Words(table.words(self.program))
        self.backwards = self.program.gradients is not None
        self._turn = last_first = reverse != self.backwards
        self.width = self.engine.width(sizes.hidden)
        sums = len(self.program.sums)
        w = self.words
        w["table"], w["lengths"], w["seed"] = self.engine.products.table, lengths, seed
        w["steps"], w["hidden"], w["inputs"] = sizes.steps, sizes.hidden, sizes.inputs
        w["head"] = sizes.hidden // self.program.heads
        w["time"], w["time.step"] = start + (sizes.steps - 1 if last_first else 0), -1 if last_first else 1
        w["edge"] = sizes.steps - 1 if self.backwards else 0
        w["spill"] = self.scratch.take(sizes.batch * self.program.spills * self.width)
        w["sum"] = self.scratch.take(sizes.batch * sums)
        w["partial"] = self.scratch.take(sizes.batch * sums * self.engine.lanes)
        packed.fill(self.words)

    def sequence(self, name: str, sequence: Sequence) -> None:
        """Enter a sequence, in the order in which its steps are processed."""
        turned = sequence.turned(self.sizes.steps, self.engine.size) if self._turn else sequence
        self.words.sequence(name, turned)

    def planes(self, address: int, planes: int) -> Sequence:
        """A buffer of planes, as a sequence."""
        row = planes * self.width
        return Sequence(address, self.sizes.batch * row, row)

    def sums(self, tape: Tape) -> Sequence:
        """The sums that the forward step left."""
        count = len(self.steps.kept.sums)
        return Sequence(tape.sums, self.sizes.batch * count, count)

    def go(self) -> None:
        """Run it: rows shared among threads, or with few rows the units, if either pays."""
        sizes, parts = self.sizes, self.engine.parts
        address, begin, end = self.steps.address(self.program.name), 0, sizes.batch
        slots = sum(len(c.slots) * len(c.operands) for c in self.program.contractions if c.kind != "input")
        step = sizes.batch * slots * sizes.hidden * sizes.hidden // self.program.heads
        if parts > 1 and sizes.batch < 2 * parts and step > WORTH_A_TEAM and not self.program.sums:
            table = (ctypes.c_int64 * (len(self.words.values) + 2))(*self.words.values)
            dispatch.Team(
                address, table, self.words.place("barrier"), begin, end, work=sizes.steps * step, parts=parts
            ).run()
            return
        work = sizes.steps * sizes.batch * sizes.hidden * (sizes.hidden + sizes.inputs)
        dispatch.run(address, self.words.values, begin, end, work=work, parts=parts if work > WORTH_SHARING else 1)


# ---- forward


def forward(
    steps: Steps,
    sizes: Sizes,
    packed: Packed,
    x: Sequence,
    before: Mapping[str, Rows],
    states: Mapping[str, tuple[Sequence, bool]],
    *,
    lengths: int = 0,
    reverse: bool = False,
    seed: int = 0,
    threads: int = 1,
) -> Tape | None:
    """Run a sequence.

    ``states`` says where each component goes: every step of it, or a ring of :data:`RING` steps. ``lengths`` is the
    address of the samples' lengths and ``seed`` that of the masks, for a step that asks.

    Returns what BPTT needs, if ``packed`` is for the program that keeps it.
    """
    run = Run(steps, sizes, packed, lengths=lengths, reverse=reverse, parts=threads, seed=seed)
    run.sequence("x", x)
    for name in run.program.components:
        sequence, every = states[name]
        run.words.rows(f"before.{name}", before[name])
        run.words[f"state.{name}.ring"] = -1 if every else RING - 1
        if every:
            run.sequence(f"state.{name}", sequence)
        else:
            run.words.sequence(f"state.{name}", sequence)
    tape = None
    if run.program.name == "forward_keeping":
        tape = tape_over(arena.take(sum(tape_numbers(steps, sizes)) * run.engine.size), steps, sizes)
    if tape:
        run.sequence("kept", run.planes(tape.kept, tape.planes))
        run.sequence("sample", run.sums(tape))
    if sizes.batch < PROJECT_BELOW and sizes.steps > 1:
        _project(run, x)
    run.go()
    return tape


def tape_numbers(steps: Steps, sizes: Sizes) -> tuple[int, int]:
    """How many numbers a tape holds: values, and sums."""
    width = -(-sizes.hidden // steps.lanes.count) * steps.lanes.count
    rows = sizes.steps * sizes.batch
    return rows * steps.program("forward_keeping").planes * width, rows * len(steps.kept.sums)


def tape_over(held: Held, steps: Steps, sizes: Sizes) -> Tape:
    """A tape in this memory."""
    values, _ = tape_numbers(steps, sizes)
    return Tape(held, steps.program("forward_keeping").planes, held.address + values * steps.lanes.size)


def _project(run: Run, x: Sequence) -> None:
    """Compute the input parts of all steps at once; a step has too few rows to do that well."""
    inputs = [(s, c) for s in run.program.stages for c in s.contractions if c.kind == "input"]
    if len(inputs) != 1:
        return
    ((stage, contraction),) = inputs
    engine, sizes = run.engine, run.sizes
    panel = emit.blocks(stage, engine.target) * len(contraction.slots)
    row = -(-run.width // (engine.lanes * emit.blocks(stage, engine.target))) * panel * engine.lanes
    numbers = sizes.steps * sizes.batch
    address = run.scratch.take(numbers * row)
    matrix, bias = run.packed.matrix(run.program.contractions.index(contraction))
    engine.call(
        "multiply", 0, numbers, engine.products.table, x.address, x.row, 1, 0, sizes.inputs, matrix, panel,
        sizes.inputs * panel * engine.lanes, bias, address, row, row, engine.tile_rows(panel),
        work=numbers * sizes.inputs * row,
    )  # fmt: skip
    run.sequence("projected", Sequence(address, sizes.batch * row, row))
