"""A search that is killed, or asked to end, takes its workers with it, whatever they are at; nobody else's end does."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from processes import ENVIRONMENT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are counted in /proc"),
]

#: Updates that take seconds each: a worker that waits for one to end lives longer than it may.
CONFIG = (
    'task = "classify"\n[classify]\ndata = "long.csv"\nlabel = "label"\n'
    '[model]\nhidden = 400\nlayers = 2\nbackend = "reference"\n'
    "[training]\nsteps = 60\nbatch = 64\n"
)
GENES = "[training]\nlearning_rate = { low = 0.001, high = 0.01 }\n"
TUNE = ("tune", "c.toml", "--space", "genes.toml", "--budget", "6", "--population", "3", "--workers", "3", "--out", "s")
#: Seconds in which they must be gone: it takes one on a quiet machine. A worker that is left alone lives for thirty.
SOON = 4.0


@pytest.fixture
def here(tmp_path):
    steps = ",".join(f"s{n}" for n in range(400))
    rows = "".join(",".join(str((i * n) % 7) for n in range(400)) + f",{'xy'[i % 2]}\n" for i in range(200))
    (tmp_path / "long.csv").write_text(f"{steps},label\n{rows}")
    (tmp_path / "c.toml").write_text(CONFIG)
    (tmp_path / "genes.toml").write_text(GENES)
    return tmp_path


def alive(session):
    """The processes of a session that have not ended."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                state, _, _, its = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(its) == session and state not in "ZX":
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:300]
            except OSError:
                continue
    return found


def until(true, seconds=120):
    """Wait for something to be so."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    assert true()


def gone_after(session, seconds=30):
    """Seconds until no process of a session is left."""
    begun = time.monotonic()
    while alive(session) and time.monotonic() - begun < seconds:
        time.sleep(0.01)
    return time.monotonic() - begun


@pytest.fixture
def sessions():
    """Sessions of processes, which are all ended with the test, whatever comes of it."""
    begun = []
    yield begun
    for process in begun:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


def start(here, *command):
    """A process that dies of every signal, though these tests may run where one is ignored (``nohup``)."""
    return subprocess.Popen(
        command, cwd=here, env=ENVIRONMENT, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )  # fmt: skip


def tuning(session):
    """How many workers there are, and how many train."""
    return sum("multiprocessing.spawn" in line for line in alive(session).values())


@pytest.mark.parametrize("moment", ["they begin", "they train"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGABRT])
def test_a_search_that_dies_takes_its_workers_along(here, number, moment):
    search = start(here, sys.executable, "-m", "undertow", *TUNE)
    until(lambda: tuning(search.pid) == 3)
    if moment == "they train":
        until(lambda: len(list((here / "s/trials").glob("*/config.toml"))) == 3)
        time.sleep(1)  # in the middle of an update
    os.kill(search.pid, number)
    search.wait(60)
    took = gone_after(search.pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(search.pid, signal.SIGKILL)
    assert took < SOON, took


@pytest.fixture
def swift(here):
    """The same with updates of a fraction of a second, which a training is saved after; and no end of them."""
    config = CONFIG.replace("hidden = 400\nlayers = 2", "hidden = 8").replace("steps = 60", "steps = 100000")
    (here / "c.toml").write_text(config.replace("batch = 64", "batch = 4"))
    return here


def training(here, session):
    """Wait until three workers train."""
    until(lambda: tuning(session) == 3)
    until(lambda: len(list((here / "s/trials").glob("*/config.toml"))) == 3)
    time.sleep(1)


@pytest.mark.parametrize("times", [1, 2])
def test_a_search_that_is_asked_to_end_waits_for_its_workers_to_save_and_leaves_none(swift, sessions, times):
    """Asked twice, too: a worker is let go after the update that it is at."""
    here = swift
    search = start(here, sys.executable, "-m", "undertow", *TUNE)
    sessions.append(search)
    training(here, search.pid)
    os.kill(search.pid, signal.SIGTERM)
    if times == 2:
        time.sleep(0.3)
        os.kill(search.pid, signal.SIGTERM)
    assert search.wait(120) == 130
    assert gone_after(search.pid) < SOON
    if times == 1:
        assert len(list((here / "s/trials").glob("*/checkpoint/state.safetensors"))) == 3, "each has saved itself"


def test_a_search_outlives_the_shell_that_it_was_begun_in(swift, sessions):
    """Unless that hangs up its terminal (SIGHUP, above): it goes on with its workers, and ends with them."""
    here, words = swift, shlex.join([sys.executable, "-m", "undertow", *TUNE])
    shell = start(here, "/bin/sh", "-c", f"{words}; true")
    sessions.append(shell)
    training(here, shell.pid)
    (search,) = [pid for pid, line in alive(shell.pid).items() if "-m undertow tune" in line and "sh -c" not in line]
    before = {*alive(shell.pid)} - {shell.pid}
    os.kill(shell.pid, signal.SIGKILL)
    shell.wait(60)
    time.sleep(2 * SOON)
    assert {*alive(shell.pid)} == before, "search and workers, all of them"
    os.kill(search, signal.SIGTERM)
    assert gone_after(shell.pid, 120) < 120
    assert len(list((here / "s/trials").glob("*/checkpoint/state.safetensors"))) == 3
