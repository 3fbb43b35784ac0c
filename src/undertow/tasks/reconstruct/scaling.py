"""Numbers in units of their own spread: by all series together, or by each apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.errors import DataError, nearest

__all__ = ["Scaling"]

#: What a channel that never changes is divided by: nothing is learned from it, but a change will stand out.
_LEAST = 1e-6


@dataclass(frozen=True)
class Scaling:
    """Mean and spread of each channel, by series; the key ``""`` is all together."""

    by: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]

    @classmethod
    def of(cls, parts: Mapping[str, Sequence[NDArray[np.float64]]]) -> Scaling:
        """From values (N, I) of the training part, by series. A constant channel has spread 1.

        Raises:
            DataError: a channel has no values at all.
        """
        found = {}
        for name, stretches in parts.items():
            values = np.concatenate(stretches)
            empty = np.flatnonzero(~np.isfinite(values).any(0))
            if len(empty):
                place = f" of series {name!r}" if name else ""
                raise DataError(
                    f"channel {int(empty[0]) + 1}{place} has no values in the training part, so it has no scale"
                )
            spread = np.nanstd(values, axis=0)
            found[name] = (np.nanmean(values, axis=0), np.where(spread > _LEAST, spread, 1.0))
        return cls(found)

    def __call__(self, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """``values`` (N, I) of series ``name``, in standard deviations from the mean.

        Raises:
            DataError: series are scaled apart, and this one was not in training.
        """
        center, spread = self._of(name)
        return (values - center) / spread

    def back(self, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The numbers that scaled ``values`` stand for."""
        center, spread = self._of(name)
        return values * spread + center

    def _of(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if "" in self.by:
            return self.by[""]
        if name not in self.by:
            raise DataError(
                f"series {name!r} was not in training, and this run scales each series apart{nearest(name, self.by)}"
            )
        return self.by[name]

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {name: [part.tolist() for part in parts] for name, parts in self.by.items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Scaling:
        """From :attr:`plain`."""
        return cls({name: (np.array(a), np.array(b)) for name, (a, b) in plain.items()})
