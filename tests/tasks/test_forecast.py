"""Forecasting: windows against a slow twin, quantiles in order, parts that keep to themselves, files, use."""

import json
import math

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.metrics import mean_pinball_loss

from undertow.cells import CELLS
from undertow.errors import DataError, RunError
from undertow.storage import read_metadata, seal
from undertow.tables.table import table_of
from undertow.tasks.base import Setup
from undertow.tasks.forecast import backtest, load, prepare
from undertow.tasks.forecast.baselines import naive, seasonal, trend
from undertow.tasks.forecast.examining import examined
from undertow.tasks.forecast.model import choose_start, pinball_loss
from undertow.tasks.forecast.options import ForecastOptions
from undertow.tasks.given import Given
from undertow.tasks.model_options import ModelOptions

MODEL = ModelOptions(hidden=5)
HOURS = np.datetime64("2024-01-01T00:00", "us") + np.arange(2000) * np.timedelta64(1, "h")


def frame(length=400, *, seed=0, missing=(), future=0):
    """Hours with a day's wave and noise, an input that leads it by an hour, and a switch known in advance."""
    rng = np.random.default_rng(seed)
    t = np.arange(length + future)
    switch = (t // 30 % 2).astype(float)
    y = 10 + 3 * np.sin(2 * np.pi * t / 24) + 2 * switch + 0.1 * rng.normal(size=len(t))
    values = [None if n in missing or n >= length else float(v) for n, v in enumerate(y)]
    return pl.DataFrame({"time": HOURS[: len(t)], "y": values, "wind": rng.normal(size=len(t)), "switch": switch})


def task_of(data, *, batch=8, seed=0, model=MODEL, **options):
    torch.manual_seed(1)
    own = ForecastOptions(**{"horizon": 6, "context": 30, "season": 24, "target": "y", **options})
    return prepare(Setup(own, model, batch, seed=seed, given=Given(memory=data)))


@pytest.fixture(scope="module")
def task():
    return task_of(frame(missing=(50, 51, 200)), inputs="wind", known="switch")


def shaken(task):
    """The same task, its readout no longer zero."""
    with torch.no_grad():
        for parameter in task.model.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(3))
    return task


# ---- windows


def test_windows_equal_a_slow_twin(task):
    """Every number that the network reads, looked up one by one."""
    layout, (ready,) = task.bench.layout, task.bench.windows.series
    origins = task.origins["train"][np.array([0, 40, 100])]
    window = task.bench.windows.at(origins)
    assert window.read.shape == (30, 3, layout.read)
    assert window.ahead.shape == (6, 3, layout.ahead)
    for b, origin in enumerate(origins.steps):
        level = ready.values[origin - 1]
        for t in range(30):
            place = origin - 30 + t
            if place < 0:
                expected = [*(ready.values[0] - level), 0.0, *ready.inputs[0], *ready.future[0]]
            else:
                expected = [
                    *(ready.values[place] - level),
                    *ready.seen[place],
                    *ready.inputs[place],
                    *ready.future[place],
                ]
            assert np.allclose(window.read[t, b], expected, atol=1e-5), (b, t)
        for h in range(6):
            simple = [make(ready.values, np.array([origin]), 6, 24)[0, h] - level for make in (naive, seasonal, trend)]
            assert np.allclose(window.ahead[h, b], [*np.concatenate(simple), *ready.future[origin + h]], atol=1e-4)
            assert np.allclose(window.truth[h, b], ready.truth[origin + h], equal_nan=True)


def test_what_lies_ahead_is_not_read():
    """Another future (but for what is known in advance) gives the same forecast."""
    one, two = frame(), frame()
    origin = 300
    two = two.with_columns(
        pl.when(pl.int_range(pl.len()) >= origin).then(pl.lit(99.0)).otherwise(pl.col(n)).alias(n)
        for n in ("y", "wind")
    )
    made = []
    for data in (one, two):
        task = shaken(task_of(data, inputs="wind", known="switch"))
        at = task.origins["validation"][np.flatnonzero(task.origins["validation"].steps == origin)]
        assert len(at) == 1
        made.append(task.bench.scaled(at))
    assert torch.equal(*made)


def test_known_columns_are_read_ahead():
    one, two = frame(), frame()
    two = two.with_columns(pl.when(pl.int_range(pl.len()) >= 300).then(5.0).otherwise("switch").alias("switch"))
    made = []
    for data in (one, two):
        task = shaken(task_of(data, known="switch"))
        at = task.origins["validation"][np.flatnonzero(task.origins["validation"].steps == 300)]
        made.append(task.bench.scaled(at))
    assert not torch.allclose(*made)


# ---- the network


