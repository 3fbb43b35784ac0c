"""What is best where several things are sought at once: the trials that none is better than in everything."""

from __future__ import annotations

from itertools import combinations

from undertow.report.charts import Chart, cartesian, points
from undertow.report.figures import Pictures
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import counted
from undertow.report.read import Absent
from undertow.report.search.every import every, front
from undertow.report.search.genomes import NOTHING, listed, reaching
from undertow.report.search.read import Search
from undertow.report.tolerant import tolerant

__all__ = ["pairs", "section"]


@tolerant
def pairs(search: Search) -> list[Chart] | Absent:
    """A chart for every two things that are sought."""
    best = front(search)
    if not best:
        return NOTHING
    return [_pair(search, len(best), x, y) for x, y in combinations(range(len(search.sought)), 2)]


def _pair(search: Search, count: int, x: int, y: int) -> Chart:
    units = [search.unit(name) for name in search.sought]
    table, note = every(search)
    method, on = table.columns.index("method"), table.columns.index("on the front")
    ring = {"color": "transparent", "borderColor": "var(--ink)", "borderWidth": 1.6, "opacity": 1}
    drawn = [
        points(search.title(name), x + 1, y + 1, n, where=[method, search.title(name)])
        for n, name in enumerate(search.methods)
    ]
    marked = points("", x + 1, y + 1, 0, where=[on, "yes"], symbolSize=15, itemStyle=ring, silent=True, z=4)
    wanted = ["more" if most else "less" for most in search.sought.values()]
    return Chart(
        title=f"{units[y]} against {units[x]}",
        summary=f"Scatter plot of {counted(len(table.rows), 'trial')} by {units[x]} and {units[y]}; {count} are on "
        "the front.",
        reading=(
            f"Each point is a training: {wanted[x]} {units[x]} and {wanted[y]} {units[y]} is better. Ringed are those "
            "that no other is better than: who wants more of one must give up some of another."
        ),
        note=note,
        option=cartesian(
            reaching(units[x], [r[x + 1] for r in table.rows]),
            reaching(units[y], [r[y + 1] for r in table.rows]),
            [*drawn, marked],
            tooltip={"trigger": "item"},
        ),
        table=table,
    )


def section(search: Search, pictures: Pictures) -> Html:
    """A chart a pair, and the front as a table."""
    charts, best = pairs(search), front(search)
    if isinstance(charts, Absent):
        return pictures.place("Trade-offs", charts)
    units = ", ".join(search.unit(name) for name in search.sought)
    lead = (
        f"Sought were {units}. {counted(len(best), 'trial')} of all searches cannot be bettered in one of them without "
        "giving up some of another."
    )
    return join(
        [
            tag("p.lead", lead),
            tag(
                "div.cards",
                *(pictures.place(c.title, c, wide=n % 2 == 0 and c is charts[-1]) for n, c in enumerate(charts)),
            ),
            tag("h4.group", "The front"),
            listed(search, best, "the front"),
        ]
    )
