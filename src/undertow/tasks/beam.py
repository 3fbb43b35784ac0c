"""Beam search: the likeliest sequences that a model writes step by step, several samples at a time.

The model is a function, so that translation and text share the search.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from undertow.errors import DivergedError

__all__ = ["Hypothesis", "beam_search", "length_penalty"]

State = TypeVar("State")


@dataclass(frozen=True)
class Hypothesis:
    """A sequence that was found.

    Attributes:
        tokens: its numbers, the end among them if it has one.
        log_probability: of the whole sequence, in nats.
        score: what hypotheses are ordered by, the higher the better.
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float


def length_penalty(length: int, strength: float) -> float:
    """What log probabilities are divided by; ``strength`` 0 leaves them, 1 divides by about the length.

    Source: Wu et al. 2016, "Google's neural machine translation system", arXiv:1609.08144, eq. 14 (alpha).
    """
    return float(((5 + length) / 6) ** strength)


@torch.no_grad()
def beam_search(
    step: Callable[[Tensor, State], tuple[Tensor, State]],
    select: Callable[[State, Tensor], State],
    state: State,
    first: Tensor,
    *,
    end: int | None,
    size: int,
    length: int,
    penalty: float = 0.0,
) -> list[list[Hypothesis]]:
    """For each sample the ``size`` best sequences, best first.

    Each step keeps the ``size`` likeliest continuations of a sample. One that ends leaves the search, and with it goes
    its place: with ``size`` 1 that is greedy search. What has not ended after ``length`` tokens counts as it is.

    Args:
        step: takes tokens (N,) and a state, and gives logits (N, V) and the next state, for N sequences.
        select: takes a state and numbers (M,) of sequences, and gives the state of those.
        state: of the B samples, before the first step.
        first: (B,) the token that each sample begins with; it is not given again.
        end: the token that ends a sequence; None where nothing does.
        size: K, sequences of a sample that are followed.
        length: the most tokens a sequence can have.
        penalty: strength of :func:`length_penalty`.

    Raises:
        DivergedError: the model gives something that is no number.
    """
    found: list[list[Hypothesis]] = [[] for _ in range(len(first))]
    beams = _Beams.begin(first, size)
    state = select(state, torch.arange(len(first)).repeat_interleave(size))
    for _ in range(length):
        logits, state = step(beams.last, state)
        beams, parents = beams.grown(_log_probabilities(logits), [size - len(ended) for ended in found])
        state = select(state, parents)
        if end is not None:
            beams.harvest(beams.last == end, found, penalty)
        if not beams.alive:
            break
    beams.harvest(torch.ones_like(beams.last, dtype=torch.bool), found, penalty)
    return [sorted(ended, key=lambda h: -h.score) for ended in found]


def _log_probabilities(logits: Tensor) -> Tensor:
    """(N, V) as log probabilities; a logit may be minus infinity, but not all of a row."""
    values = logits.double().log_softmax(-1)
    if values.isnan().any():
        raise DivergedError("the model gives logits that are not numbers: its training diverged")
    return values


@dataclass
class _Beams:
    """``tokens`` (B K, t) of the sequences that are followed, the first one included, and ``scores`` (B, K).

    A place that nothing stands in has the score minus infinity.
    """

    tokens: Tensor
    scores: Tensor

    @classmethod
    def begin(cls, first: Tensor, size: int) -> _Beams:
        """One sequence a sample; the other places are empty."""
        scores = torch.full((len(first), size), -math.inf, dtype=torch.float64)
        scores[:, 0] = 0.0
        return cls(first.repeat_interleave(size)[:, None], scores)

    @property
    def last(self) -> Tensor:
        """(B K,) the newest token of each."""
        return self.tokens[:, -1]

    @property
    def alive(self) -> bool:
        """Whether any is followed still."""
        return bool(self.scores.isfinite().any())

    def grown(self, log_probabilities: Tensor, places: list[int]) -> tuple[_Beams, Tensor]:
        """The likeliest continuations, as many a sample as it has ``places``, and which sequences they continue."""
        batch, size = self.scores.shape
        symbols = log_probabilities.shape[-1]
        every = (self.scores.view(-1, 1) + log_probabilities).view(batch, size * symbols)
        scores, chosen = every.topk(size, dim=-1)
        scores = scores.masked_fill(torch.arange(size) >= torch.tensor(places)[:, None], -math.inf)
        parents = (torch.arange(batch)[:, None] * size + chosen // symbols).flatten()
        tokens = torch.cat([self.tokens[parents], (chosen % symbols).view(-1, 1)], dim=1)
        return _Beams(tokens, scores), parents

    def harvest(self, ended: Tensor, found: list[list[Hypothesis]], penalty: float) -> None:
        """Move the sequences that have ``ended`` (B K,) to what was ``found``; their places are empty then."""
        for place in (ended & self.scores.view(-1).isfinite()).nonzero().flatten().tolist():
            sample, beam = divmod(place, self.scores.shape[1])
            tokens, total = tuple(self.tokens[place, 1:].tolist()), float(self.scores[sample, beam])
            found[sample].append(Hypothesis(tokens, total, total / length_penalty(len(tokens), penalty)))
            self.scores[sample, beam] = -math.inf
