"""Table and figure of ``copying.py``: updates needed with chrono and with forget bias 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median_low
from typing import Any

from publishing import COLOURS, GREY, about, figure, save, spread, table, write

__all__ = ["draw", "first_below"]

_Run = Mapping[str, Any]
#: Better than without memory: below this share of that loss.
_BETTER = 0.9


def first_below(run: _Run, loss: float) -> int | None:
    """Updates until the held-out loss was first below ``loss``."""
    return next((step for step, _, held_out, _ in run["curve"] if held_out is not None and held_out < loss), None)


def draw(content: Mapping[str, Any], folder: Path) -> None:
    """Write ``copying.md`` and ``copying.svg``."""
    cases: dict[str, dict[str, list[_Run]]] = {}
    for key, run in content["runs"].items():
        case, name, _ = key.split("/")
        cases.setdefault(case, {}).setdefault(name, []).append(run)
    head = ["problem", "to do better than without memory: chrono", "forget bias 1", "ratio", "to solve it: chrono",
            "forget bias 1", "ratio", "horizon at the start: chrono", "forget bias 1"]  # fmt: skip
    write(
        folder / "copying.md",
        "# Chrono initialisation against forget bias 1",
        about(content),
        table(head, [_row(case, runs, content["settings"]["solved"]) for case, runs in cases.items()]),
        "T of copying is the delay. Updates: (lower) median (least to most) over seeds. Better than without memory: "
        f"held-out loss below {_BETTER:g} of the memoryless loss; solved: below {content['settings']['solved']:g} of "
        "it. `never`: not within the updates there were, and the ratio is then at least what is shown.",
        "![loss by update](copying.svg)",
    )
    _figure(cases, folder / "copying.svg")


def _row(case: str, runs: Mapping[str, Sequence[_Run]], solved: float) -> list[str]:
    seeds = len(next(iter(runs.values())))
    row = [f"{case.replace(' ', ', T = ')}, {seeds} seed{'s' * (seeds > 1)}"]
    for share in (_BETTER, solved):
        needed = {n: [first_below(r, share * r["memoryless"]) for r in each] for n, each in runs.items()}
        row += [*(spread(v) for v in needed.values()), _ratio(runs, needed)]
    return row + [spread([r["glances"][0]["horizon"] for r in each]) for each in runs.values()]


def _ratio(runs: Mapping[str, Sequence[_Run]], needed: Mapping[str, Sequence[int | None]]) -> str:
    """Of medians; where forget bias 1 never got there, at least that of the updates it had."""
    if len(needed) < 2:
        return "-"
    chrono, bias = needed.values()
    if any(v is None for v in chrono):
        return "-"
    longest = [v if v is not None else run["curve"][-1][0] for v, run in zip(bias, runs["forget bias 1"], strict=True)]
    least = "at least " if None in bias else ""
    return f"{least}{median_low(longest) / max(median_low(v for v in chrono if v is not None), 1):.1f}"


def _figure(cases: Mapping[str, Mapping[str, Sequence[_Run]]], file: Path) -> None:
    rows = -(-len(cases) // 3)
    drawn, axes = figure(min(len(cases), 3), rows, width=9.0, height=2.6 * rows)
    for axis, (case, runs) in zip(axes, cases.items(), strict=False):
        for colour, (name, each) in zip((COLOURS[2], COLOURS[3]), runs.items(), strict=False):
            for place, run in enumerate(each):
                curve = [(step, loss / run["memoryless"]) for step, _, loss, _ in run["curve"][1:] if loss is not None]
                axis.plot(*zip(*curve, strict=True), color=colour, lw=1, label=None if place else name)
        axis.axhline(1.0, ls=":", lw=1, color=GREY)
        axis.set(title=case.replace(" ", ", T = "), xlabel="updates", yscale="log", ylim=(0.02, 2.5))
    for axis in axes[::3]:
        axis.set_ylabel("loss / without memory")
    axes[0].legend(fontsize=7)
    save(drawn, file)
