"""How much of a gradient is left so many steps before."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from undertow.flow.quantity import Array, Merge, Quantity, Sum, Unavailable, numbers, rounded
from undertow.flow.window import Window
from undertow.reasons import Reason, Why

__all__ = ["LagProfile", "median"]


#: By component, and of all of them together.
_EVERY = Sum("every", Merge.SIDE_BY_SIDE, 1)
_JOINT = _EVERY.of("joint")
_PROBES = Sum("probes")


class LagProfile(Quantity):
    """R_k: the length of the carried gradient k steps before a probe's step, over that of the gradient it started from.

    A probe is BPTT of a random gradient of length 1 on the layer's output at one step, another one for each sample.
    ``joint`` is over all components of the state together, the others are the components apart. Medians over samples
    and probes that reach so far back. It estimates the size of the product of Jacobians (its Frobenius norm over the
    square root of H), not its worst case, and is of this layer alone: routes through other layers, or attention, are
    not in it.
    """

    name = "lag_profile"
    kept = (_EVERY, _PROBES)

    def add(self, window: Window) -> None:
        """Take in a window's probes."""
        if window.examined and window.steps < 2:
            raise Unavailable(Reason(Why.ONE_STEP))
        if window.probes:
            numbers(window.sweep.states[window.sweep.layer.cell.output])
        for probe in window.probes:
            sums = probe.sums.numpy()
            self.sums.add(_JOINT, np.sqrt(sums.sum(-1)))
            for number, component in enumerate(window.sweep.states):
                self.sums.add(_EVERY.of(component), np.sqrt(sums[..., number]))
            self.sums.add(_PROBES.of(), 1.0)

    def joint(self) -> Array:
        """R_k by lag, of all components together."""
        if _PROBES.of() not in self.sums:
            raise Unavailable(Reason(Why.NOT_EXAMINED))
        return median(self.sums[_JOINT])

    def summary(self) -> dict[str, Any]:
        """``{"joint": [...], "h": [...], ..., "probes": n}``"""
        joint = self.joint()
        found = {"joint": rounded(joint)}
        found |= {key.parts[0]: rounded(median(self.sums[key])) for key in self.sums.of(_EVERY) if key != _JOINT}
        return found | {"probes": int(self.sums[_PROBES.of()])}


def median(values: Array) -> Array:
    """Medians along the second axis of what is there; NaN where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found: Array = np.nanmedian(values, axis=1)
    return found
