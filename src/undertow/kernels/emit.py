"""Machine code for a plan: one function that runs a step over a whole sequence, forward in time or back.

    for every step
        for every stage
            for every tile of units, for every block of rows
                products, into a block that stays in the first cache
                everything else, a vector of units at a time

The function takes a table of 64-bit words, whose names and order :func:`.signature` gives, and a range of
rows (samples). A *sequence* in memory is described by three words: its address at the first step to be
processed, its step from one processed step to the next (negative where time runs backwards) and
its step from row to row, in elements. Buffers of the kernel's own hold whole vectors, so that rows are
``width = ceil(H / lanes) lanes`` long; those of the user end at H, where a mask is used.
"""

from __future__ import annotations

from contextlib import ExitStack

from llvmlite import ir

from undertow.kernels import threads, tiles, x86
from undertow.kernels.host import Target
from undertow.kernels.loops import Function, Int, Lanes, Value
from undertow.kernels.program import Contraction, Program, Stage
from undertow.kernels.table import Kernel, Timestep, signature
from undertow.kernels.units import Tile, Units
from undertow.lang.expr import Node

__all__ = ["blocks", "emit", "rows"]


def blocks(stage: Stage, target: Target) -> int:
    """How many vectors of units a tile of the stage holds, so that its products fill a micro-kernel."""
    most = max((len(c.slots) for c in stage.contractions), default=1)
    return max(1, tiles.widest(target) // most)


def rows(stage: Stage, target: Target) -> int:
    """The most rows in a block: as many as the widest micro-kernel has accumulators for."""
    across = blocks(stage, target)
    most = max((min(len(c.slots) * across, tiles.widest(target)) for c in stage.contractions), default=1)
    return tiles.rows(target, max(most, 1))


def emit(module: ir.Module, program: Program, lanes: Lanes) -> None:
    """The function of ``program``, called by its name: (table, first row, end of rows, part, parts).

    With ``parts`` above one, every part does its share of the units and waits for the others after each stage.
    """
    with Function.task(module, signature(program), lanes) as f:
        # Gradients fade into numbers too small for full precision, which are computed many times slower.
        before = x86.flush_denormals(f)
        kernel = Kernel(f, program)
        with f.loop(0, kernel["steps"], name="t") as t:
            step = _Stages(Timestep(kernel, t))
            for number in range(len(program.stages)):
                step.stage(number)
        x86.restore_denormals(f, before)


class _Stages:
    """The passes of one step."""

    def __init__(self, step: Timestep) -> None:
        self.step, self.f, self.kernel, self.program = step, step.f, step.kernel, step.program
        self.units = Units(step)

    def stage(self, number: int) -> None:
        """One pass over the units."""
        f, stage = self.f, self.program.stages[number]
        across, most = blocks(stage, f.lanes.target), rows(stage, f.lanes.target)
        unit_blocks = f.up(self.kernel["hidden"], f.lanes.count)
        first, last = f.share(f.up(unit_blocks, across))
        buffers = [f.scratch(most * across * len(c.slots) * f.lanes.count) for c in stage.contractions]
        with ExitStack() as loops:
            # Tiles outside, rows inside: the weights of a tile come once and serve all rows. Without products nothing
            # is shared between rows, and each is worked off as it lies in memory.
            if stage.contractions:
                tile = self._turning(stage, loops.enter_context(f.loop(first, last, name="tile")), first, last)
                row, samples = loops.enter_context(f.row_blocks(f["begin"], f["end"], most).each())
                here = f.min(f.sub(unit_blocks, f.mul(tile, across)), across)
                for contraction, buffer in zip(stage.contractions, buffers, strict=True):
                    self._contract(contraction, buffer, tile, across, here, row, samples)
                inner = loops.enter_context(f.loop(0, samples, name="row"))
            else:
                inner, row = loops.enter_context(f.loop(f["begin"], f["end"], name="row")), f.whole(0)
                tile = loops.enter_context(f.loop(first, last, name="tile"))
                here = f.min(f.sub(unit_blocks, f.mul(tile, across)), across)
            block = loops.enter_context(f.loop(0, here, name="block"))
            unit = f.mul(f.add(f.mul(tile, across), block), f.lanes.count)
            slots = self._slot_places(stage, buffers, tile, across, here, row, inner, block)
            left = f.sub(self.kernel["hidden"], unit)
            # Written twice, so that only the last vector of a row pays for a mask.
            with f.either(f.less(left, f.lanes.count)) as (narrow, whole):
                with whole:
                    self.units.compute(stage, slots, Tile(f.add(row, inner), unit, None, {}))
                with narrow:
                    self.units.compute(stage, slots, Tile(f.add(row, inner), unit, f.mask(left), {}))
        self.units.finish_sums(stage)
        # The next stage multiplies all units of a row, the others' too.
        threads.wait(f, self.kernel["barrier"], f["parts"], self.kernel.rounds)

    def _turning(self, stage: Stage, tile: Value, first: Int, last: Int) -> Int:
        """Tiles forth in one step and back in the next, so that the last weights read are still in cache.

        Sums over units are added up in one order only.
        """
        f = self.f
        if any(write.kind == "sum" for write in stage.writes):
            return tile
        odd = f.builder.and_(f.whole(f.add(self.step.t, self.kernel["phase"])), f.whole(1))
        return f.select(f.equal(odd, 1), f.sub(f.add(first, last, -1), tile), tile)

    def _contract(
        self, contraction: Contraction, buffer: Value, tile: Value, across: int, here: Value, row: Int, samples: Int
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
            # Asked when it runs: for an answer in advance there would be two functions to compile.
            if contraction.kind == "input":
                outer.enter_context(f.when(f.equal(kernel["projected.row"], 0)))
            for index, (place, plane_rows, run, plane_step) in enumerate(runs):
                done = sum(r[2] for r in runs[:index])
                b = f.at(matrix, f.mul(full, panel, done))
                with f.loop(0, vectors, tiles.widest(f.lanes.target), name="part") as v:
                    c = f.at(buffer, f.mul(v, count))
                    start, start_row = (c, panel) if index else (f.at(init, f.mul(v, count)), 0)
                    tiles.call_tile(
                        f, kernel["table"], samples, f.min(f.sub(vectors, v), tiles.widest(f.lanes.target)),
                        {
                            "A": place, "a_row": plane_rows, "a_k": 1, "planes": run, "a_plane": plane_step,
                            "B": f.at(b, f.mul(v, count)), "b_vector": count, "b_k": panel,
                            "b_plane": f.mul(full, panel), "K": length,
                            "C": c, "c_row": panel, "c_vector": count, "init": start, "init_row": start_row,
                        },
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
        # Planes that follow each other are one run: a tile keeps its sums in registers over all of them.
        f, runs = self.f, list[tuple[Value, Int, int, Int]]()
        last: tuple[str, int] | None = None
        for operand in contraction.operands:
            if operand is None:
                x_row = self.kernel["x.row"]
                runs.append((f.at(self.step.bases["x"], f.mul(row, x_row)), x_row, 1, 0))
                continue
            buffer, place = self.program.memory.get(operand, ("before", operand.name))
            if last is not None and (buffer, place) == (last[0], last[1] + 1) and buffer in ("delta", "kept", "spill"):
                address, step, planes, width = runs[-1]
                runs[-1] = address, step, planes + 1, width
            else:
                address, step = self.step.plane(buffer, place)
                runs.append((f.at(address, f.mul(row, step), first), step, 1, self.kernel.width))
            last = (buffer, place) if isinstance(place, int) else None
        return runs

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
        ready = f.at(kernel.step("projected", self.step.t), f.mul(row, kernel["projected.row"]), f.mul(tile, panel))
        return f.select(f.equal(kernel["projected.row"], 0), place, ready)
