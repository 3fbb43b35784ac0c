"""Charts show the numbers of the files: each against the file's own, computed another way."""

import math

import pytest

from report.synthetic import make, measurement, write_flow
from undertow.report import gates, gradient, memory, remedies, training
from undertow.report.read import Absent, read


@pytest.fixture
def run(tmp_path):
    return make(tmp_path / "run")


@pytest.fixture
def layer(run):
    (only,) = read(run.path).layers
    return only


@pytest.fixture
def last(run):
    """The quantities of the newest measurement, as they stand in the file."""
    return [e for e in run.flow_events() if e["event"] == "flow"][-1]["quantities"]


def column(chart, name):
    at = list(chart.table.columns).index(name)
    return [row[at] for row in chart.table.rows]


def test_loss_has_every_line_and_every_evaluation(run):
    chart = training.loss(read(run.path))
    train = {e["step"]: e["bits"] for e in run.events() if e["event"] == "train"}
    held = {e["step"]: e["bits"] for e in run.events() if e["event"] == "evaluate"}
    assert dict(zip(column(chart, "step"), column(chart, "training (bits/char)"), strict=True)) == train
    shown = zip(column(chart, "step"), column(chart, "held-out (bits/char)"), strict=True)
    assert {step: value for step, value in shown if value is not None} == held


def test_long_runs_are_thinned_but_keep_their_ends_and_evaluations(run):
    for step in range(2010, 30_000, 10):
        run.record({"event": "train", "step": step, "loss": 1.0, "bits": 1.5, "gradient_norm": 0.1, "clipped": 0.0})
    run.record({"event": "evaluate", "step": 29_995, "part": "held_out", "loss": 1.0, "bits": 1.25})
    chart = training.loss(read(run.path))
    assert len(chart.table.rows) < 1000
    steps = column(chart, "step")
    assert (steps[0], steps[-2]) == (10, 29_990)
    assert column(chart, "held-out (bits/char)")[-1] == 1.25


def test_the_loss_is_read_without_words_of_another_task(run):
    assert "A held-out line that rises" in training.loss(read(run.path)).reading
    run.metrics_file.write_text('{"event": "train", "step": 1, "loss": 0.5}\n')
    assert training.loss(read(run.path)).reading == "How wrong the network is: lower is better."


def test_without_symbols_the_loss_is_the_figure(run):
    run.metrics_file.write_text('{"event": "train", "step": 1, "loss": 0.5}\n')
    chart = training.loss(read(run.path))
    assert chart.table.columns == ["step", "training (loss)"]
    assert chart.option["yAxis"]["name"] == "loss"


def test_a_limit_far_above_is_told_and_not_drawn(run):
    def drawn(limit):
        text = run.config_file.read_text().splitlines()
        kept = [f"clip_norm = {limit}" if line.startswith("clip_norm") else line for line in text]
        run.config_file.write_text("\n".join(kept))
        chart = training.norm(read(run.path))
        return chart.option["series"][-1]["markLine"]["data"], chart.note

    lines, note = drawn(1.0)
    assert [mark["yAxis"] for mark in lines] == [1.0]
    assert note == ""
    assert drawn(100.0) == ([], "The limit of clipping, 100, lies far above.")
    assert drawn(0.0) == ([], "")
    assert training.clipping(read(run.path)) == Absent("this run limits no gradient's norm (training.clip_norm is 0)")


def test_heat_is_log10_relative_to_all_components_at_lag_0(run, layer):
    chart = gradient.heat(layer, "c", 10_000)
    measured = [e for e in run.flow_events() if e["event"] == "flow"]
    assert [row[0] for row in chart.table.rows] == [e["step"] for e in measured]
    for row, event in zip(chart.table.rows, measured, strict=True):
        total = event["quantities"]["gradient"]["total"]
        end = math.hypot(total["h"][0], total["c"][0])
        for value, at in zip(row[1:], total["c"], strict=True):
            assert 10**value == pytest.approx(abs(at) / end, rel=0.02)


