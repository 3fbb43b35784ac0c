"""Tables and figure of ``adding.py``: who solves it, and how well an early look at the gradient tells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from publishing import COLOURS, SHARES, about, at, figure, save, spread, table, worst, write
from undertow.flow.finding import LEVELS

__all__ = ["FIXED", "Rule", "best", "draw", "solved"]

_Run = Mapping[str, Any]
_UPDATES = (0, 100, 200, 300, 500)
_NEEDED = (1.0, 0.5, 0.25, 0.125)
_GROWN = (math.inf, 1.5)
_SOLVED = 0.01


@dataclass(frozen=True)
class Rule:
    """After ``update`` updates a run is said to fail if its gradient falls below ``share`` before ``needed`` (a share
    of the reach), unless that lies ``grown`` times as far back as before training."""

    update: int
    share: float
    needed: float
    grown: float = math.inf

    def fails(self, run: _Run, reach: int) -> bool | None:
        """What it says of a run; None: that update was not examined."""
        first, glance = run["glances"][0], at(run, self.update)
        if glance is None:
            return None
        before, now = (int(g["reaches"][str(self.share)]) for g in (first, glance))
        return now < min(self.needed * reach, self.grown * before)

    def __str__(self) -> str:
        trend = "" if math.isinf(self.grown) else f", or {self.grown:g} times as far back as before training"
        return f"after {self.update} updates, {self.share:g} is left {self.needed:.3g} of the reach back{trend}"


#: Rules fixed on the pilot's runs, before the runs that they are judged on were looked at: the :func:`best` there, and
#: the verdict's own limits if they forgave a horizon that grows.
FIXED = (Rule(200, 0.1, 0.5, 1.5), Rule(300, 0.01, 1.0, 1.5))


def solved(run: _Run) -> bool:
    """Whether the held-out error ended below 0.01."""
    last = run["curve"][-1][2]
    return last is not None and last < _SOLVED


def _updates(run: _Run) -> int | None:
    return run["curve"][-1][0] if solved(run) else None


@dataclass(frozen=True)
class Score:
    """How a rule did: right ones, runs that failed unannounced, runs that solved it in spite of an alarm."""

    right: int
    misses: int
    false_alarms: int

    @classmethod
    def of(cls, said: Sequence[bool | None], runs: Sequence[_Run]) -> Score:
        """``said``: of each run, whether it was said to fail."""
        pairs = [(s, not solved(r)) for s, r in zip(said, runs, strict=True) if s is not None]
        return cls(
            sum(s == f for s, f in pairs), sum(f and not s for s, f in pairs), sum(s and not f for s, f in pairs)
        )

    @property
    def row(self) -> list[str]:
        """Cells of a table."""
        total = self.right + self.misses + self.false_alarms
        return [f"{self.right} of {total}", str(self.misses), str(self.false_alarms)]


def best(runs: Sequence[_Run], reach: int) -> Rule:
    """The rule that is right most often; of equals the one that looks first, then the one nearest to the verdict's."""
    rules = [Rule(u, s, n, g) for u in _UPDATES for s in SHARES for n in _NEEDED for g in _GROWN]

    def rank(rule: Rule) -> tuple[float, ...]:
        right = Score.of([rule.fails(r, reach) for r in runs], runs).right
        return (-right, rule.update, -rule.grown, abs(SHARES.index(rule.share) - SHARES.index(0.01)), -rule.needed)

    return min(rules, key=rank)


def draw(content: Mapping[str, Any], folder: Path) -> None:
    """Write ``adding.md`` and ``adding.svg``."""
    short, long = content["settings"]["T"]
    groups: dict[str, dict[str, list[_Run]]] = {"pilot": {}, str(short): {}, str(long): {}}
    for key, run in content["runs"].items():
        group, name, _ = key.split("/")
        groups[group].setdefault(name, []).append(run)
    tests = [run for runs in groups[str(short)].values() for run in runs]
    pilots = [run for runs in groups["pilot"].values() for run in runs]
    write(
        folder / "adding.md",
        "# The adding problem: who solves it, and does the verdict tell early?",
        about(content),
        *(f"## T = {steps}\n\n{_who(groups[str(steps)])}" for steps in (short, long)),
        _early(tests, pilots, short),
        "![horizon and hit rate by update](adding.svg)",
    )
    _figure(groups[str(short)], short, folder / "adding.svg")


