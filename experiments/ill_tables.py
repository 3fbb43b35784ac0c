"""Tables and figure of ``ill.py``: the verdict against the slow twin, and against whether networks learn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from publishing import COLOURS, about, figure, save, spread, table, write

__all__ = ["CHOSEN", "FORGIVEN", "changed", "draw", "learns", "tried"]

_Run = Mapping[str, Any]
#: Other limits, see :func:`changed`.
EXPLODED, GREW, MORE = 100.0, 1.5, 5
#: Half of the reach that delayed recall over 50 steps needs.
HALF = 25
#: Seeds from 0 on whose runs these limits were chosen on.
CHOSEN = 5
_GRADIENT = {"vanishing", "exploding", "window too short"}


def learns(run: _Run) -> bool:
    """Whether the held-out loss ended below half of that of a network without memory."""
    loss = run["curve"][-1][2]
    return loss is not None and loss < run["memoryless"] / 2


def _alarms(run: _Run, update: int) -> set[str] | None:
    """Kinds of the verdict's alarms on one update; None: the run had ended."""
    seen = run["seen"].get(str(update))
    return None if seen is None else {kind for kind, ok in seen["findings"] if not ok}


def changed(run: _Run, update: int) -> set[str] | None:
    """The alarms if the verdict's limits were others: explosion from a hundredfold on; saturated and dead units no
    alarm where the gradient arrives; vanishing none where the horizon is :data:`GREW` times as far, and :data:`MORE`
    steps further, than at first."""
    alarms = _alarms(run, update)
    seen = next((g for g in run["glances"] if g["update"] == update), None)
    if alarms is None or seen is None:
        return alarms
    harmless = set() if "vanishing" in alarms else {"saturated", "dead units"}
    first, horizon = run["glances"][0]["horizon"], seen["horizon"]
    if update and horizon >= max(GREW * first, first + MORE):
        alarms -= {"vanishing"}
    if seen["largest"] is not None and seen["largest"] < EXPLODED:
        alarms -= {"exploding"}
    return alarms - harmless