def test_heat_keeps_to_its_cells_and_says_so(layer):
    chart = gradient.heat(layer, "h", 400)
    assert sum(len(row) - 1 for row in chart.table.rows) <= 400
    assert (chart.table.rows[0][0], chart.table.rows[-1][0]) == (50, 2000)
    assert chart.note == "8 of 40 measurements, 50 of 100 lags"


def test_what_is_zero_or_outside_the_window_is_empty_and_never_a_number(run):
    short, long = measurement(1, 0, "r", "forward", 3), measurement(2, 0, "r", "forward", 5)
    short["quantities"]["gradient"]["total"]["h"] = [1.0, 0.0, None]
    long["quantities"]["gradient"]["total"]["h"] = [0.5, 5.0, 0.05, 0.5, 0.5]
    for event in (short, long):
        event["quantities"]["gradient"]["total"]["c"][0] = 0.0
    write_flow(run, [short, long])
    (layer,) = read(run.path).layers
    chart = gradient.heat(layer, "h", 1000)
    assert chart.table.rows == [[1, 0, None, None, None, None], [2, 0, 1, -1, 0, 0]]


def test_a_dead_gradient_is_absent(run):
    event = measurement(1, 0, "r", "forward", 3)
    event["quantities"]["gradient"]["total"]["h"] = [0.0, 0.0, 0.0]
    write_flow(run, [event])
    (layer,) = read(run.path).layers
    assert "zero or unknown" in gradient.heat(layer, "h", 1000).reason


def test_lag_profile_with_horizon_and_reach(layer, last):
    chart = gradient.lag_profile(layer, 200)
    for name in ("joint", "h", "c"):
        assert column(chart, name) == last["lag_profile"][name]
    marked = {key: value for m in chart.option["series"][-1]["markLine"]["data"] for key, value in m.items()}
    assert marked["xAxis"] == 50
    places = [m.get("xAxis", m.get("yAxis")) for m in chart.option["series"][-1]["markLine"]["data"]]
    assert places == [0.01, last["horizon"]["steps"], 50]
    assert last["lag_profile"]["joint"][last["horizon"]["steps"]] >= 0.01  # a check of the fixture


def test_an_open_horizon_says_at_least(run):
    event = measurement(1, 0, "r", "forward", 10)
    event["quantities"]["horizon"] = {"steps": 9, "open": True, "growth": -0.01}
    write_flow(run, [event])
    (layer,) = read(run.path).layers
    labels = [m["label"]["formatter"] for m in gradient.lag_profile(layer, 50).option["series"][-1]["markLine"]["data"]]
    assert "horizon at least 9" in labels


def test_a_reach_beyond_the_window_lies_on_the_axis(run):
    write_flow(run, [measurement(1, 0, "r", "forward", 20)])
    (layer,) = read(run.path).layers
    assert gradient.lag_profile(layer, 50).option["xAxis"]["max"] >= 50


def test_thinned_curves_keep_their_lags(layer, last):
    chart = gradient.paths(layer, 30)
    lags = column(chart, "lag (steps back)")
    assert len(lags) <= 30
    assert column(chart, "highway") == [last["paths"]["highway"][lag] for lag in lags]
    assert column(chart, "through f") == [last["paths"]["by_gate"]["f"][lag] for lag in lags]


def test_half_lives_are_counted_once_each(layer, last):
    units = last["half_life"]["units"]
    chart = memory.half_lives(layer)
    bins = dict(chart.table.rows)
    assert sum(bins.values()) == len(units) == 128
    assert bins["\N{INFINITY}"] == units.count(None) == 2
    finite = [u for u in units if u is not None]
    assert bins["8\N{EN DASH}16"] == sum(8 <= u < 16 for u in finite)
    far = 2 + sum(u >= 50 for u in finite)
    assert chart.note.startswith(f"{far} of 128 units")


@pytest.mark.parametrize(
    ("units", "bins"),
    [
        ([0.2, 0.99], [("<1", 2)]),
        ([1.0, 2.0, 8.0], [("1–2", 1), ("2–4", 1), ("4–8", 0), ("8–16", 1)]),
        ([None, None], [("∞", 2)]),
        ([1023.9, 1024.0], [("512–1,024", 1), ("1,024–2,048", 1)]),
    ],
)
def test_bins_double(units, bins):
    assert memory._doubling(units) == bins


