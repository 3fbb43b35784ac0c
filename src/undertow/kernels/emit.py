"""Machine code for a plan: one function that runs a step over a whole sequence, forward in time or back.

    for every step
        for every stage
            for every tile of units, for every block of rows
                products, into a block that stays in the first cache
                everything else, a vector of units at a time

The function takes a table of 64-bit words, whose names and order :func:`words` gives, and a range of
rows (samples). A *sequence* in memory is described by three words: its address at the first step to be
processed, its step from one processed step to the next (negative where time runs backwards) and
its step from row to row, in elements. Buffers of the kernel's own hold whole vectors, so that rows are
``width = ceil(H / lanes) lanes`` long; those of the user end at H, where a mask is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache

from llvmlite import ir

from undertow.kernels import matmul, threads, x86
from undertow.kernels.host import Target
from undertow.kernels.loops import Function, Int, Lanes, Value
from undertow.kernels.mathlib import OPERATIONS
from undertow.kernels.plan import Contraction, Program, Stage, Write
from undertow.lang.expr import Node

__all__ = ["blocks", "emit", "words"]


@cache
def words(program: Program) -> tuple[str, ...]:
    """The names of the table's entries, in order."""
    sequence = ["", ".step", ".row"]
    names = ["table", "steps", "hidden", "inputs", "head", "head.panel", "edge", "barrier", "vectors"]
    names += ["lengths", "time", "time.step"]
    names += ["x" + s for s in sequence] + ["projected" + s for s in sequence]
    for name in program.components:
        names += [f"before.{name}", f"before.{name}.row", *(f"state.{name}{s}" for s in sequence), f"state.{name}.ring"]
        if program.gradients:
            names += [f"direct.{name}{s}" for s in sequence]
    for buffer in ("kept", "delta"):
        names += [buffer + s for s in sequence]
    names += ["delta.ring", "carried", "spill", "weight", "sum", "partial"]
    for buffer in ("sample", "kept_sum", "raw"):
        names += [buffer + s for s in sequence]
    for number in range(len(program.contractions)):
        names += [f"matrix{number}", f"bias{number}"]
    return tuple(names)


