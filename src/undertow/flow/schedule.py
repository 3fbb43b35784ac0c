"""When windows are looked at: plain functions of the window's number, counted from 0."""

from __future__ import annotations

from collections.abc import Callable, Collection

from undertow.errors import OptionError

__all__ = ["Schedule", "at", "every", "never"]

Schedule = Callable[[int], bool]


def every(windows: int) -> Schedule:
    """The first window, and each one so many windows after it."""
    if windows < 1:
        raise OptionError(f"every() wants a number of windows, 1 or more; got {windows}")
    return lambda number: number % windows == 0


def at(numbers: Collection[int]) -> Schedule:
    """The windows with these numbers."""
    chosen = frozenset(numbers)
    return lambda number: number in chosen


def never(number: int) -> bool:
    """No window."""
    return False
