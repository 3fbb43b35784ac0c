"""The parts of forecasts that need no network: grids and gaps, calendar, scales, simple forecasts, scores."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from rich.cells import cell_len
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, root_mean_squared_error

from undertow.errors import DataError, OptionError
from undertow.tables.spacing import spacing
from undertow.tables.table import read_table, table_of
from undertow.tasks.forecast import examining, scores
from undertow.tasks.forecast.baselines import BASELINES, drift, naive, seasonal, trend
from undertow.tasks.forecast.calendar import calendar, cycles, season_of
from undertow.tasks.forecast.options import ForecastOptions
from undertow.tasks.forecast.reading import choose_columns, read_panel, unread_times
from undertow.tasks.forecast.scaling import backward, fill_forward, forward, learn
from undertow.tasks.scale import Scale
from undertow.words import visible

HOURS = np.datetime64("2024-01-01T00:00", "us") + np.arange(400) * np.timedelta64(1, "h")


def table(**columns):
    return table_of(pl.DataFrame(columns))


# ---- options


def test_quantiles_are_sorted_and_need_the_median():
    assert ForecastOptions(quantiles="0.9, 0.5,0.1").levels == (0.1, 0.5, 0.9)
    for wrong, said in (("0.1,0.9", "median"), ("0.5,1", "between 0 and 1"), ("half", "'half'"), ("0.5,0.5", "twice"),
                        ("", "names none")):  # fmt: skip
        with pytest.raises(OptionError, match=said):
            ForecastOptions(quantiles=wrong)


def test_a_column_has_one_part():
    with pytest.raises(OptionError, match="'price' is named for two things"):
        ForecastOptions(target="price", known="promotion,price")


# ---- columns


def test_columns_are_found():
    found = choose_columns(table(when=HOURS[:50], load=range(50)), ForecastOptions())
    assert (found.time, found.targets, found.inputs) == (("when",), ("load",), ())


def test_a_date_in_three_columns_and_the_rest_as_inputs():
    days = {"year": [2000] * 31, "month": [1] * 31, "date_of_month": range(1, 32)}
    found = choose_columns(table(**days, births=range(31), deaths=range(31)),
                           ForecastOptions(target="births", inputs="all"))  # fmt: skip
    assert found.time == ("year", "month", "date_of_month")
    assert found.inputs == ("deaths",)


def test_the_target_is_asked_for_where_it_is_not_plain():
    with pytest.raises(DataError, match="2 columns of numbers: a, b; name the one to forecast"):
        choose_columns(table(a=range(9), b=range(9)), ForecastOptions())
    with pytest.raises(DataError, match=r"no column 'tmep'.*'temp'"):
        choose_columns(table(temp=range(9)), ForecastOptions(target="tmep"))


@pytest.mark.parametrize(
    ("name", "cell"), [("time", "01/01/23 12:00 AM"), ("Date", "Monday"), ("when", "01.02.23"), ("when", "3 Foo 2024")]
)
def test_times_that_cannot_be_read_are_not_dropped_without_a_word(name, cell):
    made = table(**{name: [cell] * 9, "y": range(9), "site": ["a 1 b"] * 9})
    (told,) = unread_times(made, ForecastOptions(), choose_columns(made, ForecastOptions()))
    assert f"column `{name}` is left out" in told
    assert f"{cell!r} is not a time" in told
    for options in (ForecastOptions(time="none"), ForecastOptions(series=name)):
        assert unread_times(made, options, choose_columns(made, options)) == []


# ---- grids


def panel_of(frame, **options):
    made = table_of(frame)
    return read_panel(made, choose_columns(made, ForecastOptions(**options)))


def test_gaps_become_steps_without_a_value_and_are_told():
    keep = np.delete(np.arange(100), [10, 11, 12, 50])
    panel = panel_of(pl.DataFrame({"t": HOURS[keep], "y": keep.astype(float)}))
    (series,) = panel.series
    assert np.array_equal(np.flatnonzero(np.isnan(series.targets[:, 0])), [10, 11, 12, 50])
    assert np.array_equal(series.targets[keep, 0], keep)
    assert np.array_equal(series.times, HOURS[:100])
    assert panel.notes == ("4 of 100 steps have no row, in 2 gaps, the first at 2024-01-01 10:00",)


@given(st.sets(st.integers(1, 58), max_size=25), st.sampled_from(["h", "D", "M"]))
@settings(max_examples=25, deadline=None)
def test_a_row_stands_at_its_own_time(dropped, unit):
    """Whatever is missing, each row is at the step whose time is its own; months too, of 28 to 31 days."""
    keep = np.array([n for n in range(60) if n not in dropped])
    months = np.datetime64("2023-01", "M") + np.arange(60)
    times = months.astype("datetime64[us]") if unit == "M" else (
        np.datetime64("2023-01-01", "us") + np.arange(60) * np.timedelta64(1, unit)
    )  # fmt: skip
    if len(keep) < 40:
        return
    (series,) = panel_of(pl.DataFrame({"t": times[keep], "y": keep * 1.0})).series
    at = np.flatnonzero(series.rows >= 0)
    assert np.array_equal(series.times[at], times[keep])
    assert np.array_equal(series.targets[at, 0], keep)


def test_several_series_lie_on_grids_of_their_own():
    frame = pl.DataFrame(
        {"shop": ["a"] * 5 + ["b"] * 4, "t": np.concatenate([HOURS[:5], HOURS[2:4], HOURS[5:7]]), "y": range(9)}
    )
    a, b = panel_of(frame, series="shop").series
    assert (a.name, len(a), b.name, len(b)) == ("a", 5, "b", 5)
    assert np.isnan(b.targets[2, 0])


def test_values_that_are_missing_are_told():
    panel = panel_of(pl.DataFrame({"t": HOURS[:6], "y": [1.0, None, 3.0, None, 5.0, None]}))
    assert panel.notes == ("`y` is missing at 2 steps, the first 2024-01-01 01:00",)
    assert panel.series[0].observed == 5


def test_bad_times_name_their_line(tmp_path):
    file = tmp_path / "load.csv"

    def read(rows):
        file.write_text("t,y\n" + "".join(f"{t},{n}\n" for n, t in enumerate(rows)))
        made = read_table(file)
        return read_panel(made, choose_columns(made, ForecastOptions()))

    hours = [f"2024-01-01 {h:02d}:00" for h in range(9)]
    with pytest.raises(DataError, match=r"line 5, column `t`.*stands in line 4 too"):
        read([*hours[:3], hours[2], *hours[3:]])
    with pytest.raises(DataError, match=r"line 4, column `t`.*comes after"):
        read([hours[0], hours[2], hours[1], *hours[3:]])
    with pytest.raises(DataError, match=r"line 5, column `t`: 2024-01-01 02:30 is no whole number of steps"):
        read([*hours[:3], "2024-01-01 02:30", *hours[3:]])


def test_a_target_without_a_number_is_an_error():
    with pytest.raises(DataError, match="`y` has no numbers"):
        panel_of(pl.DataFrame({"t": HOURS[:5], "y": [None] * 5}, schema_overrides={"y": pl.Float64}), target="y")
    frame = pl.DataFrame({"s": list("aabb"), "t": np.tile(HOURS[:2], 2), "y": [1.0, 2.0, None, None]})
    with pytest.raises(DataError, match="series 'b' has no y"):
        panel_of(frame, series="s", target="y")


# ---- calendar


def step_of(times):
    return spacing(np.asarray(times, dtype="datetime64[us]"))


@pytest.mark.parametrize(
    ("times", "season"),
    [
        (HOURS, 24),
        (np.datetime64("2024-01-01", "us") + np.arange(9) * np.timedelta64(15, "m"), 96),
        (np.arange("2024-01-01", "2024-02-01", dtype="datetime64[D]"), 7),
        (np.datetime64("2024-01-06", "us") + np.arange(9) * np.timedelta64(7, "D"), 52),
        (np.arange("2024-01", "2025-01", dtype="datetime64[M]"), 12),
        (np.arange("2024-01", "2030-01", 3, dtype="datetime64[M]"), 4),
        (np.arange("1950", "1990", dtype="datetime64[Y]"), 1),
    ],
)
def test_seasons_by_spacing(times, season):
    assert season_of(step_of(times)) == season


def test_a_cycle_counts_if_training_passes_through_it():
    hour = step_of(HOURS)
    assert cycles(hour, 47) == ()
    assert cycles(hour, 48) == ("day",)
    assert cycles(hour, 24 * 28) == ("day", "week")
    assert cycles(hour, 24 * 731) == ("day", "week", "year")
    assert cycles(step_of(np.arange("2024-01", "2025-01", dtype="datetime64[M]")), 25) == ("year",)
    assert cycles(None, 10**6) == ()


def test_the_calendar_tells_equal_places_apart_from_others():
    """Equal places in the cycle have equal features, and the seven days of a week seven different ones."""
    days = np.arange("2024-01-01", "2024-02-26", dtype="datetime64[D]").astype("datetime64[us]")
    week = calendar(days, ["week"], len(days))
    assert np.allclose(week[:7], week[7:14])
    assert np.linalg.matrix_rank(np.column_stack([np.ones(7), week[:7]])) == 7
    hours = calendar(HOURS, ["day"], len(HOURS))
    assert np.allclose(hours[6], [1, 0, 0, -1], atol=1e-12)  # six o'clock: a quarter of the day
    year = calendar(np.array(["2023-12-31T23:59:59", "2024-01-01"], dtype="datetime64[us]"), ["year"], 2)
    assert np.allclose(year[0], year[1], atol=1e-5)


# ---- scales


@given(st.sampled_from(["standard", "mean", "none"]), st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_scales_invert_and_pass_through_json(how, seed):
    values = np.random.default_rng(seed).normal(50, 9, (40, 2))
    values[3, 1] = np.nan
    scale = Scale.of(learn(values, how).plain())
    assert np.allclose(scale.invert(scale.apply(values)), values, equal_nan=True)


def test_a_constant_column_keeps_its_size():
    assert learn(np.full((9, 1), 7.0), "standard").factor == 1
    assert learn(np.full((9, 1), np.nan), "standard").apply(np.zeros((1, 1))) == 0


@pytest.mark.parametrize("transform", ["none", "sqrt", "log"])
def test_transforms_invert(transform):
    values = np.array([[0.5], [3.0], [np.nan]])
    assert np.allclose(backward(forward(values, transform, "y"), transform), values, equal_nan=True)


def test_transforms_refuse_what_they_cannot_take():
    with pytest.raises(DataError, match="target y has the value -1; the transform sqrt"):
        forward(np.array([[-1.0]]), "sqrt", "target y")
    with pytest.raises(DataError, match="above 0"):
        forward(np.array([[0.0]]), "log", "y")


def test_filling_looks_back_alone():
    filled = fill_forward(np.array([[np.nan, 1], [2, np.nan], [np.nan, np.nan], [4, 5]]))
    assert filled.tolist() == [[2, 1], [2, 1], [2, 1], [4, 5]]


# ---- simple forecasts, by hand


def test_simple_forecasts_by_hand():
    values = np.array([[2.0], [5.0], [3.0], [7.0], [4.0], [9.0]])  # season 2
    at = np.array([5])  # after the 4
    assert naive(values, at, 3)[0, :, 0].tolist() == [4, 4, 4]
    assert seasonal(values, at, 5, 2)[0, :, 0].tolist() == [7, 4, 7, 4, 7]
    assert drift(values, at, 2)[0, :, 0].tolist() == [4.5, 5.0]  # 2 to 4 in four steps
    assert trend(values, at, 4, 2)[0, :, 0].tolist() == [8, 5, 9, 6]  # 3 to 4 in the last season


@given(st.integers(1, 9), st.integers(1, 20), st.integers(1, 30), st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_simple_forecasts_know_nothing_of_the_future(season, horizon, origin, seed):
    values = np.random.default_rng(seed).normal(size=(40, 2))
    other = values.copy()
    other[origin:] += 100
    for make in (*BASELINES.values(), trend):
        one, two = (make(v, np.array([origin]), horizon, season) for v in (values, other))
        assert one.shape == (1, horizon, 2)
        assert np.array_equal(one, two)


def test_seasonal_naive_is_perfect_on_what_repeats():
    values = np.tile(np.array([1.0, 5.0, 2.0]), 20)[:, None]
    origins = np.arange(3, 50)
    truth = values[origins[:, None] + np.arange(10)]
    assert np.array_equal(seasonal(values, origins, 10, 3), truth)
    assert np.array_equal(trend(values, origins, 10, 3), truth)


# ---- scores


def test_scores_equal_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    truth, made = rng.normal(size=(50, 6, 1)), rng.normal(size=(50, 6, 1))
    assert scores.mae(made, truth) == pytest.approx(mean_absolute_error(truth.ravel(), made.ravel()))
    assert scores.rmse(made, truth) == pytest.approx(root_mean_squared_error(truth.ravel(), made.ravel()))
    for level in (0.1, 0.5, 0.9):
        expected = mean_pinball_loss(truth.ravel(), made.ravel(), alpha=level)
        assert scores.pinball(made[..., None], truth, [level]) == pytest.approx(expected)


def test_what_is_missing_counts_nowhere():
    truth = np.array([1.0, np.nan, 3.0])
    assert scores.mae(np.array([2.0, 99.0, 3.0]), truth) == 0.5
    assert scores.coverage(truth * 0, truth * 0 + 2, truth) == 0.5
    assert scores.pinball(np.array([[2.0], [99.0], [3.0]]), truth, [0.5]) == 0.25
    assert np.isnan(scores.mae(np.zeros(2), np.full(2, np.nan)))


def test_the_scale_of_mase_by_hand():
    training = np.array([[1.0], [4.0], [2.0], [8.0]])
    assert scores.scale_of(training, 1) == pytest.approx((3 + 2 + 6) / 3)
    assert scores.scale_of(training, 2) == pytest.approx((1 + 4) / 2)
    assert scores.scale_of(training, 99) == pytest.approx((3 + 2 + 6) / 3)
    assert scores.scale_of(np.tile([[1.0], [3.0]], (5, 1)), 2) == 2  # the season repeats exactly
    assert scores.scale_of(np.ones((5, 1)), 1) == 1


@pytest.mark.parametrize(
    "name", ["load", "負荷負荷負荷負荷負荷負荷負荷負荷", "lo\x1b[2Jad" * 4, "o\N{COMBINING DIAERESIS}" * 30, "a\nb"]
)
def test_the_columns_of_its_table_stand_under_each_other_whatever_the_name(name):
    row = {"mae": 1.0, "rmse": 2.0, "mase": 0.5, "first": 1.0, "last": 2.0}
    lines = examining._table(name, {"forecast": row, "as the season before": row}, 12)
    assert len({cell_len(visible(line)) for line in lines}) == 1
    assert "\n" not in "".join(lines)
