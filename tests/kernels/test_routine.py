"""Lists of calls: in order, over memory that changes, and by several threads that wait for each other."""

import ctypes

import numpy as np
import pytest

import undertow.nn  # noqa: F401 - lends its threads
from undertow.kernels import routine as routines, threads
from undertow.kernels.arguments import Symbolic
from undertow.kernels.calls import Engine
from undertow.kernels.host import host
from undertow.kernels.routine import Routine
from undertow.kernels.steps import Blas

PRODUCTS = Blas.of("float32", host())


def copy(routine, source, target, rows, numbers, more=0, **options):
    words = {"source": source, "s_row": numbers, "target": target, "t_row": numbers, "N": numbers, "more": more}
    Engine(PRODUCTS, routine).call("copy", 0, rows, words, **options)


def numbers(rows=7, width=21, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)


def test_calls_are_done_in_order_over_whatever_memory_is_given():
    routine = Routine(["a", "b", "out"])
    between = routine.scratch(7 * 21 * 4)
    copy(routine, Symbolic("a"), between, 7, 21)
    copy(routine, Symbolic("b"), between, 7, 21, more=1)
    copy(routine, between, Symbolic("out"), 7, 21)
    copy(routine, Symbolic("a", 21 * 4), Symbolic("out"), 2, 21, more=1)
    for seed in range(3):
        a, b, out = numbers(seed=seed), numbers(seed=seed + 10), np.full((7, 21), np.nan, np.float32)
        routine.run(a.ctypes.data, b.ctypes.data, out.ctypes.data)
        expected = a + b
        expected[:2] += a[1:3]
        assert (out == expected).all()


def test_as_many_addresses_as_bases():
    routine = Routine(["a", "out"])
    copy(routine, Symbolic("a"), Symbolic("out"), 7, 21)
    with pytest.raises(ValueError, match="same size"):
        routine.run(numbers().ctypes.data)


def test_clear_writes_no_further_than_asked():
    memory = np.ones(50, np.float32)
    routine = Routine(["here"])
    Engine(PRODUCTS, routine).clear(Symbolic("here", 3 * 4), 37)
    routine.run(memory.ctypes.data)
    assert memory[:3].all()
    assert not memory[3:40].any()
    assert memory[40:].all()


def test_memory_of_its_own_can_be_kept():
    routine, first = Routine(["a", "out"]), numbers()
    own = routine.scratch(first.nbytes)
    copy(routine, own, Symbolic("out"), 7, 21)
    copy(routine, Symbolic("a"), own, 7, 21)
    routine.prepare(keep_scratch=True)
    out = np.empty_like(first)
    routine.run(first.ctypes.data, out.ctypes.data)
    routine.run(first.ctypes.data, out.ctypes.data)
    assert (out == first).all()


@pytest.mark.parametrize("rows", [1, 2, 5, 40])
@pytest.mark.parametrize("parts", [2, 3])
def test_threads_do_every_part_once_and_wait_for_each_other(rows, parts, monkeypatch):
    """A value goes through a chain of calls: one that began before the last was done would add something else."""
    monkeypatch.setattr(routines, "WORTH_SHARING", 0)
    monkeypatch.setattr(routines, "WORTH_MEETING", 0)
    width, rounds = 301, 30
    routine = Routine(["a", "b"], parts=parts)
    for _ in range(rounds):
        copy(routine, Symbolic("a"), Symbolic("b"), rows, width, more=1, work=1)
        copy(routine, Symbolic("b"), Symbolic("a"), rows, width, work=1)
    for _ in range(20):
        a, b = np.ones((rows, width), np.float32), np.zeros((rows, width), np.float32)
        routine.run(a.ctypes.data, b.ctypes.data)
        assert (a == 2.0 ** (rounds - 1)).all()


def test_without_threads_the_caller_does_everything(monkeypatch):
    monkeypatch.setattr(routines, "WORTH_SHARING", 0)
    monkeypatch.setattr(routines, "WORTH_MEETING", 0)
    source, target = numbers(), np.empty((7, 21), np.float32)
    prepared = Routine(parts=2)
    copy(prepared, source.ctypes.data, target.ctypes.data, 7, 21, work=1)
    prepared.prepare()
    monkeypatch.setattr(threads, "_openmp", None)  # as in the child of a fork
    prepared.run()
    assert (target == source).all()


def test_a_record_of_a_call_shares_no_cache_line_that_threads_write():
    array = Routine()
    copy(array, 0, 0, 0, 1)
    header = array.prepare()._prepared._words
    assert ctypes.addressof(header) % 64 == 0
    assert threads.HEADER.place("arrivals") % 8 == threads.RECORD.place("next") % 8 == 0
    assert len(threads.HEADER) % 8 == len(threads.RECORD) % 8 == 0
