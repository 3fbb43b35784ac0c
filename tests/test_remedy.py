"""Remedies side by side: same seeds, data and steps; a winner only where the noise is beaten."""

import importlib
import json
import linecache
import math
import re
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from undertow import remedy
from undertow.diagnosis import diagnose, load
from undertow.errors import DataError, OptionError, RunError
from undertow.flow.remedies import Remedy
from undertow.remedy.comparing import _judge
from undertow.runs import RunFolder
from undertow.training.config import OWN_TRAINING, read_config
from undertow.training.observation import recorded
from undertow.training.session import begin


@pytest.fixture
def run(small, tmp_path):
    folder = tmp_path / "run"
    config = small.replaced({"cell": "rnn", "reach": 12, "steps": 20, "sample_every": 0})
    begin(config, folder).train(listen=lambda event: None)
    return RunFolder.open(folder)


def comparison(rows):
    seeds = list(range(len(next(iter(rows.values())))))
    made = remedy.Comparison(10, seeds, [remedy.Row(name, {}) for name in rows])
    for row, losses in zip(made.rows, rows.values(), strict=True):
        row.loss = losses
    _judge(made)
    return made


def test_a_winner_has_all_its_losses_below_all_of_the_others():
    before = [1.0, 1.1, 1.2, 1.3]
    clear = comparison({"as it is": before, "a": [0.9, 0.8, 0.95, 0.9], "b": [0.5, 0.6, 0.5, 1.05]})
    assert clear.winner == "a"
    assert "as it is 1.15; all 4 losses" in clear.text
    assert "by chance 0.029 or less, for 2 tried" in clear.text
    assert comparison({"as it is": [1.0, 1.1, 1.2], "a": [0.9, 0.8, 1.0]}).winner is None
    assert comparison({"as it is": before, "a": [0.9, 0.8, 0.7, 0.7], "b": [0.6, 0.6, 0.7, 0.6]}).winner == "b"


def test_failed_trainings_win_nothing_and_lose_against_any():
    assert comparison({"as it is": [1.0, 1.1, 1.2], "a": [0.1, None, 0.1]}).winner is None
    failed = comparison({"as it is": [None, None, 1.2], "a": [1.0, 1.0, 1.1]})
    assert failed.winner == "a"
    assert "as it is 1.2 (2 of 3 failed)" in failed.text
    assert comparison({"as it is": [None, None, 1.2], "a": [3.0, 3.0, 3.0]}).winner is None
    assert comparison({"as it is": [None] * 3, "a": [3.0, 3.0, 3.0]}).winner == "a"


@pytest.mark.parametrize(("others", "needed"), [(1, 3), (2, 4), (3, 4), (4, 5), (12, 5), (13, 6)])
def test_the_more_are_tried_the_more_seeds_are_needed(others, needed):
    """Each of n seeds a side lies below all others by chance once in (2n over n) times; together, at most in twenty."""
    for count in (needed - 1, needed):
        rows = {"as it is": [9.0] * count} | {str(number): [1.0] * count for number in range(others)}
        made = comparison(rows)
        assert (made.winner is None) is (count < needed)
        assert (f"{needed} or more are needed" in made.text) is (count < needed)
    assert others / math.comb(2 * needed, needed) <= 0.05


def test_where_all_are_alike_a_winner_is_rare():
    random = np.random.default_rng(0)
    named = 0
    for _ in range(1000):
        rows = {name: list(random.normal(size=5)) for name in ("as it is", *"abcdefg")}
        named += comparison(rows).winner is not None
    assert named < 50


def test_remedies_are_those_of_the_verdict_and_can_be_chosen(run):
    names = [r.name for r in remedy.candidates(run)]
    assert names[0] == "gates"
    assert "chrono initialisation" not in names
    assert [r.name for r in remedy.candidates(run, ["layer normalisation", "gates"])] == [
        "layer normalisation",
        "gates",
    ]
    with pytest.raises(OptionError, match="names no remedy 'gate'; did you mean 'gates'"):
        remedy.candidates(run, ["gate"])
    assert remedy.candidates(run, reach=1) == []


