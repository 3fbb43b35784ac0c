"""The slow twin of a lag profile: autograd through an unrolled loop in float64, without the kernels or the watch."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor

from training import Model
from undertow.flow.quantities.horizon import LEFT
from undertow.flow.verdict import EXPLODED

__all__ = ["lag_profile", "profile"]


def lag_profile(model: Model, x: Tensor, window: int = 0) -> Tensor:
    """(T,) medians over samples of the carried gradient's length by lag, from a random unit gradient on the output.

    Args:
        model: its recurrent layer is unrolled, one call for each step.
        x: (T, B, I).
        window: the gradient is cut so many steps before the end; 0: not at all.
    """
    twin = copy.deepcopy(model.recurrent).double()
    twin.backend = "reference"
    states: list[tuple[Tensor, ...]] = []
    carried: Any = None
    for t, step in enumerate(x.double()):
        output, carried = twin(step[None], carried)
        if window and t == len(x) - window - 1:
            carried = tuple(s.detach() for s in carried) if isinstance(carried, tuple) else carried.detach()
        states.append(carried if isinstance(carried, tuple) else (carried,))
        for state in states[-1]:
            if state.requires_grad:
                state.retain_grad()
    start = torch.randn(output.shape[1:], dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.autograd.backward((output[0] * start / start.norm(dim=-1, keepdim=True)).sum())
    squares = [sum(_squares(s) for s in each) for each in states[-2::-1]]
    lengths = torch.stack([torch.ones(x.shape[1], dtype=torch.float64), *(torch.as_tensor(q) for q in squares)])
    return lengths.sqrt().median(dim=1).values


def _squares(state: Tensor) -> Tensor:
    """(B,) sums of squares of a state's gradient; 0 where none arrived."""
    gradient = torch.zeros_like(state) if state.grad is None else state.grad
    return gradient.square().sum((0, 2))


def profile(model: Model, x: Tensor, reach: int, window: int = 0) -> dict[str, Any]:
    """What the twin says: how far the gradient reaches, whether that is far enough, and whether it explodes."""
    found = lag_profile(model, x, window)
    steps = int(torch.nonzero(found >= LEFT)[-1])
    largest = float(found[1:].max())
    return {"horizon": steps, "reaches": steps >= reach, "explodes": not largest < EXPLODED, "largest": largest}
