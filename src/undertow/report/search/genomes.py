"""How genomes are written: a row of a chart's numbers, a row of a table, and the axes that they lie on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from undertow.report.charts import Option, axis, log_axis
from undertow.report.figures import table
from undertow.report.markup import Html
from undertow.report.numbers import aligned, evenly, figure, rounded
from undertow.report.read import Absent
from undertow.report.search.read import Search, TrialRecord

__all__ = ["NOTHING", "columns", "generation_axis", "listed", "reaching", "row", "thinned", "titled", "written"]

NOTHING = Absent("no training of the search is over yet, or none came to anything")

#: Genes that a table on the page has room for.
_MOST_GENES = 8
#: Trials that a chart shows.
_MOST_TRIALS = 1_200
#: The largest over the smallest, from where on an axis is logarithmic.
_WIDE = 30.0


def written(value: Any) -> str:
    """A gene's value as a config has it; an en dash where it does not count."""
    if value is None:
        return figure(None)
    if isinstance(value, bool):
        return str(value).lower()
    return str(rounded(value)) if value != "" else "(none)"


def thinned(trials: Sequence[TrialRecord], *kept: TrialRecord) -> tuple[list[TrialRecord], str]:
    """So many of the trials that a page stays small, ``kept`` among them, and a note if some are left out."""
    if len(trials) <= _MOST_TRIALS:
        return list(trials), ""
    shown = {id(t) for t in (*evenly(trials, _MOST_TRIALS), *kept)}
    return [t for t in trials if id(t) in shown], f"{len(shown):,} of {len(trials):,} trials are shown, evenly spread."


def titled(search: Search, trial: TrialRecord) -> str:
    """``genetic 12``; with several seeds ``genetic 12, seed 1``."""
    seed = f", seed {trial.seed}" if len(search.seeds) > 1 else ""
    return f"{search.title(trial.method)} {trial.number}{seed}"


def columns(search: Search) -> list[str]:
    """The names of what :func:`row` has."""
    return ["method", "seed", "trial", *map(search.label, search.genes)]


def row(search: Search, trial: TrialRecord) -> list[Any]:
    """A genome among a chart's numbers; what does not count is None."""
    genes = (trial.gene(name) for name in search.genes)
    shown = (written(v) if isinstance(v, bool | str) else v for v in genes)
    return [search.title(trial.method), trial.seed, trial.number, *shown]


def listed(search: Search, trials: Sequence[TrialRecord], label: str, chosen: TrialRecord | None = None) -> Html:
    """Trials as a table: what they came to, and the genes that matter most."""
    genes = search.ranked[:_MOST_GENES]
    heads = ["trial", *map(search.unit, search.sought), "steps", *map(search.label, genes)]
    rows = [
        [
            titled(search, trial),
            *(map(_value, trial.values) if trial.values else [figure(None)] * len(search.sought)),
            figure(trial.steps) + (" (stopped)" if trial.stopped else ""),
            *(written(trial.gene(name)) for name in genes),
        ]
        for trial in trials
    ]
    return table(heads, rows, label, titled(search, chosen) if chosen else None)


def _value(value: float) -> str:
    return figure(int(value)) if value == int(value) else aligned(value)


def reaching(name: str, values: Sequence[float | None]) -> Option:
    """An axis that values of very different sizes have room on: logarithmic then."""
    known = [v for v in values if v is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return log_axis(name, known) if low > 0 and high / low > _WIDE else axis(name, scale=True)


def generation_axis(last: int) -> Option:
    """Whole generations, with room at both ends."""
    return axis("generation", min=-0.5, max=last + 0.5, minInterval=1, axisLabel={"formatter": "@whole"})
