"""Memory for tensors: theirs and the kernels'."""

from __future__ import annotations

import torch
from torch import Tensor

from undertow.kernels import arena

__all__ = ["direction_of", "empty"]

#: Bytes up to which memory comes from torch, whose allocator has as much at hand.
_SMALL = 1 << 16


def empty(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """A tensor in memory that is used again, contents arbitrary."""
    nbytes = torch.Size(shape).numel() * dtype.itemsize
    if nbytes <= _SMALL:
        return torch.empty(shape, dtype=dtype, device="cpu")
    return torch.from_numpy(arena.take(nbytes).array(shape, str(dtype).removeprefix("torch.")))


def direction_of(tensor: Tensor, direction: int, hidden: int) -> Tensor:
    """One direction's columns of (T, B, D H): a view (T, B, H)."""
    return tensor[..., direction * hidden : (direction + 1) * hidden]
