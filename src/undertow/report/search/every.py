"""Every trial: as numbers, as a chart, and those of them that no other is better than."""

from __future__ import annotations

from undertow.report.charts import Chart, ChartTable, axis, cartesian, points
from undertow.report.numbers import counted
from undertow.report.read import Absent
from undertow.report.search.genomes import NOTHING, columns, reaching, row, thinned
from undertow.report.search.read import Search, TrialRecord
from undertow.report.tolerant import tolerant

__all__ = ["every", "every_trial", "front"]


def front(search: Search) -> list[TrialRecord]:
    """The trials of all searches that no trial is better than: as good in everything, and better in something.

    Those with the same values stand there once.
    """
    signs = [-1 if most else 1 for most in search.sought.values()]
    best: dict[tuple[float, ...], TrialRecord] = {}
    for trial in _candidates(search):
        best.setdefault(tuple(s * v for s, v in zip(signs, trial.values or (), strict=True)), trial)
    return [best[cost] for cost in sorted(best) if not any(_beats(other, cost) for other in best)]


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def _candidates(search: Search) -> list[TrialRecord]:
    """What is on no search's own front is not on that of all."""
    fronts = [t for one in search.searches for t in one.measured if t.number in one.front]
    return fronts or [t for t in search.trials if t.values]


def every(search: Search) -> tuple[ChartTable, str]:
    """The trials that came to something, what they came to and their genes; a note if some are left out."""
    best = front(search)
    on = {id(t) for t in best}
    shown, note = thinned([t for t in search.trials if t.values], *best)
    several = len(search.sought) > 1
    rows = []
    for trial in shown:
        place = ["yes" if id(trial) in on else "no"] if several else []
        rows.append([trial.spent / search.steps, *(trial.values or ()), *place, *row(search, trial)])
    heads = ["trainings spent", *map(search.unit, search.sought), *(["on the front"] if several else [])]
    return ChartTable([*heads, *columns(search)], rows), note


@tolerant
def every_trial(search: Search) -> Chart | Absent:
    """What every trial came to, over what its search had spent."""
    table, note = every(search)
    if not table.rows:
        return NOTHING
    at = table.columns.index("method")
    series = [
        points(search.title(method), 0, 1, n, where=[at, search.title(method)], symbolSize=7)
        for n, method in enumerate(search.methods)
    ]
    return Chart(
        title="Every trial",
        summary=f"Scatter plot of {counted(len(table.rows), 'trial')} of {counted(len(series), 'method')} over what "
        "was spent.",
        reading=(
            "Each point is a training. Where a method learns from what it has seen, its points gather at the good end. "
            "The numbers have every trial with its genes; a dash is a gene that does not count in it."
        ),
        note=note,
        option=cartesian(
            axis("spent, in whole trainings", min=0),
            reaching(search.unit(search.objective), [r[1] for r in table.rows]),
            series,
            tooltip={"trigger": "item"},
        ),
        table=table,
    )
