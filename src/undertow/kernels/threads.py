"""Several threads in one kernel.

A *task* is a function ``(table, begin, end, part, parts)``. :func:`run` cuts ``begin`` to ``end`` into parts, which
threads take one after the other until none is left; ``parts`` is 1 then. A :class:`Team` of threads does all
of it together, waiting for each other inside (:func:`wait`); ``parts`` is their number.

The threads are those of the OpenMP library of whoever calls (:func:`use`), for a second set of threads
would fight with the first, whose idle threads keep their processors busy for milliseconds. Without one, or in
the child of a fork, to which no threads come along, everything is done by the caller.
"""

from __future__ import annotations

import ctypes
import functools
import os
from array import array
from collections.abc import Callable, Sequence

from llvmlite import ir

from undertow.kernels import cache, x86
from undertow.kernels.host import host
from undertow.kernels.jit import Library, compile_object, task
from undertow.kernels.loops import I32, I64, POINTER, VOID, Function, Int, Lanes, Value, Variable
from undertow.kernels.sharing import pace_of

__all__ = ["Team", "run", "use", "wait"]

#: Turns of a waiting loop before the processor is given to somebody else: some 20 microseconds.
_SPIN = 1000

# Words of the box that the threads of one call read; the first is written by all of them.
_NEXT = 0
_FUNCTION, _TABLE, _BEGIN, _END, _PARTS, _GRAIN, _NUMBER_OF_THIS, _COUNT = range(8, 16)
_WORDS = 16


def wait(f: Function, barrier: Value, parts: Int, rounds: Variable) -> None:
    """Wait until all ``parts`` have come here. ``rounds`` counts how often this part has waited.

    ``barrier`` holds the number of arrivals, and the address of a function that yields the processor.
    """
    b = f.builder
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
        arrived = b.load_atomic(barrier, "acquire", 8, typ=I64)
        b.cbranch(f.less(arrived, target), more, after)
        b.position_at_end(more)
        b.cbranch(f.less(turns.get(), _SPIN), spin, give)
        b.position_at_end(give)
        f.call_address(f.word(barrier, 1), ir.FunctionType(I32, []))
        b.branch(spin)
        b.position_at_end(after)


def _emit(module: ir.Module, lanes: Lanes) -> None:
    """``share`` and ``team``: what every thread of a call does."""
    kind = ir.FunctionType(VOID, [POINTER, I64, I64, I64, I64])
    with Function(module, "share", "box:p", lanes) as f:
        b, box = f.builder, f["box"]
        take, mine, after = (f.function.append_basic_block(name) for name in ("take", "mine", "nothing"))
        parts, begin, end, grain = (f.word(box, i) for i in (_PARTS, _BEGIN, _END, _GRAIN))
        grains = f.up(f.sub(end, begin), grain)
        b.branch(take)
        b.position_at_end(take)
        part = b.atomic_rmw("add", box, f.whole(1), "seq_cst")
        b.cbranch(f.less(part, parts), mine, after)
        b.position_at_end(mine)
        low, high = (
            f.min(f.add(begin, f.mul(f.div(f.mul(grains, number), parts), grain)), end)
            for number in (part, b.add(part, f.whole(1)))
        )
        table = f.word(box, _TABLE, is_pointer=True)
        f.call_address(f.word(box, _FUNCTION), kind, table, low, high, part, 1)
        b.branch(take)
        b.position_at_end(after)
    with Function(module, "team", "box:p", lanes) as f:
        ask = ir.FunctionType(I32, [])
        number = f.builder.sext(f.call_address(f.word(f["box"], _NUMBER_OF_THIS), ask), I64)
        count = f.builder.sext(f.call_address(f.word(f["box"], _COUNT), ask), I64)
        table, begin, end = f.word(f["box"], _TABLE, is_pointer=True), f.word(f["box"], _BEGIN), f.word(f["box"], _END)
        f.call_address(f.word(f["box"], _FUNCTION), kind, table, begin, end, number, count)


