"""Table and figure of ``digits.py``: accuracy and horizon by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from publishing import COLOURS, GREY, about, at, counted, figure, save, spread, table, worst, write

__all__ = ["draw"]

_Run = Mapping[str, Any]


def draw(content: Mapping[str, Any], folder: Path) -> None:
    """Write ``digits.md`` and ``digits.svg``."""
    groups: dict[str, dict[str, list[_Run]]] = {}
    for key, run in content["runs"].items():
        order, name, _ = key.split("/")
        groups.setdefault(order, {}).setdefault(name, []).append(run)
    plan = content["settings"]["plan"]
    write(
        folder / "digits.md",
        "# Digits, pixel by pixel",
        f"{about(content)} {plan['steps']} updates of {plan['batch']} digits; accuracy on {plan['held_out']} held out.",
        *(f"## {order.capitalize()}\n\n{_table(networks, plan['examine'])}" for order, networks in groups.items()),
        "Accuracy: mean and standard deviation over seeds. Horizons: of 64 steps, median (least to most); `at the end` "
        "is the backward pass of the last update. Verdict, with a reach of all 64 steps: in how many seeds the worst "
        "level of its findings was which.",
        "![accuracy by cell](digits.svg)",
    )
    _figure(groups, folder / "digits.svg")


def _scores(runs: Sequence[_Run]) -> list[float]:
    return [run["curve"][-1][3] for run in runs]


def _deviation(values: Sequence[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0


def _table(networks: Mapping[str, Sequence[_Run]], updates: Sequence[int]) -> str:
    rows = [
        [
            name, f"{mean(_scores(runs)):.3f} ± {_deviation(_scores(runs)):.3f}", len(runs),
            spread([r["glances"][0]["horizon"] for r in runs]), spread([r["glances"][-1]["horizon"] for r in runs]),
            *(counted([worst(g) for r in runs if (g := at(r, update))]) for update in updates),
        ]
        for name, runs in sorted(networks.items(), key=lambda pair: -mean(_scores(pair[1])))
    ]  # fmt: skip
    head = ["network", "accuracy", "seeds", "horizon before", "at the end", *(f"verdict after {u}" for u in updates)]
    return table(head, rows)


def _figure(groups: Mapping[str, Mapping[str, Sequence[_Run]]], file: Path) -> None:
    drawn, (axes,) = figure(height=4.2)
    names = sorted(next(iter(groups.values())), key=lambda name: mean(_scores(next(iter(groups.values()))[name])))
    for shift, (order, networks) in enumerate(groups.items()):
        colour = COLOURS[(1, 3)[shift]]
        for place, name in enumerate(names):
            scores = _scores(networks.get(name, ()))
            heights = [place + 0.2 - 0.4 * shift] * len(scores)
            label = order if place == 0 else None
            axes.plot(scores, heights, "o", ms=5, color=colour, alpha=0.8, label=label)
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel="accuracy on held-out digits, a point each seed")
    axes.axvline(0.1, ls=":", lw=1, color=GREY)
    axes.legend()
    save(drawn, file)
