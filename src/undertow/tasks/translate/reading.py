"""Pairs from a table, and as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from undertow.errors import DataError, OptionError
from undertow.tables.columns import reading, texts
from undertow.tables.table import Table, column
from undertow.tasks.batches import padded
from undertow.tasks.tokens import END, START, Tokens
from undertow.tasks.translate.options import TranslateOptions

__all__ = ["Encoded", "PairBatch", "Pairs", "how_read", "read_pairs", "read_sources"]


@dataclass(frozen=True)
class Pairs:
    """Sources and their translations, a row each; rows of one ``keys`` belong together."""

    sources: list[str]
    targets: list[str]
    keys: list[str]

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def sides(self) -> tuple[list[str], list[str]]:
        """Sources and targets."""
        return self.sources, self.targets

    def chosen(self, rows: Sequence[int] | NDArray[np.int64]) -> Pairs:
        """The pairs of some rows, by number."""
        return Pairs(*([of[int(row)] for row in rows] for of in (self.sources, self.targets, self.keys)))


@dataclass(frozen=True)
class PairBatch:
    """Pairs side by side: ``source`` (S, B); what the decoder reads, ``read`` (T, B), begins with ``START``; what it
    is to write, ``written`` (T, B), ends with ``END``. ``source_lengths`` and ``lengths`` (B,) are without padding."""

    source: Tensor
    source_lengths: Tensor
    read: Tensor
    written: Tensor
    lengths: Tensor


@dataclass(frozen=True)
class Encoded:
    """Pairs as numbers, (S_i,) and (T_i,) each, without specials; targets may be absent."""

    sources: list[Tensor]
    targets: list[Tensor]

    @classmethod
    def of(cls, sources: Sequence[str], targets: Sequence[str], read: Tokens, write: Tokens, reverse: bool) -> Encoded:
        """Text as numbers, each source from its end if it is to be read in ``reverse``."""
        numbers = [read.encode(text) for text in sources]
        turned = [n[::-1] for n in numbers] if reverse else numbers
        return cls([torch.tensor(n) for n in turned], [torch.tensor(write.encode(text)) for text in targets])

    def batch(self, rows: Sequence[int] | NDArray[np.int64]) -> PairBatch:
        """Some pairs, by number."""
        source, source_lengths = padded(self.sources, rows)
        start, end = torch.tensor([START]), torch.tensor([END])
        chosen = [self.targets[int(row)] for row in rows]
        every = range(len(chosen))
        read, lengths = padded([torch.cat([start, target]) for target in chosen], every)
        written, _ = padded([torch.cat([target, end]) for target in chosen], every)
        return PairBatch(source, source_lengths, read, written, lengths)

    def chosen(self, rows: Sequence[int] | NDArray[np.int64]) -> Encoded:
        """Some pairs, by number."""
        return Encoded([self.sources[int(row)] for row in rows], [self.targets[int(row)] for row in rows])

    def fitting(self, longest: int) -> list[int]:
        """Numbers of the pairs that have at most ``longest`` tokens a side."""
        return [
            row
            for row, (source, target) in enumerate(zip(self.sources, self.targets, strict=True))
            if len(source) <= longest and len(target) <= longest
        ]


def read_pairs(table: Table, own: TranslateOptions, *, grouped: bool = True) -> Pairs:
    """The pairs of a table; where they are not to be split they need not be ``grouped``.

    Raises:
        DataError: a column is not there, or a side of a pair is empty, with its line.
    """
    source, target = _names(table, own)
    sources, targets = _cells(table, source), _cells(table, target)
    keys = _cells(table, own.group) if own.group and grouped else [text.casefold() for text in sources]
    return Pairs(sources, targets, keys)


def read_sources(table: Table, own: TranslateOptions) -> list[str]:
    """What is to be translated, in a table that needs no target.

    Raises:
        DataError: the column is not there, or a row has nothing to translate.
    """
    first = next(name for name in table.frame.columns if name != own.group)
    return _cells(table, column(table, own.source or first, "source"))


def how_read(table: Table, own: TranslateOptions) -> str:
    """How the table is read, in words."""
    source, target = _names(table, own)
    roles = {source: f"source in {own.source_tokens}", target: f"target in {own.target_tokens}"}
    return reading(table, roles | ({own.group: "group"} if own.group else {}))


def _names(table: Table, own: TranslateOptions) -> tuple[str, str]:
    """The columns of source and target; those not named are the first ones that are nothing else."""
    named = (own.source, own.target, own.group)
    rest = iter([name for name in table.frame.columns if name not in named])
    source, target = own.source or next(rest, ""), own.target or next(rest, "")
    if not (source and target):
        there = ", ".join(f"`{name}`" for name in table.frame.columns)
        raise DataError(f"{table.name} has no column but {there}; a pair needs two, source and target")
    if source == target:
        raise OptionError(f"column {source!r} cannot be both source and target")
    return column(table, source, "source"), column(table, target, "target")


def _cells(table: Table, name: str) -> list[str]:
    """The texts of a column, single spaces in the place of white space."""
    return [" ".join(text.split()) for text in texts(table, name)]
