"""Writing with a language model: temperature, top-k and top-p, one symbol after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from undertow.errors import DivergedError
from undertow.tasks.options import SamplingOptions

__all__ = ["draw", "write"]


def draw(logits: Tensor, options: SamplingOptions, generator: torch.Generator) -> int:
    """One symbol from ``logits`` (V,). Top-p is nucleus sampling (Holtzman et al. 2020, arXiv:1904.09751)."""
    if options.temperature == 0:
        return int(logits.argmax())
    scaled, order = (logits / options.temperature).sort(descending=True, stable=True)
    keep = torch.ones_like(scaled, dtype=torch.bool)
    if options.top_k:
        keep[options.top_k :] = False
    if options.top_p < 1:
        before = scaled.softmax(-1).cumsum(-1).roll(1)
        before[0] = 0.0
        keep &= before < options.top_p
    probabilities = scaled.masked_fill(~keep, -math.inf).softmax(-1)
    return int(order[torch.multinomial(probabilities, 1, generator=generator)])


@torch.no_grad()
def write(
    step: Callable[[Tensor, object], tuple[Tensor, object]],
    prompt: Tensor,
    length: int,
    options: SamplingOptions,
) -> Iterator[int]:
    """Symbols one by one. ``step`` takes numbers (T, 1) and a state, and gives logits (T, 1, V) and the next state.

    ``prompt`` (N,), at least one symbol, is read first; its symbols are not given again.
    """
    generator = torch.Generator().manual_seed(options.seed)
    logits, state = step(prompt[:, None], None)
    for _ in range(length):
        if not torch.isfinite(logits[-1, 0]).all():
            raise DivergedError("the model gives logits that are not finite numbers: its training diverged")
        symbol = draw(logits[-1, 0].float(), options, generator)
        yield symbol
        logits, state = step(torch.tensor([[symbol]]), state)
