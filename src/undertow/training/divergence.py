"""When training meets NaN or infinity: which step, which layer, and the likely cause."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from undertow.errors import DivergedError
from undertow.training.config import TrainingOptions

__all__ = ["check_gradients", "check_loss"]


def check_loss(loss: Tensor, model: nn.Module, step: int, options: TrainingOptions) -> None:
    """Stop if the loss is not finite.

    Raises:
        DivergedError: names the first parameter that is not finite, else the layer whose output is too large.
    """
    if torch.isfinite(loss):
        return
    broken = _first_not_finite({n: p.detach() for n, p in model.named_parameters()})
    if broken:
        fact = f"parameter {broken} is not finite since the update before"
    else:
        largest = max(model.named_parameters(), key=lambda item: float(item[1].detach().abs().max()))
        fact = (
            f"every parameter is finite; the largest ({float(largest[1].detach().abs().max()):.3g}) is in {largest[0]}"
        )
    raise DivergedError(f"the loss is {loss.item()} at step {step}: {fact}. {_advice(options)}")


def check_gradients(norm: Tensor, model: nn.Module, step: int, options: TrainingOptions) -> None:
    """Stop, before the weights are touched, if the gradient is not finite.

    Raises:
        DivergedError: names the first parameter whose gradient is not finite.
    """
    if torch.isfinite(norm):
        return
    gradients = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    broken = _first_not_finite(gradients)
    where = f"of {broken} " if broken else "as a whole "
    raise DivergedError(
        f"the gradient {where}is not finite at step {step}, while the loss still is: it exploded on its way back "
        f"through time. {_advice(options)}"
    )


def _first_not_finite(tensors: dict[str, Any]) -> str | None:
    return next((name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()), None)


def _advice(options: TrainingOptions) -> str:
    advice = [f"Lower training.learning_rate ({options.learning_rate:g})"]
    if not options.clip_norm:
        advice.append("set training.clip_norm = 1.0")
    if not options.warmup:
        advice.append("set training.warmup = 50")
    return ", ".join(advice) + ". The last checkpoint is from before."