def test_each_is_trained_from_the_same_seeds_for_the_same_steps(run):
    told = []
    offered = remedy.candidates(run, ["gates", "orthogonal initialisation"])
    found = remedy.compare(run, offered, steps=12, seeds=[0, 1, 2], listen=lambda name, n: told.append((name, n)))
    assert len(told) == 3 * 3 * 12
    assert [row.name for row in found.rows] == ["as it is", "gates", "orthogonal initialisation"]
    for row in found.rows:
        assert len(row.losses) == len(row.horizon) == 3
        assert row.failed == [None] * 3
    folders = {p.name for p in (run.path / "remedies").iterdir()}
    names = ("as-it-is", "gates", "orthogonal-initialisation")
    assert len(folders) == 9
    assert {re.sub("-[0-9a-f]{8}", "", name) for name in folders} == {f"{n}-12-{s}" for n in names for s in range(3)}
    configs = [
        read_config(next((run.path / "remedies").glob(f"{n}-????????-12-1")) / "config.toml")
        for n in ("as-it-is", "gates")
    ]
    assert [c.model.cell for c in configs] == ["rnn", "gru"]
    assert configs[0].replaced({"cell": "gru"}) == configs[1]
    written = json.loads(run.remedy_file.read_text())
    assert written == json.loads(json.dumps(found.plain()))
    again = remedy.compare(run, offered, steps=12, seeds=[0, 1, 2])
    assert [row.loss for row in again.rows] == [row.loss for row in found.rows]


def test_a_remedy_of_other_options_is_trained_anew(run):
    losses = []
    for rate in (0.05, 0.001, 0.05):
        faster = Remedy("faster", "", {"training.learning_rate": rate}, "")
        losses.append(remedy.compare(run, [faster], steps=12, seeds=[0]).rows[1].loss)
    assert losses[0] == losses[2] != losses[1]
    assert len(list((run.path / "remedies").iterdir())) == 3


def test_an_interrupted_comparison_is_gone_on_with(run):
    offered = remedy.candidates(run, ["gates"])
    count = iter(range(1000))
    with pytest.raises(KeyboardInterrupt):
        remedy.compare(run, offered, steps=12, seeds=[0], interrupted=lambda: next(count) == 17)
    assert not run.remedy_file.exists()
    found = remedy.compare(run, offered, steps=12, seeds=[0])
    fresh = remedy.compare(run, remedy.candidates(run, ["gates"]), steps=12, seeds=[0])
    assert [row.loss for row in found.rows] == [row.loss for row in fresh.rows]


def test_a_remedy_that_fails_is_a_row_with_its_reason(run):
    impossible = Remedy("impossible", "", {"model.cell": "star", "model.backend": "vendor"}, "")
    found = remedy.compare(run, [impossible], steps=12, seeds=[0])
    assert found.rows[0].failed == [None]
    assert found.rows[1].loss == [None]
    assert "torch ships no kernel" in found.rows[1].failed[0]


def test_the_winners_config_trains_on(run):
    better = Remedy("faster", "", {"training.learning_rate": 0.05}, "")
    slow = read_config(run.config_file).replaced({"learning_rate": 1e-6})
    begin(slow, run.path.parent / "slow").train(listen=lambda event: None)
    base = RunFolder.open(run.path.parent / "slow")
    found = remedy.compare(base, [better], steps=12, seeds=[0, 1, 2])
    assert found.winner == "faster"
    assert found.config_file == "remedy.toml"
    assert read_config(base.path / "remedy.toml") == slow.replaced({"learning_rate": 0.05})


def test_without_its_data_nothing_is_trained(run, text):
    text.unlink()
    with pytest.raises(DataError):
        remedy.compare(run, remedy.candidates(run, ["gates"]), steps=12, seeds=[0])
    assert not run.remedy_file.exists()


# ---- a model of one's own

