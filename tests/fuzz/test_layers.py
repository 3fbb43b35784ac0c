"""The campaign over layers finds nothing bad in a short run, and would have found it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from processes import ENVIRONMENT

SCRIPT = Path(__file__).parent / "layers.py"


def run(*arguments):
    command = [sys.executable, SCRIPT, *arguments]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=280, check=False)


@pytest.mark.slow
def test_a_short_campaign_finds_nothing_bad():
    done = run("--cases", "70", "--minutes", "4", "--seed", "1", "--no-shrink")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing bad" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "verdict"),
    [("wrong", "wrong"), ("traceback", "traceback"), ("crash", "crashed"), ("hang", "hung")],
)
def test_a_fault_is_noticed_and_its_case_named(fault, verdict):
    case = json.dumps({"mode": f"fault_{fault}"})
    done = run("--judge", case, "--patience", "8", "--no-shrink")
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith(verdict)
    assert case in done.stdout


@pytest.mark.slow
def test_a_fault_is_made_as_small_as_it_can_be():
    case = json.dumps({"layer": "GRU", "H": 9, "bidirectional": True, "x": "strided", "mode": "fault_wrong"})
    done = run("--judge", case)
    assert f"--replay '{json.dumps({'H': 1, 'I': 1, 'B': 1, 'T': 1, 'mode': 'fault_wrong'})}'" in done.stdout
