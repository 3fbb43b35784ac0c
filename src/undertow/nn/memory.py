"""Tensors as the kernels see them: addresses, and memory that is used again."""

from __future__ import annotations

import torch
from torch import Tensor

from undertow.kernels import arena
from undertow.kernels.calls import Rows, Sequence

__all__ = ["as_tensor", "direction_of", "empty", "part", "rows"]


def empty(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """A tensor in memory that is used again, contents arbitrary."""
    return as_tensor(arena.take(max(1, torch.Size(shape).numel()) * dtype.itemsize), shape, dtype)


def as_tensor(block: arena.Block, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """A block as a tensor, which keeps it."""
    return torch.from_numpy(block.array(shape, str(dtype).removeprefix("torch.")))


def part(tensor: Tensor, direction: int, hidden: int) -> Sequence:
    """One direction's columns of a contiguous (T, B, D H) tensor."""
    _, batch, row = tensor.shape
    return Sequence(tensor.data_ptr() + direction * hidden * tensor.element_size(), batch * row, row)


def direction_of(tensor: Tensor, direction: int, hidden: int) -> Tensor:
    """The same columns as a tensor, (T, B, H)."""
    return tensor[..., direction * hidden : (direction + 1) * hidden]


def rows(tensor: Tensor) -> Rows:
    """A contiguous (B, H) tensor."""
    return Rows(tensor.data_ptr(), tensor.shape[1])
