"""Scales of series and transforms: what a network reads and gives lies around 0, whatever the unit."""

from __future__ import annotations

import numpy as np

from undertow.errors import DataError
from undertow.tasks.scale import Scale, Values, standard

__all__ = ["backward", "fill_forward", "forward", "learn"]


def learn(values: Values, how: str) -> Scale:
    """The scale of ``values`` (T, D): ``standard`` (mean 0, deviation 1; ``shared`` is that), ``mean`` (mean size 1) or
    ``none``.

    Missing values are passed over; a column that never changes, or has none, keeps its size.
    """
    if how in ("standard", "shared"):
        return standard(values)
    factor = np.ones(values.shape[1])
    for d, column in enumerate(values.T):
        seen = column[~np.isnan(column)]
        if len(seen) and how == "mean":
            factor[d] = np.abs(seen).mean() or 1.0
    return Scale(np.zeros(values.shape[1]), factor)


def forward(values: Values, transform: str, what: str) -> Values:
    """Targets (..., D) transformed: ``none``, ``sqrt`` or ``log``.

    Raises:
        DataError: they have values that the transform does not take; ``what`` says whose they are.
    """
    if transform == "none":
        return values
    least = np.nanmin(values, initial=np.inf)
    if least < 0 or (transform == "log" and least == 0):
        words = "above 0" if transform == "log" else "of at least 0"
        raise DataError(f"{what} has the value {least:g}; the transform {transform} takes numbers {words}")
    return np.asarray(np.sqrt(values) if transform == "sqrt" else np.log(values))


def backward(values: Values, transform: str) -> Values:
    """The inverse of :func:`forward`; what lies under the square root's range is 0."""
    if transform == "sqrt":
        return np.asarray(np.square(np.maximum(values, 0)))
    return np.asarray(np.exp(values)) if transform == "log" else values


def fill_forward(values: Values) -> Values:
    """(T, D) with what is missing as the last value before it; before the first one, that. All missing: 0."""
    filled = values.copy()
    for column in filled.T:
        seen = np.flatnonzero(~np.isnan(column))
        if not len(seen):
            column[:] = 0.0
            continue
        place = np.maximum(np.searchsorted(seen, np.arange(len(column)), side="right") - 1, 0)
        column[:] = column[seen[place]]
    return filled
