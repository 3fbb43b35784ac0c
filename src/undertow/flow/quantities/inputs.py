"""How large is what comes in?"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from undertow.flow.quantity import Quantity, Sum, Unavailable, rounded
from undertow.flow.window import Window
from undertow.reasons import Reason, Why

__all__ = ["Inputs"]


_COUNT, _SUM, _SQUARES = Sum("count"), Sum("sum"), Sum("squares")


class Inputs(Quantity):
    """The layer's input x, over all steps and samples examined, padding left out: the length of its vectors (the root
    of their mean square), and of its I entries the one that is largest on average, with its mean and deviation."""

    name = "inputs"
    kept = (_COUNT, _SUM, _SQUARES)

    def add(self, window: Window) -> None:
        """Take in a window, if it is examined."""
        if not window.examined:
            return
        x = window.sweep.x.detach().double()
        own = window.own.to(x.device)[..., None]
        known = torch.where(own, x, 0.0)
        if not known.isfinite().all():
            raise Unavailable(Reason(Why.INPUT_NOT_FINITE))
        self.sums.add(_COUNT.of(), own.sum().cpu().numpy())
        self.sums.add(_SUM.of(), known.sum((0, 1)).cpu().numpy())
        self.sums.add(_SQUARES.of(), known.square().sum((0, 1)).cpu().numpy())

    def summary(self) -> dict[str, Any]:
        """``{"length", "largest": {"entry", "mean", "deviation"}}``, the entry counted from 0."""
        if _COUNT.of() not in self.sums or not self.sums[_COUNT.of()]:
            raise Unavailable(Reason(Why.NOT_EXAMINED))
        mean, squares = (self.sums[sum.of()] / self.sums[_COUNT.of()] for sum in (_SUM, _SQUARES))
        entry = int(squares.argmax())
        deviation = np.sqrt(max(squares[entry] - mean[entry] ** 2, 0.0))
        largest = {"entry": entry, "mean": rounded(mean[entry]), "deviation": rounded(deviation)}
        return {"length": rounded(float(np.sqrt(squares.sum()))), "largest": largest}
