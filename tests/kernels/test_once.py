"""What is made once in a process, when many ask for it first, a handler comes in between, or making fails."""

import pytest

from processes import alone
from undertow.kernels.once import once


def test_one_is_made_for_sixteen_threads():
    alone("import hammering; hammering.one_is_made()")


@pytest.mark.parametrize("turn", range(3))
def test_sixteen_threads_make_the_first_calls_at_once(turn, tmp_path):
    """All of it is compiled then: the folder of kernels is empty."""
    alone("import hammering; hammering.first_calls_at_once()", UNDERTOW_CACHE=str(tmp_path))


@pytest.mark.parametrize("turn", range(2))
def test_sixteen_threads_load_the_first_kernels_at_once(turn):
    alone("import hammering; hammering.first_calls_at_once()")


def test_who_comes_while_it_is_made_in_the_same_thread_gets_the_same():
    """A handler of a signal, in the middle of making, makes it itself and uses it: that one stays."""
    inner = []

    @once
    def make(name):
        if not inner:
            inner.append(None)
            inner[0] = make(name)
        return object()

    assert make("this") is inner[0]
    assert make("this") is inner[0]
    assert make("that") is not inner[0]


def test_what_failed_is_tried_again():
    tries = []

    @once
    def make(name):
        tries.append(name)
        if len(tries) == 1:
            raise OSError("full")
        return len(tries)

    with pytest.raises(OSError, match="full"):
        make("this")
    assert make("this") == make("this") == 2


def test_none_is_an_answer():
    made = []

    @once
    def make():
        made.append(1)

    assert make() is None
    assert make() is None
    assert made == [1]