def blocks(stage: Stage, target: Target) -> int:
    """How many vectors of units a tile of the stage holds, so that its products fill a micro-kernel."""
    most = max((len(c.slots) for c in stage.contractions), default=1)
    return max(1, matmul.widest(target) // most)


def emit(module: ir.Module, program: Program, lanes: Lanes) -> None:
    """The function of ``program``, called by its name: (table, first row, end of rows, part, parts).

    With ``parts`` above one, every part does its share of the units and waits for the others after each stage.
    """
    fields = " ".join(f"{name}:{'i' if _is_number(name) else 'p'}" for name in words(program))
    with Function.task(module, program.name, fields, lanes) as f:
        before = x86.flush_denormals(f)
        kernel = _Kernel(f, program)
        with f.loop(0, kernel["steps"], name="t") as t:
            step = _Step(kernel, t)
            for number in range(len(program.stages)):
                step.stage(number)
        x86.restore_denormals(f, before)


class _Kernel:
    """What is the same in all steps."""

    def __init__(self, f: Function, program: Program) -> None:
        self.f, self.program = f, program
        self.width = f.mul(f.up(self["hidden"], f.lanes.count), f.lanes.count)
        self.rounds = f.variable(f.whole(0))
        self.numbers = {id(c): i for i, c in enumerate(program.contractions)}
        self.zeros = f.scratch(_MOST_SLOTS * f.lanes.count)
        widest = max((len(c.slots) for c in program.contractions), default=0)
        if widest > _MOST_SLOTS:
            raise ValueError(f"a step with {widest} products of one value")
        for v in range(max(widest, matmul.widest(f.lanes.target))):
            f.store(f.splat(0.0), f.at(self.zeros, v * f.lanes.count))

    def __getitem__(self, name: str) -> Value:
        return self.f[name]

    def ring(self, name: str, t: Int, row: Int) -> Value:
        """The address of row ``row`` at step ``t`` of a sequence of which only the last steps may be there."""
        f = self.f
        return f.at(self[name], f.mul(f.builder.and_(f.whole(t), self[f"{name}.ring"]), self[f"{name}.step"]), row)

    def step(self, name: str, t: Int) -> Value:
        """Where step ``t`` of a sequence begins."""
        return self.f.at(self[name], self.f.mul(t, self[f"{name}.step"]))


def _is_number(word: str) -> bool:
    """Whether an entry of the table is a whole number, not an address."""
    return word.endswith((".step", ".row", ".ring", ".panel")) or word in (
        "steps",
        "hidden",
        "inputs",
        "head",
        "edge",
        "time",
    )


@dataclass
class _Tile:
    """A vector of units of one row: where it is, and what has been computed for it."""

    row: Int
    unit: Int
    mask: Value | None
    values: dict[Node, Value]


class _Step:
    """One step: addresses of its sequences, and its stages."""

    def __init__(self, kernel: _Kernel, t: Value) -> None:
        self.kernel, self.f, self.program = kernel, kernel.f, kernel.program
        f = self.f
        self.before: dict[str, tuple[Value, Value]] = {}
        self.after: dict[str, Value] = {}
        edge = f.equal(t, kernel["edge"])
        other = f.add(t, 1 if self.program.gradients else -1)
        for name in self.program.components:
            usual = kernel.ring(f"state.{name}", other, 0)
            row = f.select(edge, kernel[f"before.{name}.row"], kernel[f"state.{name}.row"])
            self.before[name] = f.select(edge, kernel[f"before.{name}"], usual), row
            self.after[name] = kernel.ring(f"state.{name}", t, 0)
        self.bases = {name: kernel.step(name, t) for name in ("x", "kept", "sample", "kept_sum", "raw")}
        self.bases["delta"] = kernel.ring("delta", t, 0)
        self.t = t

    # ---- stages

    def stage(self, number: int) -> None:
        """One pass over the units."""
        f, stage = self.f, self.program.stages[number]
        across = blocks(stage, f.lanes.target)
        unit_blocks = f.up(self.kernel["hidden"], f.lanes.count)
        tiles = f.up(unit_blocks, across)
        part = f.select(f.less(1, f["parts"]), f["part"], 0)
        first = f.div(f.mul(tiles, part), f["parts"])
        last = f.div(f.mul(tiles, f.add(part, 1)), f["parts"])
        buffers = [f.scratch(self._rows(stage) * across * len(c.slots) * f.lanes.count) for c in stage.contractions]
        with ExitStack() as loops:
            if stage.contractions:
                tile = loops.enter_context(f.loop(first, last, name="tile"))
                row, rows = loops.enter_context(f.row_blocks(f["begin"], f["end"], self._rows(stage)).each())
                here = f.min(f.sub(unit_blocks, f.mul(tile, across)), across)
                for contraction, buffer in zip(stage.contractions, buffers, strict=True):
                    self._contract(contraction, buffer, tile, across, here, row, rows)
                inner = loops.enter_context(f.loop(0, rows, name="row"))
            else:
                inner, row = loops.enter_context(f.loop(f["begin"], f["end"], name="row")), f.whole(0)
                tile = loops.enter_context(f.loop(first, last, name="tile"))
                here = f.min(f.sub(unit_blocks, f.mul(tile, across)), across)
            block = loops.enter_context(f.loop(0, here, name="block"))
            unit = f.mul(f.add(f.mul(tile, across), block), f.lanes.count)
            slots = self._slot_places(stage, buffers, tile, across, here, row, inner, block)
            left = f.sub(self.kernel["hidden"], unit)
            with f.either(f.less(left, f.lanes.count)) as (narrow, whole):
                with whole:
                    self._units(stage, slots, _Tile(f.add(row, inner), unit, None, {}))
                with narrow:
                    self._units(stage, slots, _Tile(f.add(row, inner), unit, f.mask(left), {}))
        self._finish_sums(stage)
        threads.wait(f, self.kernel["barrier"], f["parts"], self.kernel.rounds)

    def _rows(self, stage: Stage) -> int:
        """The most rows in a block: as many as the widest micro-kernel has accumulators for."""
        across = blocks(stage, self.f.lanes.target)
        target = self.f.lanes.target
        most = max(min(len(c.slots) * across, matmul.widest(target)) for c in stage.contractions or [_NOTHING])
        return matmul.rows(target, max(most, 1))

    def _contract(
        self, contraction: Contraction, buffer: Value, tile: Value, across: int, here: Value, row: Int, rows: Int
    ) -> None:
        """The products of one tile, into ``buffer``: [row][block][slot][lane]."""
        f, kernel, count = self.f, self.kernel, self.f.lanes.count
        number = kernel.numbers[id(contraction)]
        slots = len(contraction.slots)
        panel = across * slots * count
        first, length = self._inner(contraction, tile, across, here)
        full = kernel["inputs"] if contraction.kind == "input" else kernel["head.panel"]
        planes = len(contraction.operands)
        matrix = f.at(kernel[f"matrix{number}"], f.mul(tile, full, planes, panel))
        init = kernel.zeros
        if contraction.kind == "input":
            init = f.at(kernel[f"bias{number}"], f.mul(tile, panel))
        vectors = f.mul(here, slots)
        runs = self._runs(contraction, row, first)
        with ExitStack() as outer:
            if contraction.kind == "input":
                outer.enter_context(f.when(f.equal(kernel["projected.row"], 0)))
            for index, (place, plane_rows, run, plane_step) in enumerate(runs):
                done = sum(r[2] for r in runs[:index])
                b = f.at(matrix, f.mul(full, panel, done))
                with f.loop(0, vectors, matmul.widest(f.lanes.target), name="part") as v:
                    c = f.at(buffer, f.mul(v, count))
                    start, start_row = (c, panel) if index else (f.at(init, f.mul(v, count)), 0)
                    matmul.call_tile(
                        f, kernel["table"], rows, f.min(f.sub(vectors, v), matmul.widest(f.lanes.target)),
                        place, plane_rows, 1, run, plane_step,
                        f.at(b, f.mul(v, count)), count, panel, f.mul(full, panel), length,
                        c, panel, count, start, start_row,
                    )  # fmt: skip

    def _inner(self, contraction: Contraction, tile: Value, across: int, here: Value) -> tuple[Int, Int]:
        """(first, number) of the operand's units that a tile needs: all, or those of its heads."""
        f, kernel = self.f, self.kernel
        if contraction.kind == "input":
            return 0, kernel["inputs"]
        if self.program.heads == 1:
            return 0, kernel["hidden"]
        count, head = f.lanes.count, kernel["head"]
        start = f.mul(tile, across, count)
        end = f.min(f.add(start, f.mul(here, count)), kernel["hidden"])
        first = f.mul(f.div(start, head), head)
        return first, f.sub(f.mul(f.up(end, head), head), first)

    def _runs(self, contraction: Contraction, row: Int, first: Int) -> list[tuple[Value, Int, int, Int]]:
        """Operands as (address, step from row to row, number of planes, step from plane to plane)."""
        f, runs = self.f, list[tuple[Value, Int, int, Int]]()
        last: tuple[str, int] | None = None
        for operand in contraction.operands:
            if operand is None:
                x_row = self.kernel["x.row"]
                runs.append((f.at(self.bases["x"], f.mul(row, x_row)), x_row, 1, 0))
                continue
            buffer, place = self.program.memory.get(operand, ("before", operand.name))
            if last is not None and (buffer, place) == (last[0], last[1] + 1) and buffer in ("delta", "kept", "spill"):
                address, step, planes, width = runs[-1]
                runs[-1] = address, step, planes + 1, width
            else:
                address, step = self._plane(buffer, place)
                runs.append((f.at(address, f.mul(row, step), first), step, 1, self.kernel.width))
            last = (buffer, place) if isinstance(place, int) else None
        return runs

    def _plane(self, buffer: str, place: str | int) -> tuple[Value, Int]:
        """Where a value per unit stands in this step: its address in row 0, and the step from row to row."""
        f, kernel = self.f, self.kernel
        match buffer:
            case "before":
                return self.before[str(place)]
            case "after":
                return self.after[str(place)], kernel[f"state.{place}.row"]
            case "kept" | "delta":
                return f.at(self.bases[buffer], f.mul(kernel.width, int(place))), kernel[f"{buffer}.row"]
            case "raw":
                return self.bases["raw"], kernel["raw.row"]
            case _:
                counts = {
                    "spill": self.program.spills,
                    "carried": len(self.program.components),
                    "weight": len(self.program.gradients.weights) if self.program.gradients else 0,
                }
                return f.at(kernel[buffer], f.mul(kernel.width, int(place))), f.mul(kernel.width, counts[buffer])

    # ---- units

    def _slot_places(
        self, stage: Stage, buffers: list[Value], tile: Int, across: int, here: Int, row: Int, inner: Int, block: Int
    ) -> dict[Node, Value]:
        """Where the products of one vector of units stand."""
        f, count, places = self.f, self.f.lanes.count, dict[Node, Value]()
        for contraction, buffer in zip(stage.contractions, buffers, strict=True):
            slots = len(contraction.slots)
            panel = across * slots * count
            place = f.at(buffer, f.mul(inner, panel))
            if contraction.kind == "input":
                place = self._input_place(place, panel, tile, f.add(row, inner))
            place = f.at(place, f.mul(block, slots * count))
            for number, slot in enumerate(contraction.slots):
                places[slot] = f.at(place, number * count)
        return places

    def _input_place(self, place: Value, panel: int, tile: Int, row: Int) -> Value:
        """Where input parts stand: in the block just computed, or in the buffer where all steps' were computed before.

        That buffer has a row for every step and sample, and in it a panel for every tile.
        """
        f, kernel = self.f, self.kernel
        ready = f.at(kernel.step("projected", self.t), f.mul(row, kernel["projected.row"]), f.mul(tile, panel))
        return f.select(f.equal(kernel["projected.row"], 0), place, ready)

    def _units(self, stage: Stage, slots: Mapping[Node, Value], tile: _Tile) -> None:
        """Everything but products, for one vector of units."""
        for node, memory in stage.nodes.items():
            value = self._value(node, memory, slots, tile)
            name = self.program.names.get(node)
            if name and memory is None and not isinstance(value, ir.Constant):
                value.name = name
            tile.values[node] = value
        for write in stage.writes:
            self._write(write, tile)

    def _value(
        self, node: Node, memory: tuple[str, str | int] | None, slots: Mapping[Node, Value], tile: _Tile
    ) -> Value:
        f, kernel = self.f, self.kernel
        if memory is not None and memory[0] == "kept_sum":
            return f.broadcast(f.at(self.bases["kept_sum"], f.mul(tile.row, kernel["kept_sum.row"]), int(memory[1])))
        if memory is not None:
            return self._read(*memory, tile)
        if node in slots:
            return f.load(slots[node])
        match node.op:
            case "literal" | "constant":
                return f.splat(node.value)
            case "units":
                return f.splat(f.builder.sitofp(kernel["hidden"], f.lanes.scalar))
            case "weight" | "recurrent_bias":
                index = self.program.vectors.index((node.op, node.name))
                return f.load(f.at(kernel["vectors"], f.mul(kernel.width, index), tile.unit))
            case "state":
                return self._read("before", node.name, tile)
            case "raw":
                return f.load(f.at(self.bases["x"], f.mul(tile.row, kernel["x.row"]), tile.unit), tile.mask)
            case "valid":
                return self._valid(tile)
            case "cotangent":
                return self._cotangent(node.name, tile)
            case "sum":
                index = self.program.sums[node]
                return f.broadcast(f.at(kernel["sum"], f.mul(tile.row, len(self.program.sums)), index))
            case "spread":
                return tile.values[node.args[0]]
            case _:
                return OPERATIONS[node.op](f, *(tile.values[a] for a in node.args))

    def _read(self, buffer: str, place: str | int, tile: _Tile) -> Value:
        address, row = self._plane(buffer, place)
        theirs = tile.mask if buffer in ("before", "after") else None
        return self.f.load(self.f.at(address, self.f.mul(tile.row, row), tile.unit), theirs)

    def _cotangent(self, name: str, tile: _Tile) -> Value:
        """Carried and direct gradient of a component: what arrives from later steps, and at this one."""
        f, kernel = self.f, self.kernel
        carried = self._read("carried", self.program.components.index(name), tile)
        row = f.mul(tile.row, kernel[f"direct.{name}.row"])
        direct = f.load(f.at(kernel.step(f"direct.{name}", self.t), row, tile.unit), tile.mask)
        return f.builder.fadd(carried, direct)

    def _valid(self, tile: _Tile) -> Value:
        """Whether this step comes before the end of the sample's sequence, in every lane."""
        f, kernel = self.f, self.kernel
        time = f.add(kernel["time"], f.mul(self.t, kernel["time.step"]))
        own = f.less(time, f.word(kernel["lengths"], tile.row))
        kind = ir.VectorType(ir.IntType(1), f.lanes.count)
        undefined = ir.Constant(kind, ir.Undefined)
        first = f.builder.insert_element(undefined, own, ir.IntType(32)(0))
        order = ir.Constant(ir.VectorType(ir.IntType(32), f.lanes.count), None)
        return f.builder.shuffle_vector(first, undefined, order)

    def _write(self, write: Write, tile: _Tile) -> None:
        f, kernel = self.f, self.kernel
        value = tile.values[write.node]
        match write.kind:
            case "next":
                address = f.at(self.after[write.name], f.mul(tile.row, kernel[f"state.{write.name}.row"]), tile.unit)
                f.store(value, address, tile.mask)
            case "sum":
                self._add_to_sum(write.index, value, tile)
            case "weight":
                address, row = self._plane("weight", write.index)
                place = f.at(address, f.mul(tile.row, row), tile.unit)
                f.store(f.builder.fadd(f.load(place), value), place)
            case "raw":
                f.store(value, f.at(self.bases["raw"], f.mul(tile.row, kernel["raw.row"]), tile.unit), tile.mask)
            case _:
                index = self.program.components.index(write.name) if write.kind == "carried" else write.index
                address, row = self._plane(write.kind, index)
                f.store(value, f.at(address, f.mul(tile.row, row), tile.unit))

    # ---- sums over units

    def _partial(self, row: Int, index: int) -> Value:
        f = self.f
        return f.at(self.kernel["partial"], f.mul(f.add(f.mul(row, len(self.program.sums)), index), f.lanes.count))

    def _add_to_sum(self, index: int, value: Value, tile: _Tile) -> None:
        f = self.f
        if tile.mask is not None:
            value = f.builder.select(tile.mask, value, f.splat(0.0))
        place = self._partial(tile.row, index)
        before = f.builder.select(f.equal(tile.unit, 0), f.splat(0.0), f.load(place))
        f.store(f.builder.fadd(before, value), place)

    def _finish_sums(self, stage: Stage) -> None:
        f, kernel, program = self.f, self.kernel, self.program
        mine = [w.index for w in stage.writes if w.kind == "sum"]
        if not mine:
            return
        kept = {program.sums[node]: place for node, place in program.samples.items()}
        with f.loop(f["begin"], f["end"], name="row") as row:
            for index in mine:
                total = f.total(f.load(self._partial(row, index)))
                f.store_scalar(total, f.at(kernel["sum"], f.mul(row, len(program.sums)), index))
                if index in kept:
                    f.store_scalar(total, f.at(self.bases["sample"], f.mul(row, kernel["sample.row"]), kept[index]))


_NOTHING = Contraction("", (), (), ())

#: Products of one value in one stage; beyond, a tile does not fit the first cache.
_MOST_SLOTS = 32
