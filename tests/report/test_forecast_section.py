"""The report's section on forecasts: its numbers are those of evaluation.json; what is not there is told."""

import json
import re

import pytest

from undertow.report.charts import Chart
from undertow.report.figures import Pictures
from undertow.report.tasks import forecast


def one(origin="2024-01-01", **changed):
    return {
        "series": "", "target": "load", "origin": origin, "history": [1.0, None, 3.0], "truth": [4.0, None],
        "quantiles": [[3.0, 2.0], [3.5, 3.0], [5.0, 6.0]], "seasonal": [1.0, 1.0], "mase": 0.5, **changed,
    }  # fmt: skip


@pytest.fixture
def evaluation():
    errors = {"mae": 1.25, "rmse": 2.0, "mase": 0.5, "mae_1_ahead": 1.0, "mae_2_ahead": 1.5}
    worse = {name: 3 * value for name, value in errors.items()}
    by_step = {
        "errors": {"forecast": errors, "naive": worse, "seasonal naive": worse, "drift": worse},
        "mae": {"forecast": [1.0, 1.5], "naive": [3.0, 4.5], "seasonal naive": [3.0, 4.5], "drift": [3.0, 4.5]},
        "coverage": [0.9, 0.7],
    }
    pictures = {
        "targets": ["load"], "step": "1 hour", "levels": [0.1, 0.5, 0.9], "part": "test part", "origins": 9,
        "by_step": {"load": by_step}, "examples": [one()], "worst": [one("<b>now</b>", mase=9.0)],
    }  # fmt: skip
    return {"figures": errors, "pictures": pictures}


def test_the_best_method_stands_out(evaluation):
    html = forecast.section(evaluation, Pictures())
    assert re.search(r'<tr class="chosen"><th scope="row">forecast', html)
    errors = evaluation["pictures"]["by_step"]["load"]["errors"]
    errors["drift"] = {**errors["drift"], "mae": 0.1}
    assert re.search(r'<tr class="chosen"><th scope="row">drift', forecast.section(evaluation, Pictures()))


def test_charts_have_the_numbers(evaluation):
    chart = forecast._error(evaluation["pictures"], "load")
    assert isinstance(chart, Chart)
    assert chart.table.rows == [[1, 1.0, 3.0, 3.0, 3.0], [2, 1.5, 4.5, 4.5, 4.5]]
    assert forecast._coverage(evaluation["pictures"], "load").table.rows == [[1, 0.9], [2, 0.7]]


def test_an_interval_is_a_band_from_its_lower_end(evaluation):
    """What was read has steps below 0; the band is its lower end and its width, stacked."""
    chart = forecast._example(evaluation["pictures"], one())
    assert chart.table.rows == [
        [-3, 1.0, None, None, None], [-2, None, None, None, None], [-1, 3.0, None, None, None],
        [0, 4.0, 3.5, 3.0, 2.0], [1, None, 3.0, 2.0, 4.0],
    ]  # fmt: skip
    stacked = [series["encode"]["y"] for series in chart.option["series"] if series.get("stack")]
    assert stacked == [3, 4]
    assert "1 of 1 inside" in chart.note


def test_nothing_from_a_file_becomes_markup(evaluation):
    pictures = Pictures()
    html = forecast.section(evaluation, pictures)
    assert "<b>now</b>" not in html
    assert "&lt;b&gt;now&lt;/b&gt;" in html
    json.dumps(pictures.data, allow_nan=False)


def test_what_is_not_there_is_told(evaluation):
    assert "Not available because" in forecast.section({"figures": {}}, Pictures())
    evaluation["pictures"]["levels"] = [0.5]
    assert "one quantile alone makes no interval" in forecast.section(evaluation, Pictures())
    for gone in ("examples", "worst"):
        del evaluation["pictures"][gone]
    evaluation["pictures"]["by_step"]["load"] = {}
    html = forecast.section(evaluation, Pictures())
    assert html.count("Not available because") >= 4
