"""Units that say the same thing whatever they read."""

from __future__ import annotations

from typing import Any

import torch

from undertow.flow.quantity import Merge, Quantity, Sum, Unavailable, numbers, rounded
from undertow.flow.window import Window
from undertow.reasons import Reason, Why

__all__ = ["DeadUnits"]

#: A unit whose output varies by less than this is dead.
_STILL = 1e-3

_HIGHEST, _LOWEST = Sum("max output", Merge.LARGER), Sum("max minus output", Merge.LARGER)


class DeadUnits(Quantity):
    """Units whose output stayed within a thousandth over all steps and samples examined: relus that are always 0, gates
    that are always shut, saturated states that never change."""

    name = "dead_units"
    kept = (_HIGHEST, _LOWEST)

    def add(self, window: Window) -> None:
        """Take in a window, if it is examined."""
        if not window.examined:
            return
        output = numbers(window.sweep.states[window.sweep.layer.cell.output])
        own = window.own.to(output.device)[..., None]
        highest = torch.where(own, output, -torch.inf).amax((0, 1))
        lowest = torch.where(own, output, torch.inf).amin((0, 1))
        self.sums.add(_HIGHEST.of(), highest.cpu().numpy())
        self.sums.add(_LOWEST.of(), -lowest.cpu().numpy())

    def summary(self) -> dict[str, Any]:
        """``{"count": units, "share": of all}``"""
        if _HIGHEST.of() not in self.sums:
            raise Unavailable(Reason(Why.NOT_EXAMINED))
        still = self.sums[_HIGHEST.of()] + self.sums[_LOWEST.of()] < _STILL
        return {"count": int(still.sum()), "share": rounded(float(still.mean()))}
