"""Real processes, really killed: what a resumed run gives must be what one never killed gives, bit for bit."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from processes import ENVIRONMENT

pytestmark = pytest.mark.slow

OPTIONS = ["--set=steps=120", "--set=checkpoint_every=7", "--set=dropout=0.3", "--set=layers=2", "--set=threads=1"]

LONGER = [*OPTIONS, "--set=steps=1500", "--set=checkpoint_every=500"]
"""Long enough that a signal finds it still training."""

#: A process that dies by SIGKILL in the middle of its nth write: half of the bytes are in the file, the rest is lost.
DIES_WRITING = """
import os, signal, sys
from pathlib import Path
import undertow.storage as storage
countdown = int(sys.argv[1])
real = os.fsync
def fsync(descriptor):
    global countdown
    countdown -= 1
    if countdown == 0:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if os.path.isfile(path):
            os.truncate(path, os.path.getsize(path) // 2 if path.endswith(".partial") else os.path.getsize(path) - 3)
        os.kill(os.getpid(), signal.SIGKILL)
    real(descriptor)
storage.os.fsync = fsync
sys.argv = ["undertow", *sys.argv[2:]]
from undertow.cli import main
main()
"""


def facts(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return [{k: v for k, v in e.items() if k not in ("seconds", "symbols_per_second")} for e in events]


def assert_same(a, b):
    assert (a / "model.safetensors").read_bytes() == (b / "model.safetensors").read_bytes()
    assert facts(a) == facts(b)
    assert (a / "samples.txt").read_bytes() == (b / "samples.txt").read_bytes()
    assert not list(b.rglob("*.partial"))


def start(tmp_path, *arguments):
    command = [sys.executable, "-m", "undertow", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def wait_for_steps(run, process, count):
    """Until the run's log has ``count`` lines (or the process has ended)."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        file = run / "metrics.jsonl"
        if file.exists() and file.read_text().count("\n") >= count:
            return
        time.sleep(0.005)


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments(undertow_process, text, flags, tmp_path, seed):
    undertow_process("train", "text", text, "--out", "whole", *flags, *OPTIONS)
    rng, run, kills = random.Random(seed), tmp_path / "killed", 0
    process = start(tmp_path, "train", "text", text, "--out", "killed", *flags, *OPTIONS)
    for lines in (2, 12, 25):
        wait_for_steps(run, process, lines)
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        kills += process.wait() == -signal.SIGKILL
        process = start(tmp_path, "resume", "killed")
    process.wait()
    assert kills >= 2
    assert_same(tmp_path / "whole", run)


@pytest.mark.parametrize("write", [1, 2, 9, 10, 11, 12, 13, 14])
def test_killed_in_the_middle_of_a_write(undertow_process, text, flags, tmp_path, write):
    undertow_process("train", "text", text, "--out", "whole", *flags, *OPTIONS)
    process = start(tmp_path, "train", "text", text, "--out", "killed", *flags, *OPTIONS)
    wait_for_steps(tmp_path / "killed", process, 3)
    process.kill()
    process.wait()
    command = [sys.executable, "-c", DIES_WRITING, str(write), "resume", "killed"]
    died = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    undertow_process("resume", "killed")
    assert_same(tmp_path / "whole", tmp_path / "killed")


def test_killed_while_recalibrating(undertow_process, tmp_path):
    """The old model or the new one, never half of either; and what is left over stops nothing."""
    rows = [f"{n % 7},{n % 5}\n" for n in range(300)]
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(rows))
    undertow_process("train", "reconstruct", "t.csv", "--steps=2", "--hidden=4", "--window=8", "--out", "run")
    model = tmp_path / "run" / "model.safetensors"
    old = model.read_bytes()
    for write, kept in ((1, True), (2, False)):  # the file is written, and put in place
        arguments = [str(write), "recalibrate", "run", "t.csv", "--force"]
        command = [sys.executable, "-c", DIES_WRITING, *arguments]
        died = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=False)
        assert died.returncode == -signal.SIGKILL, died.stderr
        assert (model.read_bytes() == old) == kept
        learned_on = "the validation part" if kept else "t.csv (300 rows"
        assert f"learned on {learned_on}" in undertow_process("predict", "run", "t.csv").err
    undertow_process("recalibrate", "run", "--undo")
    assert model.read_bytes() == old


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_saves_and_ends_cleanly(undertow_process, text, flags, tmp_path, number):
    undertow_process("train", "text", text, "--out", "whole", *flags, *LONGER)
    process = start(tmp_path, "train", "text", text, "--out", "stopped", *flags, *LONGER)
    wait_for_steps(tmp_path / "stopped", process, 4)
    process.send_signal(number)
    assert process.wait(30) == 130
    assert facts(tmp_path / "stopped")[-1]["reason"] == "interrupted"
    undertow_process("resume", "stopped")
    assert_same(tmp_path / "whole", tmp_path / "stopped")


def test_a_file_that_cannot_grow_keeps_the_run(undertow_process, text, flags, tmp_path):
    """The kernel refuses to write beyond a limit, as a full disk does."""
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000));"
        "from undertow.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "train", "text", str(text), "--out", "full", *flags, *OPTIONS]
    ran = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "cannot write" in ran.stderr
    assert "File too large" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list((tmp_path / "full").rglob("*.partial"))
    undertow_process("resume", "full")
    undertow_process("train", "text", text, "--out", "whole", *flags, *OPTIONS)
    assert_same(tmp_path / "whole", tmp_path / "full")
