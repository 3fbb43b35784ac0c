"""When training meets NaN or infinity: which step, which layer, and the likely cause."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from undertow.errors import DivergedError
from undertow.training.config import TrainingOptions

__all__ = ["check_gradients", "check_loss", "check_parameters", "explained"]


def check_loss(loss: Tensor, model: nn.Module) -> None:
    """Stop if the loss is not finite.

    Raises:
        DivergedError: names the first parameter that is not finite, else the one with the largest entry.
    """
    if torch.isfinite(loss):
        return
    check_parameters(model)
    sizes = {name: float(p.detach().abs().max()) for name, p in model.named_parameters()}
    largest = max(sizes, key=lambda name: sizes[name])
    raise DivergedError(
        f"the loss is {loss.item()}, though every parameter is finite "
        f"(the largest entry, {sizes[largest]:.3g}, is in {largest})"
    )


def check_gradients(norm: Tensor, model: nn.Module) -> None:
    """Stop, before the weights are touched, if the gradient is not finite.

    Raises:
        DivergedError: names the first parameter whose gradient is not finite.
    """
    if torch.isfinite(norm):
        return
    broken = _first_not_finite({n: p.grad for n, p in model.named_parameters() if p.grad is not None})
    raise DivergedError(
        f"the gradient of {broken or 'all parameters together'} is not finite, though the loss is: "
        "it exploded on its way back through time"
    )


def check_parameters(model: nn.Module) -> None:
    """Stop if an update made a parameter something else than finite numbers.

    Raises:
        DivergedError: names the first such parameter.
    """
    broken = _first_not_finite({n: p.detach() for n, p in model.named_parameters()})
    if broken:
        raise DivergedError(f"parameter {broken} is no longer finite")


def explained(error: DivergedError, step: int, options: TrainingOptions) -> DivergedError:
    """The same error with its step and what to try."""
    advice = [f"Lower training.learning_rate ({options.learning_rate:g})"]
    if not options.clip_norm:
        advice.append("set training.clip_norm = 1.0")
    if not options.warmup:
        advice.append("set training.warmup = 50")
    return DivergedError(f"at step {step}: {error}. {', '.join(advice)}. The last checkpoint is from before.")


def _first_not_finite(tensors: Mapping[str, Tensor]) -> str | None:
    return next((name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()), None)
