"""What all quantities have in common: sums that add up over windows and over workers, and a summary of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from torch import Tensor

from undertow.flow.window import Array, Unavailable, Window
from undertow.forms import MisfitError
from undertow.reasons import Reason, Why

__all__ = ["Array", "Key", "Merge", "Quantity", "Sum", "Sums", "Unavailable", "numbers", "rounded"]


class Merge(Enum):
    """How two values of one thing become one: the sum, the larger, both side by side, or the later one."""

    ADDED = "added"
    LARGER = "larger"
    SIDE_BY_SIDE = "side by side"
    LATER = "later"


@dataclass(frozen=True)
class Sum:
    """One thing that a quantity sums up.

    Attributes:
        name: what files call it.
        merge: how two values of it become one.
        parts: how many names it is kept by (of a gate, say); None: one or more.
    """

    name: str
    merge: Merge = Merge.ADDED
    parts: int | None = 0

    def of(self, *parts: str) -> Key:
        """Under what it is kept."""
        return Key(self, parts)


class Key(NamedTuple):
    """Under what an array is kept: whose it is of those of a :class:`Sum`, and whether it is the count to a mean."""

    sum: Sum
    parts: tuple[str, ...] = ()
    counted: bool = False

    @property
    def counts(self) -> Key:
        """Of what is the count of a mean that is kept here."""
        return self._replace(counted=True)

    def __str__(self) -> str:
        """As files have it."""
        return " ".join((self.sum.name, *self.parts, *(["count"] if self.counted else [])))

    def __repr__(self) -> str:
        return repr(str(self))


class Quantity(ABC):
    """One thing that is measured of one direction of a layer.

    ``add`` takes in a window, ``summary`` is plain data for people and files, and raises :class:`Unavailable` with the
    reason where there is none. What was taken in stands in ``sums``, which can be saved, restored and merged.
    """

    #: Its name in records, frames and reports.
    name: ClassVar[str]
    #: All that it sums up.
    kept: ClassVar[tuple[Sum, ...]]

    def __init__(self) -> None:
        self.sums = Sums()

    @abstractmethod
    def add(self, window: Window) -> None:
        """Take in a window."""

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """What all windows so far amount to."""


class Sums:
    """Arrays that grow as needed, and are merged as what they are a :class:`Sum` of says."""

    def __init__(self) -> None:
        self.arrays: dict[Key, Array] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self.arrays

    def __getitem__(self, key: Key) -> Array:
        return self.arrays[key]

    def of(self, sum: Sum) -> list[Key]:
        """What is kept of a sum, counts apart."""
        return [key for key in self.arrays if key.sum == sum and not key.counted]

    def add(self, key: Key, value: Any) -> None:
        """Merge ``value`` into what is kept; the shorter one is taken to be longer, without entries."""
        value = np.asarray(value, np.float64)
        if key not in self.arrays or key.sum.merge is Merge.LATER:
            self.arrays[key] = value.copy()
            return
        old = self.arrays[key]
        match key.sum.merge:
            case Merge.SIDE_BY_SIDE:
                length = max(len(old), len(value))
                merged = np.concatenate([_longer(old, length, np.nan), _longer(value, length, np.nan)], axis=1)
            case Merge.LARGER:
                merged = np.asarray(np.fmax(old, value))
            case _:
                length = max(len(old), len(value)) if old.ndim else 0
                merged = np.asarray(_longer(old, length, 0.0) + _longer(value, length, 0.0))
        self.arrays[key] = merged

    def add_mean(self, key: Key, values: Array) -> None:
        """Add what a mean along the second axis needs: the sum of what is there, and its count."""
        self.add(key, np.nansum(values, 1))
        self.add(key.counts, (~np.isnan(values)).sum(1))

    def mean(self, key: Key) -> Array:
        """The mean of what :meth:`add_mean` was given; NaN where nothing was."""
        total, count = self.arrays[key], self.arrays[key.counts]
        count = count.reshape(-1, *(1,) * (total.ndim - 1))
        return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)

    def merge(self, other: Sums) -> None:
        """Take in what another worker summed up."""
        for key, value in other.arrays.items():
            self.add(key, value)

    @classmethod
    def read(cls, written: Mapping[str, Array], kept: Sequence[Sum]) -> Self:
        """From arrays by the names that files have, of a quantity that sums up what is ``kept``.

        Raises:
            MisfitError: a name that is not of these.
        """
        found = cls()
        for name, array in written.items():
            stem = name.removesuffix(" count")
            counted = stem != name and stem in written
            found.arrays[_key(stem if counted else name, kept)._replace(counted=counted)] = array
        return found


def _key(name: str, kept: Sequence[Sum]) -> Key:
    for sum in kept:
        head = sum.name.split(" ")
        found, parts = name.split(" ")[: len(head)], name.split(" ")[len(head) :]
        if found == head and (len(parts) == sum.parts or (sum.parts is None and parts)):
            return sum.of(*parts)
    raise MisfitError(f"has {name!r} of the gradient, which is not known here")


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
