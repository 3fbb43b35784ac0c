"""What is normal for a trained autoencoder: how its errors lie on normal data, and how large they get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.forms import MisfitError, Number, fitted
from undertow.tasks.reconstruct.anomaly import Spread, threshold_of, window_score
from undertow.tasks.reconstruct.rebuilding import Rebuilt
from undertow.tasks.reconstruct.stretch import TRAINED_ON, Stretch
from undertow.tasks.reconstruct.windows import Excerpt, overlaid

__all__ = ["Normal", "step_errors", "step_outputs"]

Floats = NDArray[np.float64]


def step_errors(lengths: Sequence[int], pieces: Sequence[Excerpt], rebuilt: Sequence[Rebuilt]) -> dict[int, Floats]:
    """Errors (N, I) of each step of the items that ``pieces`` are of, overlapping windows averaged; by item."""
    return _together(lengths, pieces, [r.errors for r in rebuilt])


def step_outputs(lengths: Sequence[int], pieces: Sequence[Excerpt], rebuilt: Sequence[Rebuilt]) -> dict[int, Floats]:
    """What numbers (N, I), scaled, each step of the items is rebuilt to, in the same way."""
    return _together(lengths, pieces, [r.output for r in rebuilt])


def _together(lengths: Sequence[int], pieces: Sequence[Excerpt], values: Sequence[NDArray[Any]]) -> dict[int, Floats]:
    by_item: dict[int, list[int]] = {}
    for at, piece in enumerate(pieces):
        by_item.setdefault(piece.item, []).append(at)
    return {
        item: overlaid(lengths[item], [pieces[at] for at in mine], [values[at] for at in mine])
        for item, mine in by_item.items()
    }


@dataclass(frozen=True)
class Normal:
    """Learned on normal windows, of the validation part or of a later ``stretch``.

    ``spread`` is None for text, whose errors are nats. ``step`` and ``window`` are thresholds of scores that a share
    ``rate`` of normal steps, and of normal windows, exceeds.
    """

    spread: Spread | None
    step: float
    window: float
    rate: float
    stretch: Stretch | None = None

    @classmethod
    def of(
        cls,
        lengths: Sequence[int],
        pieces: Sequence[Excerpt],
        rebuilt: Sequence[Rebuilt],
        rate: float,
        stretch: Stretch | None = None,
    ) -> Normal:
        """From normal windows: ``lengths`` of the items, ``pieces`` of them, and what became of these.

        Raises:
            DataError: too few steps in which nothing is missing.
        """
        text = bool(rebuilt) and rebuilt[0].output.ndim == 1
        errors = step_errors(lengths, pieces, rebuilt)
        together = np.concatenate(list(errors.values()))
        whose = (str(stretch), "a longer stretch") if stretch else (TRAINED_ON, "a larger --validation")
        learned = cls(None if text else Spread.of(together, *whose), 0.0, 0.0, rate)
        steps = learned.steps(together)
        windows = np.array([learned.of_window(r.errors) for r in rebuilt])
        return cls(learned.spread, threshold_of(steps, rate), threshold_of(windows, rate), rate, stretch)

    def steps(self, errors: Floats) -> Floats:
        """Scores (N,) of steps with ``errors`` (N, I)."""
        return errors[:, 0] if self.spread is None else self.spread.score(errors)

    def of_window(self, errors: Floats) -> float:
        """The score of a window with ``errors`` (T, I): root mean square over its steps; of text, nats a symbol."""
        return float(errors.mean()) if self.spread is None else window_score(self.spread.score(errors))

    @property
    def learned_on(self) -> str:
        """What it was learned on, in words."""
        return str(self.stretch or TRAINED_ON)

    @property
    def said(self) -> dict[str, Any]:
        """For machines: the thresholds, their rate, and what they were learned on."""
        on = asdict(self.stretch) if self.stretch else {"part": "validation"}
        return {"window_threshold": self.window, "step_threshold": self.step, "rate": self.rate, "learned_on": on}

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON."""
        spread = self.spread and [self.spread.center.tolist(), self.spread.covariance.tolist()]
        stretch = {"stretch": asdict(self.stretch)} if self.stretch else {}
        return {"spread": spread, "step": self.step, "window": self.window, "rate": self.rate, **stretch}

    @classmethod
    def from_plain(cls, plain: Any, channels: int) -> Normal:
        """From :attr:`plain`, of so many ``channels``; none of text.

        Raises:
            MisfitError: it is something else.
        """
        said = fitted(plain, _PLAIN)
        spread = said["spread"] and Spread(*(np.array(part, np.float64) for part in said["spread"]))
        if (spread is None) != (channels == 0) or (spread and not spread.whole(channels)):
            raise MisfitError(f"does not say how errors in {channels} channels lie on normal data")
        return cls(spread or None, said["step"], said["window"], said["rate"], said.get("stretch"))


_PLAIN = {
    "spread": (tuple[list[float], list[list[float]]], None),
    "step": float,
    "window": float,
    "rate": Number(0, 1),
    "stretch?": Stretch,
}
