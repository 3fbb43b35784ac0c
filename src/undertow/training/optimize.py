"""Optimizers (torch's), schedules of the learning rate as plain functions of the step, and clipping."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from undertow.training.config import TrainingOptions

__all__ = ["STATE", "clip", "learning_rate", "make_optimizer"]

#: What each of torch's optimizers keeps of a weight that it has moved, at the least.
STATE = {
    "Adam": {"step", "exp_avg", "exp_avg_sq"},
    "AdamW": {"step", "exp_avg", "exp_avg_sq"},
    "RMSprop": {"step", "square_avg"},
    "SGD": set[str](),
}


def make_optimizer(parameters: Iterable[nn.Parameter], options: TrainingOptions) -> torch.optim.Optimizer:
    """torch's optimizer as the options ask for it."""
    rate, decay, momentum = options.learning_rate, options.weight_decay, options.momentum
    match options.optimizer:
        case "adam":
            return torch.optim.Adam(parameters, lr=rate, weight_decay=decay)
        case "adamw":
            return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=rate, weight_decay=decay, momentum=momentum)
        case _:
            return torch.optim.SGD(parameters, lr=rate, weight_decay=decay, momentum=momentum)


def learning_rate(step: int, options: TrainingOptions) -> float:
    """The learning rate of update ``step``, counted from 0.

    It rises linearly over ``warmup`` steps; ``cosine`` (Loshchilov and Hutter 2017, arXiv:1608.03983, eq. 5, one
    cycle) and ``linear`` fall to 0 at ``steps``.
    """
    rise = min(1.0, (step + 1) / options.warmup) if options.warmup else 1.0
    done = step / options.steps
    fall = {"constant": 1.0, "cosine": 0.5 * (1 + math.cos(math.pi * done)), "linear": 1 - done}
    return options.learning_rate * rise * fall[options.schedule]


def clip(parameters: Iterable[nn.Parameter], options: TrainingOptions) -> tuple[Tensor, bool]:
    """Clip gradients by value, then by norm (Pascanu et al. 2013, arXiv:1211.5063, alg. 1).

    Returns the gradients' norm before clipping, and whether clipping changed anything.
    """
    parameters = [p for p in parameters if p.grad is not None]
    norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
    acted = False
    if options.clip_value:
        acted = any(bool((p.grad.abs() > options.clip_value).any()) for p in parameters if p.grad is not None)
        nn.utils.clip_grad_value_(parameters, options.clip_value)
    if options.clip_norm:
        clipped = nn.utils.clip_grad_norm_(parameters, options.clip_norm)
        acted = acted or bool(clipped > options.clip_norm)
    return norm, acted
