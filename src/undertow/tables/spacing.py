"""The step between timestamps, and where steps are missing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.errors import DataError

__all__ = ["UNITS", "Gap", "Spacing", "spacing"]

Times = NDArray[np.datetime64]
Steps = NDArray[np.int64]

_UNITS = (("week", 7 * 86_400_000_000), ("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000),
          ("second", 1_000_000), ("millisecond", 1_000), ("microsecond", 1))  # fmt: skip
#: What a step is counted in.
UNITS = ("month", *(unit for unit, _ in _UNITS))


@dataclass(frozen=True)
class Gap:
    """``missing`` steps between two rows: ``start`` and ``stop`` are the times around them, ``row`` the second's."""

    start: np.datetime64
    stop: np.datetime64
    missing: int
    row: int


@dataclass(frozen=True)
class Spacing:
    """The usual step of a series, ``count`` of ``unit``, and where it is not kept.

    ``unit`` is ``month`` for calendar months (years are 12), else ``week``, ``day``, ``hour``, ``minute``, ``second``,
    ``millisecond`` or ``microsecond``.
    """

    count: int
    unit: str
    gaps: tuple[Gap, ...]
    off: int  #: rows that are no whole number of steps after the row before
    at_month_end: bool = False  #: every row stands on the last day of its month

    def __str__(self) -> str:
        if self.unit == "month" and self.count % 12 == 0:
            count, unit = self.count // 12, "year"
        else:
            count, unit = self.count, self.unit
        return f"{count} {unit}{'s' * (count != 1)}"

    def after(self, time: np.datetime64, steps: int) -> Times:
        """The times 1 to ``steps`` steps after ``time``, (steps,); months keep the day (or the last day)."""
        ahead = np.arange(1, steps + 1) * self.count
        if self.unit != "month":
            fixed: Times = time.astype("datetime64[us]") + ahead * np.timedelta64(dict(_UNITS)[self.unit], "us")
            return fixed
        month, day = time.astype("datetime64[M]"), time.astype("datetime64[D]")
        months = month + ahead
        last = (months + 1).astype("datetime64[D]") - 1
        same = last if self.at_month_end else np.minimum(months.astype("datetime64[D]") + (day - month), last)
        made: Times = same.astype("datetime64[us]") + (time - day)
        return made

    def words(self) -> str:
        """``step 1 hour; 2 gaps (5 steps missing), the first after 2024-01-03 10:00``."""
        said = f"step {self}"
        if self.gaps:
            moment = str(self.gaps[0].start.astype("datetime64[s]")).replace("T", " ")
            missing = sum(gap.missing for gap in self.gaps)
            said += (
                f"; {len(self.gaps)} gap{'s' * (len(self.gaps) != 1)} ({missing} step{'s' * (missing != 1)} missing), "
                f"the first after {moment}"
            )
        if self.off:
            said += f"; {self.off} row{'s' * (self.off != 1)} not on a step"
        return said


def spacing(times: Times) -> Spacing:
    """The usual step between the times (N,) of one series, which are in order, and its gaps.

    Raises:
        DataError: fewer than two times.
    """
    if len(times) < 2:
        raise DataError(f"a series of {len(times)} row has no step in time; it needs at least 2 rows")
    stamps = times.astype("datetime64[us]")
    deltas = _differences(stamps.astype(np.int64))
    months = _differences(stamps.astype("datetime64[M]").astype(np.int64))
    at_end, by_month = _of_month(stamps, deltas)
    if by_month:
        step, unit = _usual(months), "month"
        jumps, on_step = months // step, months % step == 0
    else:
        usual = _usual(deltas)
        unit, size = next((unit, size) for unit, size in _UNITS if usual % size == 0)
        step = usual // size
        jumps, on_step = deltas // usual, deltas % usual == 0
    gaps = tuple(
        Gap(stamps[at], stamps[at + 1], int(jumps[at]) - (1 if on_step[at] else 0), int(at) + 1)
        for at in np.flatnonzero(jumps - on_step.astype(np.int64) >= 1)
    )
    return Spacing(step, unit, gaps, int((~on_step).sum()), by_month and at_end)


def _differences(numbers: Steps) -> Steps:
    return numbers[1:] - numbers[:-1]


def _usual(steps: Steps) -> int:
    """The commonest step; of equally common ones the smallest."""
    counts: Counter[int] = Counter(steps.tolist())
    return min(counts, key=lambda step: (-counts[step], step))


def _of_month(stamps: Times, deltas: Steps) -> tuple[bool, bool]:
    """Whether all rows stand on the last day of a month, and whether the step is months: one day, one time of day."""
    days = stamps.astype("datetime64[D]")
    if deltas.min() < 28 * 86_400_000_000 or len(np.unique(stamps - days)) > 1:
        return False, False
    of_month = (days - days.astype("datetime64[M]")).astype(np.int64)
    at_end = bool(np.all((days + 1) == (days + 1).astype("datetime64[M]")))
    return at_end, at_end or len(np.unique(of_month)) == 1
