"""Samples of unequal length in batches: which samples go together, and how they lie in one padded tensor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["batches", "in_order", "padded"]

#: Samples are sorted by length within this many batches: little padding, and still another mixture in every pass.
_POOL = 50


def batches(lengths: Sequence[int], batch: int, epoch: int, seed: int) -> list[NDArray[np.int64]]:
    """Every sample once, ``batch`` at a time, those of similar length together; another order in every epoch.

    Args:
        lengths: (N,) steps of each sample.
        batch: B; the last batch of a pass may be smaller.
        epoch, seed: say the order, and nothing else does.
    """
    generator = np.random.default_rng([seed, epoch])
    order = generator.permutation(len(lengths))
    steps = np.asarray(lengths)
    made: list[NDArray[np.int64]] = []
    for start in range(0, len(order), batch * _POOL):
        pool = order[start : start + batch * _POOL]
        pool = pool[np.argsort(steps[pool], kind="stable")]
        made += [pool[i : i + batch] for i in range(0, len(pool), batch)]
    return [made[i] for i in generator.permutation(len(made))]


def in_order(lengths: Sequence[int], batch: int) -> list[NDArray[np.int64]]:
    """Every sample once, from the shortest to the longest, for evaluation."""
    order = np.argsort(np.asarray(lengths), kind="stable")
    return [order[i : i + batch] for i in range(0, len(order), batch)]


def padded(sequences: Sequence[Tensor], indices: Sequence[int] | NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """Chosen sequences, (T_i, ...) each, side by side: (T, B, ...) filled up with zeros, and their lengths (B,)."""
    chosen = [sequences[int(i)] for i in indices]
    lengths = torch.tensor([len(s) for s in chosen])
    return torch.nn.utils.rnn.pad_sequence(chosen), lengths
