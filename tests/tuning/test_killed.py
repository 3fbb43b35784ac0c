"""Searches by real processes, really killed."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from processes import ENVIRONMENT
from undertow.tuning.folder import SearchFolder
from undertow.tuning.search import tracks_of
from undertow.tuning.trial import read_trial

pytestmark = pytest.mark.slow

NAMES = "name,gender\n" + "".join(f"{a}{b}{c}{d},{'FM'[(i + j) % 2]}\n" for i, a in enumerate("ABCDE")
                                  for j, b in enumerate("aeiou") for c in "nmr" for d in "ok")  # fmt: skip
GENES = "[model]\nhidden = { low = 4, high = 40 }\n[training]\nlearning_rate = { low = 0.001, high = 0.01 }\n"
CONFIG = (
    'task = "classify"\n[classify]\ndata = "names.csv"\n[training]\nsteps = 60\nevaluate_every = 20\nbatch = 16\n'
    "checkpoint_every = 5\n"
)
SMALL = ("--budget", "6", "--population", "3", "--retrain", "0", "--workers", "2")
TUNE = ("tune", "c.toml", "--space", "genes.toml", *SMALL)


@pytest.fixture
def here(tmp_path):
    (tmp_path / "names.csv").write_text(NAMES)
    (tmp_path / "c.toml").write_text(CONFIG)
    (tmp_path / "genes.toml").write_text(GENES)
    return tmp_path


def start(here, *arguments):
    """``undertow`` in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "undertow", *map(str, arguments)],
        cwd=here, env=ENVIRONMENT, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def workers_of(search):
    """The processes that train for a search: its children that began as such."""
    children = Path(f"/proc/{search.pid}/task/{search.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"multiprocessing.spawn" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def found(folder):
    """What every search tried, and what came of it, without times."""
    search = SearchFolder.open(folder)
    return {
        track.name: [
            (t.params, t.values, read_trial(search.trials / t.user_attrs["key"]).evaluations)
            for t in sorted(track.told(), key=lambda t: t.number)
        ]
        for track in tracks_of(search)
    }


def once(folder):
    """Whether every training has every step once in its log."""
    for file in (folder / "trials").glob("*/metrics.jsonl"):
        steps = [e["step"] for e in map(json.loads, file.read_text().splitlines()) if e["event"] == "train"]
        assert steps == sorted(set(steps)), file


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What the search finds that nobody kills."""
    here = tmp_path_factory.mktemp("undisturbed")
    for name, text in {"names.csv": NAMES, "c.toml": CONFIG, "genes.toml": GENES}.items():
        (here / name).write_text(text)
    search = start(here, *TUNE, "--out", "s")
    said, _ = search.communicate(timeout=300)
    assert search.returncode == 0, said
    return found(here / "s")


def test_workers_are_killed_at_random_moments(here, undisturbed):
    """Five times; the search goes on, loses nothing, and finds what it would have found."""
    luck, kills = random.Random(5), 0
    search = start(here, *TUNE, "--out", "s")
    while search.poll() is None and kills < 5:
        time.sleep(luck.uniform(1.5, 4))
        with contextlib.suppress(OSError):
            if pids := workers_of(search):
                os.kill(luck.choice(pids), signal.SIGKILL)
                kills += 1
    said, _ = search.communicate(timeout=400)
    assert search.returncode == 0, said
    assert kills >= 2
    assert found(here / "s") == undisturbed
    once(here / "s")


def test_the_whole_search_is_killed_again_and_again(here, undisturbed):
    luck, kills = random.Random(7), 0
    arguments = [*TUNE, "--out", "s"]
    while True:
        search = start(here, *arguments)
        try:
            said, _ = search.communicate(timeout=luck.uniform(3, 7) if kills < 4 else 400)
        except subprocess.TimeoutExpired:
            whole = kills % 2 == 0  # at times with its workers, at times alone: they leave then by themselves
            os.killpg(search.pid, signal.SIGKILL) if whole else search.kill()
            search.communicate()
            kills += 1
            if (here / "s" / "search.toml").is_file():
                arguments = ["resume", "s", "--workers", "2"]
            else:  # killed before there was a search
                shutil.rmtree(here / "s", ignore_errors=True)
            continue
        break
    assert search.returncode == 0, said
    assert kills >= 2
    assert found(here / "s") == undisturbed
    once(here / "s")


def test_ctrl_c_saves_and_says_how_to_go_on(here, undisturbed):
    search = start(here, *TUNE, "--out", "s")
    until = time.monotonic() + 120
    while not list((here / "s" / "trials").glob("*/metrics.jsonl")) and time.monotonic() < until:
        time.sleep(0.2)
    os.killpg(search.pid, signal.SIGINT)  # as a terminal does it: to all of them
    said, _ = search.communicate(timeout=120)
    assert search.returncode == 130, said
    assert "saved; go on with: undertow resume s" in said
    assert "Traceback" not in said
    again = start(here, "resume", "s", "--workers", "1")
    said, _ = again.communicate(timeout=400)
    assert again.returncode == 0, said
    assert found(here / "s") == undisturbed
    once(here / "s")


def test_a_full_disk_stops_it_and_nothing_is_lost(here, undisturbed):
    """No file may grow beyond a size: the store refuses, and says so; with room again, the search goes on."""
    limited = subprocess.run(
        ["bash", "-c", "ulimit -f 200; exec \"$@\"", "-", sys.executable, "-m", "undertow", *TUNE, "--out", "s"],
        cwd=here, env=ENVIRONMENT, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    said = limited.stdout + limited.stderr
    assert limited.returncode == 2, said
    assert "Traceback" not in said
    assert "refuses" in said or "cannot write" in said
    again = start(here, "resume", "s", "--workers", "2")
    said, _ = again.communicate(timeout=400)
    assert again.returncode == 0, said
    assert found(here / "s") == undisturbed
    once(here / "s")
