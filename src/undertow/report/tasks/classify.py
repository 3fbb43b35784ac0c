"""What a classifier came to: confusion matrix, figures of each class, calibration, the mistakes it was surest of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from undertow.report.charts import Chart, ChartTable, axis, cartesian, heat_map, line, shades
from undertow.report.figures import Pictures, absent, table
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import counted, figure, percent
from undertow.report.read import Absent
from undertow.report.tolerant import tolerant

__all__ = ["calibration", "confusion", "mistakes", "per_class", "section"]

_FEW = 12  #: classes that a matrix has room to write its numbers in
_MOST_SERIES = 8


def section(evaluation: Mapping[str, Any], pictures: Pictures) -> Html:
    """The pictures of a classifier's evaluation."""
    data = evaluation.get("pictures") or {}
    classes = data.get("classes")
    many = isinstance(classes, list) and len(classes) > _FEW
    rows, wrong = per_class(data), mistakes(data, pictures)
    named = ("class", "precision", "recall", "F1", "samples")
    return join(
        [
            tag(
                "div.cards",
                pictures.place("Confusion matrix", confusion(data), wide=many),
                pictures.place("Calibration", calibration(data)),
            ),
            tag("h4.group", "Each class"),
            absent(rows) if isinstance(rows, Absent) else table(named, rows, "figures of each class"),
            tag("h4.group", "The mistakes it was surest of"),
            absent(wrong) if isinstance(wrong, Absent) else wrong,
        ]
    )


@tolerant
def confusion(data: Mapping[str, Any]) -> Chart | Absent:
    """What share of each true class (up) was said to be what (across)."""
    classes, matrix = data["classes"], data["confusion"]
    totals = [sum(row) for row in matrix]
    rows = [
        [said, *(round(matrix[t][s] / totals[t], 3) if totals[t] else None for t in range(len(classes)))]
        for s, said in enumerate(classes)
    ]
    wrong = sum(sum(row) - row[n] for n, row in enumerate(matrix))
    few = len(classes) <= _FEW
    across = axis("said", "category", data=list(classes), axisLabel={"formatter": None})
    up = axis("true", "category", data=list(classes), inverse=True, axisLabel={"formatter": None})
    up["splitLine"] = {"show": False}
    label = {"show": few, "formatter": "@cell", "color": "var(--ink)", "fontSize": 11.5}
    ink = {"min": 0, "max": 1, "show": False, "inRange": shades(5, 8)}
    left = min(150, 24 + 7 * max(len(name) for name in classes))
    option = heat_map(across, up, ink, "@share", label, grid={"left": left, "top": 34})
    left_out = data.get("classes_in_all", len(classes)) - len(classes)
    return Chart(
        title="Confusion matrix",
        summary=f"Matrix of {len(classes)} true classes by what was said; {wrong:,} of {sum(totals):,} are wrong.",
        reading=(
            "A row is a true class, a column what was said of it, and a cell the share of the row. All on the diagonal "
            "is perfect; a full cell beside it is a class that is taken for another."
        ),
        note=f"{left_out} rarer classes are left out." if left_out else "",
        option=option,
        table=ChartTable(["said", *(f"true {name}" for name in classes)], rows),
        kind="heat",
    )


@tolerant
def calibration(data: Mapping[str, Any]) -> Chart | Absent:
    """How often the classifier is right when it is so sure."""
    bins = data["calibration"]
    rows = [[b["sure"], b["right"], b["sure"], b["count"]] for b in bins]
    shares: dict[str, Any] = {"max": 1, "axisLabel": {"formatter": "@percent"}}
    drawn = {"symbol": "circle", "symbolSize": 8, "showSymbol": True}
    low = min(int(10 * row[n]) / 10 for row in rows for n in (0, 1))
    option = cartesian(
        axis("how sure", min=low, **shares),
        axis("how often right", min=low, **shares),
        [line("right", 1, 0, **drawn), line("if all were as said", 2, 1)],
    )
    ends = f"surest: {percent(rows[-1][0])} sure, {percent(rows[-1][1])} right"
    return Chart(
        title="Calibration",
        summary=f"Line chart of how often the classifier is right against how sure it is, {len(rows)} bins; {ends}.",
        reading=(
            "Samples are put together by how sure the classifier is. On the dashed line its probabilities can be taken "
            "at their word; below it, it is surer than it should be."
        ),
        option=option,
        table=ChartTable(["how sure", "how often right", "if all were as said", "samples"], rows),
    )


@tolerant
def per_class(data: Mapping[str, Any]) -> list[list[str]] | Absent:
    """A row a class: precision, recall, F1, samples."""
    found = data["per_class"]
    columns = [[percent(v) for v in found[key]] for key in ("precision", "recall", "f1")]
    support = [figure(v) for v in found["support"]]
    return [[str(name), *row] for name, *row in zip(data["classes"], *columns, support, strict=True)]


@tolerant
def mistakes(data: Mapping[str, Any], pictures: Pictures) -> Html | Absent:
    """The worst mistakes: a table of texts, or a picture of each series."""
    worst = data["worst"]
    if not worst:
        return tag("p.lead", "There is none: every sample was told right.")
    if "text" in worst[0]:
        rows = [[w["text"], w["truth"], w["said"], percent(w["probability"]), w["where"]] for w in worst]
        return table(("text", "true", "said", "how sure", "where"), rows, "the mistakes it was surest of")
    charts = [_series(w) for w in worst[:_MOST_SERIES]]
    reading = "Each series that was taken for another class, the surest mistakes first; a line a value of its steps."
    return tag("div.cards", pictures.together("Series that were told wrong", charts, reading))


def _series(wrong: Mapping[str, Any]) -> Chart:
    steps: Sequence[Sequence[float | None]] = wrong["series"]
    names = [f"value {n + 1}" for n in range(len(steps[0]))]
    step, value = axis("", axisLabel={"show": False}), axis("", scale=True, axisLabel={"show": False})
    curves = [line(name, n + 1, n) for n, name in enumerate(names)]
    option = cartesian(step, value, curves)
    option["grid"] = {"left": 8, "right": 8, "top": 8, "bottom": 8}
    answers = f"true {wrong['truth']}, said {wrong['said']}"
    return Chart(
        title=answers,
        summary=f"Line chart of {counted(len(steps), 'step')} of a series: {answers}.",
        reading="",
        note=f"{percent(wrong['probability'])} sure, {wrong['where']}",
        option=option,
        table=ChartTable(["step", *names], [[n + 1, *values] for n, values in enumerate(steps)]),
        kind="small",
    )
