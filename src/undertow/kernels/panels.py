"""Packing: matrices into panels that a micro-kernel reads from front to back, as a list of jobs in one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from llvmlite import ir

from undertow.kernels.arguments import Address, Arguments, Signature
from undertow.kernels.loops import I64, POINTER, Function, Int, Lanes, Value

__all__ = ["JOBS", "emit", "table"]

#: The kinds of jobs, and the arguments of their functions but for whose part it is. Rows go to tiles ``t_tile`` apart,
#: in which ``blocks`` of them lie side by side, ``t_block`` apart.
JOBS = {
    kind: Signature(f"pack_{kind}", fields)
    for kind, fields in {
        "transposed": "rows:i K:i source:p s_row:i target:p t_k:i blocks:i t_tile:i t_block:i",
        "columns": "K:i N:i source:p s_row:i target:p t_k:i blocks:i t_tile:i t_block:i",
        "bias": "rows:i first:p second:p target:p blocks:i t_tile:i t_block:i",
    }.items()
}

#: Words of the record of a job: its kind, and the arguments of the one that has most.
_JOB = 1 + max(map(len, JOBS.values()))


def table(jobs: Iterable[Arguments]) -> Arguments:
    """The table of ``pack``, of jobs whose arguments are as :data:`JOBS` says."""
    kinds = {signature.task: kind for kind, signature in enumerate(JOBS.values())}
    words: list[Address] = []
    for job in jobs:
        words += [kinds[job.signature.task], *job.words, *[0] * (_JOB - 1 - len(job.words))]
    return Arguments(_PACK, tuple(words))


#: Its words are those of its jobs, as many as there are.
_PACK = Signature("pack", "")


def emit(module: ir.Module, lanes: Lanes) -> None:
    """Jobs of packing, out of a table that :func:`table` makes.

    Each part packs its share of the tiles of every job: those that it will read, where it computes that share of units.
    Between caches that are far from each other, what one thread packs and another reads costs more than two threads
    save (T50 B1 H128: 440 in place of 290 us).
    """
    kinds = [_pack_transposed(module, lanes), _pack_columns(module, lanes), _pack_bias(module, lanes)]
    with Function.task(module, _PACK, lanes) as f, f.loop(f["begin"], f["end"], name="job") as job:
        record = f.builder.gep(f["words"], [f.whole(f.mul(job, _JOB))], source_etype=I64)
        for kind, function in enumerate(kinds):
            with f.when(f.equal(f.word(record, 0), kind)):
                own = [f.word(record, i + 1, is_pointer=a.type == POINTER) for i, a in enumerate(function.args[:-2])]
                f.builder.call(function, [*own, f["part"], f["parts"]])


def _function(module: ir.Module, kind: str, lanes: Lanes) -> Function:
    signature = JOBS[kind]
    return Function(module, signature.task, f"{signature.fields} part:i parts:i", lanes, internal=True)


def _pack_transposed(module: ir.Module, lanes: Lanes) -> ir.Function:
    """to[j, k, l] = from[j * lanes + l, k]: rows become columns. What is beyond ``rows`` is zero."""
    with (
        _function(module, "transposed", lanes) as f,
        _blocks(f, f["rows"]) as (j, target),
    ):
        count = lanes.count
        source = f.at(f["source"], f.mul(j, count, f["s_row"]))
        numbers = f.sub(f["rows"], f.mul(j, count))
        # Squares of whole vectors are turned in registers; at the edges, where reading would go beyond the matrix,
        # numbers go one by one.
        square = f.select(f.less(numbers, count), 0, f.mul(f.div(f["K"], count), count))
        with f.loop(0, square, count, name="k") as k:
            lines = [f.load(f.at(source, f.mul(f["s_row"], q), k)) for q in range(count)]
            for q, line in enumerate(_transposed(f, lines)):
                f.store(line, f.at(target, f.mul(f.add(k, q), f["t_k"])))
        with f.loop(square, f["K"], name="k") as k:
            place = f.at(target, f.mul(k, f["t_k"]))
            f.store(f.splat(0.0), place)  # units beyond H are computed with the others: on zeros, at full speed
            with f.loop(0, f.min(numbers, count), name="l") as lane:
                number = f.load_scalar(f.at(source, f.mul(lane, f["s_row"]), k))
                f.store_scalar(number, f.at(place, lane))
    return f.function


def _pack_columns(module: ir.Module, lanes: Lanes) -> ir.Function:
    """to[j, k, l] = from[k, j * lanes + l]: columns as they lie. What is beyond ``N`` is zero."""
    with _function(module, "columns", lanes) as f, _blocks(f, f["N"]) as (j, target):
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
    with _function(module, "bias", lanes) as f, _blocks(f, f["rows"]) as (j, target):
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
    """This part's vectors of ``numbers``, and where each goes: ``blocks`` of them side by side make a tile."""
    vectors = f.up(numbers, f.lanes.count)
    first, last = f.share(f.up(vectors, f["blocks"]))
    with f.loop(f.mul(first, f["blocks"]), f.min(f.mul(last, f["blocks"]), vectors), name="j") as j:
        tile = f.div(j, f["blocks"])
        block = f.sub(j, f.mul(tile, f["blocks"]))
        yield j, f.at(f["target"], f.mul(tile, f["t_tile"]), f.mul(block, f["t_block"]))


def _transposed(f: Function, lines: list[Value]) -> list[Value]:
    """A square of ``count`` vectors, rows and columns exchanged, by interleaving halves."""
    count = len(lines)
    order = ir.VectorType(ir.IntType(32), count)
    low = ir.Constant(order, [i // 2 + (i % 2) * count for i in range(count)])
    high = ir.Constant(order, [count // 2 + i // 2 + (i % 2) * count for i in range(count)])
    # Each round interleaves line q with line q + count / 2: one bit of a number's line goes to its lane and one comes
    # back, so after as many rounds as there are bits, line and lane have changed places.
    step = count
    while step > 1:
        mixed: list[Value] = []
        for q in range(count // 2):
            pair = lines[q], lines[q + count // 2]
            mixed += [f.builder.shuffle_vector(*pair, low), f.builder.shuffle_vector(*pair, high)]
        lines, step = mixed, step // 2
    return lines
