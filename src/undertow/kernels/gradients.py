"""From the gradients of pre-activations to those of x and of the weights: large products over all steps at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from undertow.kernels import matmul, tiles
from undertow.kernels.arguments import Address
from undertow.kernels.calls import Engine, Extents, Rows, Sequence
from undertow.kernels.packing import Packed, ParameterAddresses, gates_by_plane
from undertow.kernels.program import Memory, Program

__all__ = ["Operand", "OuterProducts", "gradient_of_x", "gradients_of_weights", "weights_per_unit"]

#: What a product multiplied at every step. With rows, those stood before the first step and the sequence is one behind.
Operand = tuple[Sequence, Rows | None]


def gradient_of_x(
    engine: Engine, sizes: Extents, packed: Packed, deltas: Sequence, x: Sequence, raw: Sequence | None
) -> None:
    """dL/dx: the gradients of the input parts times W, and what came through ``x.raw``."""
    numbers, inputs = sizes.steps * sizes.batch, sizes.inputs
    planes = len(gates_by_plane(packed.program))
    if packed.inputs is None:
        engine.clear(x.address, numbers * inputs)
    else:
        widest = tiles.widest(engine.target)
        panel = widest * engine.lanes
        columns = -(-inputs // panel) * panel
        bias = engine.take(columns)
        engine.clear(bias, columns)
        words = {
            "table": engine.blas.table, "A": deltas.address, "a_row": deltas.row, "planes": planes,
            "a_plane": engine.width(sizes.hidden), "K": sizes.hidden, "B": packed.inputs, "panel": widest,
            "b_panel": planes * sizes.hidden * panel, "bias": bias, "C": x.address, "c_row": inputs, "N": inputs,
            "most": engine.tile_rows(widest),
        }  # fmt: skip
        engine.call("multiply", 0, numbers, words, work=numbers * planes * sizes.hidden * inputs)
    if raw is not None:
        engine.copy(numbers, inputs, Rows(raw.address, raw.row), Rows(x.address, inputs), more=True)


@dataclass(frozen=True)
class _Piece:
    """Rows of one gradient matrix: ``count`` columns of the deltas from ``column`` on, and where their products go."""

    column: int
    count: int
    target: Address
    sums: Address | None


class OuterProducts:
    """Gradients of matrices: sums over steps and samples of delta times operand."""

    def __init__(self, engine: Engine, sizes: Extents, deltas: Sequence, *, reverse: bool) -> None:
        self.engine, self.sizes, self.deltas, self.reverse = engine, sizes, deltas, reverse
        widest = max(engine.width(sizes.inputs), engine.width(sizes.hidden))
        self.part = matmul.DEPTH * widest
        self.pack = engine.take(engine.routine.parts * self.part)
        self.unwanted = engine.take(deltas.row)

    def add(self, piece: _Piece, operand: Operand, first: int, columns: int, *, more: bool) -> None:
        """C = sum over all steps of delta times columns ``first`` and on of the operand; with ``more`` added to C."""
        sequence, rows = operand
        batch, steps, size = self.sizes.batch, self.sizes.steps, self.engine.size
        if rows is None:
            self._multiply(piece, 0, steps * batch, sequence.address, sequence.row, first, columns, more=more)
            return
        # Step t multiplied the state of step t - 1: the sequence of states is one step behind, and what the first step
        # multiplied stands apart.
        start = (steps - 1) * batch if self.reverse else 0
        self._multiply(piece, start, batch, rows.address, rows.row, first, columns, more=more)
        shifted = sequence.address + (sequence.step * size if self.reverse else 0)
        later = 0 if self.reverse else batch
        self._multiply(piece, later, (steps - 1) * batch, shifted, sequence.row, first, columns, more=True)

    def _multiply(
        self, piece: _Piece, row: int, count: int, x: Address, x_row: int, first: int, columns: int, *, more: bool
    ) -> None:
        engine, size = self.engine, self.engine.size
        deltas = self.deltas.address + (row * self.deltas.row + piece.column) * size
        sums = self.unwanted if piece.sums is None else piece.sums
        words = {
            "table": engine.blas.table, "R": count, "D": deltas, "d_row": self.deltas.row,
            "X": x + first * size, "x_row": x_row, "N": columns, "C": piece.target, "c_row": columns,
            "sums": sums, "x_pack": self.pack, "x_part": self.part, "more": int(more),
        }  # fmt: skip
        # Threads share rows of the matrix, never samples: the bits are the same for any number of threads. A share is a
        # multiple of what a tile takes, so that only the last one has a rest.
        engine.call("multiply_over_rows", 0, piece.count, words, work=count * columns * piece.count, grain=8)


def gradients_of_weights(
    products: OuterProducts,
    program: Program,
    x: Sequence,
    operands: Mapping[Memory, Operand],
    parameters: ParameterAddresses,
) -> None:
    """dL/dW, dL/db, dL/dU and dL/dd."""
    assert program.gradients is not None
    engine, sizes, planes = products.engine, products.sizes, program.gradients.inputs
    for piece in _pieces(engine, sizes, [(g, p) for g, p in planes.items() if p is not None], parameters):
        products.add(piece, (x, None), 0, sizes.inputs, more=False)
    for gate, plane in planes.items():
        if plane is None:  # the memory is whatever it was
            engine.clear(parameters.W[gate], sizes.hidden * sizes.inputs)
            if gate in parameters.b:
                engine.clear(parameters.b[gate], sizes.hidden)
    _recurrent(products, program, operands, parameters)


def _pieces(
    engine: Engine, sizes: Extents, gates: list[tuple[str, int]], parameters: ParameterAddresses
) -> Iterator[_Piece]:
    """The gates' rows of W, those that lie side by side in both places together."""
    width = engine.width(sizes.hidden)
    jobs = []
    for gate, plane in sorted(gates, key=lambda g: g[1]):
        piece = _Piece(plane * width, sizes.hidden, parameters.W[gate], parameters.b.get(gate))
        jobs.append((piece, _NO_OPERAND, 0, False))
    for piece, _, _, _ in _joined(jobs, sizes.inputs * engine.size, engine.size):
        yield piece


