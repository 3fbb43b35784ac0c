"""Reconstruction: scores over the series with what was flagged and known, the worst stretches, errors, vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from undertow.report.charts import (
    SIGNS,
    Chart,
    ChartTable,
    Option,
    axis,
    cartesian,
    colour,
    line,
    log_axis,
    mark,
    marks,
    points,
)
from undertow.report.figures import Pictures, absent, table
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import figure, percent
from undertow.report.read import Absent, RunRecord
from undertow.report.tolerant import tolerant
from undertow.tasks.reconstruct.stretch import TRAINED_ON, recalibrated_on
from undertow.words import command

__all__ = ["errors", "recalibrated", "scores", "section", "stretch", "texts", "vectors"]

_FLAGGED, _KNOWN = "var(--series-2)", "var(--series-3)"

_READING = (
    "The solid line is what was there, the dashed one what the network made of it from the vector alone. Where they "
    "part, the sequence is not like those it was trained on, or not one it has learned. Shaded steps are flagged."
)


def section(evaluation: Mapping[str, Any], pictures: Pictures) -> Html:
    """Everything that ``evaluation.json`` has of a reconstruction."""
    data = evaluation.get("pictures")
    if not isinstance(data, Mapping):
        return absent(Absent("the evaluation has no pictures"))
    thing = str(data.get("thing", "window"))
    worst = [stretch(one, channel) for one in _listed(data, "worst") for channel in _listed(one, "channels")]
    rows = texts(data) if "texts" in data else None
    learned_on = str(data.get("learned_on", TRAINED_ON))
    return join(
        [
            tag("p", f"Scores are compared with, and thresholds learned on, what is normal on {learned_on}."),
            _group(
                "What stands out", [pictures.place("Scores", scores(one), wide=True) for one in _listed(data, "series")]
            ),
            _group(
                f"The {thing}s that came back worst",
                [_stretch(one, pictures) for one in _listed(data, "worst")] if worst else [],
            ),
            _group("The texts that came back worst", [_table(rows)] if rows is not None else []),
            _group(
                "All together",
                [
                    pictures.place(f"Scores of {thing}s", errors(data)),
                    pictures.place("Vectors in two dimensions", vectors(data)),
                ],
            ),
        ]
    )


def recalibrated(run: RunRecord) -> Html | None:
    """That a run was recalibrated, or went back to its training's threshold, after it was measured."""
    measured = run.evaluation.get("pictures") if not isinstance(run.evaluation, Absent) else None
    learned_on = measured.get("learned_on") if isinstance(measured, dict) else None
    now = str(recalibrated_on(run.metadata) or TRAINED_ON)
    if learned_on is None or learned_on == now:
        return None
    told = f"In force now is what is normal on {now}; to measure with that: "
    return tag("p", told, tag("code", command("evaluate", Path(run.name))))


def _group(title: str, cards: Sequence[Html]) -> Html | None:
    return join([tag("h4.group", title), tag("div.cards", *cards)]) if cards else None


