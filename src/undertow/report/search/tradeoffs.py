"""What is best where several things are sought at once: the trials that none is better than in everything."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from undertow.report.charts import Chart, Table, cartesian, points
from undertow.report.figures import Pictures
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import counted
from undertow.report.read import Absent
from undertow.report.search.genomes import columns, listed, reaching, row
from undertow.report.search.progress import NOTHING
from undertow.report.search.read import Search, Trial
from undertow.report.tolerant import tolerant

__all__ = ["front", "pairs", "section"]


def front(search: Search) -> list[Trial]:
    """The trials of all searches that no trial is better than: as good in everything, and better in something.

    Those with the same values stand there once.
    """
    signs = [-1 if most else 1 for most in search.sought.values()]
    best: dict[tuple[float, ...], Trial] = {}
    for trial in _candidates(search):
        best.setdefault(tuple(s * v for s, v in zip(signs, trial.values or (), strict=True)), trial)
    return [best[cost] for cost in sorted(best) if not any(_beats(other, cost) for other in best)]


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def _candidates(search: Search) -> list[Trial]:
    """What is on no search's own front is not on that of all."""
    fronts = [t for one in search.searches for t in one.measured if t.number in one.front]
    return fronts or [t for t in search.trials if t.values]


@tolerant
def pairs(search: Search) -> list[Chart] | Absent:
    """A chart for every two things that are sought."""
    found = [t for t in search.trials if t.values]
    if not found:
        return NOTHING
    best = front(search)
    return [_pair(search, found, best, x, y) for x, y in combinations(range(len(search.sought)), 2)]


def _pair(search: Search, found: Sequence[Trial], best: Sequence[Trial], x: int, y: int) -> Chart:
    units = [search.unit(name) for name in search.sought]
    on, first = [id(t) for t in best], len(units)
    rows = [
        [
            *(t.values or ()),
            "yes" if id(t) in on else "no",
            *(row(search, t) if (x, y) == (0, 1) else row(search, t)[:3]),
        ]
        for t in found
    ]
    names = columns(search) if (x, y) == (0, 1) else columns(search)[:3]
    ring = {"color": "transparent", "borderColor": "var(--ink)", "borderWidth": 1.6, "opacity": 1}
    drawn = [
        points(search.title(method), x, y, n, where=[first + 1, search.title(method)])
        for n, method in enumerate(search.methods)
    ]
    marked = points("on the front", x, y, 0, where=[first, "yes"], symbolSize=15, itemStyle=ring, silent=True, z=4)
    wanted = ["more" if most else "less" for most in search.sought.values()]
    return Chart(
        title=f"{units[y]} against {units[x]}",
        summary=f"Scatter plot of {counted(len(found), 'trial')} by {units[x]} and {units[y]}; {len(best)} are on the "
        "front.",
        reading=(
            f"Each point is a training: {wanted[x]} {units[x]} and {wanted[y]} {units[y]} is better. Ringed are those "
            "that no other is better than: who wants more of one must give up some of another."
        ),
        option=cartesian(
            reaching(units[x], [r[x] for r in rows]),
            reaching(units[y], [r[y] for r in rows]),
            [*drawn, marked],
            tooltip={"trigger": "item"},
        ),
        table=Table([*units, "on the front", *names], rows),
    )


def section(search: Search, pictures: Pictures) -> Html:
    """A chart a pair, and the front as a table."""
    charts, best = pairs(search), front(search)
    if isinstance(charts, Absent):
        return pictures.place("Trade-offs", charts)
    units = ", ".join(search.unit(name) for name in search.sought)
    told = (
        f"Sought were {units}. {counted(len(best), 'trial')} of all searches cannot be bettered in one of them without "
        "loss in another."
    )
    return join(
        [
            tag("p.lead", told),
            tag("div.cards", *(pictures.place(chart.title, chart, wide=len(charts) == 1) for chart in charts)),
            tag("h4.group", "The front"),
            listed(search, best, "the front"),
        ]
    )
