"""Blocks of memory under whatever comes at a bad moment; each test in a process of its own."""

import os

import pytest

from processes import alone
from undertow.kernels import arena

SCENES = [
    "a_handler_takes_blocks_too",
    "others_come_between_any_two_steps",
    "threads_take_blocks",
    "the_garbage_collector_gives_back",
    "exceptions_in_the_middle",
    "a_handler_runs_the_layer",
]


@pytest.mark.parametrize("scene", SCENES)
def test_blocks_are_whole_and_accounted_for_when(scene):
    """Never smaller than asked, never anybody else's, and what is said to lie idle lies there."""
    alone(f"import hammering; hammering.{scene}()")


@pytest.mark.parametrize("nbytes", [0, 1, 4095, 4096, 4097, 65_537, 1_000_001, 40_000_003])
def test_a_block_is_as_large_as_asked_and_not_much_larger(nbytes):
    arena.release()
    for _ in range(2):  # a fresh one, then one that lay idle
        block = arena.take(nbytes)
        assert block.nbytes == nbytes
        assert max(nbytes, 1) <= block._pages.size <= max(1.25 * nbytes, 4096) + 4096
        assert len(block._pages.memory) == block._pages.size
        assert block.address % 4096 == 0
        del block
    assert arena.idle() > 0
    arena.release()
    assert arena.idle() == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_pages_of_parent_and_child_are_their_own():
    alone(
        "import os, hammering\n"
        "from undertow.kernels import arena\n"
        "block = arena.take(100_000); array = block.array((100_000,), 'uint8'); array[:] = 1\n"
        "pid = os.fork()\n"
        "if not pid:\n"
        "    right = (array == 1).all(); array[:] = 2; del array, block\n"
        "    again = arena.take(100_000).array((100_000,), 'uint8'); again[:] = 3\n"
        "    os._exit(0 if right else 1)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0\n"
        "assert (array == 1).all()\n"
    )


def test_the_account_is_right_over_its_bound():
    arena.release()
    arena.limit(300_000)
    try:
        blocks = [arena.take(100_000) for _ in range(5)]
        blocks.clear()
        assert 0 < arena.idle() <= 300_000
        arena.limit(150_000)
        assert arena.idle() <= 150_000
    finally:
        arena.limit(1 << 30)


def test_an_array_keeps_its_block():
    array = arena.take(80_000).array((10_000,), "float64")
    array[:] = 7
    for _ in range(20):
        other = arena.take(80_000).array((10_000,), "float64")
        other[:] = 3
        del other
    assert (array == 7).all()
