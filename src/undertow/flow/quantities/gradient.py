"""How large the gradient of each state component is, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from undertow.flow.quantity import Quantity, Unavailable, rounded
from undertow.flow.window import Window

__all__ = ["Gradient"]


class Gradient(Quantity):
    """Carried and total gradient: root mean squares over units, samples and windows.

    ``carried`` is dL/ds_t through later steps alone (what arrives from step t+1; what the loss puts on the final state
    arrives there too), ``total`` that and what enters at the output of step t. By lag from each sample's last step, and
    as ``carried_by_age``, ``total_by_age`` by steps since its first.
    """

    name = "gradient"

    def add(self, window: Window) -> None:
        """Take in a window."""
        if window.records is None:
            return
        components = list(window.sweep.states)
        hidden = [state.shape[-1] for state in window.sweep.states.values()]
        for order, aligned in (("", window.records_by_lag), (" by age", window.by_age(window.records))):
            squares = aligned.nansum(1).numpy()
            # A step is there for all components or for none.
            count = (~aligned[..., 0, 0].isnan()).sum(1).numpy()
            for number, (component, units) in enumerate(zip(components, hidden, strict=True)):
                for kind, which in enumerate(("carried", "total")):
                    self.sums.add(f"{which}{order} {component}", squares[:, number, kind] / units)
                    self.sums.add(f"{which}{order} {component} count", count)
        self.sums.add("windows", 1.0)

    def summary(self) -> dict[str, Any]:
        """``{"carried": {"h": [...], ...}, "total": ..., "carried_by_age": ..., "total_by_age": ...}``"""
        if "windows" not in self.sums:
            raise Unavailable("no backward pass was recorded")
        found: dict[str, dict[str, Any]] = {}
        for name in self.sums.arrays:
            which, _, component = name.rpartition(" ")
            if component not in ("count", "windows") and which:
                with np.errstate(over="ignore"):
                    found.setdefault(which.replace(" ", "_"), {})[component] = rounded(np.sqrt(self.sums.mean(name)))
        return found
