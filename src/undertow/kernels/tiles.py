"""The one family of micro-kernels.

A micro-kernel ``tile`` computes ``m`` rows by ``v`` vectors in registers:

    C[r, :] = init[r, :] + sum over planes o and k of A[r, o, k] B[o, k, :]

A is read one number at a time and spread over a vector; B is packed so that what one k needs is
side by side. Kernels call tiles through a table of addresses (entry :func:`entry`), so that they
are compiled once for all cells.

Source: the blocking follows Goto and van de Geijn 2008, "Anatomy of high-performance matrix
multiplication", ACM TOMS 34(3).
"""

from __future__ import annotations

from collections.abc import Mapping

from llvmlite import ir

from undertow.kernels.arguments import Signature
from undertow.kernels.host import Target
from undertow.kernels.loops import I64, POINTER, VOID, Function, Int, Lanes, Value

__all__ = ["ARGUMENTS", "call_tile", "emit", "most_rows", "rows", "table_size", "tile_name", "widest"]

#: The most rows of a tile so many vectors wide, by the number of registers: accumulators, a row of B, one of A.
#: For each k a tile reads m numbers of A and v vectors of B and makes m v multiply-adds of them: the nearer to a square
#: it is, the fewer reads there are for each. 6 x 4 takes 24 + 4 + 1 of 32 registers, 6 x 2 takes 12 + 2 + 1 of 16. A
#: multiply-add takes four cycles and up to two begin in each (Zen 4, Zen 5): the tallest tile of each width has eight
#: sums or more, enough not to wait for one another.
_ROWS = {32: {1: 12, 2: 12, 3: 8, 4: 6}, 16: {1: 8, 2: 6}}
_MOST, _WIDEST = 12, 4

#: What a tile is called with; strides in elements.
ARGUMENTS = Signature(
    "tile",
    "A:p a_row:i a_k:i planes:i a_plane:i B:p b_vector:i b_k:i b_plane:i K:i C:p c_row:i c_vector:i init:p init_row:i",
)
_TILE = ir.FunctionType(VOID, [POINTER if name in ARGUMENTS.pointers else I64 for name in ARGUMENTS.names])


def widest(target: Target) -> int:
    """The widest tile, in vectors."""
    return max(_ROWS[target.registers])


def rows(target: Target, vectors: int) -> int:
    """The most rows that a tile of ``vectors`` has accumulators for."""
    return _ROWS[target.registers][vectors]


def _entry(f: Function, m: Int, vectors: Int) -> Int:
    """Where in the table the tile of ``m`` rows by ``vectors`` stands."""
    return f.add(f.mul(f.sub(vectors, 1), _MOST), m, -1)


def table_size() -> int:
    """Entries of the table of tiles."""
    return _WIDEST * _MOST


def tile_name(number: int) -> str:
    """The name of the tile of entry ``number``."""
    return f"tile_{number % _MOST + 1}x{number // _MOST + 1}"


def most_rows(target: Target) -> int:
    """The most rows of any tile."""
    return max(_ROWS[target.registers].values())


def call_tile(f: Function, table: Value, m: Int, vectors: Int, *arguments: Mapping[str, Int]) -> None:
    """Call the tile of ``m`` rows by ``vectors`` out of ``table``, with :data:`ARGUMENTS` by their names."""
    f.call_address(f.word(table, _entry(f, m, vectors)), _TILE, *ARGUMENTS.in_order(*arguments))


def emit(module: ir.Module, lanes: Lanes) -> None:
    """Every tile that the target has registers for."""
    for vectors in range(1, widest(lanes.target) + 1):
        for m in range(1, rows(lanes.target, vectors) + 1):
            _tile(module, lanes, m, vectors)


def _tile(module: ir.Module, lanes: Lanes, m: int, vectors: int) -> None:
    with Function(module, f"tile_{m}x{vectors}", ARGUMENTS.fields, lanes) as f:
        cells = [(r, v) for r in range(m) for v in range(vectors)]

        def place(base: str, row: str, r: int, v: int) -> Value:
            return f.at(f[base], f.mul(f[row], r), f.mul(f["c_vector"], v))

        # Sums begin from a place of their own: a bias is one row for all (a step of 0), and is not copied first.
        sums = {(r, v): f.variable(f.load(place("init", "init_row", r, v))) for r, v in cells}

        def step(a: Value, b: Value, k: Int) -> None:
            vector = [f.load(f.at(b, f.mul(f["b_vector"], v), f.mul(f["b_k"], k))) for v in range(vectors)]
            for r in range(m):
                number = f.broadcast(f.at(a, f.mul(f["a_row"], r), f.mul(f["a_k"], k)))
                for v in range(vectors):
                    sums[r, v].set(f.fma(number, vector[v], sums[r, v].get()))

        with f.loop(0, f["planes"], name="plane") as o:
            a, b = f.at(f["A"], f.mul(o, f["a_plane"])), f.at(f["B"], f.mul(o, f["b_plane"]))
            # Every tile adds up in the order of k, so that results do not depend on how rows are shared out. All that
            # unrolling could save is the loop itself. On a Zen 5 it does not: a k of a tile takes, rolled and unrolled,
            # 1.37 and 1.52 ns (1 x 4), 1.31 and 1.61 (2 x 4), the same for 1 x 1 and 4 x 1.
            unroll = 4 if len(cells) <= lanes.target.registers // 4 else 1
            most = f.mul(f.div(f["K"], unroll), unroll)
            with f.loop(0, most, unroll, name="k") as k:
                for u in range(unroll):
                    step(a, b, f.add(k, u))
            if unroll > 1:
                with f.loop(most, f["K"], name="rest") as k:
                    step(a, b, k)
        for r, v in cells:
            f.store(sums[r, v].get(), place("C", "c_row", r, v))
