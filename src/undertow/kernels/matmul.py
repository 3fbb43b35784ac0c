"""Products of large matrices: loops around the micro-kernels, and all that is compiled once for all cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from llvmlite import ir

from undertow.kernels import panels, tiles
from undertow.kernels.arguments import Signature
from undertow.kernels.loops import Function, Int, Lanes, Value

__all__ = ["DEPTH", "FIELDS", "TASKS", "emit"]

#: The tables of the functions that :func:`emit` makes beside the tiles and ``pack`` (:data:`.panels.JOBS`); strides in
#: elements.
FIELDS = {
    name: Signature(name, fields)
    for name, fields in {
        "multiply": "table:p A:p a_row:i planes:i a_plane:i K:i B:p panel:i b_panel:i bias:p C:p c_row:i N:i most:i",
        "multiply_over_rows": "table:p R:i D:p d_row:i X:p x_row:i N:i C:p c_row:i sums:p x_pack:p x_part:i more:i",
        "sum_rows": "R:i source:p s_row:i sums:p",
        "clear": "target:p",
        "copy": "source:p s_row:i target:p t_row:i N:i more:i",
    }.items()
}

#: All that :func:`emit` makes beside the tiles.
TASKS = ("pack", *FIELDS)

#: k runs over blocks of this length in products of long matrices, so that a block stays in cache: a packed panel of D
#: is 8 KiB of float32 that way (8 columns, vectors of 512 bits), in the first cache while all of X goes by.
DEPTH = 256


def emit(module: ir.Module, lanes: Lanes) -> None:
    """Tiles, packing, the product of row-major A with packed B, the product over rows, sums over rows, and copies."""
    tiles.emit(module, lanes)
    panels.emit(module, lanes)
    _multiply(module, lanes)
    _multiply_over_rows(module, lanes)
    _sum_rows(module, lanes)
    _clear(module, lanes)
    _copy_rows(module, lanes)


@contextmanager
def _tiles(f: Function, start: Int, stop: Int, width: Int) -> Iterator[tuple[Value, Value]]:
    """(first vector, number of vectors) of tiles ``width`` wide; the last may be narrower."""
    with f.loop(start, stop, width, name="tile") as j:
        yield j, f.min(f.sub(stop, j), width)


def _multiply(module: ir.Module, lanes: Lanes) -> None:
    """C[r, :N] = bias + sum over planes of A[r, plane, :K] B: A row-major, B packed in panels of ``panel`` vectors.

    Rows are taken in blocks that stay in the second cache together with a block of planes. Where several do it
    together, each does its share of the panels.
    """
    count = lanes.count
    with Function.task(module, FIELDS["multiply"], lanes) as f:
        edge_row = tiles.widest(lanes.target) * count
        # A tile writes whole vectors, and C ends at N: there it works on a block of its own.
        edge = f.scratch(tiles.most_rows(lanes.target) * edge_row)
        vectors = f.up(f["N"], count)
        # Planes at a time: 192 rows of some 512 numbers are 384 KiB of float32, in the second cache while B goes by.
        # And 192 is a multiple of the 12, 8 or 6 rows of a tile.
        depth = f.up(DEPTH * 2, f["K"])
        first_panel, last_panel = f.share(f.up(vectors, f["panel"]))
        start, stop = f.mul(first_panel, f["panel"]), f.min(f.mul(last_panel, f["panel"]), vectors)
        with f.loop(f["begin"], f["end"], 192, name="rows") as low:
            high = f.min(f.add(low, 192), f["end"])
            with (
                f.loop(0, f["planes"], depth, name="planes") as first,
                _tiles(f, start, stop, f["panel"]) as (p, in_panel),
                _tiles(f, 0, in_panel, tiles.widest(lanes.target)) as (v, across),
                f.row_blocks(low, high, f["most"]).each() as (
                    r,
                    m,
                ),  # innermost: a tile of B serves all rows before the next one comes
            ):
                planes = f.min(f.sub(f["planes"], first), depth)
                starts = f.equal(first, 0)
                j, b_k = f.add(p, v), f.mul(f["panel"], count)
                b_plane = f.mul(f["K"], b_k)
                b = f.at(f["B"], f.mul(f.div(p, f["panel"]), f["b_panel"]), f.mul(first, b_plane), f.mul(v, count))
                a = f.at(f["A"], f.mul(r, f["a_row"]), f.mul(first, f["a_plane"]))
                c = f.at(f["C"], f.mul(r, f["c_row"]), f.mul(j, count))
                numbers = f.sub(f["N"], f.mul(j, count))
                whole = f.builder.icmp_signed("<=", f.whole(f.mul(across, count)), f.whole(numbers))
                operand = {
                    "A": a, "a_row": f["a_row"], "a_k": 1, "planes": planes, "a_plane": f["a_plane"],
                    "B": b, "b_vector": count, "b_k": b_k, "b_plane": b_plane, "K": f["K"],
                }  # fmt: skip
                bias = f.at(f["bias"], f.mul(j, count))
                with f.either(whole) as (then, otherwise):
                    with then:
                        init = f.select(starts, bias, c), f.select(starts, 0, f["c_row"])
                        _call_tile(f, m, across, operand, (c, f["c_row"]), init)
                    with otherwise:
                        _copy(f, c, f["c_row"], edge, edge_row, m, numbers, False)
                        init = f.select(starts, bias, edge), f.select(starts, 0, edge_row)
                        _call_tile(f, m, across, operand, (edge, edge_row), init)
                        _copy(f, c, f["c_row"], edge, edge_row, m, numbers, True)


def _call_tile(
    f: Function,
    m: Int,
    across: Int,
    operand: Mapping[str, Int],
    target: tuple[Value, Int],
    init: tuple[Value, Int],
) -> None:
    """A tile of ``m`` rows by ``across`` vectors, added to ``init``; places are (address, step from row to row)."""
    (c, c_row), (start, start_row) = target, init
    result = {"C": c, "c_row": c_row, "c_vector": f.lanes.count, "init": start, "init_row": start_row}
    tiles.call_tile(f, f["table"], m, across, operand, result)


def _copy(f: Function, c: Value, c_row: Int, edge: Value, edge_row: int, m: Int, numbers: Int, out: bool) -> None:
    """Copy ``m`` rows of ``numbers`` between C and a block whose rows are whole vectors."""
    count = f.lanes.count
    with f.loop(0, m, name="row") as r, f.loop(0, f.up(numbers, count), name="v") as v:
        mask = f.mask(f.sub(numbers, f.mul(v, count)))
        user = f.at(c, f.mul(r, c_row), f.mul(v, count))
        own = f.at(edge, f.mul(r, edge_row), f.mul(v, count))
        if out:
            f.store(f.load(own), user, mask)
        else:
            f.store(f.load(user, mask), own)


def _multiply_over_rows(module: ir.Module, lanes: Lanes) -> None:
    """C[m, n] (+)= sum over rows r of D[r, m] X[r, n], and sums[m] (+)= sum over rows of D[r, m].

    This is the gradient of a weight matrix: D holds the gradients of pre-activations, X what they were
    made from. m runs over ``begin`` to ``end``. Both are packed for a block of rows: D a panel at a time, X whole, in
    ``x_pack``: ``x_part`` numbers for each part, ``DEPTH`` times N rounded up to vectors.
    """
    width, count = min(3, tiles.widest(lanes.target)), lanes.count
    # Columns of D are read as one vector, so their number is a power of two. Beside three vectors there are registers
    # for 8 rows, which is one: 24 sums. Beside four there are some for 6, of which 4 could be used: 16 sums.
    most = 1 << (tiles.rows(lanes.target, width).bit_length() - 1)
    with Function.task(module, FIELDS["multiply_over_rows"], lanes) as f:
        b = f.builder
        d_pack, edge = f.scratch(DEPTH * most), f.scratch(most * width * count)
        zeros = f.scratch(width * count)
        for v in range(width):
            f.store(f.splat(0.0), f.at(zeros, v * count))
        vectors = f.up(f["N"], count)
        f.arguments["x_pack"] = f.at(f["x_pack"], f.mul(f["part"], f["x_part"]))
        with f.loop(0, f["R"], DEPTH, name="depth") as r0:
            deep = f.min(f.sub(f["R"], r0), DEPTH)
            more = b.or_(b.icmp_signed("!=", r0, f.whole(0)), b.icmp_signed("!=", f["more"], f.whole(0)))
            _pack_rows(f, f.at(f["X"], f.mul(r0, f["x_row"])), deep, vectors, width)
            with f.loop(f["begin"], f["end"], most, name="panel") as p:
                m = f.min(f.sub(f["end"], p), most)
                source = f.at(f["D"], f.mul(r0, f["d_row"]), p)
                total = _pack_panel(f, source, d_pack, deep, m, most)
                _add_sums(f, total, f.at(f["sums"], p), m, most, more)
                with _tiles(f, 0, vectors, width) as (j, across):
                    c = f.at(f["C"], f.mul(p, f["c_row"]), f.mul(j, count))
                    packed = f.at(f["x_pack"], f.mul(j, count, deep))
                    operand = {
                        "A": d_pack, "a_row": 1, "a_k": most, "planes": 1, "a_plane": 0,
                        "B": packed, "b_vector": count, "b_k": f.mul(across, count), "b_plane": 0, "K": deep,
                    }  # fmt: skip
                    whole = b.icmp_signed("<=", f.whole(f.mul(f.add(j, across), count)), f["N"])
                    with f.either(whole) as (then, otherwise):
                        with then:
                            init = f.select(more, c, zeros), f.select(more, f["c_row"], 0)
                            _call_tile(f, m, across, operand, (c, f["c_row"]), init)
                        with otherwise:
                            numbers = f.sub(f["N"], f.mul(j, count))
                            _copy(f, c, f["c_row"], edge, width * count, m, numbers, False)
                            init = f.select(more, edge, zeros), f.select(more, width * count, 0)
                            _call_tile(f, m, across, operand, (edge, width * count), init)
                            _copy(f, c, f["c_row"], edge, width * count, m, numbers, True)


def _pack_panel(f: Function, source: Value, d_pack: Value, deep: Int, m: Int, most: int) -> Value:
    """``m`` columns of ``deep`` rows of D, ``most`` side by side; the sums over rows."""
    # The gradient of a bias is a sum over what is packed anyway: here it costs no pass of its own.
    b, size = f.builder, f.lanes.size
    panel = ir.VectorType(f.lanes.scalar, most)
    total = f.variable(ir.Constant(panel, [0.0] * most))
    with f.either(f.equal(m, most)) as (then, otherwise):
        with then, f.loop(0, deep, name="r") as r:
            row = b.load(f.at(source, f.mul(r, f["d_row"])), typ=panel, align=size)
            b.store(row, f.at(d_pack, f.mul(r, most)), align=size)
            total.set(b.fadd(total.get(), row))
        with otherwise, f.loop(0, deep, name="r") as r:
            packed = f.at(d_pack, f.mul(r, most))
            b.store(ir.Constant(panel, [0.0] * most), packed, align=size)
            with f.loop(0, m, name="q") as q:
                f.store_scalar(f.load_scalar(f.at(source, f.mul(r, f["d_row"]), q)), f.at(packed, q))
            total.set(b.fadd(total.get(), b.load(packed, typ=panel, align=size)))
    return total.get()


def _add_sums(f: Function, total: Value, place: Value, m: Int, most: int, more: Value) -> None:
    for q in range(most):
        with f.when(f.less(q, m)):
            own = f.builder.extract_element(total, ir.Constant(ir.IntType(32), q))
            before = f.builder.select(more, f.load_scalar(f.at(place, q)), ir.Constant(f.lanes.scalar, 0.0))
            f.store_scalar(f.builder.fadd(before, own), f.at(place, q))


def _pack_rows(f: Function, source: Value, deep: Int, vectors: Int, width: int) -> None:
    """Rows of X into tiles of ``width`` vectors, each tile's rows one after the other."""
    count = f.lanes.count
    with _tiles(f, 0, vectors, width) as (j, across), f.loop(0, across, name="v") as v:
        column = f.mul(f.add(j, v), count)
        numbers = f.sub(f["N"], column)
        target = f.at(f["x_pack"], f.mul(j, count, deep), f.mul(v, count))
        step = f.mul(across, count)
        with f.either(f.less(numbers, count)) as (narrow, whole):
            with narrow:
                mask = f.mask(numbers)
                with f.loop(0, deep, name="r") as r:
                    row = f.load(f.at(source, f.mul(r, f["x_row"]), column), mask)
                    f.store(row, f.at(target, f.mul(r, step)))
            with whole, f.loop(0, deep, name="r") as r:
                f.store(f.load(f.at(source, f.mul(r, f["x_row"]), column)), f.at(target, f.mul(r, step)))