def _who(networks: Mapping[str, Sequence[_Run]]) -> str:
    head = [
        "network",
        "solved",
        "updates until then",
        "error at the end",
        "horizon at the start",
        "after 300",
        "last seen",
    ]
    rows = []
    for name, runs in networks.items():
        seen = [[g["horizon"] for g in run["glances"]] for run in runs]
        later = [g["horizon"] for run in runs if (g := at(run, 300))]
        rows.append([
            name, f"{sum(map(solved, runs))} of {len(runs)}", spread([_updates(r) for r in runs]),
            spread([r["curve"][-1][2] for r in runs], 2, "not finite"), spread([s[0] for s in seen]),
            spread(later) if later else "-", spread([s[-1] for s in seen]),
        ])  # fmt: skip
    return table(head, rows)


def _early(tests: Sequence[_Run], pilots: Sequence[_Run], steps: int) -> str:
    reach, succeeded = steps - 1, sum(map(solved, tests))
    guess = max(succeeded, len(tests) - succeeded)
    rows, levels = [], []
    for update in _UPDATES:
        pairs = [(solved(run), worst(g)) for run in tests if (g := at(run, update))]
        levels.append([f"after {update}", *(pairs.count((well, level)) for well in (True, False) for level in LEVELS)])
        for what, bad in (("alarm", {"alarm"}), ("alarm or left open", {"alarm", "open"})):
            said = [None if (g := at(run, update)) is None else worst(g) in bad for run in tests]
            rows.append([f"the verdict, {what}, after {update} updates", *Score.of(said, tests).row])
    rows += [[f"fixed on the pilot: {r}", *_score(r, tests, reach).row] for r in FIXED]
    told = " and ".join(_score(rule, pilots, reach).row[0] for rule in FIXED)
    return "\n\n".join([
        f"## Does it tell early?\n\nT = {steps}, reach {reach}. {succeeded} of {len(tests)} runs solve it; to say "
        f"always the more frequent outcome is right {guess} times. Runs of one network mostly end alike: there are "
        "8 kinds of them, not 40. The worst level of the verdict's findings:",
        table(["updates", *(f"{end}: {level}" for end in ("solves", "fails") for level in LEVELS)], levels),
        "As a forecast: this run will fail.",
        table(["rule", "right", "misses", "false alarms"], rows),
        f"On the pilot's {len(pilots)} runs the two rules were right {told} times. The best of "
        f"{len(_UPDATES) * len(SHARES) * len(_NEEDED) * len(_GROWN)} there: {best(pilots, reach)}.",
        "How often right, by what share of the gradient must be left, how far back, and after how many updates (the "
        "runs judged; not used to choose):",
        _grid(tests, reach),
    ])  # fmt: skip


def _score(rule: Rule, runs: Sequence[_Run], reach: int) -> Score:
    return Score.of([rule.fails(run, reach) for run in runs], runs)


def _grid(tests: Sequence[_Run], reach: int) -> str:
    rows = []
    for share in SHARES:
        for needed, grown in [*((n, math.inf) for n in _NEEDED), (1.0, _GROWN[-1])]:
            cells = []
            for update in _UPDATES:
                score = _score(Rule(update, share, needed, grown), tests, reach)
                cells.append(f"{score.right} ({score.misses}, {score.false_alarms})")
            trend = "" if math.isinf(grown) else f", or {grown:g} times as far as before training"
            rows.append([f"{share:g}", f"{needed * reach:.0f} steps{trend}", *cells])
    head = ["share left", "so far back", *(f"after {u}" for u in _UPDATES)]
    return table(head, rows) + "\n\nIn brackets: misses, false alarms."


def _figure(networks: Mapping[str, Sequence[_Run]], steps: int, file: Path) -> None:
    drawn, (left, right) = figure(2, width=10.5)
    for colour, (name, runs) in zip(COLOURS, networks.items(), strict=False):
        updates = [u for u in (*_UPDATES, 1000) if any(at(r, u) for r in runs)]
        middle = [median(g["horizon"] for r in runs if (g := at(r, u))) for u in updates]
        share = sum(map(solved, runs)) / len(runs)
        left.plot(updates, middle, "o-" if share > 0.5 else "x--", ms=4, color=colour, label=name)
    left.set(
        xlabel="updates", ylabel="horizon (steps)", title="Median horizon; dashed: most runs fail", ylim=(0, steps)
    )
    drawn.legend(*left.get_legend_handles_labels(), loc="outside left upper", fontsize=7)
    runs = [run for each in networks.values() for run in each]
    for share in SHARES:
        scores = [_score(Rule(u, share, 0.5, _GROWN[-1]), runs, steps - 1) for u in _UPDATES]
        right.plot(_UPDATES, [s.right / len(runs) for s in scores], "o-", ms=4, label=f"{share:g} left")
    right.set(xlabel="updates", ylabel="share of runs told right", ylim=(0, 1.02))
    right.set_title("By what is left half the reach back,\nor 1.5 times as far back as before", fontsize=9)
    right.legend(fontsize=7)
    save(drawn, file)
