"""Matrix products: one family of micro-kernels, the loops around it, and packing.

A micro-kernel ``tile`` computes ``m`` rows by ``v`` vectors in registers:

    C[r, :] = init[r, :] + sum over planes o and k of A[r, o, k] B[o, k, :]

A is read one number at a time and spread over a vector; B is packed so that what one k needs is
side by side. Kernels call tiles through a table of addresses (entry :func:`entry`), so that this module
is compiled once for all cells.

Source: the blocking follows Goto and van de Geijn 2008, "Anatomy of high-performance matrix
multiplication", ACM TOMS 34(3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from llvmlite import ir

from undertow.kernels.host import Target
from undertow.kernels.loops import I64, POINTER, VOID, Function, Int, Lanes, Value, Variable

__all__ = [
    "BIAS",
    "COLUMNS",
    "DEPTH",
    "FIELDS",
    "JOB",
    "TILE",
    "TRANSPOSED",
    "call_tile",
    "emit",
    "entry",
    "rows",
    "table_size",
    "tile_name",
    "widest",
]

#: The most rows of a tile so many vectors wide, by the number of registers: accumulators, a row of B, one of A.
_ROWS = {32: {1: 12, 2: 12, 3: 8, 4: 6}, 16: {1: 8, 2: 6}}
_MOST, _WIDEST = 12, 4

#: Signature of a tile; strides in elements.
_ARGUMENTS = (
    "A:p a_row:i a_k:i planes:i a_plane:i B:p b_vector:i b_k:i b_plane:i K:i C:p c_row:i c_vector:i init:p init_row:i"
)
TILE = ir.FunctionType(VOID, [POINTER if a.endswith(":p") else I64 for a in _ARGUMENTS.split()])

#: The tables of the functions that :func:`emit` makes beside the tiles; strides in elements.
FIELDS = {
    "multiply": "table:p A:p a_row:i planes:i a_plane:i K:i B:p panel:i b_panel:i bias:p C:p c_row:i N:i most:i",
    "multiply_over_rows": "table:p R:i D:p d_row:i X:p x_row:i N:i C:p c_row:i sums:p x_pack:p x_part:i more:i",
    "pack": "jobs:p",
    "sum_rows": "R:i source:p s_row:i sums:p",
}

#: Words of a record of a job of packing, and the kinds there are.
JOB = 10
TRANSPOSED, COLUMNS, BIAS = range(3)

#: k runs over blocks of this length in products of long matrices, so that a block stays in cache.
DEPTH = 256


def widest(target: Target) -> int:
    """The widest tile, in vectors."""
    return max(_ROWS[target.registers])


def rows(target: Target, vectors: int) -> int:
    """The most rows that a tile of ``vectors`` has accumulators for."""
    return _ROWS[target.registers][vectors]


def entry(f: Function, m: Int, vectors: Int) -> Int:
    """Where in the table the tile of ``m`` rows by ``vectors`` stands."""
    return f.add(f.mul(f.sub(vectors, 1), _MOST), m, -1)


def table_size() -> int:
    """Entries of the table of tiles."""
    return _WIDEST * _MOST


def tile_name(number: int) -> str:
    """The name of the tile of entry ``number``."""
    return f"tile_{number % _MOST + 1}x{number // _MOST + 1}"


def call_tile(f: Function, table: Value, m: Int, vectors: Int, *arguments: Int) -> None:
    """Call the tile of ``m`` rows by ``vectors`` out of ``table``."""
    f.call_address(f.word(table, entry(f, m, vectors)), TILE, *arguments)


def emit(module: ir.Module, lanes: Lanes) -> None:
    """Every tile, the product of row-major A with packed B, the product over rows, and packing."""
    for vectors in range(1, widest(lanes.target) + 1):
        for m in range(1, rows(lanes.target, vectors) + 1):
            _tile(module, lanes, m, vectors)
    _multiply(module, lanes)
    _multiply_over_rows(module, lanes)
    _pack(module, lanes)
    _sum_rows(module, lanes)


def _tile(module: ir.Module, lanes: Lanes, m: int, vectors: int) -> None:
    with Function(module, f"tile_{m}x{vectors}", _ARGUMENTS, lanes) as f:
        cells = [(r, v) for r in range(m) for v in range(vectors)]

        def place(base: str, row: str, r: int, v: int) -> Value:
            return f.at(f[base], f.mul(f[row], r), f.mul(f["c_vector"], v))

        sums = {(r, v): f.variable(f.load(place("init", "init_row", r, v))) for r, v in cells}
        # Few accumulators wait for each other: k is unrolled with a second set, which is added at the end.
        sets, unroll = (1, 1) if len(cells) > lanes.target.registers // 4 else (2, 4)
        spare = {c: f.variable(f.splat(0.0)) for c in cells} if sets == 2 else sums

        def step(a: Value, b: Value, k: Int, into: Mapping[tuple[int, int], Variable]) -> None:
            vector = [f.load(f.at(b, f.mul(f["b_vector"], v), f.mul(f["b_k"], k))) for v in range(vectors)]
            for r in range(m):
                number = f.broadcast(f.at(a, f.mul(f["a_row"], r), f.mul(f["a_k"], k)))
                for v in range(vectors):
                    into[r, v].set(f.fma(number, vector[v], into[r, v].get()))

        with f.loop(0, f["planes"], name="plane") as o:
            a, b = f.at(f["A"], f.mul(o, f["a_plane"])), f.at(f["B"], f.mul(o, f["b_plane"]))
            if unroll == 1:
                with f.loop(0, f["K"], name="k") as k:
                    step(a, b, k, sums)
            else:
                most = f.mul(f.div(f["K"], unroll), unroll)
                with f.loop(0, most, unroll, name="k") as k:
                    for u in range(unroll):
                        step(a, b, f.add(k, u), spare if u % 2 else sums)
                with f.loop(most, f["K"], name="rest") as k:
                    step(a, b, k, sums)
        for r, v in cells:
            value = sums[r, v].get()
            if sets == 2:
                value = f.builder.fadd(value, spare[r, v].get())
            f.store(value, place("C", "c_row", r, v))


@contextmanager
def _tiles(f: Function, start: Int, stop: Int, width: Int) -> Iterator[tuple[Value, Value]]:
    """(first vector, number of vectors) of tiles ``width`` wide; the last may be narrower."""
    with f.loop(start, stop, width, name="tile") as j:
        yield j, f.min(f.sub(stop, j), width)


def _multiply(module: ir.Module, lanes: Lanes) -> None:
    """C[r, :N] = bias + sum over planes of A[r, plane, :K] B: A row-major, B packed in panels of ``panel`` vectors.

    Rows are taken in blocks that stay in the second cache together with a block of planes.
    """
    count = lanes.count
    with Function.task(module, "multiply", FIELDS["multiply"], lanes) as f:
        edge_row = _WIDEST * count
        edge = f.scratch(_MOST * edge_row)
        vectors = f.up(f["N"], count)
        depth = f.up(DEPTH * 2, f["K"])  # planes at a time
        with f.loop(f["begin"], f["end"], 192, name="rows") as low:
            high = f.min(f.add(low, 192), f["end"])
            with (
                f.loop(0, f["planes"], depth, name="planes") as first,
                _tiles(f, 0, vectors, f["panel"]) as (p, in_panel),
                _tiles(f, 0, in_panel, widest(lanes.target)) as (v, across),
                f.row_blocks(low, high, f["most"]).each() as (r, m),
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
                operand = (a, f["a_row"], 1, planes, f["a_plane"], b, count, b_k, b_plane, f["K"])
                bias = f.at(f["bias"], f.mul(j, count))
                with f.either(whole) as (then, otherwise):
                    with then:
                        init, init_row = f.select(starts, bias, c), f.select(starts, 0, f["c_row"])
                        call_tile(f, f["table"], m, across, *operand, c, f["c_row"], count, init, init_row)
                    with otherwise:
                        _copy(f, c, f["c_row"], edge, edge_row, m, numbers, False)
                        init, init_row = f.select(starts, bias, edge), f.select(starts, 0, edge_row)
                        call_tile(f, f["table"], m, across, *operand, edge, edge_row, count, init, init_row)
                        _copy(f, c, f["c_row"], edge, edge_row, m, numbers, True)


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
    width, count = min(3, widest(lanes.target)), lanes.count
    most = 1 << (rows(lanes.target, width).bit_length() - 1)
    panel = ir.VectorType(lanes.scalar, most)
    with Function.task(module, "multiply_over_rows", FIELDS["multiply_over_rows"], lanes) as f:
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
                total = f.variable(ir.Constant(panel, [0.0] * most))
                with f.either(f.equal(m, most)) as (then, otherwise):
                    with then, f.loop(0, deep, name="r") as r:
                        row = b.load(f.at(source, f.mul(r, f["d_row"])), typ=panel, align=lanes.size)
                        b.store(row, f.at(d_pack, f.mul(r, most)), align=lanes.size)
                        total.set(b.fadd(total.get(), row))
                    with otherwise, f.loop(0, deep, name="r") as r:
                        packed = f.at(d_pack, f.mul(r, most))
                        b.store(ir.Constant(panel, [0.0] * most), packed, align=lanes.size)
                        with f.loop(0, m, name="q") as q:
                            f.store_scalar(f.load_scalar(f.at(source, f.mul(r, f["d_row"]), q)), f.at(packed, q))
                        total.set(b.fadd(total.get(), b.load(packed, typ=panel, align=lanes.size)))
                _add_sums(f, total.get(), f.at(f["sums"], p), m, most, more)
                with _tiles(f, 0, vectors, width) as (j, across):
                    c = f.at(f["C"], f.mul(p, f["c_row"]), f.mul(j, count))
                    packed = f.at(f["x_pack"], f.mul(j, count, deep))
                    operand = (d_pack, 1, most, 1, 0, packed, count, f.mul(across, count), 0, deep)
                    whole = b.icmp_signed("<=", f.whole(f.mul(f.add(j, across), count)), f["N"])
                    with f.either(whole) as (then, otherwise):
                        with then:
                            init, init_row = f.select(more, c, zeros), f.select(more, f["c_row"], 0)
                            call_tile(f, f["table"], m, across, *operand, c, f["c_row"], count, init, init_row)
                        with otherwise:
                            numbers = f.sub(f["N"], f.mul(j, count))
                            _copy(f, c, f["c_row"], edge, width * count, m, numbers, False)
                            init, init_row = f.select(more, edge, zeros), f.select(more, width * count, 0)
                            call_tile(f, f["table"], m, across, *operand, edge, width * count, count, init, init_row)
                            _copy(f, c, f["c_row"], edge, width * count, m, numbers, True)


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


def _pack(module: ir.Module, lanes: Lanes) -> None:
    """Jobs of packing, one record of :data:`JOB` words each: the kind, then the arguments of its function."""
    kinds = [_pack_transposed(module, lanes), _pack_columns(module, lanes), _pack_bias(module, lanes)]
    with Function.task(module, "pack", FIELDS["pack"], lanes) as f, f.loop(f["begin"], f["end"], name="job") as job:
        record = f.builder.gep(f["jobs"], [f.whole(f.mul(job, JOB))], source_etype=I64)
        for kind, function in enumerate(kinds):
            with f.when(f.equal(f.word(record, 0), kind)):
                arguments = [f.word(record, i + 1, is_pointer=a.type == POINTER) for i, a in enumerate(function.args)]
                f.builder.call(function, arguments)


def _pack_transposed(module: ir.Module, lanes: Lanes) -> ir.Function:
    """to[j, k, l] = from[j * lanes + l, k]: rows become columns. What is beyond ``rows`` is zero."""
    arguments = "rows:i K:i source:p s_row:i target:p t_k:i blocks:i t_tile:i t_block:i"
    with (
        Function(module, "pack_transposed", arguments, lanes, internal=True) as f,
        _blocks(f, f["rows"]) as (j, target),
    ):
        count = lanes.count
        source = f.at(f["source"], f.mul(j, count, f["s_row"]))
        numbers = f.sub(f["rows"], f.mul(j, count))
        square = f.select(f.less(numbers, count), 0, f.mul(f.div(f["K"], count), count))
        with f.loop(0, square, count, name="k") as k:
            lines = [f.load(f.at(source, f.mul(f["s_row"], q), k)) for q in range(count)]
            for q, line in enumerate(_transposed(f, lines)):
                f.store(line, f.at(target, f.mul(f.add(k, q), f["t_k"])))
        with f.loop(square, f["K"], name="k") as k:
            place = f.at(target, f.mul(k, f["t_k"]))
            f.store(f.splat(0.0), place)
            with f.loop(0, f.min(numbers, count), name="l") as lane:
                number = f.load_scalar(f.at(source, f.mul(lane, f["s_row"]), k))
                f.store_scalar(number, f.at(place, lane))
    return f.function


def _pack_columns(module: ir.Module, lanes: Lanes) -> ir.Function:
    """to[j, k, l] = from[k, j * lanes + l]: columns as they lie. What is beyond ``N`` is zero."""
    arguments = "K:i N:i source:p s_row:i target:p t_k:i blocks:i t_tile:i t_block:i"
    with Function(module, "pack_columns", arguments, lanes, internal=True) as f, _blocks(f, f["N"]) as (j, target):
        source = f.at(f["source"], f.mul(j, lanes.count))
        numbers = f.sub(f["N"], f.mul(j, lanes.count))
        with f.either(f.less(numbers, lanes.count)) as (narrow, whole):
            with narrow:
                mask = f.mask(numbers)
                with f.loop(0, f["K"], name="k") as k:
                    f.store(f.load(f.at(source, f.mul(k, f["s_row"])), mask), f.at(target, f.mul(k, f["t_k"])))
            with whole, f.loop(0, f["K"], name="k") as k:
                f.store(f.load(f.at(source, f.mul(k, f["s_row"]))), f.at(target, f.mul(k, f["t_k"])))
    return f.function


def _pack_bias(module: ir.Module, lanes: Lanes) -> ir.Function:
    """to[j, l] = first[j * lanes + l] + second[j * lanes + l], where an address of zero stands for zeros."""
    arguments = "rows:i first:p second:p target:p blocks:i t_tile:i t_block:i"
    with Function(module, "pack_bias", arguments, lanes, internal=True) as f, _blocks(f, f["rows"]) as (j, target):
        b = f.builder
        total = f.variable(f.splat(0.0))
        for part in ("first", "second"):
            with f.when(b.icmp_unsigned("!=", b.ptrtoint(f[part], I64), f.whole(0))):
                mask = f.mask(f.sub(f["rows"], f.mul(j, lanes.count)))
                total.set(b.fadd(total.get(), f.load(f.at(f[part], f.mul(j, lanes.count)), mask)))
        f.store(total.get(), target)
    return f.function


@contextmanager
def _blocks(f: Function, numbers: Int) -> Iterator[tuple[Value, Value]]:
    """Every vector of ``numbers``, and where it goes: ``blocks`` of them side by side make a tile."""
    with f.loop(0, f.up(numbers, f.lanes.count), name="j") as j:
        tile = f.div(j, f["blocks"])
        block = f.sub(j, f.mul(tile, f["blocks"]))
        yield j, f.at(f["target"], f.mul(tile, f["t_tile"]), f.mul(block, f["t_block"]))


def _transposed(f: Function, lines: list[Value]) -> list[Value]:
    """A square of ``count`` vectors, rows and columns exchanged, by interleaving halves."""
    count = len(lines)
    order = ir.VectorType(ir.IntType(32), count)
    low = ir.Constant(order, [i // 2 + (i % 2) * count for i in range(count)])
    high = ir.Constant(order, [count // 2 + i // 2 + (i % 2) * count for i in range(count)])
    step = count
    while step > 1:
        mixed: list[Value] = []
        for q in range(count // 2):
            pair = lines[q], lines[q + count // 2]
            mixed += [f.builder.shuffle_vector(*pair, low), f.builder.shuffle_vector(*pair, high)]
        lines, step = mixed, step // 2
    return lines


def _sum_rows(module: ir.Module, lanes: Lanes) -> None:
    """sums[n] = sum over rows r of source[r, n], in the order of the rows; source rows are whole vectors."""
    with Function.task(module, "sum_rows", FIELDS["sum_rows"], lanes) as f, f.loop(f["begin"], f["end"], name="v") as v:
        column = f.mul(v, lanes.count)
        total = f.variable(f.splat(0.0))
        with f.loop(0, f["R"], name="r") as r:
            row = f.load(f.at(f["source"], f.mul(r, f["s_row"]), column))
            total.set(f.builder.fadd(total.get(), row))
        f.store(total.get(), f.at(f["sums"], column))
