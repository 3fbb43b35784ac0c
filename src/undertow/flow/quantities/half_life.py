"""How long a unit remembers if nothing is written to it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from undertow.flow.quantity import Quantity, Unavailable, numbers, rounded
from undertow.flow.window import Window
from undertow.lang.gates import activations
from undertow.reasons import Reason, Why

__all__ = ["HalfLife"]


class HalfLife(Quantity):
    """The forget half life of every unit: ln 2 / -mean(ln f) steps, f the gate that the cell declares to be its forget
    gate. Infinite (None) for a gate that was 1 throughout."""

    name = "half_life"

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
        self.sums.add(f"logs {gate}", logs.sum(0, dtype=torch.float64).cpu().numpy())
        self.sums.add("count", float(len(logs)))

    def summary(self) -> dict[str, Any]:
        """``{"gate": "f", "units": [H half lives in steps, ascending]}``"""
        gate = next((name.removeprefix("logs ") for name in self.sums.arrays if name.startswith("logs ")), None)
        if gate is None:
            raise Unavailable(self._why)
        mean = -self.sums[f"logs {gate}"] / self.sums["count"]
        with np.errstate(divide="ignore"):
            return {"gate": gate, "units": rounded(np.sort(math.log(2) / mean))}
