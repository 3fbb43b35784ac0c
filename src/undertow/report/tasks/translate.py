"""What a translator came to: figures beside the nearest pair's, where the decoder looked, what went most wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from undertow.report.charts import Chart, ChartTable, axis, heat_map, shades
from undertow.report.figures import Pictures, absent, table
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import figure, percent
from undertow.report.read import Absent
from undertow.report.tolerant import tolerant

__all__ = ["alignment", "beside", "section", "worst"]

_SHARES = ("accuracy", "exact", "error_rate", "error_rate_ignoring")
_NAMES = {
    "bleu": "BLEU",
    "chrf": "chrF",
    "exact": "wholly right",
    "error_rate": "error rate",
    "error_rate_ignoring": "error rate without {ignore}",
}
_COMPARED = ("figure", "this model", "95% interval", "copying the nearest pair", "95% interval")
_WORST = ("source", "true", "written", "errors a token")


def section(evaluation: Mapping[str, Any], pictures: Pictures) -> Html:
    """The pictures of a translator's evaluation."""
    data = evaluation.get("pictures") or {}
    compared, wrong = beside(evaluation), worst(data)
    how = data.get("computed") or ()
    return join(
        [
            tag("h4.group", "Beside copying the training pair whose source is most like it"),
            absent(compared) if isinstance(compared, Absent) else table(_COMPARED, compared, "beside the nearest pair"),
            tag("p.note", "Computed as: ", ", ".join(map(str, how)), ".") if how else None,
            _looked(data, pictures),
            tag("h4.group", "What went most wrong"),
            absent(wrong) if isinstance(wrong, Absent) else table(_WORST, wrong, "what went most wrong"),
        ]
    )


@tolerant
def beside(evaluation: Mapping[str, Any]) -> list[list[str]] | Absent:
    """A row a figure: the model's and the nearest pair's, each with its interval."""
    found = evaluation["figures"]
    ignore = str((evaluation.get("pictures") or {}).get("ignore", ""))
    rows = []
    for name, words in _NAMES.items():
        if name in found:
            cells = [cell for who in (name, f"nearest_{name}") for cell in _with_interval(found, who, name in _SHARES)]
            rows.append([words.format(ignore=ignore), *cells])
    return rows or Absent("evaluation.json has no figure of a translation")


def _with_interval(found: Mapping[str, Any], name: str, share: bool) -> tuple[str, str]:
    def written(key: str) -> str:
        value = found.get(key)
        return percent(value) if share and value is not None else figure(value)

    ends = f"{written(f'{name}_low')} to {written(f'{name}_high')}" if f"{name}_low" in found else figure(None)
    return written(name), ends


def _looked(data: Mapping[str, Any], pictures: Pictures) -> Html:
    drawn = data.get("alignments")
    if not drawn:
        none = "this model has no attention: its decoder knows of the source by its first state alone"
        reason = Absent("evaluation.json has no alignment" if drawn is None else none)
        return tag("div.cards", pictures.place("Where the decoder looked", reason))
    reading = (
        "Across is the source, down is what was written, a token a row. A dark cell: the decoder looked there before "
        "it wrote that token; a row adds up to 1. A path along the diagonal goes word by word, a step back is another "
        "order of words, and a row without a dark cell was written without looking anywhere closely."
    )
    charts = [alignment(one, number) for number, one in enumerate(drawn, start=1)]
    return tag("div.cards", pictures.together("Where the decoder looked", charts, reading))


@tolerant
def alignment(one: Mapping[str, Any], number: int) -> Chart | Absent:
    """The weights of attention: what was written (down) over the source (across)."""
    source, target, weights = one["source"], one["target"], one["weights"]
    rows = [[token, *(float(step[at]) for step in weights)] for at, token in enumerate(source)]
    labels = {"interval": 0, "formatter": None, "hideOverlap": False}
    turned = 60 if sum(map(len, source)) > 30 else 0
    across = axis("", "category", data=list(source), axisLabel={**labels, "rotate": turned})
    down = axis("", "category", data=list(target), inverse=True, axisLabel=labels, splitLine={"show": False})
    ink = {"min": 0, "max": 1, "show": False, "inRange": shades(5, 9)}
    left = min(130, 16 + 7 * max(map(len, target)))
    bottom = min(96, 20 + 7 * max(map(len, source))) if turned else 26
    grid = {"left": left, "top": 10, "right": 12, "bottom": bottom}
    option = heat_map(across, down, ink, "@share", grid=grid)
    return Chart(
        title=f"Pair {number}",
        summary=f"Matrix of attention of {len(target)} written tokens over {len(source)} of the source.",
        reading="",
        note=f"true: {one['reference']}",
        option=option,
        table=ChartTable(["read", *(f"wrote {token}" for token in target)], rows),
        kind="heat",
    )


@tolerant
def worst(data: Mapping[str, Any]) -> list[list[str]] | Absent:
    """A row a pair, the most errors for its length first."""
    rows = [[row["source"], row["reference"], row["written"], figure(row["errors"])] for row in data["worst"]]
    return rows or Absent("nothing was translated")
