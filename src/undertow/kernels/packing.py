"""A cell's weights as the products of its kernels want them: panels that a micro-kernel reads from front to back."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from undertow.kernels import arena, emit, panels, tiles
from undertow.kernels.calls import Engine, Sizes, Words, clear, view
from undertow.kernels.program import Contraction, Program
from undertow.kernels.steps import Steps

__all__ = ["Packed", "Parameters", "gates_by_plane"]


@dataclass(frozen=True)
class Parameters:
    """Addresses by gate: W (H, I), b (H,), U (H, H / heads), d (H,), and p (H,) by name.

    ``second`` is added to ``b`` where weights are read.
    """

    W: Mapping[str, int]
    b: Mapping[str, int]
    U: Mapping[str, int]
    d: Mapping[str, int]
    p: Mapping[str, int]
    second: Mapping[str, int] = field(default_factory=dict)


class Packed:
    """The weights at ``parameters`` for the program ``name``; :meth:`refresh` packs what stands there now."""

    def __init__(self, steps: Steps, name: str, sizes: Sizes, parameters: Parameters) -> None:
        self.program: Program = steps.program(name)
        self._engine, self._sizes, self._parameters = Engine(steps), sizes, parameters
        self._jobs: list[tuple[int, ...]] = []
        self._made: list[_Diagonal | _Sum] = []
        self._panel = _head_panel(self.program, self._engine, sizes)
        self._vectors = self._pack_vectors()
        self._matrices = [
            self._pack(contraction, emit.blocks(stage, self._engine.target))
            for stage in self.program.stages
            for contraction in stage.contractions
        ]
        self.inputs = self._pack_inputs() if self.program.gradients else None
        records = [(*job, *[0] * (panels.JOB - len(job))) for job in self._jobs]
        self._records = (ctypes.c_int64 * (panels.JOB * len(records)))(*[word for job in records for word in job])

    def refresh(self, threads: int = 1) -> None:
        """Pack the weights as they are now."""
        for matrix in self._made:
            matrix.fill(self._engine.dtype)
        self._engine.parts = threads
        work = self._sizes.hidden * (self._sizes.hidden + self._sizes.inputs) * 8
        self._engine.call("pack", 0, len(self._jobs), ctypes.addressof(self._records), work=work)

    def fill(self, words: Words) -> None:
        """Enter the addresses into a table."""
        words["vectors"] = self._vectors.address
        words["head.panel"] = self._panel
        for number, (matrix, bias) in enumerate(self._matrices):
            words[f"matrix{number}"] = matrix.address
            words[f"bias{number}"] = bias.address if bias else 0

    def matrix(self, number: int) -> tuple[int, int]:
        """Addresses of the matrix and the bias of contraction ``number``."""
        matrix, bias = self._matrices[number]
        return matrix.address, bias.address if bias else 0

    def _pack_vectors(self) -> arena.Block:
        """Weights per unit and biases that stand alone, each in whole vectors."""
        engine, hidden = self._engine, self._sizes.hidden
        width, count = engine.width(hidden), engine.lanes
        block = arena.take(max(1, len(self.program.vectors)) * width * engine.size)
        for row, (kind, name) in enumerate(self.program.vectors):
            source = (self._parameters.p if kind == "weight" else self._parameters.d).get(name, 0)
            self._jobs.append((panels.BIAS, hidden, source, 0, block.address + row * width * engine.size, 1, count, 0))
        return block

    def _pack(self, contraction: Contraction, across: int) -> tuple[arena.Block, arena.Block | None]:
        engine, sizes, count, parameters = self._engine, self._sizes, self._engine.lanes, self._parameters
        hidden, slots, planes = sizes.hidden, len(contraction.slots), len(contraction.operands)
        tiles = -(-hidden // (count * across))
        panel = across * slots * count
        inner = sizes.inputs if contraction.kind == "input" else self._panel
        block = arena.take(max(1, tiles * planes * inner * panel) * engine.size)
        tile = planes * inner * panel
        for slot in range(slots):
            for plane in range(planes):
                gate = contraction.gates[slot][plane]
                target = block.address + (plane * inner * panel + slot * count) * engine.size
                layout = (target, panel, across, tile, slots * count)
                if contraction.kind == "input":
                    self._jobs.append((panels.TRANSPOSED, hidden, inner, parameters.W[gate], inner, *layout))
                elif self.program.heads > 1:
                    self._pack_heads(contraction.kind, parameters.U[gate], layout)
                else:
                    kind = panels.TRANSPOSED if contraction.kind == "product" else panels.COLUMNS
                    self._jobs.append((kind, hidden, hidden, parameters.U[gate], hidden, *layout))
        if contraction.kind != "input":
            return block, None
        bias = arena.take(tiles * panel * engine.size)
        for slot, (gate,) in enumerate(contraction.gates):
            first, second = parameters.b.get(gate, 0), parameters.second.get(gate, 0)
            target = bias.address + slot * count * engine.size
            self._jobs.append((panels.BIAS, hidden, first, second, target, across, panel, slots * count))
        return block, bias

    def _pack_heads(self, kind: str, address: int, layout: tuple[int, int, int, int, int]) -> None:
        """One matrix of diagonal blocks: every tile gets the rows and columns of the heads that it touches."""
        engine, hidden, count = self._engine, self._sizes.hidden, self._engine.lanes
        head = hidden // self.program.heads
        block = arena.take(hidden * hidden * engine.size)
        clear(block.address, hidden * hidden * engine.size)
        self._made.append(_Diagonal(address, hidden, self.program.heads, block, kind != "product"))
        target, panel, across, tile, step = layout
        for number in range(-(-hidden // (count * across))):
            start = number * across * count
            end = min(start + across * count, hidden)
            first, last = start // head * head, -(-end // head) * head
            source = block.address + (start * hidden + first) * engine.size
            place = target + number * tile * engine.size
            job = (panels.TRANSPOSED, end - start, last - first, source, hidden, place, panel, across, 0, step)
            self._jobs.append(job)

    def _pack_inputs(self) -> arena.Block | None:
        """W in the order of the planes of gradients, columns in panels: what dL/dx is multiplied with."""
        engine, sizes, parameters = self._engine, self._sizes, self._parameters
        gates = gates_by_plane(self.program)
        if not gates:
            return None
        panel = tiles.widest(engine.target) * engine.lanes
        tile = len(gates) * sizes.hidden * panel
        block = arena.take(-(-sizes.inputs // panel) * tile * engine.size)
        for plane, names in enumerate(gates):
            source = parameters.W[names[0]]
            if len(names) > 1:
                shape = (sizes.hidden, sizes.inputs)
                total = _Sum([parameters.W[g] for g in names], shape, arena.take(shape[0] * shape[1] * engine.size))
                self._made.append(total)
                source = total.block.address
            target = block.address + plane * sizes.hidden * panel * engine.size
            layout = (target, panel, tiles.widest(engine.target), tile, engine.lanes)
            self._jobs.append((panels.COLUMNS, sizes.hidden, sizes.inputs, source, sizes.inputs, *layout))
        return block


@dataclass
class _Diagonal:
    """A square matrix that is put together from diagonal blocks before it is packed."""

    source: int
    hidden: int
    heads: int
    block: arena.Block
    transposed: bool

    def fill(self, dtype: str) -> None:
        """Put it together from the weights as they are now."""
        whole, head = self.block.array((self.hidden, self.hidden), dtype), self.hidden // self.heads
        for number, part in enumerate(view(self.source, (self.heads, head, head), dtype)):
            place = slice(number * head, (number + 1) * head)
            whole[place, place] = part.T if self.transposed else part


@dataclass
class _Sum:
    """A matrix that is the sum of others: those whose input parts have the same gradient."""

    sources: list[int]
    shape: tuple[int, int]
    block: arena.Block

    def fill(self, dtype: str) -> None:
        """Add up the weights as they are now."""
        np.sum([view(s, self.shape, dtype) for s in self.sources], axis=0, out=self.block.array(self.shape, dtype))


def _head_panel(program: Program, engine: Engine, sizes: Sizes) -> int:
    """How many of an operand's units a tile reads at most."""
    hidden = sizes.hidden
    if program.heads == 1:
        return hidden
    head, longest = hidden // program.heads, 0
    for stage in program.stages:
        tile = emit.blocks(stage, engine.target) * engine.lanes
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
