"""Batch normalisation of what the input matrices give, folded into them.

Source: Laurent, Pereyra, Brakel, Zhang and Bengio 2015, "Batch normalized recurrent neural networks",
arXiv:1510.01378: the input-to-hidden transition, by statistics over all steps and samples of a batch ("sequence-wise").
What the recurrent matrices give is left as it is. The bias of the layer is the shift.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from undertow.kernels import large
from undertow.kernels.host import host
from undertow.lang.lazily import lazily
from undertow.nn.engines import gate
from undertow.nn.engines.fused.memory import empty
from undertow.nn.engines.layer import Weights, own_steps
from undertow.nn.engines.step_statistics import EPSILON, MOMENTUM

__all__ = ["InputBatch", "Running", "folded"]


@dataclass(frozen=True)
class InputBatch:
    """What a layer reads in a step of training: ``x`` (T, B, I) and the valid steps of each sample (B,), or None."""

    x: Tensor
    lengths: Tensor | None

    @lazily
    def rows(self) -> Tensor:
        """The valid steps of all samples, (N, I)."""
        rows = self.x.flatten(0, 1)
        rows = rows if self.lengths is None else rows[own_steps(self.lengths, self.x).flatten()]
        if torch.is_autocast_enabled(rows.device.type):
            rows = rows.float()
        if len(rows) < 2:
            raise ValueError(f"Expected more than 1 value per channel when training, got input size {list(rows.shape)}")
        return rows

    @lazily
    def moments(self) -> tuple[Tensor, Tensor]:
        """Mean (I,) and (biased) covariance (I, I) of the rows, once for both directions."""
        rows = self.rows
        if _is_followed(rows):
            mean = rows.mean(0)
            centred = rows - mean
            return mean, centred.t() @ centred / len(rows)
        mean, covariance = _Moments.apply(rows)  # type: ignore[no-untyped-call]
        return mean, covariance


def _is_followed(x: Tensor) -> bool:
    """Whether somebody transforms or records operations on ``x``, and is to see torch's own."""
    if torch.compiler.is_compiling():
        return False
    return bool(gate.recorded((x,)) or gate.differentiated((x,)) or gate.is_followed((x,)))


@dataclass(frozen=True)
class Running:
    """What is remembered of training batches: ``mean``, ``var`` (G H,) and how many ``batches`` there were, ()."""

    mean: Tensor
    var: Tensor
    batches: Tensor

    def reset(self) -> None:
        """Forget all batches."""
        self.mean.zero_()
        self.var.fill_(1.0)
        self.batches.zero_()

    @torch.no_grad()
    def remember(self, mean: Tensor, var: Tensor, count: int) -> None:
        """Take in a batch of ``count`` rows with this mean and this (biased) variance."""
        self.mean.lerp_(mean.to(self.mean.dtype), MOMENTUM)
        self.var.lerp_(var.to(self.var.dtype) * (count / (count - 1)), MOMENTUM)
        self.batches.add_(1)


def folded(weights: Weights, gain: Tensor, running: Running, batch: InputBatch | None) -> Weights:
    """One direction's weights whose ``W x + b`` is ``gain (W x - mean) / sqrt(var + eps) + b`` of these ``weights``.

    Args:
        weights: with ``weight_ih`` (G H, I).
        gain: (G H,).
        running: what to normalise by without a batch; a batch is remembered in it.
        batch: the input in training, whose own statistics then normalise; gradients flow through them.

    Raises:
        ValueError: a batch of less than two rows, as ``torch.nn.BatchNorm1d`` words it.
    """
    matrix = weights.weight_ih
    assert matrix is not None
    if batch is None:
        mean, var = running.mean, running.var
    else:
        mean, var, count = _moments(matrix, batch)
        running.remember(mean, var, count)
    scale = gain * torch.rsqrt(var + EPSILON)
    shift = -scale * mean
    return replace(
        weights,
        weight_ih=scale[:, None] * matrix,
        bias_ih=shift if weights.bias_ih is None else weights.bias_ih + shift,
    )


def _moments(matrix: Tensor, batch: InputBatch) -> tuple[Tensor, Tensor, int]:
    """Mean and variance of every row of W x over a batch, and the number of its rows N.

    They follow from those of x: W E[x], and the diagonal of W Cov[x] W^T, which costs (N + G H) I^2 multiplications.
    Where that is more than the N G H I of the product W x itself (inputs wider than all gates, or few rows), they are
    taken from the product.
    """
    with torch.autocast(batch.x.device.type, enabled=False):
        x = batch.rows
        count, rows, width = len(x), *matrix.shape
        if (count + rows) * width <= count * rows:
            mean, covariance = batch.moments
            return matrix @ mean, ((matrix @ covariance) * matrix).sum(1).clamp_min(0.0), count
        mean = x.mean(0)
        return matrix @ mean, F.linear(x - mean, matrix).square().mean(0), count


class _Moments(torch.autograd.Function):
    """Mean (I,) and covariance (I, I) of rows (N, I). By itself, autograd would take three large products, not two."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        mean = x.mean(0)
        centred = x - mean
        ctx.save_for_backward(x, mean)
        ctx.centred = centred
        return mean, _gram(centred).div_(len(x))

    @staticmethod
    def backward(ctx: Any, of_mean: Tensor, of_covariance: Tensor) -> Tensor:
        x, mean = ctx.saved_tensors
        both = (of_covariance + of_covariance.t()) / len(x)
        if torch.is_grad_enabled():
            return torch.addmm(of_mean / len(x), x - mean, both)
        return _times(ctx.centred, both, of_mean / len(x))


def _gram(x: Tensor) -> Tensor:
    """x^T x."""
    at, target, width = gate.matrix(x), host(), x.shape[1]
    if at is None or target is None:
        return x.t() @ x
    out, name = torch.empty((width, width), dtype=x.dtype, device="cpu"), str(x.dtype).removeprefix("torch.")
    large.gram(target, name, at, (len(x), width), gate.address(out), torch.get_num_threads())
    return out


def _times(x: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
    """x times a square matrix, plus bias."""
    matrix = matrix.contiguous()
    at, other, target = gate.matrix(x), gate.matrix(matrix), host()
    if at is None or other is None or target is None or matrix.dtype != x.dtype:
        return torch.addmm(bias, x, matrix)
    out, name = empty(tuple(x.shape), x.dtype), str(x.dtype).removeprefix("torch.")
    shape, parts = (len(x), x.shape[1]), torch.get_num_threads()
    large.times(target, name, at, other, bias.detach().numpy(), shape, gate.address(out), parts)
    return out