def _listed(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = data.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _shaded(name: str, spans: Sequence[Sequence[float]], ink: str) -> Option:
    """Stretches of a chart in a colour, as a series that the legend names."""
    areas = [[{"xAxis": start}, {"xAxis": stop - 1}] for start, stop in spans]
    edge = {"color": ink, "opacity": 0.25, "borderColor": ink, "borderWidth": 1}
    return {
        "type": "line",
        "name": name,
        "data": [],
        "itemStyle": {"color": ink},
        "tooltip": {"show": False},
        "markArea": {"silent": True, "itemStyle": edge, "data": areas},
    }


@tolerant
def scores(series: Mapping[str, Any]) -> Chart | Absent:
    """The score of each step of a series, with the threshold, what is flagged and what is known."""
    values, name = series["score"], str(series["name"])
    known, flagged = series["known"], series["flagged"]
    drawn = [line("score", 1, 0), _shaded("flagged", flagged, _FLAGGED)]
    if known:
        drawn.append(_shaded("known anomalies", known, _KNOWN))
    drawn.append(marks([mark({"yAxis": series["threshold"]}, f"threshold {figure(series['threshold'])}")]))
    of = f": {name}" if name else ""
    beside = f", {len(known)} of known anomalies" if known is not None else ""
    return Chart(
        title=f"Score by step{of}",
        summary=f"Line chart of the score over {len(values)} steps; {len(flagged)} runs of steps are flagged{beside}.",
        reading=(
            "How badly each step comes back, compared with normal ones, which score about 1. What stands above the "
            "threshold is flagged. Long series show the highest score of each stretch."
        ),
        option=cartesian(axis("step", scale=True), log_axis("score", values), drawn),
        table=ChartTable(["step", "score"], [list(pair) for pair in zip(series["step"], values, strict=True)]),
    )


@tolerant
def stretch(one: Mapping[str, Any], channel: Mapping[str, Any]) -> Chart | Absent:
    """A channel of a stretch, and what came back."""
    name = str(channel["name"])
    rows = [list(row) for row in zip(one["steps"], channel["truth"], channel["rebuilt"], strict=True)]
    lines = [
        line(name, 1, 0, lineStyle={"width": 1.5, "type": "solid", "color": colour(0)}),
        line("rebuilt", 2, 1),
        _shaded("", one["flagged"], _FLAGGED),
    ]
    return Chart(
        title=name,
        summary=f"Line chart of {name} and of its reconstruction over {len(rows)} steps.",
        reading=_READING,
        option=cartesian(
            axis("step", scale=True, axisLine={"onZero": False}), axis("", scale=True, splitNumber=2), lines
        ),
        table=ChartTable(["step", name, "rebuilt"], rows),
        kind="small",
    )


def _stretch(one: Mapping[str, Any], pictures: Pictures) -> Html:
    name = str(one.get("name") or "")
    title = f"{name + ', ' if name else ''}row {figure(one.get('row'))}: score {figure(one.get('score'))}"
    charts = [stretch(one, channel) for channel in _listed(one, "channels")]
    return pictures.together(title, charts, _READING)


@tolerant
def errors(data: Mapping[str, Any]) -> Chart | Absent:
    """How many windows have which score."""
    found, thing = data["errors"], str(data["thing"])
    if not found:
        return Absent(f"no {thing} has a score")
    edges, normal, anomalous = found["edges"], found["normal"], found["anomalous"]
    counts = [normal, anomalous] if anomalous else [normal]
    names = ["without known anomaly", "with known anomaly"] if anomalous else [f"{thing}s"]
    rows = [[edge, *(column[min(at, len(normal) - 1)] for column in counts)] for at, edge in enumerate(edges)]
    series = [line(n, at + 1, at, step="end", areaStyle={"opacity": 0.15}) for at, n in enumerate(names)]
    series.append(marks([mark({"xAxis": found["threshold"]}, f"threshold {figure(found['threshold'])}")]))
    return Chart(
        title=f"Scores of {thing}s",
        summary=f"Histogram of the scores of {sum(map(sum, counts))} {thing}s, threshold {figure(found['threshold'])}.",
        reading=(
            f"How many {thing}s come back how badly. Right of the threshold they are flagged; {percent(data['rate'])} "
            f"of normal ones are expected there, by what is normal on {data.get('learned_on', TRAINED_ON)}."
        ),
        option=cartesian(
            log_axis("score", edges) | {"min": edges[0], "max": edges[-1], "axisLabel": {"formatter": "@number"}},
            axis(f"{thing}s", minInterval=1),
            series,
        ),
        table=ChartTable(["score from", *names], rows),
    )


@tolerant
def vectors(data: Mapping[str, Any]) -> Chart | Absent:
    """The vectors' two main directions, coloured by label."""
    found = data["embedding"]
    labels = [label if label is not None else "" for label in found["label"]]
    kinds = sorted(set(labels), key=lambda kind: (kind == "others", kind))
    lies = list(zip(found["x"], found["y"], labels, strict=True))
    rows = [[x, *(y if label == kind else None for kind in kinds)] for x, y, label in lies]
    series = [  # colours come again after six kinds, with another sign
        points(
            kind if kind or len(kinds) == 1 else "no label",
            0,
            at + 1,
            at,
            symbol=SIGNS[(at // 6) % len(SIGNS)],
            symbolSize=6,
            itemStyle={"color": colour(at), "opacity": 0.6},
        )
        for at, kind in enumerate(kinds)
    ]
    first, second = (percent(share) for share in found["shares"])
    option = cartesian(
        axis(f"first direction ({first} of the variance)", scale=True),
        axis(f"second direction ({second})", scale=True),
        series,
    )
    option["tooltip"] = {"trigger": "item"}
    return Chart(
        title="Vectors in two dimensions",
        summary=f"Scatter plot of {len(lies)} vectors in their two main directions, which hold {first} and {second}.",
        reading=(
            "Each point is the vector that a sequence was folded into, seen from the side where vectors differ most "
            "(principal components). Points that lie together came from sequences that the network takes to be alike; "
            "labels only colour them, and were not learned from."
        ),
        option=option,
        table=ChartTable(["first direction", *(str(s["name"]) or "second direction" for s in series)], rows),
    )


@tolerant
def texts(data: Mapping[str, Any]) -> list[list[str]] | Absent:
    """The worst texts, a row each."""
    return [[figure(one["row"]), one["text"], one["rebuilt"], figure(one["bits"])] for one in data["texts"]]


def _table(rows: list[list[str]] | Absent) -> Html:
    if isinstance(rows, Absent):
        return absent(rows)
    return table(["row", "text", "what came back", "bits a symbol"], rows, "texts that came back worst")
