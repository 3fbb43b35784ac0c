"""The matrix of :mod:`fuzz.links`: no traceback, no hang, nothing written outside, whatever stands in a folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.link_cases import KINDS, place_of
from fuzz.links import aged, was_read
from fuzz.remedied import OWN
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
    told = matrix("--only", f"text,{OWN},search", "--every", "101")
    assert " worked" in told
    assert " refused" in told


def test_what_is_read_through_a_link_is_seen(tmp_path):
    (tmp_path / "here").write_text("words")
    os.link(tmp_path / "here", tmp_path / "has another name")
    (tmp_path / "there").write_text("words")
    alone = aged(tmp_path)
    (tmp_path / "has another name").read_bytes()
    assert not was_read(alone)
    (tmp_path / "there").read_bytes()
    if not was_read(alone):
        pytest.skip("this disk does not write down who reads")


def test_a_place_is_the_first_that_fits(tmp_path):
    for name in ("remedies/a-1-0", "remedies/a-3-0", "remedies/b-3-0", "trials/t1", "trials/t2"):
        (tmp_path / name).mkdir(parents=True)
    for pattern, place in {
        "remedies/*-3-0": "remedies/a-3-0", "remedies/*-3-0/checkpoint/x": "remedies/a-3-0/checkpoint/x",
        "trials/.*.lock": "trials/.t1.lock", "trials/*/trial.json": "trials/t1/trial.json", ".lock": ".lock",
    }.items():  # fmt: skip
        assert place_of(tmp_path, pattern) == tmp_path / place


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_a_share_of_the_matrix(kind):
    assert " refused" in matrix("--only", kind, "--every", "29", seconds=880)
