"""Windows of sequences that were rebuilt, with all that a closer look asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from undertow.tasks.reconstruct.anomaly import Flagged
from undertow.tasks.reconstruct.normal import Normal, step_errors
from undertow.tasks.reconstruct.rebuilding import Rebuilt
from undertow.tasks.reconstruct.scaling import Scaling
from undertow.tasks.reconstruct.symbols import Symbols
from undertow.tasks.reconstruct.windows import Excerpt, Sequences

__all__ = ["Examined"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Examined:
    """Windows of sequences, what became of them, and what is normal."""

    sequences: Sequences
    pieces: Sequence[Excerpt]
    rebuilt: Sequence[Rebuilt]
    normal: Normal
    scaling: Scaling | None
    symbols: Symbols | None

    @cached_property
    def scores(self) -> Floats:
        """Of each window."""
        return np.array([self.normal.of_window(r.errors) for r in self.rebuilt])

    @cached_property
    def known(self) -> NDArray[np.bool_] | None:
        """Which windows hold a known anomaly, if any are known."""
        found = [self.sequences.items[piece.item].known(piece) for piece in self.pieces]
        return None if any(one is None for one in found) else np.array(found, dtype=np.bool_)

    @cached_property
    def steps(self) -> dict[int, Flagged]:
        """Scores of the steps that windows hold, from the first to the last of them, by item; known anomalies there."""
        items = self.sequences.items
        found = {}
        for number, errors in step_errors([len(item) for item in items], self.pieces, self.rebuilt).items():
            start, stop = self.bounds[number]
            truth = items[number].anomaly
            known = truth[start:stop] if truth is not None and items[number].stepwise else None
            found[number] = Flagged(self.normal.steps(errors[start:stop]), self.normal.step, known)
        return found

    @cached_property
    def bounds(self) -> dict[int, tuple[int, int]]:
        """The first step of an item that a window holds, and the one after the last; by item."""
        found: dict[int, tuple[int, int]] = {}
        for piece in self.pieces:
            start, stop = found.get(piece.item, (piece.start, piece.stop))
            found[piece.item] = min(start, piece.start), max(stop, piece.stop)
        return found
