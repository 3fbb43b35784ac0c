"""Forecaster from Python: tables in, quantiles out; kept, loaded, pickled; as scikit-learn has it where that fits."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

import undertow
from undertow.errors import DataError, OptionError

HOURS = np.datetime64("2024-01-01T00:00", "us") + np.arange(300) * np.timedelta64(1, "h")


def load_of(length=240):
    t = np.arange(length)
    values = 10 + 3 * np.sin(2 * np.pi * t / 24) + 0.1 * np.random.default_rng(0).normal(size=length)
    return pl.DataFrame({"when": HOURS[:length], "load": values})


@pytest.fixture(scope="module")
def fitted():
    return undertow.Forecaster(horizon=6, steps=60, hidden=8, seed=3).fit(load_of())


def test_it_forecasts_what_follows(fitted):
    told = fitted.predict(load_of())
    assert told.columns == ["when", "target", "forecast", "q10", "q50", "q90"]
    assert told["when"].to_list() == [t.astype(object) for t in HOURS[240:246]]
    truth = 10 + 3 * np.sin(2 * np.pi * np.arange(240, 246) / 24)
    assert np.abs(told["forecast"].to_numpy() - truth).max() < 1
    assert fitted.described_[0] == "reading `when` as time, `load` as target"


def test_the_score_is_minus_mase(fitted):
    shorter = load_of(120)
    assert fitted.score(shorter) == -fitted._model.evaluate(fitted._table(shorter)).figures["mase"]
    assert -3 < fitted.score(shorter) < 0


def test_a_file_and_pandas_like_tables_give_the_same(fitted, tmp_path):
    load_of().write_csv(tmp_path / "load.csv")
    expected = fitted.predict(load_of())["forecast"].to_numpy()
    for table in (tmp_path / "load.csv", {"when": HOURS[:240], "load": load_of()["load"].to_numpy()}):
        assert np.allclose(fitted.predict(table)["forecast"].to_numpy(), expected, rtol=1e-6)


def test_a_list_is_an_array():
    made, values = undertow.Forecaster(horizon=2, time="none"), [[1.0, 2], [3, None], [5, 6]]
    assert made._table(values).frame.equals(made._table(np.array(values, dtype=float)).frame)
    assert made._table([1, 2, 3]).frame["value"].to_list() == [1, 2, 3]
    for wrong in ([1, "x"], [[1, 2], [3]]):
        with pytest.raises(DataError, match="a list has a number a step, or equally many numbers each"):
            made.fit(wrong)


def test_the_same_seed_fits_the_same(fitted):
    again = clone(fitted).fit(load_of())
    assert again.predict(load_of()).equals(fitted.predict(load_of()))


def test_kept_loaded_and_pickled(fitted, tmp_path):
    expected = fitted.predict(load_of())
    assert pickle.loads(pickle.dumps(fitted)).predict(load_of()).equals(expected)
    fitted.save(tmp_path / "kept")
    loaded = undertow.load(tmp_path / "kept")
    assert isinstance(loaded, undertow.Forecaster)
    assert loaded.horizon == 6
    assert loaded.predict(load_of()).equals(expected)


def test_an_array_is_a_series():
    wave = np.tile([3.0, 5.0, 4.0, 1.0], 30)
    told = undertow.Forecaster(horizon=4, season=4, steps=5, hidden=4).fit(wave).predict(wave)
    assert told["step"].to_list() == [120, 121, 122, 123]


def hourly(**index):
    return pd.Series(load_of()["load"].to_numpy(), index=pd.date_range("2024-01-01", periods=240, freq="h", **index))


@pytest.mark.parametrize(
    "data",
    [hourly(), hourly().rename("load").to_frame(), hourly().to_frame("load").to_period(), hourly().sort_index(),
     hourly(name="when")],
    ids=["series", "frame", "periods", "sorted", "named"],
)  # fmt: skip
def test_an_index_of_times_is_the_time(data):
    forecaster = undertow.Forecaster(horizon=2, steps=2, hidden=2, season=4).fit(data)
    told = forecaster.predict(data)
    assert told.columns[0] == (data.index.name or "time")
    assert told[told.columns[0]].to_list() == [t.astype(object) for t in HOURS[240:242]]
    assert ("the frame's index has no name" in forecaster.described_[0]) is (data.index.name is None)


@pytest.mark.parametrize(
    ("order", "told"),
    [(slice(None, None, -1), "comes after .*; sort the rows by time"), ([0, 1, 1, *range(2, 239)], "each time once")],
)
def test_an_index_of_times_is_in_order(order, told):
    with pytest.raises(DataError, match=told):
        undertow.Forecaster(horizon=2).fit(hourly().iloc[order])


def test_an_index_that_is_left_out_is_warned_of():
    elapsed = hourly().to_frame("load").set_index(pd.to_timedelta(np.arange(240), "h"))
    with pytest.warns(UserWarning, match=r"^the frame's index has no name and is left out \(0\.0 \.\.\.\)"):
        made = undertow.Forecaster(horizon=2, steps=2, hidden=2, season=4).fit(elapsed)
    assert made.described_[0].startswith("warning: the frame's index has no name")
    assert made.predict(elapsed)["step"].to_list() == [240, 241]


def test_lists_are_what_commas_part_in_a_config():
    forecaster = undertow.Forecaster(known=["promo", "price"], quantiles=(0.1, 0.5), options={"widths": [8, 4]})
    plain = forecaster.config().plain()
    assert (plain["forecast"]["known"], plain["forecast"]["quantiles"]) == ("promo,price", "0.1,0.5")
    assert plain["model"]["widths"] == "8,4"
    assert forecaster.get_params()["known"] == ["promo", "price"]


def test_what_cannot_be_fitted_is_told():
    with pytest.raises(OptionError, match="not fitted yet"):
        undertow.Forecaster().predict(load_of())
    with pytest.raises(OptionError, match="median"):
        undertow.Forecaster(quantiles="0.1,0.9").fit(load_of())
    with pytest.raises(DataError, match=r"no column 'laod'.*'load'"):
        undertow.Forecaster(target="laod").fit(load_of())
    with pytest.raises(DataError, match="validation part has"):
        undertow.Forecaster(horizon=40).fit(load_of(120))
