"""Shared by all tests: small texts and runs, and the command line, in this process or as a real one."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from processes import ENVIRONMENT
from undertow.cli import main
from undertow.training.config import Config

torch.set_num_threads(1)

POEM = (
    "O brave new world,\nThat has such people in't!\n"
    "'Tis new to thee.\nFull fathom five thy father lies;\n"
    "Of his bones are coral made;\nThose are pearls that were his eyes:\n"
)


@pytest.fixture
def text(tmp_path) -> Path:
    """A small text file with a little structure, about 5,000 characters."""
    file = tmp_path / "poem.txt"
    lines = [f"{n}. {POEM}" for n in range(30)]
    file.write_text("".join(lines), encoding="utf-8")
    return file


SMALL = {
    "hidden": 12, "embedding": 6, "steps": 30, "batch": 4, "window": 16, "warmup": 5, "evaluate_every": 10,
    "sample_every": 10, "sample_length": 20, "log_every": 5, "checkpoint_every": 10, "learning_rate": 0.02,
}  # fmt: skip


@pytest.fixture
def small(text) -> Config:
    """A config that trains on ``text`` in well under a second."""
    return Config().replaced({"data": str(text), **SMALL})


@dataclass
class Ran:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def undertow(tmp_path, monkeypatch, capsys):
    """Run ``undertow`` with arguments in ``tmp_path``, in this process, without a terminal."""
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "NO_COLOR"):
        monkeypatch.setenv(name, ENVIRONMENT[name])

    def run(*arguments: object, status: int | None = 0) -> Ran:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["undertow", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        ran = Ran(ended.value.code or 0, *capsys.readouterr())
        assert status is None or ran.status == status, ran.err
        return ran

    return run


@pytest.fixture
def undertow_process(tmp_path):
    """The same as a process of its own."""

    def run(*arguments: object, status: int | None = 0) -> Ran:
        command = [sys.executable, "-m", "undertow", *map(str, arguments)]
        done = subprocess.run(
            command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
        )
        assert status is None or done.returncode == status, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def flags() -> list[str]:
    """:data:`SMALL` as flags of ``undertow train text``."""
    return [f"--set={key}={value}" for key, value in SMALL.items()]
