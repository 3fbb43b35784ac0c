"""Scales of numbers: their mean and spread, learned on training parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.forms import MisfitError, fitted

__all__ = ["Scale", "Values", "standard"]

Values = NDArray[np.float64]

#: A spread smaller than this times the mean is rounding of a number that never changes.
_LEAST = 1e-9


@dataclass(frozen=True)
class Scale:
    """``(value - shift) / factor``, each (D,)."""

    shift: Values
    factor: Values

    def apply(self, values: Values) -> Values:
        """Values (..., D) as the network reads them."""
        return np.asarray((values - self.shift) / self.factor)

    def invert(self, values: Values) -> Values:
        """Values (..., D) in the unit of the data (after its transform)."""
        return np.asarray(values * self.factor + self.shift)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"shift": self.shift.tolist(), "factor": self.factor.tolist()}

    @classmethod
    def of(cls, plain: Any, width: int | None = None) -> Scale:
        """From what :meth:`plain` gave of ``width`` columns, if that is known.

        Raises:
            MisfitError: it is something else.
        """
        said = fitted(plain, {"shift": list[float], "factor": list[float]})
        made = cls(*(np.array(said[key], dtype=np.float64) for key in ("shift", "factor")))
        if len(made.shift) != len(made.factor) or len(made.shift) != (len(made.shift) if width is None else width):
            raise MisfitError("does not say of each column how it is scaled")
        if not made.factor.all():
            raise MisfitError("scales a column by 0")
        return made


def standard(values: Values) -> Scale:
    """With which each column of ``values`` (T, D) has mean 0 and standard deviation 1; NaN is missing.

    A column that never changes keeps its size, so that a change will stand out; one that has no values stays as it is.
    """
    shift, factor = np.zeros(values.shape[1]), np.ones(values.shape[1])
    for d, column in enumerate(values.T):
        seen = column[~np.isnan(column)]
        if len(seen):
            shift[d], spread = seen.mean(), seen.std()
            factor[d] = spread if spread > _LEAST * abs(shift[d]) else 1.0
    return Scale(shift, factor)
