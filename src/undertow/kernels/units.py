"""Everything but products, for one vector of units of one sample: values in order, then what is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llvmlite import ir

from undertow.kernels.lanes import I32
from undertow.kernels.loops import Function, Int, Value
from undertow.kernels.mathlib import OPERATIONS
from undertow.kernels.program import Stage, Write
from undertow.kernels.table import Timestep
from undertow.lang import noise
from undertow.lang.expr import Node

__all__ = ["Tile", "Units"]


@dataclass
class Tile:
    """A vector of units of one row: where it is, and what has been computed for it."""

    row: Int
    unit: Int
    mask: Value | None
    values: dict[Node, Value]


class Units:
    """The pointwise part of a stage."""

    def __init__(self, step: Timestep) -> None:
        self.step, self.f, self.kernel, self.program = step, step.f, step.kernel, step.program
        self.t = step.t

    def compute(self, stage: Stage, slots: Mapping[Node, Value], tile: Tile) -> None:
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
        self, node: Node, memory: tuple[str, str | int] | None, slots: Mapping[Node, Value], tile: Tile
    ) -> Value:
        f, kernel = self.f, self.kernel
        if memory is not None and memory[0] == "kept_sum":
            return f.broadcast(
                f.at(self.step.bases["kept_sum"], f.mul(tile.row, kernel["kept_sum.row"]), int(memory[1]))
            )
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
                return f.load(f.at(self.step.bases["x"], f.mul(tile.row, kernel["x.row"]), tile.unit), tile.mask)
            case "valid":
                return self._valid(tile)
            case "draw" | "draw_once":
                return self._draw(node, tile)
            case "carried" | "highway_carried":
                return self._read("carried", self._carried(node), tile)
            case "cotangent" | "highway":
                return self._total(node, tile)
            case "sum":
                index = self.program.sums[node]
                return f.broadcast(f.at(kernel["sum"], f.mul(tile.row, len(self.program.sums)), index))
            case "spread":
                return tile.values[node.args[0]]
            case _:
                return OPERATIONS[node.op](f, *(tile.values[a] for a in node.args))

    def _read(self, buffer: str, place: str | int, tile: Tile) -> Value:
        address, row = self.step.plane(buffer, place)
        theirs = tile.mask if buffer in ("before", "after") else None
        return self.f.load(self.f.at(address, self.f.mul(tile.row, row), tile.unit), theirs)

    def _carried(self, node: Node) -> int:
        """Which plane of carried gradients a leaf is read from: the components', then their highways'."""
        index = self.program.components.index(node.name)
        return index + (len(self.program.components) if node.op.startswith("highway") else 0)

    def _total(self, node: Node, tile: Tile) -> Value:
        """Carried and direct gradient of a component: what arrives from later steps, and at this one."""
        f, kernel, name = self.f, self.kernel, node.name
        carried = self._read("carried", self._carried(node), tile)
        row = f.mul(tile.row, kernel[f"direct.{name}.row"])
        direct = f.load(f.at(kernel.step(f"direct.{name}", self.t), row, tile.unit), tile.mask)
        return f.builder.fadd(carried, direct)

    def _valid(self, tile: Tile) -> Value:
        """Whether this step comes before the end of the sample's sequence, in every lane."""
        f, kernel = self.f, self.kernel
        time = f.add(kernel["time"], f.mul(self.t, kernel["time.step"]))
        return f.spread(f.less(time, f.word(kernel["lengths"], tile.row)))

    def _draw(self, node: Node, tile: Tile) -> Value:
        """A mask, as :func:`undertow.lang.noise.kept` draws it."""
        f, b, kernel = self.f, self.f.builder, self.kernel
        key = _mixed(f, b.xor(b.trunc(kernel["seed"], I32), I32(noise.site(node.name))))
        if node.op == "draw":
            time = f.whole(f.add(kernel["time"], f.mul(self.t, kernel["time.step"])))
            key = _mixed(f, b.add(key, b.mul(b.trunc(time, I32), I32(noise.STEPS[0]))))
        key = _mixed(f, b.add(key, b.mul(b.trunc(f.whole(tile.row), I32), I32(noise.STEPS[1]))))
        count = f.lanes.count
        kind = ir.VectorType(I32, count)
        first = b.mul(b.trunc(f.whole(tile.unit), I32), I32(noise.STEPS[2]))
        lanes = ir.Constant(kind, [noise.STEPS[2] * lane & 0xFFFFFFFF for lane in range(count)])
        drawn = _mixed(f, b.add(f.spread(b.add(key, first)), lanes))
        return b.icmp_unsigned(">=", drawn, ir.Constant(kind, [noise.threshold(node.value)] * count))

    def _write(self, write: Write, tile: Tile) -> None:
        f, kernel = self.f, self.kernel
        value = tile.values[write.node]
        match write.kind:
            case "next":
                address = f.at(
                    self.step.after[write.name], f.mul(tile.row, kernel[f"state.{write.name}.row"]), tile.unit
                )
                f.store(value, address, tile.mask)
            case "sum":
                self._add_to_sum(write.index, value, tile)
            case "weight":
                # Each sample has its own sum, so that threads share samples and the bits do not tell how.
                address, row = self.step.plane("weight", write.index)
                place = f.at(address, f.mul(tile.row, row), tile.unit)
                f.store(f.builder.fadd(f.load(place), value), place)
            case "raw":
                f.store(value, f.at(self.step.bases["raw"], f.mul(tile.row, kernel["raw.row"]), tile.unit), tile.mask)
            case _:
                address, row = self.step.plane(write.kind, write.index)
                f.store(value, f.at(address, f.mul(tile.row, row), tile.unit))

    # ---- sums over units

    def _partial(self, row: Int, index: int) -> Value:
        f = self.f
        return f.at(self.kernel["partial"], f.mul(f.add(f.mul(row, len(self.program.sums)), index), f.lanes.count))

    def _add_to_sum(self, index: int, value: Value, tile: Tile) -> None:
        f = self.f
        # Beyond H there are values as well: the sigmoid of nothing is a half.
        if tile.mask is not None:
            value = f.builder.select(tile.mask, value, f.splat(0.0))
        place = self._partial(tile.row, index)
        # The first vector begins anew: nobody has to clear sums between steps. Lanes are added up at the end, once.
        before = f.builder.select(f.equal(tile.unit, 0), f.splat(0.0), f.load(place))
        f.store(f.builder.fadd(before, value), place)

    def finish_sums(self, stage: Stage) -> None:
        """Add up the lanes of the stage's sums, after the last unit."""
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
                    f.store_scalar(
                        total, f.at(self.step.bases["sample"], f.mul(row, kernel["sample.row"]), kept[index])
                    )


def _mixed(f: Function, x: Value) -> Value:
    """The mixing of :data:`undertow.lang.noise.MIX`, on one number or a vector of them."""
    b = f.builder

    def constant(number: int) -> Value:
        count = getattr(x.type, "count", None)
        return ir.Constant(x.type, [number] * count) if count else I32(number)

    first, multiply, second, again, last = map(constant, noise.MIX)
    x = b.mul(b.xor(x, b.lshr(x, first)), multiply)
    x = b.mul(b.xor(x, b.lshr(x, second)), again)
    return b.xor(x, b.lshr(x, last))
