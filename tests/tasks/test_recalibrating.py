"""Recalibration: what is flagged of a later normal is what was asked for, no weight moves, and there is a way back."""

import numpy as np
import polars as pl
import pytest
import safetensors.torch
import torch

from tasks.test_reconstruct import NAMES, task_of, trained
from undertow.errors import DataError, RunError
from undertow.storage import restated, unseal
from undertow.tables.table import table_of
from undertow.tasks.reconstruct.recalibrating import recalibrated
from undertow.tasks.reconstruct.trained import TrainedAutoencoder

RATE = 0.02
OWN = {"window": 12, "columns": "x,y", "anomaly": "bad", "validation": 0.3, "test": 0.0, "false_alarms": RATE}


def normal(steps, seed, *, offset=0.0, noise=0.05, slope=0.0):
    """Two channels that go together; the second one's sensor is off by ``offset``, and ``slope`` more a step."""
    rng, t = np.random.default_rng(seed), np.arange(steps)
    x = np.sin(t / 3) + noise * rng.normal(size=steps)
    y = 2 * x + 1 + noise * rng.normal(size=steps) + offset + slope * t
    return pl.DataFrame({"x": x, "y": y, "bad": np.zeros(steps, dtype=int)})


@pytest.fixture(scope="module")
def model():
    """The bytes of an autoencoder's file."""
    return trained(task_of(normal(400, 0), OWN), epochs=3).serialise()


def drifted(steps=1200, seed=1):
    return normal(steps, seed, offset=0.1)


def flagged(model, frame):
    """The share of steps that are flagged."""
    return TrainedAutoencoder.load(model).predict(frame)["anomaly"].mean()


def test_of_a_later_normal_as_much_is_flagged_as_was_asked_for(model):
    later = drifted(3000, seed=2)
    assert flagged(model, normal(3000, 3)) < 2 * RATE
    assert flagged(model, later) > 5 * RATE
    changed, made = recalibrated(model, table_of(drifted()))
    assert made.flagged["steps_flagged"] == pytest.approx(flagged(model, drifted()), abs=1e-9)
    assert RATE / 2 < flagged(changed, later) < 1.5 * RATE
    windows = TrainedAutoencoder.load(changed).evaluate(later).figures["windows_flagged"]
    assert windows < 1.5 * RATE
    assert "last_third_flagged" in made.flagged
    assert not any("warning" in line for line in made.lines)


def test_what_is_odd_is_still_flagged(model):
    changed, _ = recalibrated(model, table_of(drifted()))
    odd = drifted(200, seed=5).with_columns(y=pl.when(pl.int_range(200).is_between(90, 110)).then(-1.0).otherwise("y"))
    told = TrainedAutoencoder.load(changed).predict(odd)["anomaly"].to_numpy()
    assert told[90:111].mean() > 0.8
    assert told[:70].mean() < 0.1


def test_weights_keep_their_bits_and_the_training_its_threshold(tmp_path, model):
    changed, made = recalibrated(model, table_of(drifted()))
    before, after = safetensors.torch.load(model), safetensors.torch.load(changed)
    assert all(torch.equal(before[name].view(torch.uint8), after[name].view(torch.uint8)) for name in before)
    assert before.keys() == after.keys()
    (tmp_path / "m").write_bytes(changed)
    assert unseal(tmp_path / "m") == changed
    was, now = TrainedAutoencoder.load(model), TrainedAutoencoder.load(changed)
    assert now.normal.plain == was.normal.plain == made.before.plain
    assert now.in_force.plain == made.now.plain != was.in_force.plain
    assert now.in_force.rate == RATE


def test_what_it_was_learned_on_is_kept(model):
    frame = drifted()
    changed, made = recalibrated(model, table_of(frame))
    on = TrainedAutoencoder.load(changed).in_force.stretch
    assert (on.file, on.rows, on.sha256) == ("", 1200, table_of(frame).digest)
    assert made.said["calibration"]["learned_on"]["date"] == on.date
    assert made.said["before"]["learned_on"] == {"part": "validation"}
    lines = TrainedAutoencoder.load(changed).evaluate(frame).lines
    assert f"did on data in memory (1,200 rows, {on.date[:10]})" in " ".join(lines)