def _sum_rows(module: ir.Module, lanes: Lanes) -> None:
    """sums[n] = sum over rows r of source[r, n], in the order of the rows; source rows are whole vectors."""
    # The range is one of columns: cut by rows, a sum would depend on how many threads there are.
    with Function.task(module, FIELDS["sum_rows"], lanes) as f, f.loop(f["begin"], f["end"], name="v") as v:
        column = f.mul(v, lanes.count)
        total = f.variable(f.splat(0.0))
        with f.loop(0, f["R"], name="r") as r:
            row = f.load(f.at(f["source"], f.mul(r, f["s_row"]), column))
            total.set(f.builder.fadd(total.get(), row))
        f.store(total.get(), f.at(f["sums"], column))


def _clear(module: ir.Module, lanes: Lanes) -> None:
    """target[begin:end] = 0."""
    count = lanes.count
    with Function.task(module, FIELDS["clear"], lanes) as f, f.loop(f["begin"], f["end"], count, "n") as n:
        f.store(f.splat(0.0), f.at(f["target"], n), f.mask(f.sub(f["end"], n)))


def _copy_rows(module: ir.Module, lanes: Lanes) -> None:
    """target[r, :N] = source[r, :N] for every row, or with ``more`` += it."""
    count = lanes.count
    with (
        Function.task(module, FIELDS["copy"], lanes) as f,
        f.loop(f["begin"], f["end"], name="r") as r,
        f.loop(0, f["N"], count, name="n") as n,
    ):
        mask = f.mask(f.sub(f["N"], n))
        source = f.load(f.at(f["source"], f.mul(r, f["s_row"]), n), mask)
        target = f.at(f["target"], f.mul(r, f["t_row"]), n)
        with f.either(f.equal(f["more"], 0)) as (alone, added):
            with alone:
                f.store(source, target, mask)
            with added:
                f.store(f.builder.fadd(f.load(target, mask), source), target, mask)
