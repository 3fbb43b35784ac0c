"""A list of calls, done by one thread or by several, in one step from Python into machine code and back.

A *task* is a function ``(table, begin, end, part, parts)``. Its record (:data:`RECORD`) says in which of two ways
several threads share it:

- In parts: ``begin`` to ``end`` is cut into parts. Threads take one part after the other until none is left.
  ``parts`` is 1.
- *Together*: every thread runs over all of it, and they wait for each other inside (:func:`wait`). ``parts`` is the
  number of threads.

After each task the threads wait for each other.

The threads are those of the caller's OpenMP library (:func:`use`). A second set of threads would fight with the first,
whose idle threads keep their processors busy for milliseconds. Without such a library the caller does everything
itself; so does the child of a fork, which has no threads but its own.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import NamedTuple

from llvmlite import ir

from undertow.kernels import cache, x86
from undertow.kernels.arguments import Signature
from undertow.kernels.host import host
from undertow.kernels.jit import Library, compile_object
from undertow.kernels.loops import I32, I64, POINTER, VOID, Function, Int, Lanes, Value, Variable
from undertow.kernels.once import once

__all__ = [
    "BARRIER",
    "HEADER",
    "MOVE",
    "RECORD",
    "TOGETHER",
    "Functions",
    "OpenMP",
    "functions",
    "openmp",
    "use",
    "wait",
]

#: Turns of a waiting loop before it yields the processor: some 20 microseconds.
_SPIN = 1000

#: The words of a list of calls: how many calls and where their records are; how many words are to be filled in, and
#: where that is written; the addresses that come in; OpenMP's functions; and on a cache line of its own a barrier.
HEADER = Signature(
    "list",
    "calls records moves moved bases parallel crew threads number count _ _ _ _ _ _ arrivals yields _ _ _ _ _ _",
    optional=["parallel", "crew", "number", "count", "yields", "arrivals"],
)
#: The words of one call: the task, how many parts (or :data:`TOGETHER`) and of which multiple each is long. On a line
#: of its own stands what threads write: the next part to be taken, and a barrier.
RECORD = Signature(
    "record",
    "function table begin end parts grain _ _ next _ arrivals yields _ _ _ _",
    optional=["next", "arrivals"],
)
#: A word to be filled in before the first call: its address, the number of a base, and what is added to that.
MOVE = Signature("move", "word base offset")
#: The word of a record that a task done together finds its barrier at.
BARRIER = "arrivals"
#: In place of a number of parts.
TOGETHER = 0


def wait(f: Function, barrier: Value, parts: Int, rounds: Variable) -> None:
    """Wait until all ``parts`` have come here. ``rounds`` counts how often this part has waited.

    ``barrier`` holds the number of arrivals, and the address of a function that yields the processor.
    """
    b = f.builder
    # Arrivals are counted on and on, never set back: one who is still leaving a round cannot meet one of the next.
    with f.when(b.icmp_signed(">", f.whole(parts), f.whole(1))):
        done = b.add(rounds.get(), f.whole(1))
        rounds.set(done)
        b.atomic_rmw("add", barrier, f.whole(1), "seq_cst")
        target = f.whole(f.mul(done, parts))
        turns = f.variable(f.whole(0))
        spin, more, give, after = (f.function.append_basic_block(n) for n in ("spin", "more", "yield", "joined"))
        b.branch(spin)
        b.position_at_end(spin)
        x86.pause(f)
        turns.set(b.add(turns.get(), f.whole(1)))
        # What the others wrote before they came is seen by whoever sees them here.
        arrived = b.load_atomic(barrier, "acquire", 8, typ=I64)
        b.cbranch(f.less(arrived, target), more, after)
        b.position_at_end(more)
        b.cbranch(f.less(turns.get(), _SPIN), spin, give)
        b.position_at_end(give)
        f.call_address(f.word(barrier, 1), ir.FunctionType(I32, []))
        b.branch(spin)
        b.position_at_end(after)


def _emit(module: ir.Module, lanes: Lanes) -> None:
    """``alone`` and ``together``, given the address of a list; ``crew`` is what every thread of the latter does."""
    task = ir.FunctionType(VOID, [POINTER, I64, I64, I64, I64])
    with Function(module, "prepare", "list:p", lanes, internal=True) as f:
        _fill_in(f)
    prepare = f.function
    with Function(module, "alone", "list:p", lanes) as f:
        f.builder.call(prepare, [f["list"]])
        with f.loop(0, _head(f, "calls"), name="call") as number:
            function, table, begin, end = _call(f, _record(f, number))
            f.call_address(function, task, table, begin, end, 0, 1)
    with Function(module, "crew", "list:p", lanes) as f:
        ask = ir.FunctionType(I32, [])
        this, count = (f.builder.sext(f.call_address(_head(f, w), ask), I64) for w in ("number", "count"))
        rounds = f.variable(f.whole(0))
        with f.loop(0, _head(f, "calls"), name="call") as number:
            record = _record(f, number)
            with f.either(f.equal(_word(f, record, "parts"), TOGETHER)) as (by_all, in_parts):
                with by_all:
                    function, table, begin, end = _call(f, record)
                    f.call_address(function, task, table, begin, end, this, count)
                with in_parts:
                    _take_parts(f, record, task)
            wait(f, _place(f, f["list"], HEADER.place("arrivals")), count, rounds)
    with Function(module, "together", "list:p", lanes) as f:
        f.builder.call(prepare, [f["list"]])
        # As libgomp has it, and LLVM's and Intel's libraries too: function, its argument, threads, flags.
        parallel = ir.FunctionType(VOID, [I64, POINTER, I32, I32])
        threads = f.builder.trunc(_head(f, "threads"), I32)
        f.call_address(_head(f, "parallel"), parallel, _head(f, "crew"), f["list"], threads, I32(0))


def _place(f: Function, words: Value, index: Int) -> Value:
    """The address of a word."""
    return f.builder.gep(words, [f.whole(index)], source_etype=I64)


def _head(f: Function, name: str) -> Value:
    return f.word(f["list"], HEADER.place(name))


def _record(f: Function, number: Int) -> Value:
    """Where the record of call ``number`` is."""
    records = f.word(f["list"], HEADER.place("records"), is_pointer=True)
    return _place(f, records, f.mul(number, len(RECORD)))


def _word(f: Function, record: Value, name: str) -> Value:
    return f.word(record, RECORD.place(name))


def _call(f: Function, record: Value) -> tuple[Value, Value, Value, Value]:
    """Function, table, begin and end."""
    table = f.word(record, RECORD.place("table"), is_pointer=True)
    return _word(f, record, "function"), table, _word(f, record, "begin"), _word(f, record, "end")


def _fill_in(f: Function) -> None:
    """Addresses that came in, where they belong; nobody has come to a barrier, and no part has been taken."""
    b = f.builder
    bases, moved = (f.word(f["list"], HEADER.place(name), is_pointer=True) for name in ("bases", "moved"))
    with f.loop(0, _head(f, "moves"), name="move") as number:
        move = _place(f, moved, f.mul(number, len(MOVE)))
        word = f.word(move, MOVE.place("word"), is_pointer=True)
        base = f.word(bases, f.word(move, MOVE.place("base")))
        b.store(b.add(base, f.word(move, MOVE.place("offset"))), word)
    b.store(f.whole(0), _place(f, f["list"], HEADER.place("arrivals")))
    with f.loop(0, _head(f, "calls"), name="call") as number:
        for name in ("next", "arrivals"):
            b.store(f.whole(0), _place(f, _record(f, number), RECORD.place(name)))


def _take_parts(f: Function, record: Value, task: ir.FunctionType) -> None:
    """Take parts of a call until none is left."""
    # Not one part for each thread: on a busy machine one may come late, and the others do its part.
    b = f.builder
    take, mine, after = (f.function.append_basic_block(name) for name in ("take", "mine", "nothing"))
    function, table, begin, end = _call(f, record)
    parts, grain = _word(f, record, "parts"), _word(f, record, "grain")
    grains = f.up(f.sub(end, begin), grain)
    b.branch(take)
    b.position_at_end(take)
    part = b.atomic_rmw("add", _place(f, record, RECORD.place("next")), f.whole(1), "seq_cst")
    b.cbranch(f.less(part, parts), mine, after)
    b.position_at_end(mine)
    low, high = (
        f.min(f.add(begin, f.mul(f.div(f.mul(grains, number), parts), grain)), end)
        for number in (part, b.add(part, f.whole(1)))
    )
    f.call_address(function, task, table, low, high, part, 1)
    b.branch(take)
    b.position_at_end(after)


class Functions(NamedTuple):
    """Machine code that works off a list: by the caller alone, or by several threads; and what each of those does."""

    alone: Callable[[int], None]
    together: Callable[[int], None]
    crew: int


@once
def functions() -> Functions:
    """Compiled for this processor when first asked for."""
    target = host()
    assert target is not None
    lanes = Lanes("float32", target.lanes("float32"), target)
    key = cache.key_of(target, "float32", "threads")
    library = Library(cache.fetch(key, lambda: compile_object(lambda module: _emit(module, lanes), target)), target)
    signature = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    alone, together = (signature(library.address(name)) for name in ("alone", "together"))
    return Functions(alone, together, library.address("crew"))


class OpenMP:
    """Addresses of the functions of an OpenMP library."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.parallel = _address(library, "GOMP_parallel")
        self.number = _address(library, "omp_get_thread_num")
        self.count = _address(library, "omp_get_num_threads")
        self.yields = _address(ctypes.CDLL(None), "sched_yield")

    def words(self) -> dict[str, int]:
        """What a list tells of it (:data:`HEADER`)."""
        return {"parallel": self.parallel, "number": self.number, "count": self.count, "yields": self.yields}


def _address(library: ctypes.CDLL, name: str) -> int:
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0


_openmp: OpenMP | None = None


def use(library: ctypes.CDLL) -> bool:
    """Take the threads of this OpenMP library; whether it has what is needed."""
    global _openmp
    try:
        _openmp = OpenMP(library)
    except (AttributeError, OSError):
        return False
    return True


def openmp() -> OpenMP | None:
    """The library whose threads are used, if there are any now."""
    return _openmp


def _forget() -> None:
    """In a child process there are no other threads, and the library does not know."""
    global _openmp
    _openmp = None


os.register_at_fork(after_in_child=_forget)
