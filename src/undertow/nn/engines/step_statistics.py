"""Statistics of single steps, for batch normalisation inside the recurrence.

Source: Cooijmans et al. 2017, "Recurrent batch normalization", arXiv:1603.09025, sec. 3: each step has statistics of
its own, since those of the first steps differ from those of later ones; steps beyond the last that has some use those.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["EPSILON", "MOMENTUM", "StepStatistics"]

#: As ``torch.nn.BatchNorm1d`` has them: what is added to variances, and the share of a new batch in what is remembered.
EPSILON, MOMENTUM = 1e-5, 0.1


@dataclass(frozen=True)
class StepStatistics:
    """Of one direction: what is remembered of training batches, and how this run goes.

    ``mean`` and ``var`` (S, T, H), by place in the equations (``sites``, S of them) and step; ``batches`` () is how
    many training batches there were, ``tracked`` () how many steps have been seen. Steps count from the start of each
    sample (in the second direction from its end), the first one of this run being ``first``.
    """

    sites: tuple[str, ...]
    mean: Tensor
    var: Tensor
    batches: Tensor
    tracked: Tensor
    training: bool
    first: int = 0

    def begin(self, batch: int) -> None:
        """A run over ``batch`` samples.

        Raises:
            ValueError: a single one in training, as ``torch.nn.BatchNorm1d`` words it.
        """
        if not self.training:
            return
        if batch < 2:
            size = [batch, self.mean.shape[-1]]
            raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")
        with torch.no_grad():
            self.batches.add_(1)

    def normalised(self, site: str, t: int, value: Tensor, valid: Tensor | None) -> Tensor:
        """``value`` (B, H) of step ``t`` of this run, by the statistics of its samples, or by what is remembered: in
        evaluation, and at steps that only one sample is long enough for (``valid`` (B, 1))."""
        index, step = self.sites.index(site), self.first + t
        rows = value if valid is None else value[valid.squeeze(-1)]
        if self.training and len(rows) > 1:
            mean, var = rows.mean(0), rows.var(0, correction=0)
            if step < self.mean.shape[1]:
                self._remember(index, step, mean, var, len(rows))
        else:
            known = min(step, max(int(self.tracked), 1) - 1)
            mean, var = self.mean[index, known], self.var[index, known]
        return (value - mean) * torch.rsqrt(var + EPSILON)

    @torch.no_grad()
    def _remember(self, index: int, step: int, mean: Tensor, var: Tensor, count: int) -> None:
        self.mean[index, step].lerp_(mean, MOMENTUM)
        self.var[index, step].lerp_(var * (count / (count - 1)), MOMENTUM)
        self.tracked.clamp_(min=step + 1)