OWN = """
import torch
from torch import nn

import undertow


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.head = nn.RNN(3, 8), nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.layer(x)[0][-1])


def ours():
    model = Tagger()
    model.layer = undertow.LSTM(3, 8)
    return model


def batches():  # drawn as they are asked for
    for _ in range(9):
        x = torch.randn(30, 16, 3)
        yield x, (x[-1, :, 0] > 0).long()


def loss(model, batch):
    return 2 * nn.functional.cross_entropy(model(batch[0]), batch[1])
"""


@pytest.fixture
def diagnosed(tmp_path, monkeypatch):
    """Diagnoses models of a module that is importable."""
    (tmp_path / "remedied.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "remedied", raising=False)

    def run(name="Tagger", loss=None, given=True, **options):
        torch.manual_seed(0)
        model, batches, measure = load(f"remedied:{name}", "remedied:batches", loss)
        told = {"from": "remedied:batches"} | ({"loss": loss} if loss else {})
        training = replace(OWN_TRAINING, steps=9, **options)
        folder = tmp_path / "seen"
        diagnose(
            model, batches, folder, loss=measure, training=training, reach=20, made=f"remedied:{name}",
            given=told if given else None,
        )  # fmt: skip
        return RunFolder.open(folder)

    return run


def test_remedies_of_a_model_of_ones_own_are_swapped_in(diagnosed):
    """And what would change its code is not offered."""
    run = diagnosed()
    names = [r.name for r in remedy.candidates(run)]
    assert names[0] == "orthogonal initialisation"
    assert not {"gates", "relu and identity"} & set(names)
    with pytest.raises(OptionError, match="'gates' is a change of your own code"):
        remedy.candidates(run, ["gates"])
    found = remedy.compare(run, remedy.candidates(run, names[:1]), steps=9, seeds=[0, 1, 2])
    before, after = found.rows
    assert (before.failed, after.failed) == ([None] * 3, [None] * 3)
    assert min(after.horizon) > max(before.horizon)
    assert (found.config_file, json.loads(run.remedy_file.read_text())["steps"]) == (None, 9)
    documents = [RunFolder.open(p).document() for p in (run.path / "remedies").iterdir()]
    assert [d["model"]["from"] for d in documents] == ["remedied:Tagger"] * 6


def reworded(run, change):
    """The run, with every remedy that its verdicts name changed."""
    lines = [json.loads(line) for line in run.flow_file.read_text().splitlines()]
    for remedy_ in (r for e in lines if e["event"] == "verdict" for f in e["findings"] for r in f["remedies"]):
        change(remedy_)
    run.flow_file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return run


def test_what_can_be_tried_does_not_hang_on_the_words(diagnosed):
    run = diagnosed()
    names = [r.name for r in remedy.candidates(run)]
    assert {True, False} == {r.by_swap for r in recorded(run).remedies}
    for words in ("zyx", "undertow.swap(model, zyx)"):
        reworded(run, lambda plain, words=words: plain.update(code=words, why=words))
        assert [r.name for r in remedy.candidates(run)] == names


def test_remedies_of_today_are_read(diagnosed):
    """Which of them a swap makes stands in their code alone there."""
    run = diagnosed()
    expected = recorded(run)
    reworded(run, lambda plain: plain.pop("by_swap"))
    assert "by_swap" not in run.flow_file.read_text()
    assert recorded(run) == expected
    assert any(r.by_swap for r in expected.remedies)


def test_batches_and_weights_are_those_of_the_seed_whatever_the_remedy(diagnosed):
    """As it is, with a remedy that changes nothing it reads, and again: the same losses to the bit."""
    nothing = Remedy("nothing", "", {"training.weight_decay": 0.0}, "")
    run = diagnosed(optimizer="sgd", learning_rate=0.5, loss="remedied:loss")
    before, after = remedy.compare(run, [nothing], steps=9, seeds=[0, 1]).rows
    assert before.loss == after.loss
    assert before.loss[0] != before.loss[1]
    shutil.rmtree(run.path / "remedies")
    swapped = Remedy("zoneout of 0", "", {"model.residual": False}, "undertow.swap(model, residual=False)")
    again, same = remedy.compare(run, [swapped], steps=9, seeds=[0, 1]).rows
    assert again.loss == before.loss == same.loss


def test_of_training_the_optimizers_options_are_tried(diagnosed):
    run = diagnosed(learning_rate=1e-6)
    faster = Remedy("faster", "", {"training.learning_rate": 0.05}, "lr=0.05")
    found = remedy.compare(run, [faster], steps=40, seeds=[0, 1, 2])
    assert found.winner == "faster"


def test_an_interrupted_training_of_ones_own_is_done_again(diagnosed):
    run, count = diagnosed(), iter(range(1000))
    with pytest.raises(KeyboardInterrupt):
        remedy.compare(run, [], steps=9, seeds=[0], interrupted=lambda: next(count) == 4)
    assert not run.remedy_file.exists()
    told = []
    (row,) = remedy.compare(run, [], steps=9, seeds=[0], listen=lambda name, n: told.append(name)).rows
    assert told == ["as it is"] * 9
    shutil.rmtree(run.path / "remedies")
    assert remedy.compare(run, [], steps=9, seeds=[0]).rows[0].loss == row.loss


def test_layers_of_ours_in_a_model_of_ones_own_are_changed_in_its_code(diagnosed):
    run = diagnosed("ours")
    assert any(f["remedies"] for e in run.flow_events() if e["event"] == "verdict" for f in e["findings"])
    assert [r.name for r in remedy.candidates(run) if set(r.config) - {"training.learning_rate"}] == []


def test_a_diagnosis_that_does_not_say_where_its_batches_are_from(diagnosed):
    run = diagnosed(given=False)
    with pytest.raises(RunError, match="does not say where its batches are from"):
        remedy.candidates(run)


def test_a_model_of_ones_own_whose_code_was_changed_is_trained_anew(diagnosed, tmp_path):
    run = diagnosed()
    before = remedy.compare(run, [], steps=9, seeds=[0]).rows[0].loss
    file = tmp_path / "remedied.py"
    file.write_text(file.read_text().replace("nn.RNN(3, 8), nn.Linear(8, 2)", "nn.RNN(3, 9), nn.Linear(9, 2)"))
    del sys.modules["remedied"]
    importlib.invalidate_caches()
    linecache.clearcache()
    after = remedy.compare(run, [], steps=9, seeds=[0]).rows[0].loss
    assert before != after


def test_a_model_of_ones_own_that_diverges_is_a_row_with_its_reason(diagnosed):
    run = diagnosed(optimizer="sgd", learning_rate=1e38)
    assert run.events()[-1]["reason"] == "diverged"
    verdicts = [f for e in run.flow_events() if e["event"] == "verdict" for f in e["findings"]]
    assert [f["kind"] for f in verdicts if f["level"] == "alarm"] == ["diverged", "gradient not finite"]
    (row,) = remedy.compare(run, [], steps=9, seeds=[0]).rows
    assert row.loss == [None]
    assert "the loss was no number any more at update" in row.failed[0]


@pytest.mark.parametrize("place", ["run.evil", "evil", "run.inner.evil"])
def test_code_in_a_run_folder_is_not_run(tmp_path, monkeypatch, place):
    run = tmp_path / "run"
    (run / "inner").mkdir(parents=True)
    for folder in (run, run / "inner"):
        (folder / "evil.py").write_text("raise SystemExit('it was run')\n")
    monkeypatch.chdir(run if place == "evil" else tmp_path)
    (run / "config.toml").write_text(
        f'task = "own model"\n[model]\nfrom = "{place}:model"\n[data]\nfrom = "{place}:data"\n[training]\n'
        "[made]\nformat = 1\n"
    )
    with pytest.raises(RunError, match=r"names code of its own, .*run.*, which is not run; move it"):
        remedy.candidates(RunFolder.open(run))
