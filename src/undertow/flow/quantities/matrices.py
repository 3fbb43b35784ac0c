"""The recurrent matrices, gate by gate."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from undertow.flow.quantity import Merge, Quantity, Sum, Unavailable, rounded
from undertow.flow.window import Window
from undertow.reasons import Reason, Why

__all__ = ["Matrices", "largest_singular_value", "spectral_radius"]

_SQUARINGS = 12

#: By the gate.
_LAST = Sum("last", Merge.LATER, 1)


class Matrices(Quantity):
    """Spectral radius and largest singular value of each gate's recurrent matrix (the largest of its blocks', where it
    has heads), as they were in the last window examined."""

    name = "matrices"
    kept = (_LAST,)

    def add(self, window: Window) -> None:
        """Take in a window, if it is examined."""
        layer = window.sweep.layer
        matrix = layer.directions[window.sweep.direction].weight_hh
        if not window.examined:
            return
        if matrix is None or layer.sizes.proj:
            raise Unavailable(Reason(Why.NO_SQUARE_MATRIX))
        gates, width = layer.cell.recurrent_gates, layer.sizes.hidden // layer.cell.heads
        blocks = matrix.detach().reshape(-1, width, width)
        each = torch.stack([spectral_radius(blocks), largest_singular_value(blocks)], -1)
        largest = each.unflatten(0, (len(gates), -1)).amax(1)  # type: ignore[no-untyped-call]
        for gate, figures in zip(gates, largest.tolist(), strict=True):
            self.sums.add(_LAST.of(gate), figures)

    def summary(self) -> dict[str, Any]:
        """``{gate: {"spectral_radius": number, "largest_singular_value": number}}``"""
        if not self.sums.arrays:
            raise Unavailable(Reason(Why.NOT_EXAMINED))
        found = {}
        for key, (radius, singular) in self.sums.arrays.items():
            found[key.parts[0]] = {"spectral_radius": radius, "largest_singular_value": singular}
        plain: dict[str, Any] = rounded(found)
        return plain


def spectral_radius(matrices: Tensor) -> Tensor:
    """The largest size of an eigenvalue of each of ``matrices`` (N, H, H), to a fraction of a percent (a little more
    where eigenvectors fall together, as in a triangle of equal numbers).

    By Gelfand's formula |A^k|^(1/k) with k = 4096, squaring: many times cheaper than all eigenvalues.
    """
    # Squared entries can leave the range of float32 until they are scaled once.
    power = matrices.double()
    logs = power.new_zeros(len(power))
    for _ in range(_SQUARINGS):
        size = power.norm(dim=(-2, -1)).clamp(min=torch.finfo(power.dtype).tiny)
        power = (power / size[:, None, None]).float()
        logs = 2 * (logs + size.double().log())
        power = power @ power
    logs = logs + power.norm(dim=(-2, -1)).double().log()
    radii: Tensor = (logs / 2**_SQUARINGS).exp()
    return radii


def largest_singular_value(matrices: Tensor) -> Tensor:
    """The largest singular value of each of ``matrices`` (N, H, H): the root of the spectral radius of A^T A."""
    return spectral_radius(matrices.double().mT @ matrices.double()).sqrt()
