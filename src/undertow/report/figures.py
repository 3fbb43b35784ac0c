"""Charts and tables as they stand in the page: a frame with title, picture, how to read it, and the numbers to copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from undertow.report.charts import Chart
from undertow.report.markup import Html, join, tag
from undertow.report.read import Absent

__all__ = ["Pictures", "table"]


class Pictures:
    """The charts of a page by number. ``data`` is what the script draws them from."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}

    def place(self, title: str, chart: Chart | Absent, *, wide: bool = False) -> Html:
        """A chart in its frame, or why there is none. ``title`` names it where it is absent."""
        frame = "figure.card.wide" if wide else "figure.card"
        if isinstance(chart, Absent):
            return tag(frame, tag("h4", title), tag("p.absent", f"Not available because {chart.reason}."))
        return tag(
            frame,
            tag("h4", chart.title),
            self._drawn(chart),
            tag("figcaption", chart.reading, tag("span.note", f" {chart.note}") if chart.note else None),
            self._numbers(chart),
        )

    def small(self, charts: Sequence[Chart]) -> Html:
        """Small charts side by side, each with its note."""
        return tag("div.multiples", *(self._small(chart) for chart in charts))

    def _small(self, chart: Chart) -> Html:
        head = tag("div.head", tag("h5", chart.title), tag("span", chart.note))
        return tag("div.multiple", head, self._drawn(chart), self._numbers(chart))

    def _drawn(self, chart: Chart) -> Html:
        key = f"c{len(self.data)}"
        self.data[key] = chart.plain()
        return tag(f"div.chart.{chart.kind}", of={"role": "img", "aria-label": chart.summary, "data-chart": key})

    def _numbers(self, chart: Chart) -> Html:
        """The table is filled in by the script when it is opened; the numbers are those that the chart is drawn from."""
        key = f"c{len(self.data) - 1}"
        copy = tag("button", "copy", of={"type": "button", "data-copy-table": key, "aria-label": f"copy: {chart.title}"})
        return tag(
            "details.numbers",
            tag("summary", "The numbers"),
            tag("div.bar", tag("span", "as a table"), copy),
            tag("div.scroll", of={"data-table": key, "tabindex": "0", "role": "region", "aria-label": chart.title}),
        )


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], label: str, chosen: str | None = None) -> Html:
    """A table of figures; the row whose first cell is ``chosen`` stands out."""
    head = tag("tr", *(tag("th", column, of={"scope": "col"}) for column in columns))
    body = []
    for row in rows:
        mark = tag("span.badge", "best") if row[0] == chosen else None
        cells = join(tag("td", cell) for cell in row[1:])
        body.append(tag("tr.chosen" if mark else "tr", tag("th", row[0], " " if mark else None, mark, of={"scope": "row"}), cells))
    whole = tag("table", tag("thead", head), tag("tbody", *body))
    return tag("div.scroll", whole, of={"tabindex": "0", "role": "region", "aria-label": label})
