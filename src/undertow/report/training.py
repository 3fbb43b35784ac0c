"""Charts of training: loss, the gradient's norm, clipped updates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from undertow.report.charts import Chart, ChartTable, axis, cartesian, even_axis, line, mark, marks
from undertow.report.numbers import evenly, figure
from undertow.report.read import Absent, Event, RunRecord
from undertow.report.tolerant import tolerant
from undertow.runs import headline

__all__ = ["clipping", "loss", "norm", "watched"]

_MOST_LINES = 800
_NO_LINES = Absent("metrics.jsonl has no line of training yet")


def _measure(events: Sequence[Event]) -> tuple[str, str]:
    """The key of the figure that training is read by, and its unit: bits a symbol if there are any, else the loss."""
    for event in events:
        if event.get("event") in ("train", "evaluate") and event.get("bits") is not None:
            return headline({**event, "figure": "bits"})
    return "loss", "loss"


def watched(run: RunRecord) -> tuple[str, str, list[float]] | None:
    """The part that was last evaluated along the way, its figure that people read, and the figure's values in order."""
    events = [e for e in run.metrics if e.get("event") == "evaluate"]
    if not events:
        return None
    key, words = headline(events[-1])
    part = str(events[-1].get("part", "?"))
    values = [value for _, value in _points(run, "evaluate", key, part)]
    return (_called(part), words, values) if values else None


def _called(part: str) -> str:
    """A part of the data, as people read it."""
    return part.replace("_", "-")


@tolerant
def loss(run: RunRecord) -> Chart | Absent:
    """The loss over training, and on the parts that are not trained on."""
    key, unit = _measure(run.metrics)
    trained = evenly(_points(run, "train", key), _MOST_LINES)
    measured = {part: _points(run, "evaluate", key, part) for part in _parts(run)}
    if not trained and not measured:
        return _NO_LINES
    curves = {"training": dict(trained), **{_called(part): dict(points) for part, points in measured.items()}}
    steps = sorted({step for curve in curves.values() for step in curve})
    table = ChartTable(
        ["step", *(f"{name} ({unit})" for name in curves)],
        [[step, *(curve.get(step) for curve in curves.values())] for step in steps],
    )
    series = [line(name, n + 1, n, connectNulls=True, **_points_shown(n)) for n, name in enumerate(curves)]
    by_heart = ""
    if measured:
        by_heart = (
            f" A {_called(next(iter(measured)))} line that rises while the training line still falls means that the "
            "network learns its training data by heart."
        )
    last = {name: list(curve.values())[-1] for name, curve in curves.items() if curve}
    ends = ", ".join(f"{name} {figure(value)}" for name, value in last.items())
    return Chart(
        title="Loss over training",
        summary=f"Line chart of the loss in {unit} over {steps[-1]} steps; at the end: {ends}.",
        reading=f"How wrong the network is: lower is better.{by_heart}",
        option=cartesian(axis("training step"), axis(unit, scale=True), series),
        table=table,
    )


@tolerant
def norm(run: RunRecord) -> Chart | Absent:
    """The gradient's norm over all parameters, before clipping."""
    points = evenly(_points(run, "train", "gradient_norm"), _MOST_LINES)
    if not points:
        return _NO_LINES
    limit: float = run.document.get("training", {}).get("clip_norm") or 0.0
    largest = max(value for _, value in points)
    near = 0 < limit < 4 * largest  # one that is never met would press the line flat
    lines = [mark({"yAxis": limit}, f"clipped above {figure(limit)}")] if near else []
    return Chart(
        title="Size of the gradient",
        summary=f"Line chart of the gradient's norm over training; it ends at {figure(points[-1][1])}.",
        reading=(
            "How strongly one update pulls at all weights together. A steady line is healthy; spikes are windows on "
            "which the gradient explodes; a line that sinks to zero while the loss is still high means that learning "
            "has stalled."
        ),
        note=f"The limit of clipping, {figure(limit)}, lies far above." if limit and not near else "",
        option=cartesian(
            axis("training step"),
            even_axis("norm", [largest, 1.04 * limit * near]),
            [line("gradient norm", 1, 0), marks(lines)],
        ),
        table=ChartTable(["step", "gradient norm before clipping"], points),
    )


@tolerant
def clipping(run: RunRecord) -> Chart | Absent:
    """The share of updates that were scaled down."""
    points = evenly(_points(run, "train", "clipped"), _MOST_LINES)
    if not points:
        return _NO_LINES
    if not run.document.get("training", {}).get("clip_norm"):
        return Absent("this run limits no gradient's norm (training.clip_norm is 0)")
    series = line("clipped", 1, 0, areaStyle={"opacity": 0.15})
    return Chart(
        title="Clipped updates",
        summary=f"Chart of the share of updates that were clipped; at most {figure(max(v for _, v in points))}.",
        reading=(
            "Which share of the updates was longer than the limit and was scaled down to it. Near 0: the limit is a "
            "safety net. Near 1: the limit, not the learning rate, sets the size of the steps."
        ),
        option=cartesian(axis("training step"), axis("share of updates", min=0, max=1), [series]),
        table=ChartTable(["step", "share of updates clipped"], points),
    )


def _points_shown(number: int) -> dict[str, Any]:
    """Evaluations are few: they are shown as points too."""
    return {"symbol": "circle", "symbolSize": 6} if number else {}


def _parts(run: RunRecord) -> list[str]:
    return list(dict.fromkeys(str(e.get("part", "?")) for e in run.metrics if e.get("event") == "evaluate"))


def _points(run: RunRecord, kind: str, key: str, part: str | None = None) -> list[tuple[int, float]]:
    events = [e for e in run.metrics if e.get("event") == kind and (part is None or e.get("part", "?") == part)]
    return [(e["step"], e[key]) for e in events if e.get(key) is not None and e.get("step") is not None]
