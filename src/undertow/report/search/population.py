"""The population of the genetic search, generation by generation."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from undertow.report.charts import DASHES, Chart, ChartTable, Option, cartesian, line, points
from undertow.report.numbers import counted, figure
from undertow.report.read import Absent
from undertow.report.search.genomes import columns, generation_axis, reaching, row, thinned, written
from undertow.report.search.read import Search, TrialRecord
from undertow.report.tolerant import tolerant

__all__ = ["NONE_YET", "population"]

NONE_YET = Absent("the genetic search has no generation yet of which a training is over")
_CELL = "model.cell"
_FEW = 6  #: kinds that a chart has colours for


@tolerant
def population(search: Search) -> Chart | Absent:
    """A point a genome: its value in its generation."""
    found = {
        number: known for number, trials in search.generations.items() if (known := [t for t in trials if t.values])
    }
    if not found:
        return NONE_YET
    of, kinds = _kinds(search, [t for trials in found.values() for t in trials])
    unit = search.unit(search.objective)
    shown, left = thinned([t for trials in found.values() for t in trials])
    kept = {id(t) for t in shown}
    rows: list[list[Any]] = []
    for number, trials in found.items():
        reached = [t.values[0] for t in trials if t.values]
        best, middle = search.best(reached), median(reached)
        rows += [
            [number, v, best, middle, of(t), *row(search, t)]
            for t, v in zip(trials, reached, strict=True)
            if id(t) in kept
        ]
    first, last = rows[0], rows[-1]
    return Chart(
        title="Population over generations",
        summary=f"Scatter plot of {counted(len(rows), 'genome')} in {counted(len(found), 'generation')}; the best in "
        f"the first {figure(first[2])}, in the last {figure(last[2])}; the median {figure(first[3])}, then "
        f"{figure(last[3])}.",
        reading=(
            "Each point is a genome that was trained in its generation; a pointer is told the genes that count in it. "
            "Where the median moves as the best does, selection works on the whole population; where the best alone "
            "moves, it may be a lucky find."
        ),
        note=f"Points are moved a little sideways, so that they can be seen. {left}".strip(),
        option=cartesian(
            generation_axis(max(found)),
            reaching(unit, [r[1] for r in rows]),
            _drawn(kinds),
            tooltip={"trigger": "item"},
        ),
        table=ChartTable(
            ["generation", unit, "best of its generation", "median", "kind", *columns(search)],
            rows,
        ),
    )


def _drawn(kinds: list[str]) -> list[Option]:
    """Points of each kind beside those of the others, and lines through the best and the median."""
    apart = 9.0  # pixels
    shifts = [apart * (n - (len(kinds) - 1) / 2) for n in range(len(kinds))]
    return [
        *(points(k, 0, 1, n, where=[4, k], symbolOffset=[shifts[n], 0], z=3) for n, k in enumerate(kinds)),
        _through("best of its generation", 2, 0, "var(--ink)"),
        _through("median", 3, 1, "var(--soft)"),
    ]


def _through(name: str, column: int, number: int, ink: str) -> Option:
    style = {"width": 2, "type": DASHES[number], "color": ink}
    return line(name, column, number, lineStyle=style, itemStyle={"color": ink})


def _kinds(search: Search, trials: list[TrialRecord]) -> tuple[Any, list[str]]:
    """What genomes are coloured by: their cell if that is a gene, else their seed; and which there are."""
    by_cell = any(t.gene(_CELL) is not None for t in trials)

    def plain(trial: TrialRecord) -> str:
        return written(trial.gene(_CELL)) if by_cell else f"seed {trial.seed}"

    common = [kind for kind, _ in Counter(map(plain, trials)).most_common()]
    kept = common if len(common) <= _FEW else common[: _FEW - 1]

    def of(trial: TrialRecord) -> str:
        return plain(trial) if plain(trial) in kept else "others"

    return of, [*sorted(kept), *(["others"] if len(kept) < len(common) else [])]
