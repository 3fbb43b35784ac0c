"""Remedies side by side: same seeds, data and steps; a winner only where the noise is beaten."""

import json

import pytest

from undertow import remedy
from undertow.errors import DataError, OptionError
from undertow.flow.remedies import Remedy
from undertow.runs import RunFolder
from undertow.training.config import read_config
from undertow.training.session import begin


@pytest.fixture
def run(small, tmp_path):
    folder = tmp_path / "run"
    config = small.replaced({"cell": "rnn", "reach": 12, "steps": 20, "sample_every": 0})
    begin(config, folder).train(listen=lambda event: None)
    return RunFolder.open(folder)


def comparison(rows):
    made = remedy.Comparison(10, [0, 1, 2], [remedy.Row(name, {}) for name in rows])
    for row, losses in zip(made.rows, rows.values(), strict=True):
        row.loss = losses
    remedy._judge(made)
    return made


def test_a_winner_has_all_its_losses_below_all_of_the_others():
    clear = comparison({"as it is": [1.0, 1.1, 1.2], "a": [0.9, 0.8, 0.95], "b": [0.5, 0.6, 1.05]})
    assert clear.winner == "a"
    assert "0.05" in clear.text
    assert comparison({"as it is": [1.0, 1.1, 1.2], "a": [0.9, 0.8, 1.0]}).winner is None
    assert comparison({"as it is": [1.0, 1.1, 1.2], "a": [0.9, 0.8, 0.7], "b": [0.6, 0.6, 0.7]}).winner == "b"


def test_failed_trainings_win_nothing_and_lose_against_any():
    assert comparison({"as it is": [1.0, 1.1, 1.2], "a": [0.1, None, 0.1]}).winner is None
    assert comparison({"as it is": [None, None, 1.2], "a": [3.0, 3.0, 3.0]}).winner == "a"


def test_two_seeds_are_too_few():
    made = remedy.Comparison(10, [0, 1], [remedy.Row("as it is", {}), remedy.Row("a", {})])
    made.rows[0].loss, made.rows[1].loss = [9.0, 9.0], [1.0, 1.0]
    remedy._judge(made)
    assert made.winner is None
    assert "too few" in made.text


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
    assert folders == {f"{n}-12-{s}" for n in ("as-it-is", "gates", "orthogonal-initialisation") for s in range(3)}
    configs = [read_config(run.path / "remedies" / f"{n}-12-1" / "config.toml") for n in ("as-it-is", "gates")]
    assert [c.model.cell for c in configs] == ["rnn", "gru"]
    assert configs[0].replaced({"cell": "gru"}) == configs[1]
    written = json.loads(run.remedy_file.read_text())
    assert written == json.loads(json.dumps(found.plain()))
    again = remedy.compare(run, offered, steps=12, seeds=[0, 1, 2])
    assert [row.loss for row in again.rows] == [row.loss for row in found.rows]


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
