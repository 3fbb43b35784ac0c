"""Pictures of forecasts: beside simple ones, error and coverage by step ahead, single forecasts with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from undertow.report.charts import Chart, ChartTable, axis, band, cartesian, even_axis, line, mark, marks
from undertow.report.figures import Pictures, absent, table
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import figure, percent
from undertow.report.read import Absent
from undertow.report.tolerant import tolerant

__all__ = ["section"]


def section(evaluation: dict[str, Any], pictures: Pictures) -> Html:
    """The table of methods, charts by step ahead for each target, then forecasts: some, and the worst."""
    drawn = evaluation.get("pictures")
    if not isinstance(drawn, dict) or not isinstance(drawn.get("by_step"), dict):
        return pictures.place("Forecasts", Absent("evaluation.json has no pictures of forecasts"))
    targets = [str(name) for name in drawn["by_step"]]
    parts: list[Html | None] = []
    for name in targets:
        parts += [
            tag("h3", f"{name}: beside simple forecasts"),
            absent(rows) if isinstance(rows := _methods(drawn, name), Absent) else rows,
            tag(
                "div.cards",
                pictures.place("Error by step ahead", _error(drawn, name)),
                pictures.place("Coverage by step ahead", _coverage(drawn, name)),
            ),
        ]
    reading = (
        "Solid: what was observed. Dashed: the forecast, which is the median, and around it the interval. Step 0 is "
        "the first that was forecast; the network read what lies before it."
    )
    some = pictures.together("Some forecasts", _examples(drawn, "examples"), reading)
    worst = pictures.together("Forecasts that went most wrong", _examples(drawn, "worst"), f"Largest errors. {reading}")
    parts.append(tag("div.cards", some, worst))
    return join(parts)


@tolerant
def _methods(drawn: Mapping[str, Any], name: str) -> Html | Absent:
    """Errors of the forecast and of the simple ones, a row each; the best by MAE stands out."""
    errors = drawn["by_step"][name].get("errors")
    if not isinstance(errors, dict) or not errors:
        return Absent("evaluation.json has no errors of simple forecasts")
    rows = [[method, *map(figure, row.values())] for method, row in errors.items()]
    heads = [key.replace("_", " ").replace("mae", "MAE").replace("rmse", "RMSE").replace("mase", "MASE")
             for key in next(iter(errors.values()))]  # fmt: skip
    best = min(errors, key=lambda method: errors[method].get("mae") or math.inf)
    return table(("method", *heads), rows, f"errors: {name}", best)


@tolerant
def _error(drawn: dict[str, Any], name: str) -> Chart | Absent:
    """The mean absolute error over the steps ahead, of every method."""
    curves: dict[str, Sequence[float | None]] = drawn["by_step"][name]["mae"]
    steps = range(1, len(curves["forecast"]) + 1)
    unit = f"mean absolute error of {name}"
    ends = ", ".join(f"{method} {figure(values[-1])}" for method, values in curves.items())
    return Chart(
        title="Error by step ahead",
        summary=f"Line chart of the mean absolute error over {len(steps)} steps ahead; at the last: {ends}.",
        reading=(
            "How far the forecast's median lies from the truth, step by step ahead. Where another line is lower, that "
            "simple forecast is the better one there."
        ),
        option=cartesian(
            axis("steps ahead"),
            even_axis("error", [v for values in curves.values() for v in values]),
            [line(method, n + 1, n) for n, method in enumerate(curves)],
        ),
        table=ChartTable(
            ["steps ahead", *(f"{method}: {unit}" for method in curves)],
            [[step, *(values[step - 1] for values in curves.values())] for step in steps],
        ),
    )


@tolerant
def _coverage(drawn: dict[str, Any], name: str) -> Chart | Absent:
    """The share of the truth inside the interval, over the steps ahead."""
    levels, covered = drawn["levels"], drawn["by_step"][name]["coverage"]
    if len(levels) < 2:
        return Absent("one quantile alone makes no interval (forecast.quantiles)")
    nominal = levels[-1] - levels[0]
    return Chart(
        title="Coverage by step ahead",
        summary=f"Line chart of the share of the truth inside the {percent(nominal)} interval; at the last step "
        f"{percent(covered[-1])}.",
        reading=(
            f"How often the truth lies from the quantile {levels[0]:g} to the quantile {levels[-1]:g}. Below the "
            "dashed line the intervals are too narrow, above it too wide."
        ),
        option=cartesian(
            axis("steps ahead"),
            axis("share of the truth", min=0, max=1),
            [line("inside the interval", 1, 0), marks([mark({"yAxis": nominal}, percent(nominal))])],
        ),
        table=ChartTable(["steps ahead", "share inside"], [[n + 1, share] for n, share in enumerate(covered)]),
    )


def _examples(drawn: dict[str, Any], kind: str) -> list[Chart | Absent]:
    found = drawn.get(kind)
    charts = [_example(drawn, one) for one in found] if isinstance(found, list) else []
    return charts or [Absent("evaluation.json has none")]


@tolerant
def _example(drawn: dict[str, Any], one: dict[str, Any]) -> Chart | Absent:
    """One forecast with what stood before it, its interval as a band."""
    history, truth, quantiles, levels = one["history"], one["truth"], one["quantiles"], drawn["levels"]
    median = quantiles[levels.index(0.5)]
    low, high = quantiles[0], quantiles[-1]
    rows: list[list[Any]] = [[n - len(history), value, None, None, None] for n, value in enumerate(history)]
    rows += [
        [n, seen, middle, bottom, None if top is None or bottom is None else top - bottom]
        for n, (seen, middle, bottom, top) in enumerate(zip(truth, median, low, high, strict=True))
    ]
    lies = [row[1] for row in rows if row[1] is not None]
    series = [*band("", 3, 4, 1), line("observed", 1, 0), line("forecast", 2, 1)]
    name = f"{one['series']}, " if one["series"] else ""
    inside = sum(b <= t <= h for b, t, h in zip(low, truth, high, strict=True) if None not in (b, t, h))
    return Chart(
        title=f"{name}{one['origin']}",
        summary=(
            f"Forecast of {one['target']} from {one['origin']} with its interval; observed from "
            f"{figure(min(lies, default=None))} to {figure(max(lies, default=None))}."
        ),
        reading="",
        note=f"MASE {figure(one['mase'])}; {inside} of {sum(t is not None for t in truth)} inside",
        option=cartesian(axis("steps from the origin"), axis(str(one["target"]), scale=True), series),
        table=ChartTable(["step", "observed", "forecast", "interval from", "interval's width"], rows),
        kind="heat",
    )
