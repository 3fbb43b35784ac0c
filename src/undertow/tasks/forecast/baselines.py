"""What any forecast has to beat: naive, seasonal naive and drift (Hyndman and Athanasopoulos, Forecasting: Principles
and Practice, 3rd ed., sec. 5.2), and the seasonal one with its trend.

Each takes a series ``values`` (T, D) without missing steps and origins (N,), the numbers of the first steps to
forecast, and gives (N, horizon, D) from what stands before each origin alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["BASELINES", "drift", "naive", "seasonal", "trend"]

Values = NDArray[np.float64]
Origins = NDArray[np.int64]


def naive(values: Values, origins: Origins, horizon: int, season: int = 1) -> Values:
    """The last value, at every step."""
    return np.repeat(values[origins - 1][:, None], horizon, axis=1)


def seasonal(values: Values, origins: Origins, horizon: int, season: int) -> Values:
    """The value at the same place in the last season; as :func:`naive` where the series is shorter than that."""
    ahead = np.arange(horizon)
    places = origins[:, None] + ahead % season - season
    return np.asarray(values[np.where(places < 0, origins[:, None] - 1, places)])


def drift(values: Values, origins: Origins, horizon: int, season: int = 1) -> Values:
    """The line through the first and the last value, prolonged."""
    slope = (values[origins - 1] - values[0]) / np.maximum(origins - 1, 1)[:, None]
    last: Values = values[origins - 1][:, None]
    return np.asarray(last + slope[:, None] * np.arange(1, horizon + 1)[:, None])


def trend(values: Values, origins: Origins, horizon: int, season: int) -> Values:
    """As :func:`seasonal`, with the rise of the last season on top, once for each season ahead."""
    before = origins - 1 - season
    rise = values[origins - 1] - values[np.maximum(before, 0)]
    rise = np.where((before < 0)[:, None], 0.0, rise)
    seasons = np.arange(horizon) // season + 1
    return seasonal(values, origins, horizon, season) + rise[:, None] * seasons[:, None]


#: Those that every backtest shows.
BASELINES: dict[str, Callable[[Values, Origins, int, int], Values]] = {
    "naive": naive,
    "seasonal naive": seasonal,
    "drift": drift,
}
