"""Sequences in memory, windows of them, and steps put together again from windows that overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Excerpt", "Item", "Sequences", "cut", "overlaid", "whole"]


@dataclass(frozen=True)
class Excerpt:
    """A window of item ``item``: steps ``start`` to ``stop``."""

    item: int
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Item:
    """One sequence.

    ``values`` are numbers (N, I), NaN where missing, or a text's symbols (N,). ``rows`` are the table's rows it comes
    from, one a step or a single one. ``group`` is what must not be in two parts. ``anomaly``, of the length of
    ``rows``, are known anomalies. ``breaks`` are the steps before which time leaps: no window crosses them.
    """

    values: NDArray[Any]
    rows: NDArray[np.int64]
    name: str = ""
    label: str | None = None
    group: str | None = None
    anomaly: NDArray[np.bool_] | None = None
    breaks: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def stepwise(self) -> bool:
        """Whether each step is a row of the table."""
        return len(self.rows) == len(self.values)

    def known(self, piece: Excerpt) -> bool | None:
        """Whether a window holds a known anomaly; None if none are known."""
        if self.anomaly is None:
            return None
        return bool(self.anomaly[piece.start : piece.stop].any() if self.stepwise else self.anomaly.any())


@dataclass(frozen=True)
class Sequences:
    """What a table holds.

    ``layout`` is text, rows, lists or steps, ``columns`` those that it was read from. ``names`` are the channels of
    numbers, empty for text. ``cut``: they are long series, used in windows.
    """

    items: Sequence[Item]
    layout: str
    columns: Sequence[str]
    names: Sequence[str] = ()
    cut: bool = False
    notes: Sequence[str] = field(default=())

    @property
    def text(self) -> bool:
        """Whether they are texts."""
        return self.layout == "text"

    def slice(self, piece: Excerpt) -> NDArray[Any]:
        """The values of a window."""
        values: NDArray[Any] = self.items[piece.item].values[piece.start : piece.stop]
        return values


def whole(sequences: Sequences) -> list[Excerpt]:
    """Each sequence as one window."""
    return [Excerpt(number, 0, len(item)) for number, item in enumerate(sequences.items)]


def cut(number: int, start: int, stop: int, window: int, stride: int, breaks: Sequence[int] = ()) -> list[Excerpt]:
    """Windows of item ``number`` between two steps, every ``stride``, and one at the end, so that all steps are seen.

    None crosses one of ``breaks``; a stretch shorter than a window is a window of its own, if it has two steps.
    """
    edges = [start, *(b for b in sorted(breaks) if start < b < stop), stop]
    pieces = []
    for first, last in pairwise(edges):
        if last - first >= 2:
            length = min(window, last - first)
            starts = list(range(first, last - length + 1, stride))
            if starts[-1] != last - length:
                starts.append(last - length)
            pieces += [Excerpt(number, at, at + length) for at in starts]
    return pieces


def overlaid(length: int, pieces: Sequence[Excerpt], values: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """Steps (length, I) from ``values`` (T, I) of windows: the mean over windows that hold a step; NaN where none does.

    A value that is NaN in a window leaves the mean to the others.
    """
    width = values[0].shape[1] if values else 1
    total, count = np.zeros((length, width)), np.zeros((length, width))
    for piece, value in zip(pieces, values, strict=True):
        there = np.isfinite(value)
        total[piece.start : piece.stop] += np.where(there, value, 0.0)
        count[piece.start : piece.stop] += there
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)
