"""The tests on other Pythons, on other versions of PyTorch and on the lowest versions that pyproject.toml allows.

    python tests/versions.py                                    # every row, every fast test: hours
    python tests/versions.py --row 'python 3.13' --tests tests/lang tests/nn

For each row a fresh environment is made in a temporary folder, filled by ``pip install`` from this checkout's own
metadata (so a version that pyproject.toml excludes is refused here too) and thrown away after the run. An environment
takes some 6 GB where PyTorch's wheels bring CUDA. What a row does not pin is pinned by constraints.txt. Pythons are
looked for on PATH (``python3.12``) and in ``~/.pyenv/versions``.

Prints the rows of docs/versions.md's table. Exit status: 0 if every row was run and passed, 1 if not.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

#: The fast tests of what touches Python, PyTorch and the other packages; without pictures, pages and packaging.
TESTS = ("tests/lang", "tests/nn", "tests/kernels", "tests/flow", "tests/tables", "tests/tasks", "tests/training",
         "tests/cli", "tests/tuning")  # fmt: skip

#: What the tests themselves import.
TESTED_WITH = (
    "expecttest", "hypothesis", "mpmath", "pytest", "pytest-timeout", "sacrebleu", "scikit-learn", "statsmodels",
    "tokenizers",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """An environment: the Python, and which versions are pinned otherwise than by constraints.txt."""

    python: str
    pins: tuple[str, ...] = ()
    #: Whether every package of ``dependencies`` stands at the lowest version that pyproject.toml allows.
    lowest: bool = False


def floors() -> list[str]:
    """``name==version`` of the lowest versions that the project's dependencies allow."""
    return [re.sub(r",.*", "", dependency).replace(">=", "==") for dependency in PROJECT["dependencies"]]


ROWS = {
    "python 3.12": Row("3.12"),
    "python 3.13": Row("3.13"),
    "torch 2.10": Row("3.11", ("torch==2.10.0",)),
    "torch 2.8": Row("3.11", ("torch==2.8.0",)),
    "torch lowest": Row("3.11", tuple(pin for pin in floors() if pin.startswith("torch=="))),
    "all lowest": Row("3.11", lowest=True),
}


def interpreter(version: str) -> str:
    """A Python of this version."""
    found = shutil.which(f"python{version}")
    if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
        return found
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python"))
    if not kept:
        raise FileNotFoundError(f"no python{version} on PATH or in ~/.pyenv/versions")
    return str(kept[-1])


def constraints(row: Row) -> list[str]:
    """Lines for ``pip install -c``: the row's pins, and of constraints.txt what they leave open.

    With everything at its lowest, constraints.txt has no say: its versions want newer ones.
    """
    if row.lowest:
        return floors()
    pinned = {re.split("[=<>]", pin)[0] for pin in row.pins}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [*row.pins, *(line for line in lines if line.split("==")[0] not in pinned)]


def run(row: Row, tests: list[str], folder: Path) -> tuple[bool, str]:
    """Whether the tests pass in the row's environment, and its line of the table."""
    python = folder / "bin" / "python"
    subprocess.run([interpreter(row.python), "-m", "venv", folder], check=True)
    pins = folder / "pins.txt"
    pins.write_text("\n".join(constraints(row)) + "\n", encoding="utf-8")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "-c", pins, "-e", ROOT, *TESTED_WITH]
    subprocess.run(pip, check=True)
    # Single-threaded, from this checkout, and with nothing written into it.
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    command = [python, "-m", "pytest", "-m", "not slow", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    sys.stderr.write(done.stdout)
    told = "import platform, torch; print(platform.python_version(), torch.__version__)"
    versions = subprocess.run([python, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    last = (done.stdout.strip().splitlines() or ["nothing was run"])[-1].strip("= ")
    others = "the lowest" if row.lowest else "constraints.txt"
    cells = [*versions, others, " ".join(tests), re.sub(r" in [\d.]+s.*", "", last), str(datetime.date.today())]
    return done.returncode == 0, f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--row", action="append", choices=ROWS, help="this one alone; may be given again")
    parser.add_argument("--tests", nargs="+", default=list(TESTS), help="files and folders of tests")
    arguments = parser.parse_args()
    passed = True
    for name in arguments.row or ROWS:
        with tempfile.TemporaryDirectory(prefix="undertow-versions-") as folder:
            try:
                fine, line = run(ROWS[name], arguments.tests, Path(folder))
            except (FileNotFoundError, subprocess.CalledProcessError) as error:
                fine, line = False, f"{name}: not run: {error}"
        passed &= fine
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
