"""What the genes are worth, and how each of them spread over the generations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any

from undertow.report.charts import Chart, ChartTable, axis, bars, cartesian, line, points
from undertow.report.numbers import counted, figure, percent
from undertow.report.read import Absent
from undertow.report.search.genomes import generation_axis, reaching, written
from undertow.report.search.read import Search
from undertow.report.tolerant import tolerant

__all__ = ["choices", "importance", "named_genes", "numeric_genes", "values"]

#: A gene with no more values than this is shown as choices, even if they are numbers.
_FEW = 6
_MOST_BARS = 24
_ROOM = 10  #: bars that a chart of ordinary height has room for


@tolerant
def importance(search: Search) -> Chart | Absent:
    """How much of what makes good trials good lies in each gene."""
    known = [name for name in search.ranked if name in search.importance]
    if not known:
        return Absent("fewer than 20 trainings came to something: a gene's worth could not be told from chance")
    shown = known[:_MOST_BARS]
    rows = [[search.label(name), search.importance[name]] for name in known]
    names = axis("", "category", data=[search.label(name) for name in shown], inverse=True)
    names["axisLabel"] = {"color": "var(--ink)", "fontSize": 11.5, "width": 128, "overflow": "truncate", "interval": 0}
    names["axisLabel"] |= {"hideOverlap": False, "formatter": None}
    series = bars("importance", 1, 0, encode={"x": 1, "y": 0}, barMaxWidth=14)
    share = axis("share", min=0, axisLabel={"formatter": "@percent"}, splitLine={"show": True})
    option = cartesian(share, names, [series], grid={"left": 140, "top": 8})
    trials = counted(sum(bool(t.values) for t in search.trials), "trial")
    first = ", ".join(f"{search.label(name)} {percent(search.importance[name])}" for name in known[:3])
    return Chart(
        title="Importance of each gene",
        summary=f"Bar chart of the importance of {counted(len(shown), 'gene')}; the first: {first}.",
        reading=(
            f"In which genes good trials differ from all others (PED-ANOVA over the {trials} of all methods): shares "
            "that add up to one. It says which choice mattered among these values and with so many steps, not which "
            "value is right, and not how genes work together. From few trials it is a hint."
        ),
        note=f"{len(known) - len(shown)} more are among the numbers." if len(known) > len(shown) else "",
        option=option,
        table=ChartTable(["gene", "importance"], rows),
        kind="tall" if len(shown) > _ROOM else "bars",
    )


def named_genes(search: Search) -> list[str]:
    """Genes with few values to choose from, those first that matter most."""
    return [name for name in search.ranked if len(_known(search, name)) > 1 and not _is_numeric(search, name)]


def numeric_genes(search: Search) -> list[str]:
    """Genes that are numbers of many values, those first that matter most."""
    return [name for name in search.ranked if _known(search, name) and _is_numeric(search, name)]


def _known(search: Search, gene: str) -> list[Any]:
    """The values that a gene had in the genetic search where it counted, in order."""
    found = {written(v): v for trials in search.generations.values() for t in trials
             if (v := t.gene(gene)) is not None}  # fmt: skip
    return sorted(found.values(), key=lambda v: (isinstance(v, str), v))


def _is_numeric(search: Search, gene: str) -> bool:
    known = {v for t in search.trials if (v := t.genes.get(gene)) is not None}
    return len(known) > _FEW and not any(isinstance(v, str | bool) for v in known)


@tolerant
def choices(search: Search, gene: str) -> Chart | Absent:
    """The share of every choice of a gene among the genomes of a generation."""
    label, found = search.label(gene), search.generations
    counts = {n: Counter(written(t.gene(gene)) for t in trials) for n, trials in found.items()}
    total = sum(counts.values(), Counter[str]())
    idle = written(None)
    known = [written(v) for v in _known(search, gene)]
    if len(known) > _FEW:  # a colour each
        known = sorted(sorted(known, key=lambda v: -total[v])[: _FEW - 1], key=known.index)
    parts = [*known, *(["others"] if set(total) - {*known, idle} else [])]
    rows: list[list[Any]] = []
    for number, count in counts.items():
        others = sum(c for v, c in count.items() if v not in known and v != idle)
        shares = [(others if v == "others" else count[v]) / count.total() for v in parts]
        rows.append([str(number), *shares, count[idle] / count.total()])
    series = [bars(v, n + 1, n, stack="all", barCategoryGap="18%") for n, v in enumerate(parts)]
    if total[idle]:
        dull = {"color": "var(--grid)"}
        series.append(bars("does not count", len(parts) + 1, 0, stack="all", itemStyle=dull))
    first, last = rows[0], rows[-1]
    most = max(range(len(parts)), key=lambda n: last[n + 1])
    return Chart(
        title=label,
        summary=f"Stacked bars of the choices of {label} over {counted(len(rows), 'generation')}.",
        reading=f"{parts[most]}: {percent(first[most + 1])} of generation {first[0]}, {percent(last[most + 1])} of "
        f"generation {last[0]}.",
        option=cartesian(
            axis("generation", "category", data=[r[0] for r in rows]),
            axis("share of genomes", min=0, max=1, axisLabel={"formatter": "@percent"}),
            series,
            tooltip={"valueFormatter": "@percent"},
        ),
        table=ChartTable(["generation", *parts, "does not count"], rows),
    )


@tolerant
def values(search: Search, gene: str) -> Chart | Absent:
    """The values of a numeric gene over the generations."""
    label = search.label(gene)
    found: list[tuple[int, list[float]]] = [
        (number, [t.gene(gene) for t in trials if t.gene(gene) is not None])
        for number, trials in search.generations.items()
    ]
    middles = [(number, median(known)) for number, known in found if known]
    rows: Sequence[Sequence[Any]] = [[number, v, median(known)] for number, known in found for v in known]
    drawn = [points("a genome", 0, 1, 0, symbolSize=8), line("median", 2, 1)]
    return Chart(
        title=label,
        summary=f"Scatter plot of the values of {label} over {counted(len(found), 'generation')}.",
        reading=f"Median {figure(middles[0][1])} in generation {middles[0][0]}, {figure(middles[-1][1])} in generation "
        f"{middles[-1][0]}.",
        option=cartesian(
            generation_axis(found[-1][0]),
            reaching(label, [r[1] for r in rows]),
            drawn,
            tooltip={"trigger": "item"},
        ),
        table=ChartTable(["generation", label, "median"], rows),
    )
