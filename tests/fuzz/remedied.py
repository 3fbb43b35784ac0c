"""Runs with remedies: diagnosed, all remedies tried with one seed, and a training of one that was interrupted.

What is here is what ``undertow remedy`` finds again: it reads the trainings that are over, and goes on with the other.
"""

import shutil
from dataclasses import replace
from pathlib import Path

from fuzz.boxed import called
from fuzz.file_runs import KINDS, Kind, make_run

__all__ = ["HALF", "OWN", "WHOLE", "make_remedied"]

#: A kind of run beside those of tasks: a diagnosis of somebody's own model.
OWN = "own model"
_REACH = ("--reach", "20")
#: The commands that come upon the trainings that are over, and upon the one that is not.
WHOLE = ["remedy", "run", *_REACH, "--steps", "1", "--seeds", "1"]
HALF = ["remedy", "run", *_REACH, "--steps", "3", "--seeds", "1", "--only"]

_MODEL = """
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.head = nn.LSTM(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.layer(x)[0][-1])


def batches():
    return [(torch.randn(30, 4, 3), torch.randint(2, (4,))) for _ in range(3)]
"""


def make_remedied(kind: str) -> None:
    """Make the run of a kind in this folder, with remedies."""
    from undertow.remedy import candidates, compare
    from undertow.runs import RunFolder

    if kind == OWN:
        Path("mine.py").write_text(_MODEL)
        model = ["--model", "mine:Tagger", "--data", "mine:batches", "--optimizer", "sgd", "--learning-rate", "0.1"]
        _done(["diagnose", *model, "--steps", "6", *_REACH, "--out", "run"])
    else:
        make_run(kind, _long(kind))
        _done(["diagnose", "run", *_REACH])
    _done(WHOLE)
    folder = RunFolder.open(Path("run"))
    asked = iter(range(100))
    try:
        compare(folder, candidates(folder, ("forget bias",), 20), steps=3, seeds=[0],
                interrupted=lambda: next(asked) == 1)  # fmt: skip
    except KeyboardInterrupt:
        shutil.copy("run/config.toml", "run/remedy.toml")  # which a winner leaves
        return
    raise RuntimeError("the training of a remedy was to be interrupted")


def _long(kind: str) -> Kind:
    """A kind whose sequences are so long that the gradient does not reach from end to end, which calls for remedies."""
    usual = KINDS[kind]
    header, *rows = usual.content.splitlines()
    match kind:
        case "classify":
            rows = [row[:3] * 8 + row[3:] for row in rows]
        case "translate":
            rows = ["\t".join(" ".join([side] * 12) for side in row.split("\t")) for row in rows]
    own = {"forecast": {"context": 24}, "reconstruct": {"window": 24}}.get(kind, {})
    return replace(usual, content="\n".join([header, *rows, ""]), own={**usual.own, **own})


def _done(command: list[str]) -> None:
    try:
        called(command)
    except SystemExit as ended:
        if ended.code:
            raise
