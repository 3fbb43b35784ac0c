"""Tables and figure of ``ill.py``: the verdict against the slow twin, and against whether networks learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from publishing import COLOURS, GREY, about, at, counted, figure, save, spread, table, worst, write
from undertow.flow.finding import LEVELS

__all__ = ["CHOSEN", "arrives", "draw", "learns"]

_Run = Mapping[str, Any]
#: Seeds from 0 on whose runs the verdict's limits were chosen on.
CHOSEN = 10


def learns(run: _Run) -> bool:
    """Whether the held-out loss ended below half of that of a network without memory."""
    loss = run["curve"][-1][2]
    return loss is not None and loss < run["memoryless"] / 2


def arrives(glance: _Run) -> bool:
    """Whether the verdict says that the gradient reaches far enough, and has not exploded."""
    return "reaches" in glance["findings"] and "exploding" not in glance["findings"]


def draw(content: Mapping[str, Any], folder: Path, name: str = "ill", chosen: int = CHOSEN) -> None:
    """Write ``NAME.md`` and ``NAME.svg``; ``chosen``: seeds that the verdict's limits were chosen on."""
    runs, updates = content["runs"], content["settings"]["plan"]["examine"]
    learned = sum(map(learns, runs.values()))
    first = [run for key, run in runs.items() if _seed(key) < chosen]
    unseen = {key: run for key, run in runs.items() if _seed(key) >= chosen} or runs
    write(
        folder / f"{name}.md",
        "# Ill networks and healthy ones",
        f"{about(content)} Delayed recall, T = {content['settings']['T']}. {learned} of {len(runs)} runs learn it.",
        "## The verdict against whether it learns",
        f"Seeds from {chosen} on, {len(unseen)} runs, looked at when the verdict's limits were fixed. How many have a "
        "finding that is an alarm, how many one that is open and none worse, how many none of either:",
        _confusion(list(unseen.values()), updates),
        *(
            [f"The first {chosen} seeds, {len(first)} runs, on which they were chosen:", _confusion(first, updates)]
            if first
            else []
        ),
        "## By kind of finding",
        "All runs. Alarms on runs that learn and on runs that do not; in brackets those left open.",
        _kinds(list(runs.values()), updates),
        "## The verdict against the slow twin",
        "Does the gradient arrive, whole and not exploded? Autograd through an unrolled loop in float64, with other "
        "cotangents, against what the verdict says of reach and explosion. All runs:",
        _twin(list(runs.values()), updates),
        "## By network",
        f"Seeds from {chosen} on: the worst level of a run's findings.",
        _networks(unseen, updates),
        f"![levels by network]({name}.svg)",
    )
    _figure(unseen, updates, folder / f"{name}.svg")


def _seed(key: str) -> int:
    return int(key.rpartition("/")[2])


def _ends(runs: Sequence[_Run], updates: Sequence[int]) -> list[tuple[str, list[tuple[_Run, _Run]]]]:
    """For each update that was examined, and the end: its name, and pairs of a run that came so far and its glance."""
    rows = [(f"after {u}", [(r, g) for r in runs if (g := at(r, u)) and g is not r["glances"][-1]]) for u in updates]
    return [*rows, ("at the end", [(r, r["glances"][-1]) for r in runs])]


def _confusion(runs: Sequence[_Run], updates: Sequence[int]) -> str:
    rows = []
    for name, pairs in _ends(runs, updates):
        cells = [(learns(run), worst(glance)) for run, glance in pairs]
        rows.append([name, *(cells.count((well, level)) for well in (True, False) for level in LEVELS)])
    head = [f"{'learns' if well else 'does not'}: {level}" for well in (True, False) for level in LEVELS]
    return table(["updates", *head], rows)


def _kinds(runs: Sequence[_Run], updates: Sequence[int]) -> str:
    ends = _ends(runs, updates)
    kinds = sorted({k for _, pairs in ends for _, g in pairs for k, level in g["findings"].items() if level != "fine"})
    rows = []
    for kind in kinds:
        cells = []
        for _, pairs in ends:
            found = [(learns(run), glance["findings"].get(kind)) for run, glance in pairs]
            told = (f"{found.count((w, 'alarm'))} ({found.count((w, 'open'))})" for w in (True, False))
            cells.append(", ".join(told))
        rows.append([kind, *cells])
    return table(["finding", *(name for name, _ in ends)], rows)


def _twin(runs: Sequence[_Run], updates: Sequence[int]) -> str:
    rows = []
    for update in updates:
        twins = [(next((t for t in r["twins"] if t["update"] == update), None), at(r, update)) for r in runs]
        pairs = [(t["reaches"] and not t["explodes"], arrives(g)) for t, g in twins if t and g]
        counts = [pairs.count(cell) for cell in ((True, True), (True, False), (False, True), (False, False))]
        rows.append([f"after {update}", *counts, f"{(counts[0] + counts[3]) / max(len(pairs), 1):.1%}"])
    head = ["arrives, said so", "arrives, said not", "does not, said it does", "does not, said so", "right"]
    return table(["updates", *head], rows)


def _networks(runs: Mapping[str, _Run], updates: Sequence[int]) -> str:
    grouped: dict[str, list[_Run]] = {}
    for key, run in runs.items():
        grouped.setdefault(key.rpartition("/")[0], []).append(run)
    names = [name for name, _ in _ends((), updates)]
    rows = [
        [
            name, f"{sum(map(learns, each))} of {len(each)}",
            spread([r["curve"][-1][2] and r["curve"][-1][2] / r["memoryless"] for r in each], 2, "not finite"),
            spread([r["twins"][0]["horizon"] for r in each]),
            *(counted([worst(g) for _, g in pairs]) for _, pairs in _ends(each, updates)),
        ]
        for name, each in grouped.items()
    ]  # fmt: skip
    return table(["network", "learns", "loss / without memory", "twin's horizon before", *names], rows)


def _figure(runs: Mapping[str, _Run], updates: Sequence[int], file: Path) -> None:
    """Each run a point: how far the gradient reaches at the start and later, against the loss it ends with."""
    drawn, axes = figure(2, width=8.5)
    for axis, update in zip(axes, (updates[0], updates[min(3, len(updates) - 1)]), strict=True):
        for level, colour, mark in zip(LEVELS, (COLOURS[3], COLOURS[0], COLOURS[2]), "x^o", strict=True):
            seen = [(r, g) for r in runs.values() if (g := at(r, update)) and worst(g) == level]
            points = [(_horizon(r, update), r["curve"][-1][2] / r["memoryless"]) for r, _ in seen if r["curve"][-1][2]]
            axis.plot(
                *zip(*points, strict=True) if points else ([], []), mark, ms=4, alpha=0.7, color=colour, label=level
            )
        axis.axhline(0.5, ls=":", lw=1, color=GREY)
        axis.set(xlabel="horizon by the slow twin (steps)", yscale="log", title=f"After {update} updates")
    axes[0].set_ylabel("held-out loss at the end / without memory")
    axes[0].legend(fontsize=8)
    save(drawn, file)


def _horizon(run: _Run, update: int) -> int:
    return next((int(t["horizon"]) for t in run["twins"] if t["update"] == update), 0)
