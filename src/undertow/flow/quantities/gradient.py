"""How large the gradient of each state component is, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from undertow.flow.quantity import Array, Quantity, Sum, Unavailable, rounded
from undertow.flow.window import Window
from undertow.reasons import Reason, Why

__all__ = ["Gradient"]


#: Mean squares by lag and by age, all components of the state together, by their names.
_ORDERS = {"lag": Sum("lag", parts=None), "age": Sum("age", parts=None)}


class Gradient(Quantity):
    """Carried and total gradient: root mean squares over units, samples and windows.

    ``carried`` is dL/ds_t through later steps alone (what arrives from step t+1; what the loss puts on the final state
    arrives there too), ``total`` that and what enters at the output of step t. By lag from each sample's last step, and
    as ``carried_by_age``, ``total_by_age`` by steps since its first.
    """

    name = "gradient"
    kept = tuple(_ORDERS.values())

    def add(self, window: Window) -> None:
        """Take in a window."""
        if window.records is None:
            return
        widths = [[state.shape[-1]] for state in window.sweep.states.values()]
        for order, (squares, count) in window.summed.items():
            key = _ORDERS[order].of(*window.sweep.states)
            self.sums.add(key, squares / widths)
            self.sums.add(key.counts, count)

    def summary(self) -> dict[str, Any]:
        """``{"carried": {"h": [...], ...}, "total": ..., "carried_by_age": ..., "total_by_age": ...}``"""
        if not self.sums.arrays:
            raise Unavailable(Reason(Why.NOT_RECORDED))
        with np.errstate(over="ignore"):
            return {which: rounded({n: np.sqrt(v) for n, v in found.items()}) for which, found in self.means().items()}

    def means(self) -> dict[str, dict[str, Array]]:
        """The mean squares of which :meth:`summary` gives the roots."""
        found: dict[str, dict[str, Array]] = {}
        for order, suffix in (("lag", ""), ("age", "_by_age")):
            for key in self.sums.of(_ORDERS[order]):
                mean = self.sums.mean(key)
                for kind, which in enumerate(("carried", "total")):
                    found[which + suffix] = {c: mean[:, number, kind] for number, c in enumerate(key.parts)}
        return found
