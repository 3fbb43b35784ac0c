"""Are gates open, closed, or stuck?"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from undertow.flow.quantity import Merge, Quantity, Sum, Unavailable, numbers, rounded
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

#: By the gate's function, and the gate; all others by the gate.
_COUNT = Sum("count", parts=2)
_SUM, _OUTSIDE, _BEFORE = Sum("sum", parts=1), Sum("outside", parts=1), Sum("before", parts=1)
_LOW, _HIGH, _HISTOGRAM = Sum("low", parts=1), Sum("high", parts=1), Sum("histogram", parts=1)
_HIGHEST, _LOWEST = Sum("max", Merge.LARGER, 1), Sum("max minus", Merge.LARGER, 1)


class Gates(Quantity):
    """Activations and pre-activations of every gate, over the steps of samples looked at closely, and windows examined.

    For each gate: ``low``, ``high``, the shares of activations in the lowest and the highest tenth of their range
    (below 0.1 and above 0.9 for a sigmoid; Karpathy, Johnson and Fei-Fei 2015, arXiv:1506.02078, sec. 4.2; for relu
    ``low`` counts zeros); ``outside``, the share of pre-activations beyond 4 in size; ``saturated_units``, units with
    nine tenths of theirs there; ``histogram`` of activations over ``range``; quantiles of pre-activations.
    Pre-activations are computed again from the equations, so that relu's low side is known too.
    """

    name = "gates"
    kept = (_COUNT, _SUM, _OUTSIDE, _BEFORE, _LOW, _HIGH, _HISTOGRAM, _HIGHEST, _LOWEST)

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

        def add(sum: Sum, value: Tensor) -> None:
            self.sums.add(sum.of(gate), value.cpu().numpy())

        self.sums.add(_COUNT.of(function, gate), len(active))
        add(_SUM, active.sum(0, dtype=torch.float64))
        add(_OUTSIDE, (before.abs() > OUTSIDE).sum(0))
        lowest, highest = before.aminmax()
        add(_HIGHEST, highest)
        add(_LOWEST, -lowest)
        add(_BEFORE, _histogram(before, len(_EDGES) - 1, -_WIDEST, _WIDEST))
        between = OPERATIONS[function].between
        if between:
            low, high = between
            tenth = (high - low) / 10
            add(_LOW, (active < low + tenth).sum(0))
            add(_HIGH, (active > high - tenth).sum(0))
            add(_HISTOGRAM, _histogram(active, _BINS, low, high))
        elif function == "relu":
            add(_LOW, (active == 0).sum(0))

    def summary(self) -> dict[str, Any]:
        """By gate, the entries of the class's description."""
        gates = [key.parts for key in self.sums.of(_COUNT)]
        if not gates:
            raise Unavailable(Reason(Why.NOT_EXAMINED))
        return {gate: self._of_gate(gate, function) for function, gate in gates}

    def _of_gate(self, gate: str, function: str) -> dict[str, Any]:
        sums, count = self.sums, float(self.sums[_COUNT.of(function, gate)])
        outside = sums[_OUTSIDE.of(gate)] / count
        between = OPERATIONS[function].between
        found: dict[str, Any] = {
            "activation": function,
            "mean": sums[_SUM.of(gate)].mean() / count,
            "outside": outside.mean(),
            "saturated_units": int((outside >= SATURATED).sum()) if between else None,
            "preactivation": self._quantiles(gate),
        }
        for share in (_LOW, _HIGH):
            if share.of(gate) in sums:
                found[share.name] = sums[share.of(gate)].mean() / count
        if between:
            histogram = sums[_HISTOGRAM.of(gate)]
            found |= {"histogram": histogram / histogram.sum(), "range": list(between)}
        plain: dict[str, Any] = rounded(found)
        return plain

    def _quantiles(self, gate: str) -> dict[str, float]:
        """Read off a histogram with bins of a tenth; the ends are exact."""
        share = np.cumsum(self.sums[_BEFORE.of(gate)])
        places = {f"q{q:02d}": _EDGES[np.searchsorted(share, q / 100 * share[-1])] + 0.05 for q in (5, 25, 50, 75, 95)}
        return {"min": -float(self.sums[_LOWEST.of(gate)]), "max": float(self.sums[_HIGHEST.of(gate)]), **places}


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
