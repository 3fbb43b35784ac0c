"""Anomalies from errors of reconstruction: scores, thresholds learned on what is normal, figures against known ones.

A step's errors in all channels become one number, how far they lie from those on normal data in units of their
spread (Mahalanobis 1936; Malhotra et al. 2016, arXiv:1607.00148, sec. 2.2). A threshold is a quantile of normal scores,
or, where the rate asked for is rarer than the data can show, the tail of a generalised Pareto distribution (Siffer et
al. 2017, "Anomaly detection in streams with extreme value theory", sec. 3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.errors import DataError

__all__ = [
    "FEW", "Flagged", "Spread", "average_precision", "flagged_figures", "runs_of", "tail_threshold", "threshold_of",
    "window_score",
]  # fmt: skip

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Added to the spread's variances, as a share of their mean, so that channels that go together can be told apart from
#: channels that never err at all.
_RIDGE = 1e-6
#: A quantile is used as it is if at least this many scores lie beyond it.
FEW = 10
#: Where the tail begins: the share of normal scores beyond.
_TAIL = 0.1


@dataclass(frozen=True)
class Spread:
    """How errors lie on normal data: their ``center`` (I,) and ``covariance`` (I, I)."""

    center: Floats
    covariance: Floats

    @classmethod
    def of(cls, errors: Floats, whose: str = "the validation part", more: str = "a larger --validation") -> Spread:
        """From errors (N, I) on normal data; steps in which a channel is missing are left out.

        ``whose`` errors they are, and what would give ``more`` of them, is for the message.

        Raises:
            DataError: fewer whole steps than channels.
        """
        whole = errors[np.isfinite(errors).all(1)]
        channels = errors.shape[1]
        if len(whole) <= channels:
            raise DataError(
                f"{whose} has {len(whole)} steps in which nothing is missing, too few to learn how errors "
                f"in {channels} channels lie on normal data; {more} helps"
            )
        covariance = np.cov(whole.T).reshape(channels, channels)
        ridge = max(_RIDGE * float(np.trace(covariance)) / channels, 1e-12)
        return cls(whole.mean(0), covariance + ridge * np.eye(channels))

    def whole(self, channels: int) -> bool:
        """Whether it is one of errors in so many channels."""
        if self.center.shape != (channels,) or self.covariance.shape != (channels, channels):
            return False
        return bool(np.isfinite(self.covariance).all() and (np.linalg.eigvalsh(self.covariance) > 0).all())

    def score(self, errors: Floats) -> Floats:
        """Of errors (N, I), how far each step lies from the normal ones: (N,), about 1 there; NaN if all is missing.

        The distance is over the channels that are there, divided by the root of their number.
        """
        scores = np.full(len(errors), np.nan)
        known = np.isfinite(errors)
        for pattern in np.unique(known, axis=0):
            if pattern.any():
                rows = (known == pattern).all(1)
                away = (errors[rows] - self.center)[:, pattern]
                nearer = np.linalg.solve(self.covariance[np.ix_(pattern, pattern)], away.T)
                scores[rows] = np.sqrt(np.maximum((away.T * nearer).sum(0), 0.0) / int(pattern.sum()))
        return scores


def window_score(scores: Floats) -> float:
    """The root mean square of the scores of a window's steps; NaN where none is known."""
    known = scores[np.isfinite(scores)]
    return math.sqrt(float((known**2).mean())) if len(known) else math.nan


def threshold_of(normal: Floats, rate: float) -> float:
    """The score that a share ``rate`` of ``normal`` ones exceeds: their quantile, or their tail where they are few."""
    known = np.sort(normal[np.isfinite(normal)])
    if not len(known):
        raise DataError("there is no normal score to learn a threshold from; a larger --validation helps")
    return float(np.quantile(known, 1 - rate)) if rate * len(known) >= FEW else tail_threshold(known, rate)


def tail_threshold(normal: Floats, rate: float) -> float:
    """The score that a share ``rate`` exceeds, by a generalised Pareto distribution fitted to the tail's moments."""
    begin = float(np.quantile(normal, 1 - _TAIL))
    beyond = normal[normal > begin] - begin
    if rate >= _TAIL or len(beyond) < 2 or beyond.var() == 0:
        return float(np.quantile(normal, 1 - rate))
    mean, variance = float(beyond.mean()), float(beyond.var(ddof=1))
    shape = 0.5 * (1 - mean**2 / variance)
    scale = 0.5 * mean * (mean**2 / variance + 1)
    ratio = rate * len(normal) / len(beyond)
    further = -scale * math.log(ratio) if abs(shape) < 1e-9 else scale / shape * (ratio**-shape - 1)
    return begin + further


def average_precision(truth: Flags, scores: Floats) -> float:
    """Precision averaged over recall, step by step, equal scores taken together; NaN if nothing is true.

    The sum over thresholds of (recall gained) times (precision there), as in scikit-learn.
    """
    if not truth.any():
        return math.nan
    order = np.argsort(-scores, kind="stable")
    hits, ordered = np.cumsum(truth[order]), scores[order]
    last = np.append(ordered[1:] != ordered[:-1], True)  # of equal scores, the last
    precision = hits[last] / (np.flatnonzero(last) + 1)
    gained = np.diff(np.concatenate([[0], hits[last]])) / hits[-1]
    return float((precision * gained).sum())


def runs_of(flags: Flags) -> list[tuple[int, int]]:
    """Where ``flags`` is true without a break: start and stop of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


@dataclass(frozen=True)
class Flagged:
    """Scores (N,) of one stretch with the ``threshold``, and which steps are known anomalies (None: not known)."""

    scores: Floats
    threshold: float
    truth: Flags | None = None

    @property
    def flags(self) -> Flags:
        """Which scores exceed the threshold; unknown ones don't."""
        return np.nan_to_num(self.scores, nan=-math.inf) > self.threshold


def flagged_figures(stretches: list[Flagged], prefix: str = "", *, runs: bool = True) -> dict[str, float]:
    """Precision, recall, F1, average precision and runs found over stretches in which anomalies are known.

    A run of known anomalies is found if one of its steps is flagged; ``runs`` says whether there are such. Steps
    without a score count for recall, and for average precision come last.
    """
    known = [(s, s.truth) for s in stretches if s.truth is not None]
    if not known:
        return {}
    truth = np.concatenate([t for _, t in known])
    flags = np.concatenate([s.flags for s, _ in known])
    scores = np.concatenate([np.nan_to_num(s.scores, nan=-math.inf) for s, _ in known])
    hits = int((truth & flags).sum())
    precision = hits / int(flags.sum()) if flags.any() else math.nan
    recall = hits / int(truth.sum()) if truth.any() else math.nan
    events = [(s, event) for s, t in known for event in runs_of(t)]
    figures = {
        "average_precision": average_precision(truth, scores),
        "precision": precision,
        "recall": recall,
        "f1": 2 * hits / (int(flags.sum()) + int(truth.sum())) if truth.any() else math.nan,
        "false_alarms": float((flags & ~truth).sum() / max(1, (~truth).sum())),
    }
    if runs:
        found = sum(bool(s.flags[start:stop].any()) for s, (start, stop) in events)
        figures |= {"runs": float(len(events)), "runs_found": float(found)}
    return {prefix + name: value for name, value in figures.items() if math.isfinite(value)}
