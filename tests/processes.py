"""The environment of the tests, and of the processes that they start."""

import atexit
import os
import pty
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

# Kernels that tests compile do not stay in the user's folder; processes that tests start share them.
os.environ["UNDERTOW_CACHE"] = tempfile.mkdtemp(prefix="undertow-kernels-")
atexit.register(shutil.rmtree, os.environ["UNDERTOW_CACHE"], ignore_errors=True)

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}


def alone(code: str, *, seconds: int = 60, **environment: str) -> str:
    """Run Python ``code`` in a process of its own, which may hang or die, and return what it prints.

    Modules next to this one can be imported there.
    """
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", code], env={**ENVIRONMENT, "PYTHONPATH": path, **environment}, capture_output=True,
        text=True, timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"ended with {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def in_terminal(folder: Path, environment: Mapping[str, str], *arguments: str, status: int = 0, typed: str = "") -> str:
    """What ``undertow`` writes to a terminal, at which something is ``typed``, and which ends with ``status``."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "undertow", *arguments]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=child, stderr=child, stdin=child)
    os.close(child)
    os.write(parent, typed.encode())
    shown = b""
    while True:
        try:
            piece = os.read(parent, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(parent)
    assert process.wait(60) == status, shown.decode()
    return shown.decode()
