"""The autoencoder from Python: what the command line gives, from anything in memory, and kept."""

import inspect
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import undertow
from undertow.errors import OptionError, RunError
from undertow.options import describe
from undertow.tasks.reconstruct.options import ReconstructOptions

SMALL = dict(hidden=6, steps=6, batch=8, code=3, validation=0.25, options={"training.checkpoint_every": 6})
NAMES = ["anna", "otto", "lena", "udo", "ada", "bob", "eve", "ida", "noa", "liv"]


def waves(steps=120):
    t = np.arange(steps)
    return {"x": np.sin(t / 3), "y": np.cos(t / 3), "bad": (t == 100).astype(int)}


@pytest.mark.parametrize(
    ("X", "rows"),
    [
        (NAMES, 10),
        (np.random.default_rng(0).normal(size=(12, 5)), 12),
        (np.random.default_rng(0).normal(size=(12, 5, 2)), 12),
        ([np.arange(2.0 + n % 3) for n in range(12)], 12),
        (waves(), 12),  # windows of 32, every 8
    ],
    ids=["texts", "rows", "cubes", "series", "steps"],
)
def test_anything_in_memory_becomes_vectors(X, rows):
    model = undertow.Autoencoder(**SMALL | ({"window": 32, "validation": 0.3} if isinstance(X, dict) else {}))
    vectors = model.fit_transform(X)
    assert vectors.shape == (rows, 3)
    assert np.isfinite(vectors).all()
    assert np.array_equal(model.transform(X), vectors)


def test_rows_of_a_table_are_scored_and_known_anomalies_measured(tmp_path):
    model = undertow.Autoencoder(anomaly="bad", window=8, **SMALL).fit(pl.DataFrame(waves()))
    told = model.predict(waves())
    assert told.columns == ["score", "anomaly", "window_score", "x rebuilt", "y rebuilt"]
    assert len(told) == 120
    assert model.evaluate(waves())["steps_runs"] == 1
    model.save(tmp_path / "kept")
    loaded = undertow.load(tmp_path / "kept")
    assert isinstance(loaded, undertow.Autoencoder)
    assert (loaded.anomaly, loaded.window, loaded.code) == ("bad", 8, 3)
    assert loaded.predict(waves()).equals(told)
    assert pickle.loads(pickle.dumps(model)).predict(waves()).equals(told)


def test_what_is_normal_is_learned_anew_and_kept(tmp_path):
    table = {name: values for name, values in waves(300).items() if name != "bad"}
    later = {"x": table["x"], "y": table["y"] + 0.3}
    made = undertow.Autoencoder(window=8, **SMALL).fit(table)
    copy = pickle.loads(pickle.dumps(made))
    before = made.predict(later)
    said = made.recalibrate(later, force=True)
    assert said["calibration"]["learned_on"]["rows"] == 300
    told = made.predict(later)
    assert told["anomaly"].mean() < 0.05
    assert not told["score"].equals(before["score"])
    assert told["x rebuilt"].equals(before["x rebuilt"])
    made.save(tmp_path / "kept")
    assert undertow.load(tmp_path / "kept").predict(later).equals(told)
    assert pickle.loads(pickle.dumps(made)).predict(later).equals(told)
    with pytest.raises(RunError, match="is another by now"):
        copy.recalibrate(later, force=True)
    assert copy.predict(later).equals(before)
    made.recalibrate(undo=True)
    assert made.predict(later).equals(before)
    copy.run_ = tmp_path / "gone"
    copy.recalibrate(later, force=True)
    assert copy.predict(later).equals(told)
    for wrong in ({}, {"X": later, "undo": True}):
        with pytest.raises(OptionError, match="recalibrate wants X, what is normal now, or undo=True"):
            made.recalibrate(**wrong)


def test_it_is_cloned_and_stands_in_a_pipeline():
    model = undertow.Autoencoder(**SMALL)
    assert clone(model).get_params() == model.get_params()
    made = make_pipeline(model, StandardScaler()).fit_transform(NAMES)
    assert made.mean(0) == pytest.approx(0, abs=1e-5)


def test_every_option_of_its_own_is_a_parameter():
    own = set(describe(ReconstructOptions)) - {"data"}
    assert own <= set(inspect.signature(undertow.Autoencoder.__init__).parameters)


def test_what_cannot_be_used_is_told():
    with pytest.raises(OptionError, match="not fitted yet"):
        undertow.Autoencoder().transform(NAMES)
    with pytest.raises(OptionError, match="X is empty"):
        undertow.Autoencoder().fit([])
    with pytest.raises(OptionError, match=r"no column 'nme'.*did you mean 'name'"):
        undertow.Autoencoder(text="nme").fit({"name": NAMES})


def test_making_one_needs_no_torch():
    code = "import sys, undertow; undertow.Autoencoder(code=3).get_params(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_series_of_pandas_need_not_count_from_0():
    words = ["anna", "otto", "lena", "udo", "ada", "bob", "eve", "ida"]
    made = undertow.Autoencoder(code=2, hidden=8, steps=2, validation=0.2)
    assert made.fit_transform(pd.Series(words, index=range(5, 13))).shape == (8, 2)
