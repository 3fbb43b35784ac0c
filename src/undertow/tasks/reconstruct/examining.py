"""A closer look at windows that were rebuilt: figures, and what anomalies were found against those that are known."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from undertow.tasks.base import Evaluation
from undertow.tasks.reconstruct import pictures
from undertow.tasks.reconstruct.anomaly import Flagged, flagged_figures, runs_of
from undertow.tasks.reconstruct.examined import Examined
from undertow.words import Warned

__all__ = ["examined", "finding", "many_more"]

Floats = NDArray[np.float64]

#: How many times the share of flags that was asked for, and how many flagged windows, are worth a warning.
_SEVERAL, _FEW = 3, 5


def many_more(share: float, count: int, rate: float) -> bool:
    """Whether a ``share`` of ``count`` windows is worth a warning where a ``rate`` was asked for."""
    return share > _SEVERAL * rate and share * count >= _FEW


def examined(of: Examined) -> Evaluation:
    """Figures, pictures and lines of windows."""
    figures = _rebuilding(of) | finding(of)
    return Evaluation(figures, _lines(of, figures), pictures.drawn(of))


def _rebuilding(of: Examined) -> dict[str, float]:
    """How well windows come back."""
    if of.symbols is not None:
        truths = [of.sequences.slice(piece) for piece in of.pieces]
        right = [r.output == truth for r, truth in zip(of.rebuilt, truths, strict=True)]
        nats = np.concatenate([r.errors for r in of.rebuilt])
        return {
            "bits": float(nats.mean()) / math.log(2),
            "wrong": float(1 - np.concatenate(right).mean()),
            "whole": float(np.mean([one.all() for one in right])),
        }
    errors = np.concatenate([r.errors for r in of.rebuilt])
    figures = {"error": float(np.sqrt(np.nanmean(errors**2)))}
    if errors.shape[1] > 1:
        by_channel = np.sqrt(np.nanmean(errors**2, axis=0))
        figures |= {f"error_{name}": float(e) for name, e in zip(of.sequences.names, by_channel, strict=True)}
    return figures


def finding(of: Examined) -> dict[str, float]:
    """What is flagged, and how right that is where anomalies are known. Steps are told of only where they are rows."""
    windows = Flagged(of.scores, of.normal.window, of.known)
    figures = {"windows_flagged": float(windows.flags.mean()), "window_threshold": of.normal.window}
    figures |= flagged_figures([windows], "windows_", runs=False)
    if of.sequences.layout == "steps":
        steps = list(of.steps.values())
        figures |= {
            "steps_flagged": float(np.concatenate([s.flags for s in steps]).mean()),
            "runs_flagged": float(sum(len(runs_of(s.flags)) for s in steps)),
            "step_threshold": of.normal.step,
        }
        figures |= flagged_figures(steps, "steps_")
    return figures


def _lines(of: Examined, figures: dict[str, float]) -> list[str]:
    """What the terminal says."""
    thing = "window" if of.sequences.cut else "sequence"
    count = f"{len(of.pieces):,} {thing}s"
    if of.symbols is not None:
        lines = [
            f"{count}: {1 - figures['wrong']:.1%} of symbols come back, {figures['whole']:.1%} of texts whole "
            f"({figures['bits']:.3f} bits a symbol)"
        ]
    else:
        lines = [f"{count} rebuilt to within {figures['error']:.3g} standard deviations (root mean square)"]
    lines.append(
        f"{figures['windows_flagged']:.1%} of {thing}s score above {of.normal.window:.3g}, which "
        f"{of.normal.rate:.2%} of normal ones did on {of.normal.learned_on}"
    )
    if "steps_flagged" in figures:
        runs = f"{figures['runs_flagged']:.0f} run" + ("" if figures["runs_flagged"] == 1 else "s")
        lines.append(f"{figures['steps_flagged']:.1%} of steps score above {of.normal.step:.3g}, in {runs}")
    for kind in ("windows", "steps"):
        if f"{kind}_average_precision" in figures:
            lines.append(_found(kind, thing, figures))
    return [*lines, *_changed(of, figures, thing)]


def _changed(of: Examined, figures: dict[str, float], thing: str) -> list[str]:
    """A warning if several times as many windows are flagged as were asked for; those with known anomalies apart."""
    which = "false_alarms" if "windows_false_alarms" in figures else "flagged"
    normal = len(of.pieces) if of.known is None else int((~of.known).sum())
    share = figures[f"windows_{which}"]
    if not many_more(share, normal, of.normal.rate):
        return []
    flagged = f"{share:.1%} of {thing}s"
    if "steps_flagged" in figures:
        flagged += f" and {figures[f'steps_{which}']:.1%} of steps"
    without, either = (" without a known anomaly", "") if of.known is not None else ("", "they are anomalies, or ")
    return [
        Warned(
            f"{flagged}{without} are flagged, where {of.normal.rate:.2%} was asked for: {either}what is normal "
            f"has changed since {of.normal.learned_on}, which the threshold is from; learn it anew on a later stretch "
            "that is normal (undertow recalibrate RUN FILE), or look at the order of scores, not flags"
        )
    ]


def _found(kind: str, thing: str, figures: dict[str, float]) -> str:
    of = {name.removeprefix(f"{kind}_"): value for name, value in figures.items() if name.startswith(f"{kind}_")}
    what = f"{thing}s" if kind == "windows" else kind
    said = [f"average precision {of['average_precision']:.3f}"]
    said += [f"{name} {of[name]:.3f}" for name in ("precision", "recall", "f1") if name in of]
    if "runs" in of:
        said.append(f"{of['runs_found']:.0f} of {of['runs']:.0f} known runs found")
    return f"known anomalies, by {what}: " + ", ".join(said) + f"; false alarms {of['false_alarms']:.2%}"
