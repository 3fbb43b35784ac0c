"""Writing with a language model: temperature, top-k and top-p, one symbol after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from undertow.options import check, option

__all__ = ["SamplingOptions", "draw", "write"]


@dataclass(frozen=True)
class SamplingOptions:
    """How the next symbol is drawn."""

    temperature: float = option(
        0.8, "divides the logits: below 1 safer, above 1 wilder, 0 always the likeliest", at_least=0
    )
    top_k: int = option(0, "draw among the k likeliest symbols only; 0 for all", at_least=0)
    top_p: float = option(1.0, "draw among the fewest symbols that together have probability p", above=0, at_most=1)
    seed: int = option(0, "of the draws: the same seed writes the same text", at_least=0)

    def __post_init__(self) -> None:
        check(self)


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
        symbol = draw(logits[-1, 0].float(), options, generator)
        yield symbol
        logits, state = step(torch.tensor([[symbol]]), state)
