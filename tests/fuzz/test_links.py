"""The matrix of :mod:`fuzz.links`: no traceback, no hang, nothing written outside, whatever stands in a folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from processes import ENVIRONMENT


def matrix(*asked, seconds=280):
    """The matrix as a process of its own, which changes folders and signals."""
    path = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    command = [sys.executable, str(Path(__file__).with_name("links.py")), *asked]
    done = subprocess.run(
        command, env={**ENVIRONMENT, **path}, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_some_of_the_matrix():
    told = matrix("--only", "text,search", "--every", "37")
    assert " worked" in told
    assert " refused" in told


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("kind", "every"), [("text", 1), ("search", 1), ("reconstruct", 3)])
def test_the_whole_matrix(kind, every):
    assert " refused" in matrix("--only", kind, "--every", str(every), seconds=880)