def _grown(seen: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the horizon is a quarter further, and :data:`MORE` steps, than where it was shortest."""
    shortest, now = min(g["horizon"] for g in seen), seen[-1]["horizon"]
    return bool(now >= max(1.25 * shortest, shortest + MORE))


#: What was tried against alarms on networks that learn: whether a gradient that falls short of the reach is forgiven,
#: by what was seen so far.
FORGIVEN: Mapping[str, Callable[[Sequence[Mapping[str, Any]]], bool]] = {
    "as it is": lambda seen: False,
    "half of the reach is enough": lambda seen: seen[-1]["horizon"] >= HALF,
    "a ten-thousandth left at the reach is enough": lambda seen: (seen[-1]["left"] or 0.0) >= 1e-4,
    "a horizon that grows by a quarter, and 5 steps, since it was shortest is enough": _grown,
}
_HARMLESS = "saturated and dead units are no alarm while the gradient reaches further and further"


def tried(run: _Run, update: int, what: str, *, early: bool) -> set[str] | None:
    """The alarms with today's limits and with ``what``, of :data:`FORGIVEN` or :data:`_HARMLESS`; ``early``: the run is
    one that limits were chosen on, and keeps the verdict of the time."""
    alarms = changed(run, update) if early else _alarms(run, update)
    seen = [g for g in run["glances"] if g["update"] <= update and g["horizon"] is not None]
    if alarms is None or not seen:
        return alarms
    if what == _HARMLESS:
        return alarms if "vanishing" in alarms else alarms - {"saturated", "dead units"}
    return alarms - ({"vanishing"} if FORGIVEN[what](seen) else set())


def _twin_well(run: _Run, update: int) -> bool | None:
    found = next((t for t in run["twins"] if t["update"] == update), None)
    return None if found is None else found["reaches"] and not found["explodes"]


def draw(content: Mapping[str, Any], folder: Path) -> None:
    """Write ``ill.md`` and ``ill.svg``."""
    runs = {key: run | {"seen": {str(u): s for u, s in run["seen"].items()}} for key, run in content["runs"].items()}
    updates, every = content["settings"]["plan"]["examine"], list(runs.values())
    learned = sum(map(learns, every))
    early = {key: run for key, run in runs.items() if int(key.rpartition("/")[2]) < CHOSEN}
    first, unseen = list(early.values()), [run for key, run in runs.items() if key not in early]
    write(
        folder / "ill.md",
        "# Ill networks and healthy ones",
        f"{about(content)} Delayed recall, T = {content['settings']['T']}. {learned} of {len(every)} runs learn it.",
        "## The verdict against the slow twin",
        "Does the gradient arrive, whole and not exploded? Autograd through an unrolled loop in float64, with other "
        "cotangents, against the verdict's alarms of kinds vanishing, exploding, window too short. The first "
        f"{len(first)} runs:",
        _confusion(first, updates, lambda a: bool(a & _GRADIENT), _twin_well, ("arrives", "does not")),
        "## The verdict against whether it learns",
        f"The first {CHOSEN} seeds, the verdict as it was then (explosion from tenfold growth on, dead units always an "
        "alarm, no eye for growth):",
        _confusion(first, updates, bool, lambda run, _: learns(run), ("learns", "does not")),
        f"The same with other limits, chosen on these runs: explosion from {EXPLODED:g} on, in place of 10; dead units "
        f"no alarm where the gradient arrives; vanishing none where the horizon is {GREW:g} times as far, and {MORE} "
        "steps further, than at first:",
        _confusion(first, updates, bool, lambda run, _: learns(run), ("learns", "does not"), changed),
        "Unseen seeds, the verdict with these limits:",
        _confusion(unseen, updates, bool, lambda run, _: learns(run), ("learns", "does not")),
        "## What was tried against alarms on networks that learn",
        f"All {len(every)} runs. Alarms on runs that learn, runs that do not without an alarm, and how many are right:",
        _tried(runs, updates[1:]),
        "## By kind of alarm",
        "Alarms on runs that learn, and on runs that do not.",
        f"The first {CHOSEN} seeds, the verdict as it was:",
        _kinds(first, updates),
        "Unseen seeds, the verdict with other limits:",
        _kinds(unseen, updates),
        "## By network",
        "The first seeds, the verdict as it was:",
        _networks(early, updates),
        "![alarms by network](ill.svg)",
    )
    _figure(early, updates, folder / "ill.svg")


def _confusion(
    runs: Sequence[_Run],
    updates: Sequence[int],
    alarmed: Callable[[set[str]], bool],
    label: Callable[[_Run, int], bool | None],
    names: tuple[str, str],
    alarms: Callable[[_Run, int], set[str] | None] = _alarms,
) -> str:
    rows = []
    for update in updates:
        pairs = [(alarmed(a), label(r, update)) for r in runs if (a := alarms(r, update)) is not None]
        counts = [sum((alarm, well) == cell for alarm, well in pairs) for cell in _CELLS]
        rows.append([f"after {update}", *counts, f"{(counts[0] + counts[3]) / max(len(pairs), 1):.0%}"])
    good, bad = names
    head = ["updates", f"{good}, no alarm", f"{good}, alarm", f"{bad}, no alarm", f"{bad}, alarm", "right"]
    return table(head, rows)


def _tried(runs: Mapping[str, _Run], updates: Sequence[int]) -> str:
    rows = []
    for what in (*FORGIVEN, _HARMLESS):
        cells = []
        for update in updates:
            found = [
                (bool(alarms), learns(run))
                for key, run in runs.items()
                if (alarms := tried(run, update, what, early=int(key.rpartition("/")[2]) < CHOSEN)) is not None
            ]
            false, missed = found.count((True, True)), found.count((False, False))
            cells.append(f"{false}, {missed}; {len(found) - false - missed} of {len(found)}")
        rows.append([what, *cells])
    return table(["limits", *(f"after {u}" for u in updates)], rows)


_CELLS = ((False, True), (True, True), (False, False), (True, False))


def _kinds(runs: Sequence[_Run], updates: Sequence[int]) -> str:
    """How often each kind is raised on runs that learn, and on runs that do not."""
    kinds = sorted({k for r in runs for u in updates for k in _alarms(r, u) or ()})
    rows = []
    for kind in kinds:
        cells = []
        for update in updates:
            raised = [learns(r) for r in runs if kind in (_alarms(r, update) or ())]
            cells.append(f"{sum(raised)}, {len(raised) - sum(raised)}")
        rows.append([kind, *cells])
    return table(["alarm", *(f"after {u}" for u in updates)], rows)


def _grouped(runs: Mapping[str, _Run]) -> dict[str, list[_Run]]:
    found: dict[str, list[_Run]] = {}
    for key, run in runs.items():
        found.setdefault(key.rpartition("/")[0], []).append(run)
    return found


def _networks(runs: Mapping[str, _Run], updates: Sequence[int]) -> str:
    head = [
        "network",
        "learns",
        "loss / without memory",
        "twin's horizon before",
    ]
    rows = [
        [
            name, f"{sum(map(learns, each))} of {len(each)}",
            spread([r["curve"][-1][2] and r["curve"][-1][2] / r["memoryless"] for r in each], 2, "not finite"),
            spread([r["twins"][0]["horizon"] for r in each]),
            *(", ".join(_counted(each, update)) or "none" for update in updates),
        ]
        for name, each in _grouped(runs).items()
    ]  # fmt: skip
    return table([*head, *(f"alarms after {u}" for u in updates)], rows)


def _counted(runs: Sequence[_Run], update: int) -> Iterator[str]:
    """``vanishing 5``, kind by kind; ``over 2`` for runs that had ended."""
    alarms = [_alarms(run, update) for run in runs]
    for kind in sorted({k for a in alarms for k in a or ()}):
        yield f"{kind} {sum(kind in (a or ()) for a in alarms)}"
    if None in alarms:
        yield f"over {alarms.count(None)}"


def _figure(runs: Mapping[str, _Run], updates: Sequence[int], file: Path) -> None:
    """Each run a point: how far the gradient reaches at the start and later, against the loss it ends with."""
    drawn, axes = figure(2, width=8.5)
    for axis, update in zip(axes, (updates[0], updates[-1]), strict=True):
        for alarm, colour, mark in ((False, COLOURS[2], "o"), (True, COLOURS[3], "x")):
            chosen = [r for r in runs.values() if (a := _alarms(r, update)) is not None and bool(a) is alarm]
            points = [(_horizon(r, update), r["curve"][-1][2] / r["memoryless"]) for r in chosen if r["curve"][-1][2]]
            label = "alarm" if alarm else "no alarm"
            axis.plot(
                *zip(*points, strict=True) if points else ([], []), mark, ms=4, alpha=0.7, color=colour, label=label
            )
        axis.axhline(0.5, ls=":", lw=1, color="#808080")
        axis.set(xlabel="horizon by the slow twin (steps)", yscale="log", title=f"After {update} updates")
    axes[0].set_ylabel("held-out loss at the end / without memory")
    axes[0].legend(fontsize=8)
    save(drawn, file)


def _horizon(run: _Run, update: int) -> int:
    return next((int(t["horizon"]) for t in run["twins"] if t["update"] == update), 0)