_Job = tuple["_Piece", "Operand", int, bool]
_NO_OPERAND: Operand = (Sequence(0, 0, 0), None)


def _joined(jobs: list[_Job], row: int, size: int) -> Iterator[_Job]:
    """Jobs with the same operand whose columns, rows of ``row`` bytes and sums follow each other, as one."""
    # X is packed once for a product: for all gates that read it, if they are one.
    waiting: _Job | None = None
    for job in jobs:
        if waiting is not None:
            last, piece = waiting[0], job[0]
            follows = piece.column == last.column + last.count and piece.target == last.target + last.count * row
            sums = piece.sums == (None if last.sums is None else last.sums + last.count * size)
            if follows and sums and waiting[1:] == job[1:]:
                joined = _Piece(last.column, last.count + piece.count, last.target, last.sums)
                waiting = joined, *job[1:]
                continue
            yield waiting
        waiting = job
    if waiting is not None:
        yield waiting


def _recurrent(
    products: OuterProducts, program: Program, operands: Mapping[Memory, Operand], parameters: ParameterAddresses
) -> None:
    """dL/dU, and dL/dd where it falls out of the same product."""
    assert program.gradients is not None
    engine, sizes = products.engine, products.sizes
    width, hidden, size = engine.width(sizes.hidden), sizes.hidden, engine.size
    head = hidden // program.heads
    biases = dict(program.gradients.recurrent_bias)
    begun: set[str] = set()
    jobs: list[tuple[_Piece, Operand, int, bool]] = []
    for gate, plane, place in sorted(program.gradients.products, key=lambda p: p[1] or 0):
        if plane is None:
            continue
        bias = parameters.d.get(gate) if biases.get(gate) == plane and gate not in begun else None
        if bias is not None:
            del biases[gate]
        for number in range(program.heads):
            first = number * head
            target = parameters.U[gate] + first * head * size
            piece = _Piece(plane * width + first, head, target, None if bias is None else bias + first * size)
            jobs.append((piece, operands[place], first, gate in begun))
        begun.add(gate)
    for piece, operand, first, more in _joined(jobs, head * size, size):
        products.add(piece, operand, first, head, more=more)
    for gate in {g for g, _, _ in program.gradients.products} - begun:
        engine.clear(parameters.U[gate], hidden * head)
    for gate, plane in biases.items():
        if gate in parameters.d:
            _sum_of_plane(products, plane, parameters.d[gate])


def _sum_of_plane(products: OuterProducts, plane: int | None, target: Address) -> None:
    """A bias whose gradient is not that of a product."""
    engine, sizes = products.engine, products.sizes
    if plane is None:
        engine.clear(target, sizes.hidden)
        return
    width = engine.width(sizes.hidden)
    deltas, total = products.deltas, engine.take(width)
    source = deltas.address + plane * width * engine.size
    _sum_rows(engine, sizes.steps * sizes.batch, Rows(source, deltas.row), width, total)
    engine.copy(1, sizes.hidden, Rows(total, width), Rows(target, sizes.hidden))


def _sum_rows(engine: Engine, count: int, source: Rows, width: int, sums: Address) -> None:
    """The sums of ``count`` rows, ``width`` numbers in whole vectors."""
    words = {"R": count, "source": source.address, "s_row": source.row, "sums": sums}
    engine.call("sum_rows", 0, width // engine.lanes, words)


def weights_per_unit(
    engine: Engine, sizes: Extents, program: Program, source: Address, parameters: ParameterAddresses
) -> None:
    """dL/dp: what was added up for every sample, summed over samples in their order."""
    assert program.gradients is not None
    names, width = program.gradients.weights, engine.width(sizes.hidden)
    if not names:
        return
    row = len(names) * width
    total = engine.take(row)
    _sum_rows(engine, sizes.batch, Rows(source, row), row, total)
    for number, name in enumerate(names):
        own = Rows(total + number * width * engine.size, width)
        engine.copy(1, sizes.hidden, own, Rows(parameters.p[name], sizes.hidden))
