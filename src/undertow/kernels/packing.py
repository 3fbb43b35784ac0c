"""A cell's weights as the products of its kernels want them: panels that a micro-kernel reads from front to back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from undertow.kernels import arena, emit, matmul
from undertow.kernels.calls import Engine, Sizes, Words, view
from undertow.kernels.plan import Contraction, Program
from undertow.kernels.steps import Steps

__all__ = ["Packed", "Parameters", "gates_by_plane"]


@dataclass(frozen=True)
class Parameters:
    """Addresses by gate: W (H, I), b (H,), U (H, H / heads), d (H,), and p (H,) by name."""

    W: Mapping[str, int]
    b: Mapping[str, int]
    U: Mapping[str, int]
    d: Mapping[str, int]
    p: Mapping[str, int]


class Packed:
    """A cell's weights as one program's products want them. Made again when the weights change."""

    def __init__(self, steps: Steps, name: str, sizes: Sizes, parameters: Parameters) -> None:
        self.program: Program = steps.programs[name]
        self.engine, self.sizes = Engine(steps), sizes
        engine = self.engine
        self.panel = _head_panel(self.program, engine, sizes)
        width = engine.width(sizes.hidden)
        kinds = {"weight": parameters.p, "recurrent_bias": parameters.d}
        self._vectors = arena.take(max(1, len(self.program.vectors)) * width * engine.size)
        vectors = self._vectors.array((max(1, len(self.program.vectors)), width), steps.dtype)
        vectors[...] = 0.0
        for row, (kind, weight) in zip(vectors, self.program.vectors, strict=False):
            if weight in kinds[kind]:
                row[: sizes.hidden] = view(kinds[kind][weight], (sizes.hidden,), steps.dtype)
        self._matrices: list[tuple[arena.Block, arena.Block | None]] = []
        for stage in self.program.stages:
            across = emit.blocks(stage)
            for contraction in stage.contractions:
                self._matrices.append(self._pack(contraction, across, parameters))
        self._inputs = self._pack_inputs(parameters) if self.program.gradients else None

    @property
    def inputs(self) -> arena.Block | None:
        """W packed for the gradient of x."""
        return self._inputs

    def fill(self, words: Words) -> None:
        """Enter the addresses into a table."""
        words.put("vectors", self._vectors.address)
        words.put("head.panel", self.panel)
        for number, (matrix, bias) in enumerate(self._matrices):
            words.put(f"matrix{number}", matrix.address)
            words.put(f"bias{number}", bias.address if bias else 0)

    def matrix(self, number: int) -> tuple[int, int]:
        """Addresses of the matrix and the bias of contraction ``number``."""
        matrix, bias = self._matrices[number]
        return matrix.address, bias.address if bias else 0

    def _pack(
        self, contraction: Contraction, across: int, parameters: Parameters
    ) -> tuple[arena.Block, arena.Block | None]:
        engine, sizes, count = self.engine, self.sizes, self.engine.lanes
        hidden, slots, planes = sizes.hidden, len(contraction.slots), len(contraction.operands)
        tiles = -(-hidden // (count * across))
        panel = across * slots * count
        inner = sizes.inputs if contraction.kind == "input" else self.panel
        block = arena.take(max(1, tiles * planes * inner * panel) * engine.size)
        tile_step = planes * inner * panel
        for slot in range(slots):
            for plane in range(planes):
                gate = contraction.gates[slot][plane]
                target = block.address + (plane * inner * panel + slot * count) * engine.size
                if contraction.kind == "input":
                    words = (hidden, inner, parameters.W[gate], inner, target, panel, across, tile_step, slots * count)
                    engine.call("pack_transposed", 0, 1, *words)
                elif self.program.heads > 1:
                    self._pack_heads(contraction.kind, parameters.U[gate], target, across, slots, tile_step)
                elif contraction.kind == "product":
                    words = (hidden, hidden, parameters.U[gate], hidden, target, panel, across, tile_step, slots * count)
                    engine.call("pack_transposed", 0, 1, *words)
                else:
                    words = (hidden, hidden, parameters.U[gate], hidden, target, panel, across, tile_step, slots * count)
                    engine.call("pack", 0, 1, *words)
        if contraction.kind != "input":
            return block, None
        bias = arena.take(tiles * panel * engine.size)
        bias.array((tiles * panel,), self.engine.steps.dtype)[...] = 0.0
        for slot, (gate,) in enumerate(contraction.gates):
            if gate in parameters.b:
                target = bias.address + slot * count * engine.size
                engine.call("pack_transposed", 0, 1, hidden, 1, parameters.b[gate], 1, target, 0, across, panel, slots * count)
        return block, bias

    def _pack_heads(self, kind: str, address: int, target: int, across: int, slots: int, tile_step: int) -> None:
        """One matrix of diagonal blocks: every tile gets the rows and columns of the heads that it touches."""
        engine, hidden, count = self.engine, self.sizes.hidden, self.engine.lanes
        head = hidden // self.program.heads
        given = view(address, (self.program.heads, head, head), engine.steps.dtype)
        whole = arena.take(hidden * hidden * engine.size)
        square = whole.array((hidden, hidden), engine.steps.dtype)
        square[...] = 0.0
        for number, part in enumerate(given):
            place = slice(number * head, (number + 1) * head)
            square[place, place] = part if kind == "product" else part.T
        panel = across * slots * count
        for tile in range(-(-hidden // (count * across))):
            start = tile * across * count
            end = min(start + across * count, hidden)
            first, last = start // head * head, -(-end // head) * head
            source = whole.address + (start * hidden + first) * engine.size
            place = target + tile * tile_step * engine.size
            words = (end - start, last - first, source, hidden, place, panel, across, 0, slots * count)
            engine.call("pack_transposed", 0, 1, *words)

    def _pack_inputs(self, parameters: Parameters) -> arena.Block | None:
        """W in the order of the planes of gradients, columns in panels: what dL/dx is multiplied with."""
        engine, sizes = self.engine, self.sizes
        gates = gates_by_plane(self.program)
        if not gates:
            return None
        panel = matmul.VECTORS * engine.lanes
        tiles = -(-sizes.inputs // panel)
        block = arena.take(tiles * len(gates) * sizes.hidden * panel * engine.size)
        for plane, names in enumerate(gates):
            source = parameters.W[names[0]]
            if len(names) > 1:
                shape = (sizes.hidden, sizes.inputs)
                total = sum(view(parameters.W[g], shape, engine.steps.dtype) for g in names)
                source = total.ctypes.data
            target = block.address + plane * sizes.hidden * panel * engine.size
            tile_step = len(gates) * sizes.hidden * panel
            words = (sizes.hidden, sizes.inputs, source, sizes.inputs, target, panel, matmul.VECTORS, tile_step)
            engine.call("pack", 0, 1, *words, engine.lanes)
        return block


def _head_panel(program: Program, engine: Engine, sizes: Sizes) -> int:
    """How many of an operand's units a tile reads at most."""
    hidden = sizes.hidden
    if program.heads == 1:
        return hidden
    head, longest = hidden // program.heads, 0
    for stage in program.stages:
        tile = emit.blocks(stage) * engine.lanes
        for start in range(0, hidden, tile):
            end = min(start + tile, hidden)
            longest = max(longest, -(-end // head) * head - start // head * head)
    return longest


def gates_by_plane(program: Program) -> list[list[str]]:
    """The gates whose input's gradient stands in each of the first planes."""
    assert program.gradients is not None
    by_plane: dict[int, list[str]] = {}
    for gate, plane in program.gradients.inputs.items():
        if plane is not None:
            by_plane.setdefault(plane, []).append(gate)
    return [by_plane[plane] for plane in sorted(by_plane)]