def test_it_can_be_undone_from_any_number_of_times(model):
    once, _ = recalibrated(model, table_of(drifted()))
    twice, made = recalibrated(once, table_of(drifted(seed=7)))
    assert made.before.plain == TrainedAutoencoder.load(once).in_force.plain
    back, _ = recalibrated(twice, None)
    assert back == model
    with pytest.raises(RunError, match="was not recalibrated"):
        recalibrated(back, None)


def test_a_stretch_that_is_mostly_flagged_wants_force(model):
    broken = table_of(normal(600, 4, offset=4.0))
    with pytest.raises(DataError, match=r"100\.0% of the steps of the table are flagged by the threshold in force"):
        recalibrated(model, broken)
    changed, made = recalibrated(model, broken, force=True)
    assert made.flagged["windows_flagged"] == 1
    assert flagged(changed, normal(600, 5, offset=4.0)) < 5 * RATE


def test_known_anomalies_are_not_learned_from(model):
    frame = drifted()
    at = pl.int_range(len(frame)).is_between(300, 320)
    odd = frame.with_columns(y=pl.when(at).then(30.0).otherwise("y"), bad=at.cast(int))
    told, made = recalibrated(model, table_of(odd))
    assert "windows (10 with known anomalies left out)" in made.lines[0]
    clean, _ = recalibrated(model, table_of(frame))
    unknown, _ = recalibrated(model, table_of(odd.drop("bad")))
    left_out, without, learned = (TrainedAutoencoder.load(one).in_force.window for one in (told, clean, unknown))
    assert left_out == pytest.approx(without, rel=0.1)
    assert learned > 1.2 * without


def test_too_little_and_other_columns_are_told(model):
    with pytest.raises(DataError, match="the table has 13 windows, too few to learn a threshold from, which takes 20"):
        recalibrated(model, table_of(drifted(48)))
    with pytest.raises(DataError, match="no column 'y'"):
        recalibrated(model, table_of(drifted().drop("y")))
    apart = pl.int_range(300) % 2 == 0
    empty = drifted(300).with_columns(x=pl.when(apart).then("x"), y=pl.when(~apart).then("y"))
    with pytest.raises(DataError, match=r"\(300 rows, .*\) has 0 steps in which nothing is missing.*a longer stretch"):
        recalibrated(model, table_of(empty), force=True)


def test_a_normal_that_still_moves_is_warned_of(model):
    _, made = recalibrated(model, table_of(normal(1200, 6, slope=0.0006)), force=True)
    assert made.flagged["last_third_flagged"] > 10 * RATE
    assert made.lines[-1].startswith("warning: learned on the first two thirds of it alone, ")


def test_where_nothing_has_changed_it_says_so(model):
    _, made = recalibrated(model, table_of(normal(900, 8)))
    assert any("what is normal has not changed since the validation part" in line for line in made.lines)
    assert not any("has not changed" in line for line in recalibrated(model, table_of(drifted()))[1].lines)


def test_texts_too():
    task = task_of(pl.DataFrame({"name": NAMES * 2}), {"text": "name", "validation": 0.3, "test": 0.0})
    model = task.serialise()
    other = pl.DataFrame({"name": ["Zzyzx", "Xxyyzz", "Qqrrq"] * 10})
    changed, _ = recalibrated(model, table_of(other), force=True)
    assert TrainedAutoencoder.load(changed).predict(other)["anomaly"].mean() <= 0.5
    assert TrainedAutoencoder.load(changed).in_force.spread is None


def test_a_task_in_training_takes_over_what_was_learned_anew(model):
    task = task_of(normal(700, 0), OWN | {"test": 0.2, "validation": 0.2})
    changed, made = recalibrated(model, table_of(drifted()))
    task.restore(changed)
    assert task.examine("test").pictures["calibration"] == made.now.said
    assert TrainedAutoencoder.load(task.serialise()).recalibrated is None  # new weights have no old calibration
    task.restore(model)
    assert task.examine("test").pictures["learned_on"] == "the validation part"


def test_metadata_are_changed_and_nothing_else(model):
    added = restated(model, {"note": "x"})
    assert added != model
    assert restated(added, {"note": None}) == model
