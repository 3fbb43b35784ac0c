"""Threads of OpenMP that wait: libgomp itself is asked what it took."""

import os
import subprocess
import sys

import pytest

from undertow.cli.waiting import sleep_when_idle

#: Starts the command line, then loads torch, as a command that trains does.
STARTED = """
import sys
from undertow.cli import main
sys.argv = ["undertow", "--version"]
try:
    main()
finally:
    import torch
"""


def taken(**variables: str) -> str:
    """What libgomp says of itself when torch has loaded it."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    environment = {**kept, "OMP_DISPLAY_ENV": "VERBOSE", **variables}
    done = subprocess.run(
        [sys.executable, "-c", STARTED], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="libgomp is the OpenMP of Linux")
@pytest.mark.parametrize(
    ("variables", "said"),
    [({}, "GOMP_SPINCOUNT = '4000'"), ({"GOMP_SPINCOUNT": "77"}, "GOMP_SPINCOUNT = '77'")],
    ids=["by default", "as the user says"],
)
def test_commands_let_waiting_threads_sleep_soon(variables, said):
    assert said in taken(**variables)


def test_a_policy_of_the_users_is_left_alone():
    environment = {"OMP_WAIT_POLICY": "active"}
    sleep_when_idle(environment)
    assert environment == {"OMP_WAIT_POLICY": "active"}
