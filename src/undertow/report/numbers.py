"""How figures are written, and how data is thinned and rounded before it goes into a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

__all__ = ["aligned", "counted", "evenly", "figure", "finite", "percent", "rounded", "telling"]

T = TypeVar("T")

_MINUS = "\N{MINUS SIGN}"


def figure(value: Any) -> str:
    """A number as it is read: three significant digits, thousands apart; an en dash where there is none."""
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or (abs(value) >= 1000 and math.isfinite(value)):
        return f"{value:,.0f}".replace("-", _MINUS)
    return f"{value:.3g}".replace("-", _MINUS)


def aligned(value: float, digits: int = 4) -> str:
    """A number with so many significant digits, zeros too, so that a column of them lines up."""
    return f"{value:#.{digits}g}".rstrip(".").replace("-", _MINUS)


def telling(values: Sequence[float]) -> int:
    """How many significant digits, 4 to 8, tell all unlike ones among ``values`` apart."""
    unlike = set(values)
    return next((n for n in range(4, 8) if len({f"{value:.{n}g}" for value in unlike}) == len(unlike)), 8)


def percent(share: float | None) -> str:
    """A share between 0 and 1 in percent; what is there but small is not written as 0."""
    if share is None:
        return "\N{EN DASH}"
    if 0 < share < 0.001:
        return "<0.1%"
    return f"{100 * share:.1f}%".replace(".0%", "%")


def counted(number: int, thing: str) -> str:
    """``1 unit``, ``2 units``."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def rounded(value: Any, digits: int = 4) -> Any:
    """A number to ``digits`` significant digits, so that a page stays small; anything else as it is."""
    if isinstance(value, float) and value and math.isfinite(value):
        return round(value, digits - 1 - math.floor(math.log10(abs(value))))
    return value


def finite(value: Any) -> Any:
    """Plain data in which NaN and infinities are None: JSON has no words for them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return value


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most ``most`` (at least 2) of ``items``, evenly spread, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    last = len(items) - 1
    return [items[round(n * last / (most - 1))] for n in range(most)]
