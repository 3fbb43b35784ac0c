"""By which ways the gradient came: along the highway, or through which gate."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from undertow.flow.quantity import Key, Quantity, Sum, Unavailable, rounded
from undertow.flow.window import Window
from undertow.lang.expr import Node
from undertow.lang.passes import HIGHWAY, split_by_way
from undertow.reasons import Reason, Why

__all__ = ["Paths", "split"]


_HIGHWAY, _GATED = Sum("highway"), Sum("gated")
#: By the gate.
_BY = Sum("by", parts=1)


class Paths(Quantity):
    """The carried gradient as a sum of vectors: what came along the highway from where it entered, with all gates held
    constant; and what went through a gate on its way, by the gate that it went through last (then along the highway).

    Root mean squares over units, samples and windows examined, by lag, all components together. ``highway`` and
    ``gated`` add up to the carried gradient as vectors, and so do the parts of ``by_gate`` (of the samples
    looked at closely) to the gated one; their sizes need not.
    """

    name = "paths"
    kept = (_HIGHWAY, _GATED, _BY)

    def add(self, window: Window) -> None:
        """Take in a window, if it is examined."""
        if not window.examined or window.records is None:
            return
        if window.sweep.layer.sizes.proj:
            raise Unavailable(Reason(Why.PROJECTED))
        components = len(window.sweep.states)
        parts = split(window)
        units = sum(state.shape[-1] for state in window.sweep.states.values()) / components
        if window.records.shape[-1] == 4:
            sums = window.by_lag(window.records[..., 2:]).sum(2) / (units * components)
            self.sums.add_mean(_HIGHWAY.of(), sums[..., 0].numpy())
            self.sums.add_mean(_GATED.of(), sums[..., 1].numpy())
        else:
            self.sums.add_mean(_HIGHWAY.of(), _mean_square(parts[HIGHWAY]))
            self.sums.add_mean(
                _GATED.of(), _mean_square(_sum_of([p for way, p in parts.items() if way != HIGHWAY], parts))
            )
        for way, part in parts.items():
            if way != HIGHWAY:
                self.sums.add_mean(_BY.of(way), _mean_square(part))

    def summary(self) -> dict[str, Any]:
        """``{"highway": [...], "gated": [...], "by_gate": {"f": [...], ...}}``"""
        if _HIGHWAY.of() not in self.sums:
            raise Unavailable(Reason(Why.NOT_EXAMINED))
        by_gate = {key.parts[0]: self._size(key) for key in self.sums.of(_BY)}
        return {"highway": self._size(_HIGHWAY.of()), "gated": self._size(_GATED.of()), "by_gate": by_gate}

    def _size(self, key: Key) -> Any:
        return rounded(self.sums.mean(key) ** 0.5)


def _sum_of(parts: list[Tensor], like: dict[str, Tensor]) -> Tensor:
    """The sum of parts; zeros of the same shape where there are none."""
    return torch.stack(parts).sum(0) if parts else torch.zeros_like(like[HIGHWAY])


def _mean_square(part: Tensor) -> Any:
    """(K, B, C, H) to (K, B)."""
    return part.square().mean((-2, -1)).double().cpu().numpy()


def split(window: Window) -> dict[str, Tensor]:
    """The carried gradient of the samples looked at closely, by way, each (K, B, C, H) by lag; NaN where a sample has
    no such step.

    One walk back through the steps: each way's part goes along the highway, and every gate's is joined by
    what the whole gradient sends through that gate.
    """
    sweep = window.sweep
    values, samples = window.values, window.values.samples
    ways = split_by_way(sweep.layer.cell.graph)
    names, gates = list(sweep.states), [way for way in ways if way != HIGHWAY]
    order = [(way, name) for way in ways for name in names]
    nodes: list[Node] = [ways[way][name] for way, name in order]
    shape = (1 + len(gates), samples, sweep.layer.sizes.hidden)
    arriving = {n: sweep.x.new_zeros(shape) for n in names}
    for name, gradient in sweep.final.items():
        arriving[name][0] += gradient[:samples]
    zero = sweep.x.new_zeros(shape[1:])
    own = window.own[:, :samples, None].to(sweep.x.device)
    processed = []
    times = range(window.steps) if sweep.direction else range(window.steps - 1, -1, -1)
    for t in times:
        processed.append(torch.stack([arriving[n] for n in names], 2))
        leading = {n: a.clone() for n, a in arriving.items()}
        for name, gradient in sweep.direct.items():
            leading[name][0] += gradient[t, :samples]
        given = {("highway", n): a for n, a in leading.items()} | {
            ("cotangent", n): a.sum(0) for n, a in leading.items()
        }
        found = dict(zip(order, values.back(nodes, t, given), strict=True))
        for name in names:
            along = found[HIGHWAY, name].expand(shape)
            through = torch.stack([zero, *(found[gate, name].expand(shape[1:]) for gate in gates)])
            arriving[name] = torch.where(own[t], along + through, leading[name])
    stacked = torch.stack(processed[::-1])
    # (T, ways, B, C, H) in the order of processing, to one tensor a way.
    by_way = [window.by_lag(stacked[:, number].cpu()) for number in range(shape[0])]
    return dict(zip([HIGHWAY, *gates], by_way, strict=True))
