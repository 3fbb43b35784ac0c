"""Texts of a table, and how often the symbol stands in each."""

import torch
from torch import Tensor

from sixth.options import CountOptions
from undertow.tables.columns import texts
from undertow.tables.table import Table

__all__ = ["answers", "encoded", "read"]


def read(table: Table, own: CountOptions) -> list[str]:
    """The texts.

    Raises:
        DataError: the column is missing, or a text is empty; names the line.
    """
    return texts(table, own.text)


def answers(found: list[str], own: CountOptions) -> Tensor:
    """How often the symbol stands in each (N,)."""
    return torch.tensor([text.count(own.symbol) for text in found], dtype=torch.get_default_dtype())


def encoded(found: list[str]) -> list[Tensor]:
    """The bytes (T_i,) of each."""
    return [torch.tensor(list(text.encode())) for text in found]
