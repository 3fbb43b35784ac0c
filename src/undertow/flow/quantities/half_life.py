"""How long a unit remembers if nothing is written to it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from undertow.flow.quantity import Quantity, Sum, Unavailable, numbers, rounded
from undertow.flow.window import Window
from undertow.lang.gates import activations
from undertow.reasons import Reason, Why

__all__ = ["HalfLife"]


#: By the gate.
_LOGS = Sum("logs", parts=1)
_COUNT = Sum("count")


class HalfLife(Quantity):
    """The forget half life of every unit: ln 2 / -mean(ln f) steps, f the gate that the cell declares to be its forget
    gate. Infinite (None) for a gate that was 1 throughout."""

    name = "half_life"
    kept = (_LOGS, _COUNT)

    def __init__(self) -> None:
        super().__init__()
        self._why = Reason(Why.NOT_EXAMINED)

    def add(self, window: Window) -> None:
        """Take in a window, if it is examined."""
        if not window.examined:
            return
        cell = window.sweep.layer.cell
        gate = cell.roles.get("forget", "")
        found = activations(cell.graph).get(gate)
        if found is None or found.function not in ("sigmoid", "log_sigmoid"):
            self._why = Reason(Why.NO_FORGET_GATE, cell=cell.name)
            return
        values = numbers(window.values.forward[found.node].detach()[window.own[:, : window.values.samples]])
        logs = values if found.function == "log_sigmoid" else values.log()
        self.sums.add(_LOGS.of(gate), logs.sum(0, dtype=torch.float64).cpu().numpy())
        self.sums.add(_COUNT.of(), float(len(logs)))

    def summary(self) -> dict[str, Any]:
        """``{"gate": "f", "units": [H half lives in steps, ascending]}``"""
        key = next(iter(self.sums.of(_LOGS)), None)
        if key is None:
            raise Unavailable(self._why)
        mean = -self.sums[key] / self.sums[_COUNT.of()]
        with np.errstate(divide="ignore"):
            return {"gate": key.parts[0], "units": rounded(np.sort(math.log(2) / mean))}
