"""How far back a gradient reaches."""

from __future__ import annotations

from typing import Any

import numpy as np

from undertow.flow.quantity import Array, Unavailable, rounded
from undertow.reasons import Reason, Why

__all__ = ["LEFT", "growth", "horizon"]

#: A gradient reaches as far back as this share of it is left.
LEFT = 0.01
#: Growth is fitted down to here; what is below is rounding.
_FLOOR = 1e-6


def horizon(profile: Array) -> dict[str, Any]:
    """Horizon and growth of a lag profile.

    ``steps`` is the last lag k with R_k >= 0.01 (a profile need not fall steadily), ``open`` says that this is the
    last one there is: the gradient reaches at least so far. ``growth`` is the slope of ln R_k a step.

    Raises:
        Unavailable: the profile has one step, or is not finite.
    """
    there = np.flatnonzero(~np.isnan(profile))
    if len(there) < 2:
        raise Unavailable(Reason(Why.ONE_STEP))
    if not np.isfinite(profile[there]).all():
        raise Unavailable(Reason(Why.PROBE_INFINITE))
    reached = there[profile[there] >= LEFT]
    steps = int(reached[-1]) if len(reached) else 0
    return {"steps": steps, "open": steps == int(there[-1]), "growth": rounded(growth(profile))}


def growth(profile: Array) -> float:
    """The slope of ln R_k by k, fitted by least squares from lag 1 to where R falls under a millionth.

    NaN where fewer than two lags are left to fit.
    """
    below = np.flatnonzero(~(profile > _FLOOR))
    values = profile[1 : below[0] if len(below) else len(profile)]
    if len(values) < 2:
        return float("nan")
    return float(np.polyfit(np.arange(len(values)), np.log(values), 1)[0])
