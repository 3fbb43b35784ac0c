"""N-grams of symbols beside the symbols: at each step the sum of the embeddings of those that end there.

Their embeddings stand in a table of fixed size in which a hash finds the row, as fastText finds those of a word's parts
(Bojanowski et al. 2017, arXiv:1607.04606, section 3.2). The table begins at 0: an n-gram that training never saw adds
nothing, but for one that shares its row with another.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from undertow.tasks.tokens import PAD

__all__ = ["ROWS", "NGrams", "rows_of"]

#: Rows of the table. A model's file holds this many, so another size could not read it.
ROWS = 2**14

#: FNV-1a's, of 32 bits (Fowler, Noll and Vo): products stay below 2^57, exact in whole numbers of 64 bits.
_BASIS, _PRIME, _BITS = 2166136261, 16777619, 0xFFFFFFFF


def rows_of(x: Tensor, n: int) -> Tensor:
    """The row, from 1 on, of the n-gram that ends at each step of ``x`` (T, B), numbers of symbols.

    (T, B) too; 0 where none ends: in the first n - 1 steps, and in padding. The hash is FNV-1a over the numbers of the
    symbols, folded (bits from the 16th on xor those before it) to the table's size: the same everywhere, always.
    """
    there = len(x) - n + 1
    rows = torch.zeros_like(x)
    if there > 0:
        found = torch.full_like(x[:there], _BASIS)
        for at in range(n):
            found = ((found ^ x[at : at + there]) * _PRIME) & _BITS
        rows[n - 1 :] = 1 + (found ^ (found >> 16)) % ROWS
    return rows.masked_fill(x == PAD, 0)


class NGrams(nn.Module):
    """Numbers of symbols (T, B) to (T, B, I): the sum of the embeddings of the 2- to ``longest``-grams at each step.

    Args:
        longest: symbols of the longest n-gram, at least 2.
        width: I.
        dropout: probability with which each n-gram is left out of its sum in training.
    """

    def __init__(self, longest: int, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.longest, self.dropout = longest, dropout
        self.table = nn.Parameter(torch.zeros(ROWS + 1, width))  # row 0 stays 0: no n-gram

    def forward(self, x: Tensor) -> Tensor:
        """The sums (T, B, I)."""
        rows = torch.stack([rows_of(x, n) for n in range(2, self.longest + 1)])
        if self.training and self.dropout:
            rows = rows.masked_fill(torch.rand(rows.shape) < self.dropout, 0)
        return nn.functional.embedding(rows, self.table, padding_idx=0).sum(0)
