"""One backward pass through one direction of a layer, its steps counted back from each sample's last one.

A *lag* is a number of steps before the last step that a direction processes of a sample: 0 is the last one. In a
padded batch every sample has its own last step, and lags beyond its first have no entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from undertow.nn.engines.observe import Sweep
from undertow.nn.engines.values import Values
from undertow.reasons import Reason, Why

__all__ = ["CLOSELY", "Probe", "Unavailable", "Window"]

#: So many samples of a window that is examined are looked at value by value: more would cost more and tell little.
CLOSELY = 8


Array = NDArray[np.float64]


class Unavailable(Exception):  # noqa: N818
    """A quantity cannot be told, for a reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Probe:
    """BPTT from one step alone: ``sums`` (K, B, C) of squares of the carried gradient by lag from that step, NaN where
    a sample has no such step. The gradient that it starts from has length 1."""

    step: int
    sums: Tensor


class Window:
    """A sweep and what was written down in it.

    Attributes:
        sweep: the sweep.
        records: (T, B, C, 2 or 4) sums of squares in the order of processing; None where nothing was written down.
        probes: what probes found.
        examined: whether this window is looked at closely.
    """

    def __init__(self, sweep: Sweep, *, examined: bool = False) -> None:
        self.sweep, self.examined = sweep, examined
        self.records: Tensor | None = None
        self.probes: list[Probe] = []

    @cached_property
    def _lengths(self) -> Tensor:
        steps, batch = self.sweep.x.shape[:2]
        return torch.full((batch,), steps) if self.sweep.lengths is None else self.sweep.lengths.cpu()

    @cached_property
    def first(self) -> Tensor:
        """(B,) each sample's first step, in the order of processing."""
        return self.steps - self._lengths if self.sweep.direction else torch.zeros_like(self._lengths)

    @cached_property
    def last(self) -> Tensor:
        """(B,) and its last one."""
        return self.first + self._lengths - 1

    @property
    def steps(self) -> int:
        """T."""
        return self.sweep.x.shape[0]

    @property
    def longest(self) -> int:
        """Steps of the longest sample, which a padded batch may have more of."""
        return self.steps if self.sweep.lengths is None else int(self._lengths.max())

    def by_lag(self, processed: Tensor, step: int | None = None) -> Tensor:
        """(K, B, ...) in the order of processing to the same by lag; NaN where a sample has no such step.

        ``processed`` may have fewer samples, the first ones.
        ``step``: lags are counted from this step on, for samples that go on beyond it.
        """
        if self.sweep.lengths is None:
            return _known(processed.flip(0))
        some = slice(processed.shape[1])
        first, last = self.first[some], self._end(step)[some]
        return _taken(processed, last - torch.arange(len(processed))[:, None], first, last)

    @cached_property
    def records_by_lag(self) -> Tensor:
        """(T, B, C, 2 or 4) what was written down, by lag."""
        assert self.records is not None
        return self.by_lag(self.records)

    @cached_property
    def summed(self) -> dict[str, tuple[Array, Array]]:
        """What was written down of carried and total gradients, summed over samples, (T, C, 2), and how many samples
        have such a step, (T,): by ``lag``, and by ``age``, steps since a sample's first."""
        assert self.records is not None
        if self.sweep.lengths is None:
            # Every window passes here: one sum, and no more.
            total = self.records[..., :2].sum(1, dtype=torch.float64).numpy()
            total = total if np.isfinite(total).all() else np.nan_to_num(total, nan=np.inf, posinf=np.inf)
            count = np.full(len(total), float(self.records.shape[1]))
            return {"lag": (total[::-1], count), "age": (total, count)}
        orders = {"lag": self.records_by_lag, "age": self.by_age(self.records)}
        # A step is there for all components or for none.
        return {
            order: (found[..., :2].nansum(1).numpy(), (~found[..., 0, 0].isnan()).sum(1).double().numpy())
            for order, found in orders.items()
        }

    @property
    def finite(self) -> bool:
        """Whether what was written down, if anything, is finite."""
        return self.records is None or bool(np.isfinite(self.summed["lag"][0]).all())

    @property
    def bad_input(self) -> tuple[int, int] | None:
        """The first step (in the order of time) and the sample where x is not finite; None: it is, padding left out."""
        bad = (~self.sweep.x.isfinite().all(-1).cpu() & self.own).nonzero()
        return (int(bad[0, 0]), int(bad[0, 1])) if len(bad) else None

    def by_age(self, processed: Tensor) -> Tensor:
        """The same by steps since each sample's first one."""
        if self.sweep.lengths is None:
            return _known(processed)
        return _taken(processed, self.first + torch.arange(len(processed))[:, None], self.first, self.last)

    def _end(self, step: int | None) -> Tensor:
        return self.last if step is None else self.last.clamp(max=step)

    @cached_property
    def own(self) -> Tensor:
        """(T, B) which steps are a sample's own, in the order of time."""
        steps = torch.arange(self.steps)[:, None]
        return steps < self._lengths

    @cached_property
    def values(self) -> Values:
        """Every value of the equations at every step, of the first :data:`CLOSELY` samples.

        Raises:
            Unavailable: a step cannot be computed apart from its batch.
        """
        if self.sweep.layer.statistics:
            raise Unavailable(Reason(Why.BATCH_STATISTICS))
        return Values(self.sweep, CLOSELY)

    def probe(self, step: int, generator: torch.Generator) -> None:
        """Backpropagate a random gradient of length 1, another one for each sample, from ``step`` (of processing)."""
        sweep = self.sweep
        batch, width = sweep.x.shape[1], sweep.layer.sizes.output
        cotangent = torch.randn(batch, width, generator=generator, dtype=torch.float64)
        cotangent = (cotangent / cotangent.norm(dim=-1, keepdim=True)).to(sweep.x)
        sums = sweep.probe(step, cotangent)[..., 0].cpu().double()
        self.probes.append(Probe(step, self.by_lag(sums, step)))


def _taken(processed: Tensor, index: Tensor, first: Tensor, last: Tensor) -> Tensor:
    """Entries of ``processed`` (K, B, ...) at ``index`` (K, B), NaN for those not between ``first`` and ``last``."""
    valid = (index >= first) & (index <= last) & (index < len(processed))
    found = processed[index.clamp(0, len(processed) - 1), torch.arange(processed.shape[1])]
    found = _known(found)
    found[~valid] = torch.nan
    return found


def _known(values: Tensor) -> Tensor:
    """``values`` that are there: what is not a number counts as infinite, since NaN means that nothing is there."""
    return values.double().nan_to_num(torch.inf, torch.inf, -torch.inf)
