"""Threads that make the first calls together: a part of the storm, and that it would notice."""

import subprocess
import sys
from pathlib import Path

import pytest

from processes import ENVIRONMENT

SCRIPT = Path(__file__).parent / "storm.py"


def run(*arguments):
    command = [sys.executable, SCRIPT, *arguments]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=280, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(("state", "processes"), [("off", 6), ("full", 4)])
def test_a_part_of_the_storm(state, processes):
    done = run("--processes", str(processes), "--cache", state)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{processes * 16} first calls: {processes} fine" in done.stdout


@pytest.mark.slow
def test_the_storm_would_notice():
    """Without the lock under which kernels are made, processes crash or hang."""
    done = run("--unlocked", "--processes", "2", "--cache", "off", "--patience", "20")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "crashed (signal 11)" in done.stdout or "hung" in done.stdout
