"""How the search went: the best so far of every method over what was spent."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from undertow.report.charts import Chart, ChartTable, Option, axis, band, cartesian, line
from undertow.report.numbers import counted, figure
from undertow.report.read import Absent
from undertow.report.search.genomes import NOTHING
from undertow.report.search.read import Search, Searched
from undertow.report.tolerant import tolerant

__all__ = ["best_so_far"]


@tolerant
def best_so_far(search: Search) -> Chart | Absent:
    """The best value by then, a line a method: the mean over its seeds, with the least and the most as a band."""
    curves = {method: [_Curve(search, one) for one in _searches(search, method)] for method in search.methods}
    curves = {method: found for method, found in curves.items() if found}
    if not curves:
        return NOTHING
    spent = sorted({at for found in curves.values() for curve in found for at in curve.spent})
    several = any(len(found) > 1 for found in curves.values())
    rows: list[list[float | None]] = []
    for at in spent:
        found = [_spread([curve.at(at) for curve in curves[method]]) for method in curves]
        rows.append([at / search.steps, *(v for spread in found for v in (spread if several else spread[:1]))])
    named = ("{}: mean of the best", "{}: least", "{}: most less least") if several else ("{}",)
    unit = search.unit(search.objective)
    ends = {method: next((r[1 + n * len(named)] for r in rows[::-1] if r[1 + n * len(named)] is not None), None)
            for n, method in enumerate(curves)}  # fmt: skip
    wanted = "higher" if search.sought[search.objective] else "lower"
    shown = ", ".join(f"{search.title(method)} {figure(value)}" for method, value in ends.items())
    return Chart(
        title="Best so far",
        summary=f"Line chart of the best {unit} by budget spent, a line a method; at the end: {shown}.",
        reading=(
            f"The best {unit} that each method had found by then; {wanted} is better. A training stopped early costs "
            "the steps it did, and a genome that another method had trained costs as if it were trained again."
        ),
        note=_note(curves, several=several),
        option=cartesian(
            axis("spent, in whole trainings", min=0),
            axis(unit, scale=True),
            [part for n, method in enumerate(curves) for part in _drawn(search.title(method), n, several=several)],
        ),
        table=ChartTable(
            ["trainings spent", *(name.format(search.title(m)) for m in curves for name in named)],
            rows,
        ),
    )


class _Curve:
    """The best value that one search had found, after so many steps were spent."""

    def __init__(self, search: Search, one: Searched) -> None:
        self.spent = [trial.spent for trial in one.trials]
        self._found = [(t.spent, t.values[0]) for t in one.trials if t.values]
        self._end = float("inf") if one.exhausted else max(self.spent)
        self._best = search.best

    def at(self, spent: float) -> float | None:
        """None before anything was found, and after the last trial, unless there is nothing left to search."""
        found = [value for at, value in self._found if at <= spent]
        return self._best(found) if found and spent <= self._end else None


def _searches(search: Search, method: str) -> list[Searched]:
    return [one for one in search.searches if one.method == method and one.measured]


def _spread(values: Sequence[float | None]) -> list[float | None]:
    """Mean, least, and how far the most is above it; nothing as long as one value lacks."""
    known = [v for v in values if v is not None]
    if len(known) < len(values):
        return [None, None, None]
    return [fmean(known), min(known), max(known) - min(known)]


def _drawn(name: str, number: int, *, several: bool) -> list[Option]:
    if not several:
        return [line(name, 1 + number, number, step="end")]
    first = 1 + 3 * number
    return [line(name, first, number, step="end", z=3), *band(name, first + 1, first + 2, number, step="end")]


def _note(curves: dict[str, list[_Curve]], *, several: bool) -> str:
    if not several:
        return "There is one seed: a difference between methods may be luck."
    most = max(len(found) for found in curves.values())
    return f"Lines are means over up to {counted(most, 'seed')}, bands reach from the least to the most of them."