def test_an_untrained_network_is_the_simple_forecast(task):
    """The median is the simple forecast exactly, the interval that of a normal error of its size."""
    assert task.model.start[:, 0].tolist() == [1, 0, 0] or task.model.start.sum() == 1
    origins = task.origins["train"].evenly(20)
    window = task.bench.windows.at(origins)
    made = task.bench.scaled(origins)
    number = int(task.model.start[:, 0].argmax())
    assert torch.allclose(made[..., 1], window.starts[number], atol=1e-5)
    half = 1.2816 * math.sqrt(math.pi / 2) * task.model.spread
    assert torch.allclose(made[..., 2] - made[..., 1], half[:, None].expand(-1, 20, -1), rtol=1e-3)


@pytest.mark.parametrize("decoder", ["recurrent", "direct"])
@pytest.mark.parametrize("cell", ["lstm", "gru", "min_gru"])
def test_quantiles_never_cross(decoder, cell):
    task = task_of(
        frame(), decoder=decoder, quantiles="0.05,0.25,0.5,0.75,0.95", model=ModelOptions(hidden=5, cell=cell)
    )
    made = shaken(task).bench.scaled(task.origins["train"].evenly(50))
    assert made.shape[-1] == 5
    assert (made.diff(dim=-1) >= 0).all()


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_forecasts_and_comes_back(cell):
    """The gradient reaches every parameter of encoder and decoder, and the file gives the same numbers."""
    task = shaken(task_of(frame(120), horizon=3, context=5, season=2, model=ModelOptions(hidden=4, cell=cell)))
    task.loss(task.plan(0)[0], None).loss.backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in task.model.parameters())
    origins = task.origins["validation"]
    loaded = load(task.serialise())._bench(task.panel)
    assert torch.equal(loaded.scaled(origins), task.bench.scaled(origins))


def test_auto_starts_at_the_last_value_unless_another_is_far_better():
    truth = torch.ones(4, 50, 1)
    starts = torch.stack([truth + 1.0, truth + 0.6, truth + 3.0])
    assert choose_start(starts, truth, "auto")[0].argmax() == 0
    starts[1] = truth + 0.4
    chosen, spread = choose_start(starts, truth, "auto")
    assert chosen.argmax() == 1
    assert torch.allclose(spread, torch.full((4, 1), 0.4))
    assert choose_start(starts, truth, "trend")[0].argmax() == 2


def test_pinball_equals_that_of_scikit_learn_without_what_is_missing():
    torch.manual_seed(0)
    truth, made = torch.randn(6, 9, 1), torch.randn(6, 9, 1, 3)
    truth[2, 3] = math.nan
    levels = torch.tensor([0.1, 0.5, 0.9])
    loss, count = pinball_loss(made, truth, levels)
    seen = ~truth.isnan()
    expected = [mean_pinball_loss(truth[seen], made[..., q][seen], alpha=a) for q, a in enumerate((0.1, 0.5, 0.9))]
    assert count == 53
    assert float(loss) == pytest.approx(np.mean(expected), rel=1e-5)


def test_missing_targets_pull_at_nothing():
    """The gradient is that of the observed steps alone, and finite."""
    made = torch.zeros(2, 1, 1, 1, requires_grad=True)
    loss, _ = pinball_loss(made, torch.tensor([[[1.0]], [[math.nan]]]), torch.tensor([0.5]))
    loss.backward()
    assert made.grad.flatten().tolist() == [-0.5, 0.0]


# ---- parts


def test_targets_of_a_part_lie_in_it_and_parts_follow_each_other(task):
    ends = {part: (o.steps.min(), o.steps.max() + 6) for part, o in task.origins.items()}
    assert ends["train"][1] <= 280 <= ends["validation"][0]
    assert ends["validation"][1] <= 320 <= ends["test"][0]
    assert ends["test"][1] == 400


def test_scales_come_from_the_training_part_alone():
    one = frame()
    two = one.with_columns(pl.when(pl.int_range(pl.len()) >= 280).then(pl.col("y") * 50).otherwise("y").alias("y"))
    made = [task_of(data, inputs="wind") for data in (one, two)]
    assert made[0].bench.scales[0].plain() == made[1].bench.scales[0].plain()
    assert torch.equal(made[0].model.spread, made[1].model.spread)
    assert made[0].sizes == made[1].sizes


def test_a_pass_has_every_window_once_and_only_its_number_says_the_order(task):
    plan = task.plan(3)
    steps = np.concatenate([piece.steps for piece in plan])
    assert sorted(steps) == task.origins["train"].steps.tolist()
    assert all(np.array_equal(a.steps, b.steps) for a, b in zip(plan, task.plan(3), strict=True))
    assert not np.array_equal(steps, np.concatenate([p.steps for p in task.plan(4)]))


