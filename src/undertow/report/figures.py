"""Charts and tables as they stand in the page: a frame with title, picture, how to read it, and the numbers to copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from undertow.report.charts import Chart
from undertow.report.markup import Html, join, tag
from undertow.report.read import Absent
from undertow.report.tolerant import tolerant

__all__ = ["Pictures", "absent", "copyable", "or_absence", "table", "tabs"]


def or_absence(build: Callable[[], Html]) -> Html:
    """What ``build`` makes of a record; where that is in a form that is not known here, that it is so."""
    made = tolerant(build)()
    return absent(made) if isinstance(made, Absent) else made


class Pictures:
    """The charts of a page by number. ``data`` is what the script draws them from."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}

    def place(self, title: str, chart: Chart | Absent, *, wide: bool = False) -> Html:
        """A chart in its frame, or why there is none. ``title`` names it where it is absent."""
        frame = "figure.card.wide" if wide else "figure.card"
        if isinstance(chart, Absent):
            return tag(frame, tag("h4", title), absent(chart))
        return tag(
            frame,
            tag("h4", chart.title),
            _legend(chart),
            self._drawn(chart),
            tag("figcaption", chart.reading, tag("span.note", f" {chart.note}") if chart.note else None),
            self._numbers(chart),
        )

    def together(self, title: str, charts: Sequence[Chart | Absent], reading: str, below: Html | None = None) -> Html:
        """Charts of one kind side by side in a frame, each with its note, and one text that says how to read them."""
        missing = [c for c in charts if isinstance(c, Absent)]
        if missing:
            return tag("figure.card.wide", tag("h4", title), absent(missing[0]))
        kind = next((c.kind for c in charts if isinstance(c, Chart)), "")
        side_by_side = tag(f"div.multiples.{kind}s", *(self._small(c) for c in charts if isinstance(c, Chart)))
        return tag("figure.card.wide", tag("h4", title), side_by_side, tag("figcaption", reading), below)

    def _small(self, chart: Chart) -> Html:
        head = tag("div.head", tag("h5", chart.title), tag("span", chart.note) if chart.note else None)
        return tag("div.multiple", head, self._drawn(chart), self._numbers(chart))

    def _drawn(self, chart: Chart) -> Html:
        key = f"c{len(self.data)}"
        self.data[key] = self._once(chart.plain())
        return tag(f"div.chart.{chart.kind}", of={"role": "img", "aria-label": chart.summary, "data-chart": key})

    def _once(self, drawn: dict[str, Any]) -> dict[str, Any]:
        """A chart with the numbers of one before it names that one in place of its table."""
        same = (key for key, other in self.data.items() if other["table"] == drawn["table"])
        return {**drawn, "table": next(same, drawn["table"])}

    def _numbers(self, chart: Chart) -> Html:
        """The table is filled in by the script when it is opened, with the numbers that the chart is drawn from."""
        key = f"c{len(self.data) - 1}"
        copy = tag(
            "button", "copy", of={"type": "button", "data-copy-table": key, "aria-label": f"copy: {chart.title}"}
        )
        return tag(
            "details.numbers",
            tag("summary", "The numbers"),
            tag("div.bar", tag("span", "as a table"), copy),
            tag("div.scroll", of={"data-table": key, "tabindex": "0", "role": "region", "aria-label": chart.title}),
        )


def _legend(chart: Chart) -> Html | None:
    """Names of the curves with a piece of each; a click hides one and shows it again."""
    if not chart.curves:
        return None
    entries = []
    for series in chart.curves:
        dash, ink = series.get("lineStyle", {}).get("type", "solid"), series["itemStyle"]["color"]
        pattern = " ".join(map(str, dash)) if isinstance(dash, list) else {"solid": "none"}.get(dash)
        width = "3" if series["type"] == "line" else "9"
        stroke = {"x1": "0", "x2": "26", "y1": "5", "y2": "5", "stroke-width": width, "stroke-dasharray": pattern}
        piece = tag(
            "svg",
            tag("line", of={**stroke, "style": f"stroke:{ink}"}),
            of={"width": "26", "height": "10", "aria-hidden": "true"},
        )
        entries.append(
            tag(
                "button",
                piece,
                str(series["name"]),
                of={"type": "button", "aria-pressed": "true", "data-curve": str(series["name"])},
            )
        )
    return tag("div.legend", *entries, of={"role": "group", "aria-label": "curves, shown or hidden"})


def tabs(titles: Sequence[str], panels: Sequence[Html], label: str) -> Html:
    """Panels of which one is shown, the first to begin with; on paper all are."""
    buttons, shown = [], []
    for number, (title, panel) in enumerate(zip(titles, panels, strict=True)):
        first, names = number == 0, {"id": f"tab-{number}", "aria-controls": f"panel-{number}"}
        chosen = {"aria-selected": "true", "tabindex": "0"} if first else {"aria-selected": "false", "tabindex": "-1"}
        buttons.append(tag("button", title, of={"type": "button", "role": "tab", **names, **chosen}))
        place = {"role": "tabpanel", "id": f"panel-{number}", "aria-labelledby": f"tab-{number}"}
        shown.append(tag("div.panel", tag("h3.printed", title), panel, of={**place, "hidden": not first}))
    return join([tag("div.tabs", *buttons, of={"role": "tablist", "aria-label": label}), *shown])


def absent(what: Absent) -> Html:
    """That something is not there, and why."""
    return tag("p.absent", f"Not available because {what.reason.rstrip('.')}.")


def copyable(title: str, text: str) -> Html:
    """A text under its title, to be copied."""
    button = tag("button", "copy", of={"type": "button", "data-copy": text, "aria-label": f"copy: {title}"})
    return tag(
        "div.block", tag("div.bar", tag("span", title), button), tag("pre", tag("code", text), of={"tabindex": "0"})
    )


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    label: str,
    chosen: str | None = None,
    under: Sequence[str] = (),
) -> Html:
    """A table of figures. The row that begins with ``chosen`` stands out; ``under`` goes under each first cell."""
    head = tag("tr", *(tag("th", column, of={"scope": "col"}) for column in columns))
    body = []
    for number, row in enumerate(rows):
        badge = tag("span.badge", "best") if row[0] == chosen else None
        more = tag("code", under[number]) if under and under[number] else None
        first = tag("th", row[0], " " if badge else None, badge, more, of={"scope": "row"})
        body.append(tag("tr.chosen" if badge else "tr", first, *(tag("td", cell) for cell in row[1:])))
    whole = tag("table", tag("thead", head), tag("tbody", *body))
    return tag("div.scroll", whole, of={"tabindex": "0", "role": "region", "aria-label": label})
