"""A cell's weights as the products of its kernels want them: panels that a micro-kernel reads from front to back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from undertow.kernels import emit, panels, tiles
from undertow.kernels.arguments import Address, Arguments, Words
from undertow.kernels.calls import Engine, Extents, Rows
from undertow.kernels.program import Contraction, Program
from undertow.kernels.routine import Routine
from undertow.kernels.steps import Steps

__all__ = ["Packed", "ParameterAddresses", "gates_by_plane"]


#: Multiply-adds that take as long as packing one number.
_COPYING = 10


@dataclass(frozen=True)
class ParameterAddresses:
    """Addresses by gate: W (H, I), b (H,), U (H, H / heads), d (H,), and p (H,) by name.

    ``second`` is added to ``b`` where weights are read.
    """

    W: Mapping[str, Address]
    b: Mapping[str, Address]
    U: Mapping[str, Address]
    d: Mapping[str, Address]
    p: Mapping[str, Address]
    second: Mapping[str, Address] = field(default_factory=dict)


class _Layout(NamedTuple):
    """Where vectors go: ``blocks`` of them, ``block`` numbers apart, make a tile, and tiles are ``tile`` apart.

    From one number of the inner dimension to the next it is ``k``.
    """

    target: Address
    blocks: int
    tile: int
    block: int
    k: int = 0

    def words(self) -> dict[str, Address]:
        """What a job is told of it."""
        return {"target": self.target, "blocks": self.blocks, "t_tile": self.tile, "t_block": self.block}


class Packed:
    """The weights at ``parameters`` for the program ``name``, in memory that ``take`` gives, so many bytes of it.

    They are packed again in every call, which costs 1 to 6% of it: an edit through ``.data`` leaves no trace that
    something kept could be thrown away by.
    """

    def __init__(
        self, steps: Steps, name: str, sizes: Extents, parameters: ParameterAddresses, take: Callable[[int], Address]
    ) -> None:
        self.program: Program = steps.program(name)
        self.steps, self.sizes, self._parameters = steps, sizes, parameters
        self._take, self._size, self._lanes = take, steps.lanes.size, steps.lanes.count
        self._jobs: list[Arguments] = []
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
        engine = Engine(self.steps.blas, routine)
        for matrix in self._made:
            matrix.make(engine)
        numbers = len(self._jobs) * self.sizes.hidden * max(self.sizes.hidden, self.sizes.inputs)
        engine.pack(self._jobs, work=numbers * _COPYING)

    def fill(self, words: Words) -> None:
        """Enter the addresses into a table."""
        words.enter({"vectors": self._vectors, "head.panel": self._panel})
        for number, (matrix, bias) in enumerate(self._matrices):
            words.enter({f"matrix{number}": matrix, f"bias{number}": bias})

    def matrix(self, number: int) -> tuple[Address, Address]:
        """Addresses of the matrix and the bias (0: none) of contraction ``number``."""
        return self._matrices[number]

    def _numbers(self, count: int) -> Address:
        return self._take(count * self._size)

    def _pack_vectors(self) -> Address:
        """Weights per unit and biases that stand alone, each in whole vectors."""
        hidden, width = self.sizes.hidden, self.steps.lanes.whole_vectors(self.sizes.hidden)
        place = self._numbers(max(1, len(self.program.vectors)) * width)
        for row, (kind, name) in enumerate(self.program.vectors):
            source = (self._parameters.p if kind == "weight" else self._parameters.d).get(name, 0)
            target = place + row * width * self._size
            layout = _Layout(target, blocks=1, tile=self._lanes, block=0)
            self._bias(hidden, source, 0, layout)
        return place

    def _pack(self, contraction: Contraction, across: int) -> tuple[Address, Address]:
        sizes, count, parameters = self.sizes, self._lanes, self._parameters
        hidden, slots, planes = sizes.hidden, len(contraction.slots), len(contraction.operands)
        tiles = -(-hidden // (count * across))
        panel = across * slots * count
        inner = sizes.inputs if contraction.kind == "input" else self._panel
        place = self._numbers(max(1, tiles * planes * inner * panel))
        # All gates of a unit lie side by side: after one tile of products everything else of these units can be done.
        tile = planes * inner * panel
        for slot in range(slots):
            for plane in range(planes):
                gate = contraction.gates[slot][plane]
                target = place + (plane * inner * panel + slot * count) * self._size
                layout = _Layout(target, across, tile, slots * count, panel)
                if contraction.kind == "input":
                    self._transposed(hidden, inner, parameters.W[gate], inner, layout)
                elif self.program.heads > 1:
                    self._pack_heads(contraction.kind, parameters.U[gate], layout)
                else:
                    pack = self._transposed if contraction.kind == "product" else self._columns
                    pack(hidden, hidden, parameters.U[gate], hidden, layout)
        if contraction.kind != "input":
            return place, 0
        bias = self._numbers(tiles * panel)
        for slot, (gate,) in enumerate(contraction.gates):
            first, second = parameters.b.get(gate, 0), parameters.second.get(gate, 0)
            target = bias + slot * count * self._size
            self._bias(hidden, first, second, _Layout(target, across, panel, slots * count))
        return place, bias

    def _transposed(self, rows: int, numbers: int, source: Address, row: int, layout: _Layout) -> None:
        """A matrix (``rows``, ``numbers``), ``row`` numbers from row to row, whose rows become columns."""
        matrix = {"rows": rows, "K": numbers, "source": source, "s_row": row}
        self._jobs.append(panels.JOBS["transposed"].arguments(matrix, layout.words(), {"t_k": layout.k}))

    def _columns(self, rows: int, numbers: int, source: Address, row: int, layout: _Layout) -> None:
        """The same, whose columns stay."""
        matrix = {"K": rows, "N": numbers, "source": source, "s_row": row}
        self._jobs.append(panels.JOBS["columns"].arguments(matrix, layout.words(), {"t_k": layout.k}))

    def _bias(self, rows: int, first: Address, second: Address, layout: _Layout) -> None:
        """A vector, or the sum of two."""
        vectors = {"rows": rows, "first": first, "second": second}
        self._jobs.append(panels.JOBS["bias"].arguments(vectors, layout.words()))

    def _pack_heads(self, kind: str, source: Address, layout: _Layout) -> None:
        """One matrix of diagonal blocks: every tile gets the rows and columns of the heads that it touches."""
        hidden, count = self.sizes.hidden, self._lanes
        head = hidden // self.program.heads
        # Heads end where they like, tiles at whole vectors: a tile over two heads reads the square that holds both, of
        # which the other blocks are zero.
        whole = self._numbers(hidden * hidden)
        self._made.append(_Diagonal(source, hidden, self.program.heads, whole))
        units = layout.blocks * count
        for number in range(-(-hidden // units)):
            start = number * units
            end = min(start + units, hidden)
            first, last = start // head * head, -(-end // head) * head
            place = layout.target + number * layout.tile * self._size
            one = _Layout(place, layout.blocks, 0, layout.block, layout.k)
            if kind == "product":
                corner = whole + (start * hidden + first) * self._size
                self._transposed(end - start, last - first, corner, hidden, one)
            else:
                corner = whole + (first * hidden + start) * self._size
                self._columns(last - first, end - start, corner, hidden, one)

    def _pack_inputs(self) -> Address | None:
        """W in the order of the planes of gradients, columns in panels: what dL/dx is multiplied with."""
        sizes, parameters, widest = self.sizes, self._parameters, tiles.widest(self.steps.target)
        gates = gates_by_plane(self.program)
        if not gates:
            return None
        panel = widest * self._lanes
        tile = len(gates) * sizes.hidden * panel
        place = self._numbers(-(-sizes.inputs // panel) * tile)
        for plane, names in enumerate(gates):
            source = parameters.W[names[0]]
            if len(names) > 1:
                # (W1 + W2)' d in place of W1' d + W2' d: one product over all steps is saved for one sum of weights.
                total = self._numbers(sizes.hidden * sizes.inputs)
                self._made.append(_Sum([parameters.W[g] for g in names], (sizes.hidden, sizes.inputs), total))
                source = total
            target = place + plane * sizes.hidden * panel * self._size
            self._columns(
                sizes.hidden, sizes.inputs, source, sizes.inputs, _Layout(target, widest, tile, self._lanes, panel)
            )
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


def _head_panel(program: Program, steps: Steps, sizes: Extents) -> int:
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
