"""Features of the calendar: where a step lies in the day, the week and the year, as sines and cosines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from undertow.tables.spacing import Spacing

__all__ = ["calendar", "cycles", "season_of", "step_length"]

_DAY = 86_400_000_000
#: Length in microseconds, harmonics (three say a weekday exactly), and how often training must pass through it.
_CYCLES = {"day": (_DAY, 2, 2), "week": (7 * _DAY, 3, 4), "year": (365.2425 * _DAY, 2, 2)}
_UNITS = {"week": 7 * _DAY, "day": _DAY, "hour": _DAY // 24, "minute": _DAY // 1440, "second": 1_000_000,
          "millisecond": 1000, "microsecond": 1, "month": _CYCLES["year"][0] / 12}  # fmt: skip


def step_length(step: Spacing) -> float:
    """A step in microseconds; of months the mean."""
    return float(_UNITS[step.unit] * step.count)


def season_of(step: Spacing | None) -> int:
    """Steps of the season that such data mostly has: a day; of days a week, of weeks 52, of months a year. Else 1."""
    if step is None:
        return 1
    length = step_length(step)
    for cycle in (_DAY, 7 * _DAY):
        if length < cycle:
            return int(cycle // length) if cycle % length == 0 else 1
    if length == 7 * _DAY:
        return 52
    return 12 // step.count if step.unit == "month" and step.count < 12 and 12 % step.count == 0 else 1


def cycles(step: Spacing | None, steps: int) -> tuple[str, ...]:
    """The cycles that the calendar can tell: longer than two steps, and passed through often enough in ``steps``.

    A cycle of which training sees too little is not learned but taken for a trend, or its chances by heart.
    """
    if step is None:
        return ()
    length = step_length(step)
    return tuple(
        n for n, (cycle, _, passes) in _CYCLES.items() if 2 * length < cycle and passes * cycle <= steps * length
    )


def calendar(times: NDArray[np.datetime64] | None, names: Sequence[str], count: int) -> NDArray[np.float64]:
    """(T, F): two columns for each harmonic of the cycles ``names``; F is 0 without times, T then ``count``."""
    if times is None or not names:
        return np.zeros((count, 0))
    days = times.astype("datetime64[D]")
    clock = (times - days).astype(np.int64) / _DAY
    year = times.astype("datetime64[Y]")
    start, end = year.astype("datetime64[us]"), (year + 1).astype("datetime64[us]")
    phase = {
        "day": clock,
        "week": ((days.astype(np.int64) + 3) % 7 + clock) / 7,  # 1970 began on a Thursday: Monday is 0
        "year": (times - start) / (end - start),
    }
    waves = [
        wave(2 * np.pi * harmonic * phase[name])
        for name in names
        for harmonic in range(1, _CYCLES[name][1] + 1)
        for wave in (np.sin, np.cos)
    ]
    return np.stack(waves, axis=1)