def test_several_series_have_parts_and_scales_of_their_own():
    a, b = (
        frame(300).with_columns(shop=pl.lit("a")),
        frame(200, seed=1).with_columns(pl.col("y") * 100, shop=pl.lit("b")),
    )
    task = task_of(pl.concat([a, b]), series="shop")
    assert task.parts["test"].stop.tolist() == [300, 200]
    assert task.bench.scales[1].factor[0] > 50 * task.bench.scales[0].factor[0]
    shared = task_of(pl.concat([a, b]), series="shop", scaling="shared")
    assert shared.bench.scales[0].plain() == shared.bench.scales[1].plain()


def test_a_series_too_short_to_be_cut_is_trained_on_and_told():
    a, b = frame(300).with_columns(shop=pl.lit("a")), frame(3, seed=1).with_columns(shop=pl.lit("b"))
    task = task_of(pl.concat([a, b]), series="shop")
    assert [int(part.stop[1] - part.start[1]) for part in task.parts.values()] == [3, 0, 0]
    assert "too short to be cut, and all trained on: series 'b'" in task.describe()
    assert set(task.origins["train"].series) == {0}


def test_too_short_is_told():
    with pytest.raises(DataError, match="the validation part has 5 steps, too few for a forecast of 6"):
        task_of(frame(50))
    with pytest.raises(DataError, match=r"train part has \d+ steps, too few for a forecast of 9 and what it reads"):
        task_of(frame(90), horizon=9, context=60, season=60)


# ---- training and figures


def test_it_learns_what_a_simple_forecast_cannot_know():
    """The switch is known in advance: after a little training the error is far below every simple forecast's."""
    task = task_of(frame(800), known="switch", batch=32, model=ModelOptions(hidden=16))
    optimizer = torch.optim.Adam(task.model.parameters(), 0.02)
    for epoch in range(4):
        for piece in task.plan(epoch):
            optimizer.zero_grad()
            task.loss(piece, None).loss.backward()
            optimizer.step()
    figures = task.examine("test").figures
    assert figures["mae"] < 0.5 * min(figures["naive_mae"], figures["seasonal_naive_mae"], figures["drift_mae"])


def test_evaluation_is_the_loss_of_training_and_leaves_no_trace(task):
    state = torch.get_rng_state()
    figures = task.evaluate("validation")
    assert torch.equal(state, torch.get_rng_state())
    assert task.model.training
    task.model.eval()
    expected = task.loss(task.origins["validation"], None).loss.item()
    task.model.train()
    assert figures["loss"] == pytest.approx(expected, rel=1e-5)


def test_figures_equal_those_computed_one_by_one():
    task = shaken(task_of(frame(missing=(370,)), transform="log", scaling="mean"))
    figures = task.examine("test").figures
    data = frame(missing=(370,))["y"].to_numpy()
    errors, inside, simple = [], [], []
    for origin in range(320, 395):
        at = task.origins["test"][np.flatnonzero(task.origins["test"].steps == origin)]
        made = task.bench.in_unit(task.bench.scaled(at), at)[0, :, 0]
        for h in range(6):
            truth = data[origin + h]
            if not np.isnan(truth):
                errors.append(abs(made[h, 1] - truth))
                inside.append(made[h, 0] <= truth <= made[h, 2])
                simple.append(abs(data[origin - 1 if origin - 1 != 370 else 369] - truth))
    apart = np.abs(data[24:280] - data[:256])
    assert figures["mae"] == pytest.approx(np.mean(errors), rel=1e-5)
    assert figures["coverage"] == pytest.approx(np.mean(inside))
    assert figures["naive_mae"] == pytest.approx(np.mean(simple))
    assert figures["mase"] == pytest.approx(np.mean(errors) / np.nanmean(apart), rel=1e-5)


def test_a_part_that_is_not_there_cannot_be_examined():
    with pytest.raises(DataError, match=r"the test part has no steps to forecast: forecast.test was 0"):
        task_of(frame(), test=0.0).examine("test")


def test_two_targets_have_figures_of_their_own():
    task = task_of(frame(), target="y,wind")
    evaluation = task.examine("validation")
    assert {"mae (y)", "mae (wind)", "coverage (y)", "mase"} <= set(evaluation.figures)
    assert json.loads(json.dumps(evaluation.pictures))["targets"] == ["y", "wind"]
    assert task.serialise()


def test_the_worst_forecasts_are_shown_once_each(task):
    evaluation = task.examine("test")
    worst = [one["mase"] for one in evaluation.pictures["worst"]]
    assert worst == sorted(worst, reverse=True)
    assert len({one["origin"] for one in evaluation.pictures["worst"]}) == len(worst)
    json.dumps(evaluation.pictures, allow_nan=False)


