"""``undertow diagnose`` and ``undertow remedy``; on a module of the user's as a process, which imports it."""

import json
import re

import pytest

from undertow.cli.stopping import Interruption
from undertow.runs import RunFolder

OWN = """
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.head = nn.GRU(3, 8), nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.layer(x)[0][-1])


def batches():
    return [(torch.randn(30, 4, 3), torch.randint(2, (4,))) for _ in range(3)]
"""


@pytest.fixture
def run(undertow, text, flags, tmp_path):
    undertow("train", "text", text, "--out", "run", "--cell", "rnn", *flags)
    return RunFolder.open(tmp_path / "run")


def test_diagnose_and_remedy(undertow, run):
    told = undertow("diagnose", "run", "--reach", 12)
    assert re.search(r"recurrent\.0: the gradient vanishes: it reaches \d+ of 16 steps, where 12 are needed", told.out)
    assert "What can be done" in told.out
    assert "--set model.cell=gru" in told.out
    assert told.out.endswith("Which of them helps: undertow remedy run --reach 12\n")
    assert run.report_file.is_file()
    (found,) = undertow("diagnose", "run", "--reach", 12, "--json").events
    assert found["level"] == "open", "twelve updates are too few to tell"
    assert found["verdict"][0]["findings"][0]["kind"] == "vanishing"
    written = [event["reach"] for event in run.flow_events() if event["event"] == "verdict"]
    assert written == [None, 12], "the verdict of training, and a new one, once"
    assert "\x1b" not in told.out + told.err

    compared = undertow("remedy", "run", "--reach", 12, "--steps", 12, "--seeds", 3, "--only", "gates")
    assert "12 updates, 3 seeds" in compared.out
    assert "factor a step" in compared.out
    assert re.search(r"remedies 72/72", compared.err)
    assert json.loads(run.remedy_file.read_text())["rows"][1]["name"] == "gates"
    (again,) = undertow("remedy", "run", "--reach", 12, "--steps", 12, "--seeds", 3, "--only", "gates", "--json").events
    assert again == json.loads(run.remedy_file.read_text())


def test_an_interrupted_remedy_says_how_it_goes_on(undertow, run, monkeypatch):
    monkeypatch.setattr(Interruption, "asked", True)
    told = undertow("remedy", "run", "--reach", 12, "--steps", 12, "--seeds", 1, status=130)
    assert "go on with the same command" in told.err


def test_a_good_verdict_leaves_nothing_to_remedy(undertow, run):
    told = undertow("remedy", "run", "--reach", 1)
    assert "nothing to remedy" in told.err
    assert "undertow remedy" not in undertow("diagnose", "run", "--reach", 1).out


def test_an_interrupted_diagnosis_says_what_it_saw(undertow, tmp_path, monkeypatch):
    (tmp_path / "interrupted_model.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(Interruption, "asked", True)
    given = ("--model", "interrupted_model:Tagger", "--data", "interrupted_model:batches", "--reach", 20)
    told = undertow("diagnose", *given, "--out", "seen", status=130)
    assert "layer.0: the gradient vanishes" in told.out
    assert "stopped early" in told.err
    assert RunFolder.open(tmp_path / "seen").events()[-1]["step"] == 1
    assert (tmp_path / "seen" / "report.html").is_file()


def test_a_model_of_ones_own(undertow_process, tmp_path):
    (tmp_path / "mine.py").write_text(OWN)
    told = undertow_process(
        "diagnose",
        "--model",
        "mine:Tagger",
        "--data",
        "mine:batches",
        "--steps",
        6,
        "--reach",
        20,
        "--optimizer",
        "sgd",
        "--learning-rate",
        0.1,
    )
    assert re.search(r"updates 6/6 .* 0 s left", told.err)
    assert RunFolder.open(tmp_path / "runs" / "diagnosis-1").document()["training"]["learning_rate"] == 0.1
    assert "layer.0: the gradient" in told.out
    assert (tmp_path / "runs" / "diagnosis-1" / "report.html").is_file()
    assert "runs/diagnosis-1/report.html" in told.err
    assert "undertow.swap(model, init='chrono', memory=20)" in told.out
    assert "--set" not in told.out, "which is for runs"
    assert "Which of them helps: undertow remedy runs/diagnosis-1\n" in told.out
    assert undertow_process("diagnose", "runs/diagnosis-1").out == told.out, "as it was recorded"
    told = undertow_process(
        "remedy", "runs/diagnosis-1", "--steps", 8, "--seeds", 3, "--only", "chrono initialisation", "--json"
    )
    (found,) = told.events
    assert [row["name"] for row in found["rows"]] == ["as it is", "chrono initialisation"]
    assert min(found["rows"][1]["horizon"]) > max(found["rows"][0]["horizon"])
    told = undertow_process("report", "runs/diagnosis-1")
    _, _, tried = (tmp_path / "runs" / "diagnosis-1" / "report.html").read_text().partition('id="remedies"')
    assert "undertow.swap(model, init=&#x27;chrono&#x27;, memory=20)" in tried, "and not model.init"
    told = undertow_process("remedy", "runs/diagnosis-1", "--reach", 9, status=2)
    assert "undertow diagnose --model mine:Tagger --data mine:batches --reach 9" in told.err
    told = undertow_process("remedy", "runs/diagnosis-1", "--only", "gates", status=2)
    assert "names no remedy 'gates'" in told.err
    told = undertow_process("diagnose", "--model", "mine:tagger", "--data", "mine:batches", status=2)
    assert "did you mean 'Tagger'" in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["diagnose"], "diagnose wants a run"),
        (["diagnose", "run", "--model", "mine:Tagger"], "diagnose wants a run"),
        (["diagnose", "--model", "mine:Tagger"], "wants --data"),
        (["diagnose", "nowhere"], "no run folder nowhere"),
        (["diagnose", __file__], "is a file; diagnose takes a run's folder, or a model of your own: --model"),
        (["remedy", __file__], "; that is a file"),
        (["diagnose", "nowhere", "--reach", "0"], "reach is a number of steps"),
        (
            ["diagnose", "nowhere", "--learning-rate", "1", "--out", "x"],
            "--out, --learning-rate: for a model of your own",
        ),
        (["diagnose", "--model", "m:M", "--data", "m:b", "--optimizer", "sdg"], "'sdg'; did you mean 'sgd'"),
        (["diagnose", "--model", "m:M", "--data", "m:b", "--momentum", "0.9"], "momentum is of sgd and rmsprop"),
        (["diagnose", "--model", "m:M", "--data", "m:b", "--steps", "0"], "training.steps must be at least 1, got 0"),
        (["remedy", "nowhere"], "no run folder nowhere"),
        (["remedy", "nowhere", "--seeds", "0"], "must be 1 or more"),
    ],
)
def test_mistakes(undertow, tmp_path, arguments, message):
    (tmp_path / "mine.py").write_text(OWN)
    told = undertow(*arguments, status=2)
    assert message in told.err
    assert "Traceback" not in told.err
    assert not (tmp_path / "runs").exists()


def test_a_run_that_was_not_watched(undertow, text, flags):
    undertow("train", "text", text, "--out", "run", *flags, "--set", "watch=false")
    assert "no record of its gradient" in undertow("diagnose", "run", status=2).err
