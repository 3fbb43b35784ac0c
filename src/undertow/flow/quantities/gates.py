"""Are gates open, closed, or stuck?"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from undertow.flow.quantity import Quantity, Unavailable, numbers, rounded
from undertow.flow.window import Window
from undertow.lang.gates import activations
from undertow.lang.operations import OPERATIONS
from undertow.reasons import Reason, Why

__all__ = ["OUTSIDE", "SATURATED", "Gates"]

#: Pre-activations beyond this size leave a sigmoid or tanh (nearly) flat.
OUTSIDE = 4.0
#: A unit is saturated if this share of its pre-activations lies outside.
SATURATED = 0.9

_BINS = 20
#: Pre-activations are counted in bins of a tenth, from minus to plus so much.
_WIDEST = 20.0
_EDGES = np.linspace(-_WIDEST, _WIDEST, 401)


class Gates(Quantity):
    """Activations and pre-activations of every gate, over the steps of samples looked at closely, and windows examined.

    For each gate: ``low``, ``high``, the shares of activations in the lowest and the highest tenth of their range
    (below 0.1 and above 0.9 for a sigmoid; Karpathy, Johnson and Fei-Fei 2015, arXiv:1506.02078, sec. 4.2; for relu
    ``low`` counts zeros); ``outside``, the share of pre-activations beyond 4 in size; ``saturated_units``, units with
    nine tenths of theirs there; ``histogram`` of activations over ``range``; quantiles of pre-activations.
    Pre-activations are computed again from the equations, so that relu's low side is known too.
    """

    name = "gates"

    def add(self, window: Window) -> None:
        """Take in a window, if it is examined."""
        if not window.examined:
            return
        cell, values = window.sweep.layer.cell, window.values.forward
        found = activations(cell.graph)
        if not found:
            raise Unavailable(Reason(Why.NO_GATES, cell=cell.name))
        own = {g: (_rows(values[a.node], window), _rows(values[a.pre_activation], window)) for g, a in found.items()}
        for gate, (active, before) in own.items():
            self._add(gate, found[gate].function, active, before)

    def _add(self, gate: str, function: str, active: Tensor, before: Tensor) -> None:
        """``active`` and ``before`` (N, H), of all steps and samples."""

        def add(name: str, value: Tensor) -> None:
            self.sums.add(f"{name} {gate}", value.cpu().numpy())

        add(f"count {function}", torch.tensor(len(active)))
        add("sum", active.sum(0, dtype=torch.float64))
        add("outside", (before.abs() > OUTSIDE).sum(0))
        lowest, highest = before.aminmax()
        add("max", highest)
        add("max minus", -lowest)
        add("before", _histogram(before, len(_EDGES) - 1, -_WIDEST, _WIDEST))
        between = OPERATIONS[function].between
        if between:
            low, high = between
            tenth = (high - low) / 10
            add("low", (active < low + tenth).sum(0))
            add("high", (active > high - tenth).sum(0))
            add("histogram", _histogram(active, _BINS, low, high))
        elif function == "relu":
            add("low", (active == 0).sum(0))

    def summary(self) -> dict[str, Any]:
        """By gate, the entries of the class's description."""
        gates = [name.split()[1:] for name in self.sums.arrays if name.startswith("count ")]
        if not gates:
            raise Unavailable(Reason(Why.NOT_EXAMINED))
        return {gate: self._of_gate(gate, function) for function, gate in gates}

    def _of_gate(self, gate: str, function: str) -> dict[str, Any]:
        sums, count = self.sums, float(self.sums[f"count {function} {gate}"])
        outside = sums[f"outside {gate}"] / count
        between = OPERATIONS[function].between
        found: dict[str, Any] = {
            "activation": function,
            "mean": sums[f"sum {gate}"].mean() / count,
            "outside": outside.mean(),
            "saturated_units": int((outside >= SATURATED).sum()) if between else None,
            "preactivation": self._quantiles(gate),
        }
        for share in ("low", "high"):
            if f"{share} {gate}" in sums:
                found[share] = sums[f"{share} {gate}"].mean() / count
        if between:
            histogram = sums[f"histogram {gate}"]
            found |= {"histogram": histogram / histogram.sum(), "range": list(between)}
        plain: dict[str, Any] = rounded(found)
        return plain

    def _quantiles(self, gate: str) -> dict[str, float]:
        """Read off a histogram with bins of a tenth; the ends are exact."""
        share = np.cumsum(self.sums[f"before {gate}"])
        places = {f"q{q:02d}": _EDGES[np.searchsorted(share, q / 100 * share[-1])] + 0.05 for q in (5, 25, 50, 75, 95)}
        return {"min": -float(self.sums[f"max minus {gate}"]), "max": float(self.sums[f"max {gate}"]), **places}


def _rows(values: Tensor, window: Window) -> Tensor:
    """(N, H): the values (T, B, H) of steps that are a sample's own."""
    values = values.detach()
    own = window.own[:, : values.shape[1]]
    own = values.flatten(0, 1) if own.all() else values[own.to(values.device)]
    return numbers(own)


def _histogram(values: Tensor, bins: int, low: float, high: float) -> Tensor:
    """(bins,) counts of values between ``low`` and ``high``; those beyond are counted at the ends."""
    places = ((values - low) * (bins / (high - low))).clamp(0, bins - 1)
    return torch.bincount(places.flatten().to(torch.int32), minlength=bins)
