"""Real processes that train one model together: what they learn is what one process learns on the whole batch."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file

import sharing
from processes import ENVIRONMENT

pytestmark = pytest.mark.slow

SHARING = Path(sharing.__file__)
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
TIMES = {"seconds", "symbols_per_second"}


def environment():
    paths = [str(SHARING.parent), *sys.path]
    return {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def start(folder, *command):
    return subprocess.Popen(
        [*map(str, command)], cwd=folder, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def ended(process, status=0):
    said, _ = process.communicate(timeout=240)
    assert process.returncode == status, said
    return said


def events(run, times=TIMES):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k not in times} for line in lines]


def looks(run):
    lines = [json.loads(line) for line in (run / "flow.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == "flow"]


# ---- the same as one process


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Folders of runs of every kind, by how many processes trained them, in float64."""
    folder = tmp_path_factory.mktemp("trained")
    commands = {1: [sys.executable], 3: [*TORCHRUN, 3]}
    for number, command in commands.items():
        ended(start(folder, *command, SHARING, folder / str(number)))
    return {number: folder / str(number) for number in commands}


def test_every_task_learns_the_same_from_shares_as_from_whole_batches(trained):
    names = sorted(path.name for path in trained[1].iterdir() if path.name != "data")
    assert {json.loads((trained[1] / n / "evaluation.json").read_text())["step"] for n in names} == {20}
    assert len(names) == 8
    for name in names:
        one, several = trained[1] / name, trained[3] / name
        expected, found = (load_file(run / "model.safetensors") for run in (one, several))
        assert expected.keys() == found.keys()
        for key, value in expected.items():
            assert (value - found[key]).abs().max() < 1e-10, (name, key)
        for a, b in zip(events(one), events(several), strict=True):
            numbers = [k for k, v in a.items() if isinstance(v, float)]
            assert {k: b[k] for k in numbers} == pytest.approx({k: a[k] for k in numbers}, rel=1e-9, abs=1e-10), name
            assert {k: v for k, v in a.items() if k not in numbers} == {k: v for k, v in b.items() if k not in numbers}


def test_what_was_seen_of_the_gradient_is_of_all_samples(trained):
    one, several = (looks(folder / "text") for folder in trained.values())
    assert len(one) == len(several) > 3
    for a, b in zip(one, several, strict=True):
        assert (a["step"], a["layer"], 3 * a["windows"]) == (b["step"], b["layer"], b["windows"])
        for name, expected in a["quantities"]["gradient"]["carried"].items():
            assert b["quantities"]["gradient"]["carried"][name] == pytest.approx(expected, rel=1e-3, abs=1e-9)


# ---- killed, interrupted, refused


OPTIONS = ["--set=steps=60", "--set=dropout=0.3", "--set=layers=2", "--set=batch=5", "--set=examine_every=7",
           "--set=checkpoint_every=9"]  # fmt: skip


def rank_of(launcher, rank):
    """The process with a rank, once it is there."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
        for child in children:
            if f"RANK={rank}".encode() in Path(f"/proc/{child}/environ").read_bytes().split(b"\0"):
                return int(child)
        time.sleep(0.05)
    raise AssertionError(f"there is no rank {rank}")


def when_step(run, step, process):
    """Wait until a run's log has come to a step."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if (run / "metrics.jsonl").exists() and max((e["step"] for e in events(run)), default=0) >= step:
            return
        time.sleep(0.01)
    raise AssertionError(f"step {step} was not seen")


def test_killed_processes_end_the_others_and_the_run_goes_on_to_the_same_bits(text, flags, tmp_path):
    train = ["train", "text", text, *flags, *OPTIONS, "--out"]
    ended(start(tmp_path, *TORCHRUN, 2, "-m", "undertow", *train, "whole"))
    process = start(tmp_path, *TORCHRUN, 2, "-m", "undertow", *train, "killed")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for rank, step, status in ((1, 20, 1), (0, 40, 0)):  # torchrun begins the last one anew by itself
        victim = rank_of(process, rank)
        when_step(killed, step, process)
        os.kill(victim, signal.SIGKILL)
        said = ended(process, status)
        assert f"failed (exitcode: {-signal.SIGKILL})" in said
        assert ("a process of the 2 that train this model has ended" in said) == (rank == 1)
        assert "undertow/training" not in said, "no traceback of ours"
        if status:
            assert step <= events(killed)[-1]["step"] < 60
            process = start(tmp_path, *TORCHRUN, 2, "--max-restarts", 1, "-m", "undertow", "resume", "killed")
    for name in ("model.safetensors", "samples.txt", "flow.jsonl"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes(), name
    assert events(killed) == events(whole)


def test_one_that_is_asked_to_stop_stops_all_and_one_process_can_go_on(text, flags, tmp_path):
    train = ["train", "text", text, "--out", "run", *flags, "--set=steps=2000", "--set=checkpoint_every=2000"]
    process = start(tmp_path, *TORCHRUN, 2, "-m", "undertow", *train)
    other = rank_of(process, 1)
    when_step(tmp_path / "run", 10, process)
    os.kill(other, signal.SIGTERM)
    said = ended(process, 1)
    assert said.count("saved; go on with: undertow resume run") == 1
    last = events(tmp_path / "run")[-1]
    assert (last["event"], last["reason"]) == ("end", "interrupted")
    process = start(tmp_path, sys.executable, "-m", "undertow", "resume", "run")
    when_step(tmp_path / "run", last["step"] + 10, process)
    process.send_signal(signal.SIGTERM)
    assert "processes was 2, is 1; the same bits" in ended(process, 130)
    steps = [e["step"] for e in events(tmp_path / "run") if e["event"] == "train"]
    assert steps == list(range(5, steps[-1] + 1, 5)), "nothing twice, nothing left out"


def test_a_mistake_is_told_once(text, tmp_path):
    command = [*TORCHRUN, 2, "-m", "undertow", "train", "text", text, "--batch", 1, "--out", "run"]
    said = ended(start(tmp_path, *command), 1)
    assert said.count("undertow: error: training.batch is 1, and 2 processes share it") == 1
    assert "failed (exitcode: 2)" in said
    assert "undertow/training" not in said
    assert not (tmp_path / "run").exists()