def test_gates(layer, last):
    charts = gates.histograms(layer)
    assert [c.title for c in charts] == ["i (input)", "f (forget)", "g (candidate)", "o"]
    assert column(charts[2], "share of activations") == last["gates"]["g"]["histogram"]
    middles = column(charts[2], "g (candidate) (middle of bin)")
    assert (middles[0], middles[-1]) == pytest.approx((-0.95, 0.95))
    row = dict(zip(gates.FIGURES, gates.figures(layer)[1], strict=True))
    assert row["gate"] == "f (forget)"
    assert float(row["high"].rstrip("%")) == pytest.approx(100 * last["gates"]["f"]["high"], abs=0.051)
    assert row["saturated units"] == str(last["gates"]["f"]["saturated_units"])


def test_records_without_roles_name_gates_alone(run):
    """As versions wrote them that did not know roles."""
    event = measurement(1, 0, "r", "forward", 5)
    del event["roles"]
    write_flow(run, [event])
    (layer,) = read(run.path).layers
    assert [chart.title for chart in gates.histograms(layer)] == ["i", "f", "g", "o"]


def test_gates_figures_that_cannot_be_known_are_dashes(run):
    event = measurement(1, 0, "r", "forward", 5)
    event["quantities"]["gates"]["f"] |= {"outside": None, "saturated_units": None, "preactivation": None}
    write_flow(run, [event])
    (layer,) = read(run.path).layers
    row = dict(zip(gates.FIGURES, gates.figures(layer)[1], strict=True))
    dash = "\N{EN DASH}"
    assert (row["outside"], row["saturated units"], row["middle"]) == (dash, dash, dash)
    assert "saturated" not in gates.histograms(layer)[1].note


def test_saturation_over_training(run, layer):
    chart = gates.saturation(layer)
    measured = [e["quantities"]["gates"] for e in run.flow_events() if e["event"] == "flow"]
    assert column(chart, "o") == [g["o"]["outside"] for g in measured]


def test_remedies_are_figures_over_the_seeds_that_did_not_fail(run):
    data = read(run.path).remedy
    as_it_is, chrono, bias = (dict(zip(remedies.COLUMNS, row, strict=True)) for row in remedies.rows(data))
    assert as_it_is["loss: mean"] == "1.533"
    assert as_it_is["factor a step"] == "0.811"  # the mean of e to the growth
    assert as_it_is["time a step"] == "×1.00"
    assert chrono["best to worst"] == "1.440 to 1.460"
    assert chrono["horizon"] == "61"
    assert bias["loss: mean"] == "1.495"
    assert bias["failed"] == "1 of 3: the loss became infinite at step 112"
    assert len(remedies.losses(data).table.rows) == 8


def test_changes_to_copy_are_toml():
    import tomllib

    config = {"model.init": "chrono", "model.memory": 50, "training.clip_norm": 0.5, "task": 'te"xt'}
    assert tomllib.loads(remedies.as_toml(config)) == {
        "model": {"init": "chrono", "memory": 50}, "training": {"clip_norm": 0.5}, "task": 'te"xt',
    }  # fmt: skip
    assert remedies.as_flags({"model.init": "chrono"}) == 'model.init = "chrono"'


def test_log_axes_end_on_powers_of_ten_and_even_axes_on_ticks():
    from undertow.report.charts import even_axis, log_axis

    axis = log_axis("", [3e-4, None, 0.0, 2e-6])
    assert (axis["min"], axis["max"]) == pytest.approx((1e-6, 1e-3))
    deep = log_axis("", [1.0, 1e-30])
    assert deep["min"] == pytest.approx(1e-8)
    for high in (0.003, 0.9, 1.0, 7, 23, 54, 126, 99, 1234):
        axis = even_axis("", [None, high])
        assert high <= axis["max"] <= 1.6 * high
        assert math.isclose(axis["max"] / axis["interval"], round(axis["max"] / axis["interval"]))
        assert 3 <= round(axis["max"] / axis["interval"]) <= 6
