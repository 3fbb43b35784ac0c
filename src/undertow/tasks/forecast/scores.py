"""How good forecasts are: errors, scaled errors, pinball loss and coverage. NaN in the truth does not count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["coverage", "mae", "pinball", "rmse", "scale_of"]

Values = NDArray[np.float64]
Axes = int | tuple[int, ...] | None


def mae(forecast: Values, truth: Values, axis: Axes = None) -> Values:
    """Mean absolute error over ``axis``."""
    return _mean(np.abs(forecast - truth), axis)


def rmse(forecast: Values, truth: Values, axis: Axes = None) -> Values:
    """Root of the mean squared error over ``axis``."""
    return np.sqrt(_mean(np.square(forecast - truth), axis))


def scale_of(training: Values, season: int) -> Values:
    """(D,): the mean absolute error of the (seasonal) naive forecast, one step ahead, within ``training`` (T, D).

    An absolute error over it is scaled: its mean is MASE, below 1 where a forecast errs less than that (Hyndman and
    Koehler 2006). A season that is longer than the series, or repeats exactly, counts as 1; where nothing ever changes
    errors are left as they are.
    """
    size = np.full(training.shape[1], np.nan)
    for lag in (season, 1):
        if lag < len(training):
            size = np.where(size > 0, size, _mean(np.abs(training[lag:] - training[:-lag]), 0))
    return np.where(size > 0, size, 1.0)


def pinball(forecast: Values, truth: Values, levels: Sequence[float], axis: Axes = None) -> Values:
    """Mean pinball loss (Koenker and Bassett 1978) of quantiles (..., Q) against ``truth`` (...); over levels too."""
    error, level = truth[..., None] - forecast, np.asarray(levels)
    return _mean(np.maximum(level * error, (level - 1) * error).mean(axis=-1), axis)


def coverage(low: Values, high: Values, truth: Values, axis: Axes = None) -> Values:
    """The share of the truth that lies from ``low`` to ``high``."""
    inside = ((truth >= low) & (truth <= high)).astype(np.float64)
    return _mean(np.where(np.isnan(truth), np.nan, inside), axis)


def _mean(values: Values, axis: Axes) -> Values:
    """The mean of what is there; NaN, without a warning, where nothing is."""
    count = (~np.isnan(values)).sum(axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nansum(values, axis=axis) / np.where(count, count, np.nan))
