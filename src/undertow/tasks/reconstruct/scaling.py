"""Numbers in units of their own spread: by all series together, or by each apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.errors import DataError, nearest
from undertow.forms import Each, fitted
from undertow.tasks.scale import Scale, standard

__all__ = ["Scaling"]


@dataclass(frozen=True)
class Scaling:
    """The scale of the channels, by series; the key ``""`` is all together."""

    by: Mapping[str, Scale]

    @classmethod
    def of(cls, parts: Mapping[str, Sequence[NDArray[np.float64]]]) -> Scaling:
        """From values (N, I) of the training part, by series.

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
            found[name] = standard(values)
        return cls(found)

    def __call__(self, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """``values`` (N, I) of series ``name``, in standard deviations from the mean.

        Raises:
            DataError: series are scaled apart, and this one was not in training.
        """
        return self._of(name).apply(values)

    def back(self, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The numbers that scaled ``values`` stand for."""
        return self._of(name).invert(values)

    def _of(self, name: str) -> Scale:
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
        return {name: [scale.shift.tolist(), scale.factor.tolist()] for name, scale in self.by.items()}

    @classmethod
    def from_plain(cls, plain: Any, channels: int | None = None) -> Scaling:
        """From :attr:`plain`, of so many channels, if that is known.

        Raises:
            MisfitError: it is something else.
        """
        pairs = fitted(plain, Each(tuple[list[float], list[float]])).items()
        return cls({name: Scale.of({"shift": shift, "factor": by}, channels) for name, (shift, by) in pairs})
