"""What a chart is: an option of Apache ECharts as plain data, its numbers as a table, and words that explain it.

The numbers stand in the page once: the table is the chart's dataset, and series name its columns. Colours are written
as ``var(--name)`` and come from the style sheet, light or dark; ``@name`` is a function of the script that writes
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from undertow.report.numbers import rounded
from undertow.words import visible

__all__ = [
    "COLOURS",
    "DASHES",
    "SHARED",
    "SIGNS",
    "Chart",
    "ChartTable",
    "Option",
    "axis",
    "band",
    "bars",
    "cartesian",
    "colour",
    "even_axis",
    "heat_map",
    "line",
    "log_axis",
    "mark",
    "marks",
    "points",
    "shades",
    "strip",
]  # fmt: skip

#: (A part of) an option of ECharts.
Option = dict[str, Any]

#: Told apart with any colour vision (after Okabe and Ito 2008); the style sheet has their values.
COLOURS = [f"var(--series-{n})" for n in range(1, 7)]
#: A second sign beside the colour.
DASHES: list[str | list[int]] = ["solid", [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [1, 2]]
#: The same for points.
SIGNS = ("circle", "triangle", "rect", "diamond")


def colour(number: int) -> str:
    """The colour of a chart's series by number, from 0."""
    return COLOURS[number % len(COLOURS)]


@dataclass(frozen=True)
class ChartTable:
    """A chart's numbers: names of columns, with units, and rows. None is a number that is not there."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def plain(self) -> dict[str, Any]:
        """As it goes into the page: rounded to four significant digits."""
        return {"columns": list(self.columns), "rows": [[rounded(v) for v in row] for row in self.rows]}


@dataclass(frozen=True)
class Chart:
    """A picture with its words.

    ``summary`` says what it shows to those who don't see it, ``reading`` how to read it, ``note`` what is special about
    the data (may be empty). ``kind`` sets its height: ``line``, ``heat``, ``bars``, ``small``.
    """

    title: str
    summary: str
    reading: str
    option: Option
    table: ChartTable
    kind: str = "line"
    note: str = ""

    @property
    def curves(self) -> list[Option]:
        """The series that have a name, if there are several: what a legend explains. A name stands there once."""
        named = {series["name"]: series for series in self.option["series"][::-1] if series.get("name")}
        return list(named.values())[::-1] if len(named) > 1 else []

    def plain(self) -> dict[str, Any]:
        """As it goes into the page: its words as text (:func:`undertow.words.visible`)."""
        return {"option": _shown(self.option), "table": _shown(self.table.plain())}


def _shown(part: Any) -> Any:
    if isinstance(part, str):
        return visible(part)
    if isinstance(part, Mapping):
        return {key: _shown(value) for key, value in part.items()}
    return [_shown(value) for value in part] if isinstance(part, list | tuple) else part


#: What every chart has; a chart's own option comes on top, part by part.
SHARED: Option = {
    "animation": False,
    "textStyle": {"color": "var(--soft)", "fontFamily": "var(--sans)", "fontSize": 12},
    "tooltip": {
        "trigger": "axis",
        "confine": True,
        "valueFormatter": "@number",
        "backgroundColor": "var(--card)",
        "borderColor": "var(--rim)",
        "textStyle": {"color": "var(--ink)", "fontFamily": "var(--sans)", "fontSize": 13},
        "axisPointer": {"lineStyle": {"color": "var(--soft)"}, "label": {"show": False}},
    },
    "legend": {"show": False},  # the page has its own, which wraps; ECharts' hides what that one switches off
    "grid": {"left": 46, "right": 18, "top": 28, "bottom": 46},
    "xAxis": {  # its name under its middle
        "nameLocation": "middle",
        "nameGap": 28,
        "nameTextStyle": {"color": "var(--soft)", "fontSize": 12},
        "axisLine": {"lineStyle": {"color": "var(--axis)"}},
        "axisTick": {"lineStyle": {"color": "var(--axis)"}},
        "axisLabel": {"color": "var(--soft)", "fontSize": 11.5, "hideOverlap": True, "formatter": "@number"},
        "splitLine": {"show": False, "lineStyle": {"color": "var(--grid)"}},
    },
    "yAxis": {  # its name over its top
        "nameLocation": "end",
        "nameGap": 11,
        "nameTextStyle": {"color": "var(--soft)", "fontSize": 12, "align": "left", "padding": [0, 0, 0, -30]},
        "axisLine": {"show": False, "onZero": False},
        "axisTick": {"show": False},
        "axisLabel": {"color": "var(--soft)", "fontSize": 11.5, "hideOverlap": True, "formatter": "@number"},
        "splitLine": {"lineStyle": {"color": "var(--grid)"}},
    },
}


def axis(name: str, kind: str = "value", **parts: Any) -> Option:
    """An axis: ``value``, ``log`` or ``category``."""
    return {"type": kind, "name": name, **parts}


def even_axis(name: str, values: Sequence[float | None]) -> Option:
    """An axis from 0 whose end lies on a tick, just over the largest of ``values``."""
    high = max((v for v in values if v is not None), default=0) or 1
    size = 10.0 ** math.floor(math.log10(high / 5))
    interval = next(size * n for n in (1, 2, 5, 10) if size * n >= high / 5)
    ends = {"min": 0, "max": rounded(math.ceil(high / interval - 1e-9) * interval), "interval": rounded(interval)}
    return axis(name, **ends)


def log_axis(name: str, values: Sequence[float | None], lowest: float = 1e-8) -> Option:
    """A logarithmic axis upward around ``values``: whole powers of ten, none under ``lowest`` times the largest."""
    positive = [v for v in values if v]
    top = math.ceil(math.log10(max(positive, default=1.0)) - 1e-9)
    least = max(min(positive, default=0.1), 10.0**top * lowest)
    bottom = min(math.floor(math.log10(least) + 1e-9), top - 1)
    return axis(name, "log", min=10.0**bottom, max=10.0**top, axisLabel={"formatter": "@power"})


def cartesian(x: Option, y: Option, series: Sequence[Option], **parts: Any) -> Option:
    """A chart with one pair of axes."""
    return {"xAxis": x, "yAxis": y, "series": list(series), **parts}


def shades(first: int, last: int) -> Option:
    """The colours of cells from low to high: those of the style sheet's scale from ``first`` to ``last``, of 1 to 9."""
    return {"color": [f"var(--heat-{n})" for n in range(first, last + 1)]}


