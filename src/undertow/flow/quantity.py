"""What all quantities have in common: sums that add up over windows and over workers, and a summary of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from undertow.flow.window import Array, Unavailable, Window
from undertow.reasons import Reason, Why

__all__ = ["Array", "Quantity", "Sums", "Unavailable", "numbers", "rounded"]


class Quantity(ABC):
    """One thing that is measured of one direction of a layer.

    ``add`` takes in a window, ``summary`` is plain data for people and files, and raises :class:`Unavailable` with the
    reason where there is none. What was taken in stands in ``sums``, which can be saved, restored and merged.
    """

    #: Its name in records, frames and reports.
    name: ClassVar[str]

    def __init__(self) -> None:
        self.sums = Sums()

    @abstractmethod
    def add(self, window: Window) -> None:
        """Take in a window."""

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """What all windows so far amount to."""


class Sums:
    """Arrays by name that grow as needed and are merged: added, or for names that begin with ``max``, the larger kept,
    with ``every``, put side by side, with ``last``, the later kept."""

    def __init__(self, arrays: Mapping[str, Array] | None = None) -> None:
        self.arrays: dict[str, Array] = dict(arrays or {})

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    def add(self, name: str, value: Any) -> None:
        """Merge ``value`` into the array called ``name``; the shorter one is taken to be longer, without entries."""
        value = np.asarray(value, np.float64)
        if name not in self.arrays or name.startswith("last"):
            self.arrays[name] = value.copy()
            return
        old = self.arrays[name]
        if name.startswith("every"):
            length = max(len(old), len(value))
            self.arrays[name] = np.concatenate([_longer(old, length, np.nan), _longer(value, length, np.nan)], axis=1)
        elif name.startswith("max"):
            self.arrays[name] = np.asarray(np.fmax(old, value))
        else:
            length = max(len(old), len(value)) if old.ndim else 0
            self.arrays[name] = np.asarray(_longer(old, length, 0.0) + _longer(value, length, 0.0))

    def add_mean(self, name: str, values: Array) -> None:
        """Add what a mean along the second axis needs: the sum of what is there, and its count."""
        self.add(name, np.nansum(values, 1))
        self.add(f"{name} count", (~np.isnan(values)).sum(1))

    def mean(self, name: str) -> Array:
        """The mean of what :meth:`add_mean` was given; NaN where nothing was."""
        total, count = self.arrays[name], self.arrays[f"{name} count"]
        count = count.reshape(-1, *(1,) * (total.ndim - 1))
        return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)

    def merge(self, other: Sums) -> None:
        """Take in what another worker summed up."""
        for name, value in other.arrays.items():
            self.add(name, value)


def _longer(array: Array, length: int, fill: float) -> Array:
    if not array.ndim or len(array) == length:
        return array
    return np.concatenate([array, np.full((length - len(array), *array.shape[1:]), fill)])


def numbers(values: Tensor) -> Tensor:
    """``values``, which are all numbers.

    Raises:
        Unavailable: there is a NaN among them.
    """
    # The least of values is NaN if one of them is: found in one pass, without a mask.
    if values.min().isnan():
        raise Unavailable(Reason(Why.NOT_NUMBERS))
    return values


def rounded(value: Any) -> Any:
    """Plain data for JSON: five significant digits, and None for what is no finite number."""
    if isinstance(value, np.ndarray):
        return [rounded(v) for v in value.tolist()]
    if isinstance(value, Mapping):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(v) for v in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.5g}") if np.isfinite(value) else None
    return value
