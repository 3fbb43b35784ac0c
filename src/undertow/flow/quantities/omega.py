"""Pascanu's regulariser, as a monitor."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from undertow.flow.quantity import Quantity, Sum, Unavailable, rounded
from undertow.flow.window import Window
from undertow.reasons import Reason, Why

__all__ = ["Omega"]


_OMEGA = Sum("omega")


class Omega(Quantity):
    """Omega_t = (|carried gradient at t| / |total gradient at t+1| - 1)^2, all components together: 0 where a step
    hands the gradient on at its full length. Of windows that are examined.

    Source: Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent neural networks",
    arXiv:1211.5063, eq. 9-10 (there a term of the loss; here it is watched).
    """

    name = "omega"
    kept = (_OMEGA,)

    def add(self, window: Window) -> None:
        """Take in a window."""
        if window.records is None or not window.examined:
            return
        if window.steps < 2:
            raise Unavailable(Reason(Why.ONE_STEP))
        sums = window.records_by_lag[..., :2].sum(2)
        carried, total = sums[1:, :, 0].sqrt(), sums[:-1, :, 1].sqrt()
        ratio = (carried / total).nan_to_num(torch.inf, torch.inf)
        ratio[~(total > 0) | carried.isnan()] = torch.nan
        self.sums.add_mean(_OMEGA.of(), ((ratio - 1) ** 2).numpy())

    def summary(self) -> dict[str, Any]:
        """``{"mean": number, "by_lag": [of the step from lag k-1 to lag k, from k = 1 on]}``"""
        if _OMEGA.of() not in self.sums:
            raise Unavailable(Reason(Why.NOT_EXAMINED))
        by_lag = self.sums.mean(_OMEGA.of())
        if np.isnan(by_lag).all():
            raise Unavailable(Reason(Why.NO_GRADIENT))
        return {"mean": rounded(float(np.nanmean(by_lag))), "by_lag": rounded(by_lag)}
