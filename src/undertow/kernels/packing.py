"""A cell's weights as the products of its kernels want them: panels that a micro-kernel reads from front to back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from undertow.kernels import emit, panels, tiles
from undertow.kernels.calls import Engine, Rows, Sizes, Words
from undertow.kernels.program import Contraction, Program
from undertow.kernels.routine import Address, Routine
from undertow.kernels.steps import Steps

__all__ = ["Packed", "Parameters", "gates_by_plane"]


#: Multiply-adds that take as long as packing one number.
_COPYING = 10


@dataclass(frozen=True)
class Parameters:
    """Addresses by gate: W (H, I), b (H,), U (H, H / heads), d (H,), and p (H,) by name.

    ``second`` is added to ``b`` where weights are read.
    """

    W: Mapping[str, Address]
    b: Mapping[str, Address]
    U: Mapping[str, Address]
    d: Mapping[str, Address]
    p: Mapping[str, Address]
    second: Mapping[str, Address] = field(default_factory=dict)


class Packed:
    """The weights at ``parameters`` for the program ``name``, in memory that ``take`` gives, so many bytes of it."""

    def __init__(
        self, steps: Steps, name: str, sizes: Sizes, parameters: Parameters, take: Callable[[int], Address]
    ) -> None:
        self.program: Program = steps.program(name)
        self._steps, self._sizes, self._parameters = steps, sizes, parameters
        self._take, self._size, self._lanes = take, steps.lanes.size, steps.lanes.count
        self._jobs: list[tuple[Address, ...]] = []
        self._made: list[_Diagonal | _Sum] = []
        self._panel = _head_panel(self.program, steps, sizes)
        self._vectors = self._pack_vectors()
        self._matrices = [
            self._pack(contraction, emit.blocks(stage, steps.target))
            for stage in self.program.stages
            for contraction in stage.contractions
        ]
        self.inputs = self._pack_inputs() if self.program.gradients else None

    def pack(self, routine: Routine) -> None:
        """Let the routine pack the weights as they are then."""
        engine = Engine(self._steps, routine)
        for matrix in self._made:
            matrix.make(engine)
        records = [word for job in self._jobs for word in (*job, *[0] * (panels.JOB - len(job)))]
        numbers = len(self._jobs) * self._sizes.hidden * max(self._sizes.hidden, self._sizes.inputs)
        engine.call("pack", 0, len(self._jobs), *records, work=numbers * _COPYING, together=True)

    def fill(self, words: Words) -> None:
        """Enter the addresses into a table."""
        words["vectors"] = self._vectors
        words["head.panel"] = self._panel
        for number, (matrix, bias) in enumerate(self._matrices):
            words[f"matrix{number}"] = matrix
            words[f"bias{number}"] = bias

    def matrix(self, number: int) -> tuple[Address, Address]:
        """Addresses of the matrix and the bias (0: none) of contraction ``number``."""
        return self._matrices[number]

    def _numbers(self, count: int) -> Address:
        return self._take(count * self._size)

    def _pack_vectors(self) -> Address:
        """Weights per unit and biases that stand alone, each in whole vectors."""
        hidden, width = self._sizes.hidden, self._steps.lanes.whole_vectors(self._sizes.hidden)
        place = self._numbers(max(1, len(self.program.vectors)) * width)
        for row, (kind, name) in enumerate(self.program.vectors):
            source = (self._parameters.p if kind == "weight" else self._parameters.d).get(name, 0)
            target = place + row * width * self._size
            self._jobs.append((panels.BIAS, hidden, source, 0, target, 1, self._lanes, 0))
        return place

    def _pack(self, contraction: Contraction, across: int) -> tuple[Address, Address]:
        sizes, count, parameters = self._sizes, self._lanes, self._parameters
        hidden, slots, planes = sizes.hidden, len(contraction.slots), len(contraction.operands)
        tiles = -(-hidden // (count * across))
        panel = across * slots * count
        inner = sizes.inputs if contraction.kind == "input" else self._panel
        place = self._numbers(max(1, tiles * planes * inner * panel))
        tile = planes * inner * panel
        for slot in range(slots):
            for plane in range(planes):
                gate = contraction.gates[slot][plane]
                target = place + (plane * inner * panel + slot * count) * self._size
                layout = (target, panel, across, tile, slots * count)
                if contraction.kind == "input":
                    self._jobs.append((panels.TRANSPOSED, hidden, inner, parameters.W[gate], inner, *layout))
                elif self.program.heads > 1:
                    self._pack_heads(contraction.kind, parameters.U[gate], layout)
                else:
                    kind = panels.TRANSPOSED if contraction.kind == "product" else panels.COLUMNS
                    self._jobs.append((kind, hidden, hidden, parameters.U[gate], hidden, *layout))
        if contraction.kind != "input":
            return place, 0
        bias = self._numbers(tiles * panel)
        for slot, (gate,) in enumerate(contraction.gates):
            first, second = parameters.b.get(gate, 0), parameters.second.get(gate, 0)
            target = bias + slot * count * self._size
            self._jobs.append((panels.BIAS, hidden, first, second, target, across, panel, slots * count))
        return place, bias

    def _pack_heads(self, kind: str, source: Address, layout: tuple[Address, int, int, int, int]) -> None:
        """One matrix of diagonal blocks: every tile gets the rows and columns of the heads that it touches."""
        hidden, count = self._sizes.hidden, self._lanes
        head = hidden // self.program.heads
        whole = self._numbers(hidden * hidden)
        self._made.append(_Diagonal(source, hidden, self.program.heads, whole))
        target, panel, across, tile, step = layout
        for number in range(-(-hidden // (count * across))):
            start = number * across * count
            end = min(start + across * count, hidden)
            first, last = start // head * head, -(-end // head) * head
            place = target + number * tile * self._size
            if kind == "product":
                corner = whole + (start * hidden + first) * self._size
                block = (panels.TRANSPOSED, end - start, last - first, corner)
            else:
                corner = whole + (first * hidden + start) * self._size
                block = (panels.COLUMNS, last - first, end - start, corner)
            self._jobs.append((*block, hidden, place, panel, across, 0, step))

    def _pack_inputs(self) -> Address | None:
        """W in the order of the planes of gradients, columns in panels: what dL/dx is multiplied with."""
        sizes, parameters, widest = self._sizes, self._parameters, tiles.widest(self._steps.target)
        gates = gates_by_plane(self.program)
        if not gates:
            return None
        panel = widest * self._lanes
        tile = len(gates) * sizes.hidden * panel
        place = self._numbers(-(-sizes.inputs // panel) * tile)
        for plane, names in enumerate(gates):
            source = parameters.W[names[0]]
            if len(names) > 1:
                total = self._numbers(sizes.hidden * sizes.inputs)
                self._made.append(_Sum([parameters.W[g] for g in names], (sizes.hidden, sizes.inputs), total))
                source = total
            target = place + plane * sizes.hidden * panel * self._size
            layout = (target, panel, widest, tile, self._lanes)
            self._jobs.append((panels.COLUMNS, sizes.hidden, sizes.inputs, source, sizes.inputs, *layout))
        return place


@dataclass
class _Diagonal:
    """A square matrix that is put together from diagonal blocks before it is packed."""

    source: Address
    hidden: int
    heads: int
    target: Address

    def make(self, engine: Engine) -> None:
        """Put it together."""
        hidden, head = self.hidden, self.hidden // self.heads
        engine.clear(self.target, hidden * hidden)
        for number in range(self.heads):
            part = Rows(self.source + number * head * head * engine.size, head)
            corner = Rows(self.target + number * head * (hidden + 1) * engine.size, hidden)
            engine.copy(head, head, part, corner)


@dataclass
class _Sum:
    """A matrix that is the sum of others: those whose input parts have the same gradient."""

    sources: list[Address]
    shape: tuple[int, int]
    target: Address

    def make(self, engine: Engine) -> None:
        """Add them up."""
        rows, numbers = self.shape
        for number, source in enumerate(self.sources):
            engine.copy(rows, numbers, Rows(source, numbers), Rows(self.target, numbers), more=number > 0)


def _head_panel(program: Program, steps: Steps, sizes: Sizes) -> int:
    """How many of an operand's units a tile reads at most."""
    hidden = sizes.hidden
    if program.heads == 1:
        return hidden
    head, longest = hidden // program.heads, 0
    for stage in program.stages:
        tile = emit.blocks(stage, steps.target) * steps.lanes.count
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
