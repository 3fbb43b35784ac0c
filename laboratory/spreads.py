"""Many measures in a few words: medians with ranges, means with deviations, differences with intervals."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterable, Sequence

import numpy as np

__all__ = ["deviation", "extremes", "interval", "listed", "number", "paired", "quartiles", "ranged", "reached"]

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: object) -> str:
    """A number as one says it: three significant digits, whole ones whole, tiny ones by powers of ten."""
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    assert isinstance(value, float | np.floating), value
    if not np.isfinite(value):
        return "infinite" if value > 0 else "not a number"
    text = f"{value:.3g}"
    if "e" in text:
        digits, power = text.split("e")
        text = f"{round(value):,}" if 0 < int(power) < 6 else f"{digits}·10{str(int(power)).translate(_RAISED)}"
    return re.sub(r"^-", "−", text)


def ranged(values: Iterable[float], unit: str = "") -> str:
    """Median and range in words: ``12 (10 to 15)``, ``12% (10 to 15)``; one number where all are the same."""
    found = np.asarray(list(values))
    whole = np.issubdtype(found.dtype, np.integer)
    middle, low, high = (int(v) if whole and v == int(v) else float(v) for v in
                         (np.median(found), found.min(), found.max()))  # fmt: skip
    if number(low) == number(high):
        return f"{number(middle)}{unit}"
    return f"{number(middle)}{unit} ({number(low)} to {number(high)})"


def reached(values: Sequence[float | None], digits: int = 3, none: str = "never") -> str:
    """``median (least to most)`` of what some never reach: None is shown as ``none`` and counts as most."""
    ordered = sorted(math.inf if v is None else v for v in values)
    shown = [none if math.isinf(v) else f"{v:.0f}" if v >= 10 else f"{v:.{digits}g}" for v in ordered]
    middle = shown[(len(shown) - 1) // 2]
    return middle if shown[0] == shown[-1] else f"{middle} ({shown[0]} to {shown[-1]})"


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The median, and the quartiles below and above it."""
    low, middle, high = statistics.quantiles(values, n=4)
    return middle, low, high


def deviation(values: Sequence[float], digits: int = 3, scale: float = 1.0) -> str:
    """Mean and standard deviation: ``0.912 ± 0.004``."""
    return f"{scale * statistics.mean(values):.{digits}f} ± {scale * statistics.stdev(values):.{digits}f}"


def extremes(values: Sequence[float], digits: int = 4) -> str:
    """Mean, least to most: ``0.9120 (0.9050 to 0.9200)``."""
    return f"{statistics.fmean(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and half the width of its 95% confidence interval by Student's t."""
    from scipy import stats

    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5
    return float(np.mean(values)), float(half)


def paired(a: Sequence[float], b: Sequence[float], digits: int = 3, scale: float = 1.0) -> str:
    """The mean difference of ``a`` and ``b``, pair by pair, with its interval: ``+0.012 (+0.003 to +0.021)``."""
    mean, half = interval([x - y for x, y in zip(a, b, strict=True)])
    told = (f"{scale * value:+.{digits}f}" for value in (mean, mean - half, mean + half))
    return "{} ({} to {})".format(*told)


def listed(values: Iterable[float], digits: int = 3, scale: float = 1.0) -> str:
    """Every value, in their order."""
    return ", ".join(f"{scale * value:.{digits}f}" for value in values)
