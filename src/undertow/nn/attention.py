"""Attention: for each step of a query, a weighted mean of what an encoder gave, and the weights."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from undertow.nn.engines.layer import own_steps

__all__ = ["Additive", "Attention", "General", "Memory"]


@dataclass(frozen=True)
class Memory:
    """What is attended to: ``values`` (S, B, M), ``keys`` (S, B, K), and ``own`` (B, S), False at padding."""

    values: Tensor
    keys: Tensor
    own: Tensor

    def select(self, samples: Tensor) -> Memory:
        """The memory of ``samples`` (N,), by number; one may stand there several times."""
        return Memory(self.values.index_select(1, samples), self.keys.index_select(1, samples), self.own[samples])


class Attention(nn.Module, ABC):
    """A score for each pair of a query and a step of the memory; weights are its softmax over the memory."""

    def __init__(self, keys: nn.Module) -> None:
        super().__init__()
        self.keys = keys

    def remember(self, values: Tensor, lengths: Tensor | None = None) -> Memory:
        """Prepare a memory of ``values`` (S, B, M), of which ``lengths`` (B,) steps are each sample's own."""
        steps, batch = values.shape[:2]
        own = values.new_ones((batch, steps), dtype=torch.bool)
        return Memory(values, self.keys(values), own if lengths is None else own_steps(lengths, values)[..., 0].t())

    @abstractmethod
    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """``query`` (T, B, H) and ``keys`` (S, B, K) to (T, B, S)."""

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """``query`` (T, B, H) to the context (T, B, M) and the weights (T, B, S), which are 0 at padding."""
        weights = self.score(query, memory.keys).masked_fill(~memory.own, -math.inf).softmax(-1)
        return torch.einsum("tbs,sbm->tbm", weights, memory.values), weights


class General(Attention):
    """The score h' W m.

    Source: Luong, Pham and Manning 2015, "Effective approaches to attention-based neural machine translation",
    arXiv:1508.04025, eq. 7-8 ("general").

    Args:
        query: H, width of the query.
        memory: M, width of the memory.
    """

    def __init__(self, query: int, memory: int) -> None:
        super().__init__(nn.Linear(memory, query, bias=False))

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """A product of each query with each key."""
        return torch.einsum("tbh,sbh->tbs", query, keys)


class Additive(Attention):
    """The score v' tanh(W h + U m).

    Source: Bahdanau, Cho and Bengio 2015, "Neural machine translation by jointly learning to align and translate",
    arXiv:1409.0473, sec. A.1.2.

    Args:
        query: H, width of the query.
        memory: M, width of the memory.
        hidden: K, units of the score.
    """

    def __init__(self, query: int, memory: int, hidden: int) -> None:
        super().__init__(nn.Linear(memory, hidden, bias=False))
        self.query = nn.Linear(query, hidden, bias=False)
        self.direction = nn.Linear(hidden, 1, bias=False)

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """A small network of one layer for each pair."""
        pairs = self.query(query)[:, None] + keys  # (T, S, B, K)
        scores: Tensor = self.direction(pairs.tanh()).squeeze(-1)
        return scores.transpose(1, 2)