def test_times_that_cannot_be_read_are_told():
    frame = {"time": ["01/01/23 12:00 AM"] * 200, "y": list(range(200))}
    assert "(a year has four digits)" in task_of(pl.DataFrame(frame)).describe()[0]


def test_a_context_longer_than_any_window_is_told():
    def told(context):
        return [line for line in task_of(frame(), context=context).describe() if "forecast.context" in line]

    assert told(280) == []
    assert "forecast.context is 281" in told(281)[0]


def test_what_was_read_is_told(task):
    told = "\n".join(task.describe())
    assert "reading `time` as time, `y` as target, `wind` as input, `switch` as known in advance" in told
    assert "`y` is missing at 3 steps, the first 2024-01-03 02:00" in told
    assert "400 steps of 1 hour, from 2024-01-01; season 24 steps" in told


# ---- files and use


def test_a_file_comes_back_as_it_was():
    data = frame(missing=(60,))
    task = shaken(task_of(data, inputs="wind", known="switch"))
    trained = load(task.serialise())
    origins = task.origins["test"]
    expected = task.bench.in_unit(task.bench.scaled(origins), origins)
    bench = trained._bench(task.panel)
    assert np.array_equal(bench.in_unit(bench.scaled(origins), origins), expected)
    assert trained.blueprint.step == task.panel.step or str(trained.blueprint.step) == str(task.panel.step)


def test_a_file_of_another_kind_is_refused(task):
    data = task.serialise()
    assert "forecast" in read_metadata(data)
    import safetensors.torch

    other = seal(safetensors.torch.save({"x": torch.zeros(1)}, {"format": "undertow-language-model/1"}))
    with pytest.raises(RunError, match="undertow-language-model/1, not undertow-forecast/1"):
        load(other)


def test_prediction_begins_after_the_last_target_with_what_is_known():
    task = shaken(task_of(frame(), inputs="wind", known="switch"))
    trained = load(task.serialise())
    made = trained.predict(table_of(frame(future=6)))
    assert made.columns == ["time", "target", "forecast", "q10", "q50", "q90"]
    assert made["time"].to_list() == [t.astype(object) for t in HOURS[400:406]]
    assert (made["q10"] <= made["forecast"]).all()
    assert made["q50"].equals(made["forecast"], check_names=False)


def test_prediction_equals_the_backtest_at_the_same_origin():
    task = shaken(task_of(frame(), inputs="wind", known="switch"))
    trained = load(task.serialise())
    cut = frame().with_columns(pl.when(pl.int_range(pl.len()) < 350).then("y").alias("y"))
    at = task.origins["test"][np.flatnonzero(task.origins["test"].steps == 350)]
    expected = task.bench.in_unit(task.bench.scaled(at), at)[0, :, 0]
    made = trained.predict(table_of(cut)).select("q10", "q50", "q90").to_numpy()
    assert np.allclose(made, expected, rtol=1e-6)


def test_prediction_needs_what_is_known_in_advance():
    trained = load(task_of(frame(), known="switch").serialise())
    with pytest.raises(DataError, match=r"`switch` is not given for 2024-01-17 19:00.*6 steps ahead"):
        trained.predict(table_of(frame(future=3)))


def test_prediction_of_a_series_that_training_did_not_see_has_its_own_scale():
    a = frame(300).with_columns(shop=pl.lit("a"))
    trained = load(shaken(task_of(a, series="shop")).serialise())
    b = a.with_columns(shop=pl.lit("b")).with_columns(pl.col("y") * 1000)
    made = trained.predict(table_of(pl.concat([a, b])))
    assert made["shop"].to_list() == ["a"] * 6 + ["b"] * 6
    first, second = made["forecast"].to_numpy().reshape(2, 6)
    assert np.allclose(second / first, 1000, rtol=0.2)


def test_evaluation_of_a_table_is_the_backtest_of_it():
    task = shaken(task_of(frame(), inputs="wind"))
    trained = load(task.serialise())
    figures = trained.evaluate(table_of(frame())).figures
    steps = np.arange(25, 395)
    origins = backtest.Origins(np.zeros(len(steps), np.int64), steps)
    expected = examined(task.bench, backtest.run(task.bench, origins, task.sizes), "all").figures
    assert figures == pytest.approx(expected)
    with pytest.raises(DataError, match="no series has the 31 steps"):
        trained.evaluate(table_of(frame(30)))


def test_without_times_steps_are_numbers():
    data = frame().drop("time")
    task = task_of(data, inputs="wind")
    assert task.panel.step is None
    made = load(task.serialise()).predict(table_of(data))
    assert made["step"].to_list() == list(range(400, 406))