def heat_map(
    across: Option, up: Option, scale: Option, tooltip: str, label: Option | None = None, **parts: Any
) -> Option:
    """Cells in the colours of ``scale`` (a visualMap): the table's columns after the first, a row of cells each.

    ``tooltip`` writes what is under the pointer, ``label`` what stands in the cells.
    """
    series: Option = {"type": "heatmap", "matrix": True, "progressive": 0}
    series |= {"label": label} if label else {}
    series |= {"emphasis": {"disabled": True}}
    return cartesian(across, up, [series], visualMap=scale, tooltip={"trigger": "item", "formatter": tooltip}, **parts)


def line(name: str, column: int, number: int, **parts: Any) -> Option:
    """A line through column ``column`` of the table over its first column, in the look of series ``number``."""
    style = {"width": 2, "type": DASHES[number % len(DASHES)], "color": colour(number)}
    return {
        "type": "line",
        "name": name,
        "encode": {"x": 0, "y": column},
        "symbol": "none",
        "itemStyle": {"color": colour(number)},
        "lineStyle": style,
        "emphasis": {"disabled": True},
        **parts,
    }


def band(name: str, low: int, width: int, number: int, **parts: Any) -> list[Option]:
    """An area from column ``low`` up by column ``width``, in the colour of series ``number``.

    It is two stacked areas: the lower one, unseen, carries the other. Under a line's ``name`` it comes and goes with
    the line.
    """
    unseen = {"lineStyle": {"opacity": 0}, "itemStyle": {"color": colour(number), "opacity": 0}}
    place = {"stack": f"band {number}", "stackStrategy": "all", "tooltip": {"show": False}}
    return [
        {
            **line(name, column, number),
            **unseen,
            **place,
            "areaStyle": {"color": colour(number), "opacity": opacity},
            **parts,
        }
        for column, opacity in ((low, 0.0), (width, 0.25))
    ]


def points(name: str, x: int, y: int, number: int, **parts: Any) -> Option:
    """Points at columns ``x`` and ``y`` of the table, in the look of series ``number``.

    With ``where=[column, value]`` those rows alone that have this value there. A pointer is told the whole row.
    """
    return {
        "type": "scatter",
        "name": name,
        "encode": {"x": x, "y": y},
        "symbol": SIGNS[number % len(SIGNS)],
        "symbolSize": 9,
        "itemStyle": {"color": colour(number), "opacity": 0.7},
        "tooltip": {"formatter": "@row"},
        **parts,
    }


def bars(name: str, column: int, number: int, **parts: Any) -> Option:
    """Bars as high as column ``column`` over the table's first, in the colour of series ``number``."""
    return {
        "type": "bar",
        "name": name,
        "encode": {"x": 0, "y": column},
        "itemStyle": {"color": colour(number)},
        "emphasis": {"disabled": True},
        **parts,
    }


def strip(value: str, names: Sequence[str]) -> Option:
    """A point for every row of a table of values (first column) and names (second), a line of points a name."""
    series = points(value, 0, 1, 0, symbolSize=11)
    lines = axis("", "category", data=list(names)[::-1])
    lines["axisLabel"] = {"color": "var(--ink)", "fontSize": 12, "width": 106, "overflow": "break"}
    option = cartesian(axis(value, scale=True, boundaryGap=["6%", "6%"]), lines, [series])
    option["grid"] = {"left": 118, "right": 24, "top": 10, "bottom": 46}
    option["tooltip"] = {"trigger": "item"}
    option["xAxis"]["splitLine"] = {"show": True}
    return option


def mark(place: Mapping[str, Any], words: str, position: str = "insideEndTop", ink: str = "var(--ink)") -> Option:
    """A line across a chart at ``{"xAxis": value}`` or ``{"yAxis": value}``, with words along it."""
    label: Option = {"show": False}
    if words:
        label = {"formatter": words, "position": position, "color": ink, "fontSize": 11.5, "fontFamily": "var(--sans)"}
        label |= {"backgroundColor": "var(--card)", "padding": [1, 4]}
    return {**place, "label": label, "lineStyle": {"color": ink, "type": "dashed", "width": 1}}


def marks(lines: Sequence[Option]) -> Option:
    """Lines across a chart as a series of their own, that no legend names."""
    return {
        "type": "line",
        "name": "",
        "data": [],
        "tooltip": {"show": False},
        "markLine": {"silent": True, "symbol": "none", "animation": False, "data": list(lines)},
    }
