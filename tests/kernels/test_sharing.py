"""Working alone where sharing does not pay: the account by a clock of the test's own, and next to busy processes."""

import os
import subprocess
import sys
import time

import pytest
import torch

import undertow
from undertow.kernels import sharing
from undertow.kernels.sharing import Account, Pace

MS = 1_000_000


class World:
    """A clock, and work of which a unit takes so many ns, together or alone."""

    def __init__(self, monkeypatch):
        self.now, self.together, self.alone = 0, 5, 10
        self.done = []
        self.account = Account()
        self.pace = Pace(2, self.account)
        monkeypatch.setattr(sharing, "perf_counter_ns", lambda: self.now)

    def _does(self, how, work):
        self.done.append(how)
        self.now += getattr(self, how) * work

    def run(self, times, work=MS // 10):
        """What was done, as words, in these many calls."""
        self.done = []
        for _ in range(times):
            self.pace.run(work, lambda: self._does("together", work), lambda: self._does("alone", work))
        return self.done


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


def test_work_is_shared_but_for_one_call_that_shows_what_alone_takes(world):
    assert world.run(6) == ["together", "alone", *["together"] * 4]
    assert world.run(1000) == ["together"] * 1000


def test_who_loses_works_alone_and_loses_a_twentieth_at_most(world):
    world.run(10)
    world.together = 100  # ten times what one thread takes
    begin, done = world.now, world.run(2000)
    assert done.count("together") < 60
    ideal = len(done) * world.alone * MS // 10
    assert world.now - begin < 1.15 * ideal
    late = world.run(2000)
    assert late.count("alone") > 0.98 * len(late)


def test_sharing_comes_back_when_it_pays_again(world):
    world.run(10)
    world.together = 100
    world.run(500)
    world.together = 5
    begin = world.now
    while world.run(1) == ["alone"]:
        assert world.now - begin < 1100 * MS
    assert world.run(200) == ["together"] * 200


def test_one_bad_moment_changes_nothing_where_sharing_has_paid(world):
    world.run(10)
    world.together = 100
    world.run(1)
    world.together = 5
    assert world.run(100) == ["together"] * 100


def test_a_bad_moment_of_the_one_call_alone_is_corrected(world):
    world.run(1)
    world.alone = 1000
    assert world.run(1) == ["alone"]
    world.alone = 10
    world.run(5)
    world.together = 20
    assert world.run(400).count("alone") > 300


def test_a_machine_that_got_slower_altogether_goes_on_sharing(world):
    world.run(10)
    world.together, world.alone = 20, 40
    world.run(300)
    assert world.run(300).count("together") > 290


def test_all_kinds_of_work_share_one_account(world):
    other = Pace(2, world.account)
    world.run(10)
    world.together = 1000
    world.run(20)
    done = []
    other.run(1, lambda: done.append("together"), lambda: done.append("alone"))
    assert done == ["alone"]


@pytest.mark.slow
def test_two_threads_next_to_busy_processes_are_not_much_slower_than_one():
    """The means over seconds of training steps whose threads wait for each other; before, 8 times and more."""
    layer, x = undertow.LSTM(256, 256), torch.randn(50, 1, 256)
    seconds = {1: 0.0, 2: 0.0}
    count = os.cpu_count() or 1
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        time.sleep(1)
        for turn in range(30):
            for threads in seconds:
                torch.set_num_threads(threads)
                begin = time.perf_counter()
                for _ in range(20):
                    layer.zero_grad()
                    layer(x)[0].sum().backward()
                if turn >= 5:
                    seconds[threads] += time.perf_counter() - begin
    finally:
        torch.set_num_threads(1)
        for process in busy:
            process.kill()
            process.wait()
    assert seconds[2] < 2.5 * seconds[1]
