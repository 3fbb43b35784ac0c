"""Where the winner comes from: its ancestors, and what each child has from whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from undertow.report.charts import Chart, ChartTable, Option, cartesian, colour, points
from undertow.report.figures import table
from undertow.report.markup import Html
from undertow.report.numbers import aligned, counted, figure
from undertow.report.read import Absent
from undertow.report.search.genomes import generation_axis, reaching, written
from undertow.report.search.read import Search, TrialRecord
from undertow.report.tolerant import tolerant

__all__ = ["ancestors", "descent", "genealogy"]

_NO_WINNER = Absent("the genetic search has no winner yet: none of its trainings came to anything")


def _origin(search: Search) -> tuple[TrialRecord, dict[int, TrialRecord]] | None:
    """The winner, and the trials of its search by number."""
    winner = search.best_trial
    if winner is None or winner.generation is None:
        return None
    own = {t.number: t for one in search.searches for t in one.trials if (one.method, one.seed) == _place(winner)}
    return winner, own


def _place(trial: TrialRecord) -> tuple[str, int]:
    return trial.method, trial.seed


def ancestors(winner: TrialRecord, own: Mapping[int, TrialRecord]) -> list[TrialRecord]:
    """The winner and all it descends from, the oldest first."""
    found: dict[int, TrialRecord] = {}
    waiting = [winner]
    while waiting:
        trial = waiting.pop()
        if trial.number not in found:
            found[trial.number] = trial
            waiting += _parents(trial, own)
    return sorted(found.values(), key=lambda t: (t.generation or 0, t.number))


def _parents(trial: TrialRecord, own: Mapping[int, TrialRecord]) -> list[TrialRecord]:
    return [own[n] for n in dict.fromkeys(trial.parents) if n in own and n != trial.number]


@tolerant
def genealogy(search: Search) -> Chart | Absent:
    """The ancestors of the winner: each in its generation and at its value, with a line from parent to child."""
    origin = _origin(search)
    if origin is None:
        return _NO_WINNER
    winner, own = origin
    line_of = [t for t in ancestors(winner, own) if t.values]
    at = {trial.number: n for n, trial in enumerate(line_of)}
    # Rows of the line come first and in this order: links name them by it.
    others = [t for t in own.values() if t.values and t.generation is not None and t.number not in at]
    rows = [_row(search, t, own, "winner" if t is winner else "ancestor") for t in line_of]
    rows += [_row(search, t, own, "other") for t in others]
    links = [
        {"source": at[parent.number], "target": at[child.number]}
        for child in line_of
        for parent in _parents(child, own)
        if parent.number in at
    ]
    unit = search.unit(search.objective)
    eldest = line_of[0]
    return Chart(
        title="Genealogy of the winner",
        summary=f"Graph of {counted(len(line_of), 'genome')}: trial {winner.number} with "
        f"{figure(winner.values[0] if winner.values else None)}, and its ancestors back to generation "
        f"{eldest.generation}.",
        reading=(
            "The winner and everything it descends from, each in its generation, as high as its value; labels have "
            "the trial and its value, grey points are genomes that left nothing to it. A pointer is told the parents, "
            "which genes came from which of them, and what is new: a mutation."
        ),
        note="" if len(line_of) > 1 else "The winner is of the first generation: it has no parents.",
        option=cartesian(
            generation_axis(max([t.generation or 0 for t in line_of + others])),
            reaching(unit, [r[1] for r in rows]),
            [_graph(links), *_drawn()],
            tooltip={"trigger": "item"},
            grid={"right": 58},  # room for the winner's label
        ),
        table=ChartTable(
            ["generation", unit, "trial", "part in it", "parents", "from the first", "from the second", "new"],
            rows,
        ),
    )


def _drawn() -> list[Option]:
    dull = {"color": "var(--axis)", "opacity": 0.55}
    return [
        points("left nothing to it", 0, 1, 0, where=[3, "other"], symbolSize=6, itemStyle=dull),
        points("winner", 0, 1, 1, where=[3, "winner"], symbol="circle", symbolSize=17, z=4,
               itemStyle={"color": colour(1), "opacity": 1}),
    ]  # fmt: skip


def _graph(links: Sequence[Option]) -> Option:
    label = {"show": True, "position": "right", "distance": 4, "formatter": "@named", "color": "var(--ink)"}
    return {
        "type": "graph",
        "name": "ancestors",
        "coordinateSystem": "cartesian2d",
        "where": [3, "ancestor", "winner"],
        "links": list(links),
        "symbolSize": 10,
        "itemStyle": {"color": colour(0)},
        "label": {**label, "fontSize": 10.5, "textBorderColor": "var(--card)", "textBorderWidth": 2},
        "labelLayout": {"hideOverlap": True},
        "lineStyle": {"color": colour(0), "opacity": 0.45, "width": 1.4, "curveness": 0.12},
        "tooltip": {"formatter": "@row"},
        "emphasis": {"focus": "adjacency", "lineStyle": {"width": 2.5, "opacity": 1}},
        "blur": {"itemStyle": {"opacity": 0.25}, "lineStyle": {"opacity": 0.08}, "label": {"opacity": 0.25}},
        "z": 3,
    }


def _row(search: Search, trial: TrialRecord, own: Mapping[int, TrialRecord], part: str) -> list[Any]:
    assert trial.values
    cells = [trial.generation, trial.values[0], trial.number, part]
    parents = _parents(trial, own)
    if part == "other" or not parents:
        return [*cells, " \N{MULTIPLICATION SIGN} ".join(str(p.number) for p in parents) or None, None, None, None]
    first, second, new = _inherited(search, trial, parents)
    names = " \N{MULTIPLICATION SIGN} ".join(str(p.number) for p in parents)
    return [*cells, names, first or None, second or None, new or None]


def _inherited(search: Search, child: TrialRecord, parents: Sequence[TrialRecord]) -> tuple[str, str, str]:
    """The genes in which a child is like its first parent and not its second, the reverse, and like neither.

    Only genes that count in the child; what its parents agree on is not told.
    """
    first, second = parents[0], parents[-1]
    sides: tuple[list[str], list[str], list[str]] = ([], [], [])
    for name in search.genes:
        value = child.gene(name)
        if value is None:
            continue
        a, b = first.genes.get(name), second.genes.get(name)
        now = f"{search.label(name)} {written(value)}"
        if value not in (a, b):
            before = " or ".join(dict.fromkeys(written(v) for v in (a, b)))
            sides[2].append(f"{now} (was {before})")
        elif a != b:
            sides[0 if value == a else 1].append(now)
    return ", ".join(sides[0]), ", ".join(sides[1]), ", ".join(sides[2])


@tolerant
def descent(search: Search) -> Html | Absent:
    """The straight line to the winner, of each child the better parent, and what changed in every step."""
    origin = _origin(search)
    if origin is None:
        return _NO_WINNER
    winner, own = origin
    steps, at = [winner], winner
    while better := [t for t in _parents(at, own) if t.values and t not in steps]:
        at = min(better, key=search.cost)
        steps.append(at)
    if len(steps) == 1:
        return Absent("the winner is of the first generation: nothing led to it")
    rows = []
    for parent, child in zip([None, *steps[::-1]], steps[::-1], strict=False):
        changed = _changed(search, parent, child) if parent else "as it began"
        value = aligned(child.values[0]) if child.values else figure(None)
        rows.append([str(child.generation), str(child.number), value, changed or "nothing that counts"])
    unit = search.unit(search.objective)
    return table(["generation", "trial", unit, "what changed against the better parent"], rows, "the line of descent")


def _changed(search: Search, parent: TrialRecord, child: TrialRecord) -> str:
    """``dropout 0.5 → 0.2``, of genes that count in the child or did in the parent."""
    arrow = " \N{RIGHTWARDS ARROW} "
    return ", ".join(
        f"{search.label(name)} {written(parent.gene(name))}{arrow}{written(child.gene(name))}"
        for name in search.genes
        if parent.gene(name) != child.gene(name)
    )