@functools.cache
def _functions() -> tuple[int, int]:
    """Addresses of ``share`` and ``team``."""
    target = host()
    assert target is not None
    lanes = Lanes("float32", target.lanes("float32"), target)
    key = cache.key_of(target, "float32", "threads")
    library = Library(cache.fetch(key, lambda: compile_object(lambda module: _emit(module, lanes), target)), target)
    return library.address("share"), library.address("team")


class _OpenMP:
    """The functions of an OpenMP library."""

    def __init__(self, library: ctypes.CDLL) -> None:
        signature = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint)
        self.parallel: Callable[[int, int, int, int], None] = signature(_address(library, "GOMP_parallel"))
        self.number = _address(library, "omp_get_thread_num")
        self.count = _address(library, "omp_get_num_threads")
        self.yields = _address(ctypes.CDLL(None), "sched_yield")


def _address(library: ctypes.CDLL, name: str) -> int:
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0


_openmp: _OpenMP | None = None


def use(library: ctypes.CDLL) -> bool:
    """Take the threads of this OpenMP library; whether it has what is needed."""
    global _openmp
    try:
        _openmp = _OpenMP(library)
    except (AttributeError, OSError):
        return False
    return True


def _forget() -> None:
    """In a child process there are no other threads, and the library does not know."""
    global _openmp
    _openmp = None


os.register_at_fork(after_in_child=_forget)


def run(
    address: int, words: Sequence[int], begin: int, end: int, *, work: int = 1, parts: int = 1, grain: int = 1
) -> None:
    """Do ``begin`` to ``end`` of a task, cut into up to ``parts`` parts, each a multiple of ``grain`` long.

    ``work`` says how much it is, in any unit; calls of the same amount take the same time (see :mod:`.sharing`).
    """
    table = array("q", words)
    place = table.buffer_info()[0]
    parts = min(parts, -(-(end - begin) // grain))
    openmp = _openmp
    if parts < 2 or openmp is None:
        task(address)(place, begin, end, 0, 1)
        return
    box = (ctypes.c_int64 * _WORDS)()
    box[_FUNCTION : _GRAIN + 1] = [address, place, begin, end, parts, grain]
    shared = _functions()[0], ctypes.addressof(box), parts, 0
    pace_of(address, work, parts).run(
        work, lambda: openmp.parallel(*shared), lambda: task(address)(place, begin, end, 0, 1)
    )


class Team:
    """A task of so much ``work`` that ``parts`` threads do together, prepared to be run many times.

    ``table`` has two entries more than the task's own, which the threads meet at; ``barrier`` is the entry that holds
    their address.
    """

    def __init__(
        self,
        address: int,
        table: ctypes.Array[ctypes.c_int64],
        barrier: int,
        begin: int,
        end: int,
        *,
        work: int,
        parts: int,
    ) -> None:
        self._table, self._counter = table, len(table) - 2
        self._alone = task(address)
        self._arguments = (ctypes.addressof(table), begin, end, 0, 1)
        self._openmp, self._work, self._pace = _openmp, work, pace_of(address, work, parts)
        if _openmp is None:
            return
        table[barrier] = ctypes.addressof(table) + 8 * self._counter
        table[self._counter + 1] = _openmp.yields
        self._box = (ctypes.c_int64 * _WORDS)()
        self._box[_FUNCTION : _END + 1] = [address, ctypes.addressof(table), begin, end]
        self._box[_NUMBER_OF_THIS], self._box[_COUNT] = _openmp.number, _openmp.count
        self._call = (_functions()[1], ctypes.addressof(self._box), parts, 0)

    def run(self) -> None:
        """Do it once; alone, where there are no threads (or no longer: in the child of a fork)."""
        if self._openmp is None or self._openmp is not _openmp:
            self._by_one()
        else:
            self._pace.run(self._work, self._by_all, self._by_one)

    def _by_one(self) -> None:
        self._alone(*self._arguments)

    def _by_all(self) -> None:
        assert self._openmp is not None
        self._table[self._counter] = 0
        self._openmp.parallel(*self._call)
