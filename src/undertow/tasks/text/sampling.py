"""Writing with a language model: temperature, top-k and top-p, one symbol after the other; or the likeliest text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from undertow.errors import DivergedError
from undertow.nn.states import select
from undertow.tasks.beam import Hypothesis, beam_search
from undertow.tasks.rest import at_rest
from undertow.tasks.text.model import LanguageModel
from undertow.tasks.text.options import SamplingOptions
from undertow.tasks.text.reading import Vocabulary

__all__ = ["draw", "generate", "likeliest", "search", "write"]


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


@torch.no_grad()
def search(
    step: Callable[[Tensor, Any], tuple[Tensor, Any]], prompt: Tensor, length: int, size: int
) -> list[Hypothesis]:
    """The likeliest ``length`` symbols after ``prompt`` (N,) that a beam of ``size`` finds, best first.

    ``step`` takes numbers (T, B) and a state, (L, B, H) a component, and gives logits (T, B, V) and the next state.
    """

    def forward(symbols: Tensor, state: Any) -> tuple[Tensor, Any]:
        logits, state = step(symbols[None], state)
        return logits[0], state

    state = step(prompt[:-1, None], None)[1] if len(prompt) > 1 else None
    [found] = beam_search(forward, select, state, prompt[-1:], end=None, size=size, length=length)
    return found


class _Writer:
    """A language model that reads a prompt at once, and then one symbol after the other."""

    def __init__(self, model: LanguageModel) -> None:
        self.model, self.stream = model, model.recurrent.stream()

    def __call__(self, ids: Tensor, state: object) -> tuple[Tensor, object]:
        """As the model's own call, for one text; whether there is a ``state`` says if this is the prompt."""
        if state is None:
            logits, carried = self.model(ids)
            self.stream.reset(carried)
            return logits, self
        output = self.stream.step(self.model.embedding.weight[ids[0]])
        return self.model.readout(output)[None], self


def generate(
    model: LanguageModel, vocabulary: Vocabulary, prompt: str, length: int, options: SamplingOptions
) -> Iterator[str]:
    """Write ``length`` symbols after ``prompt``; bytes that are not whole UTF-8 come out as replacement characters."""
    with at_rest(model):
        numbers = write(_Writer(model), vocabulary.encode(prompt, "the prompt"), length, options)
        if vocabulary.is_bytes or vocabulary.merges:  # a character may end in the next number
            yield vocabulary.decode(list(numbers))
        else:
            yield from (vocabulary.decode([number]) for number in numbers)


def likeliest(
    model: LanguageModel, vocabulary: Vocabulary, prompt: str, length: int, size: int
) -> list[tuple[str, float]]:
    """What a beam of ``size`` finds to be the likeliest ``length`` symbols after ``prompt``, best first, and their log
    probabilities in nats."""
    with at_rest(model):
        found = search(model, vocabulary.encode(prompt, "the prompt"), length, size)
    return [(vocabulary.decode(list(h.tokens)), h.log_probability) for h in found]
