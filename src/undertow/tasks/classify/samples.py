"""Samples: read from a table by its layout, with the place each came from; then coded as the model reads them."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from undertow.documents import fact
from undertow.errors import DataError, nearest
from undertow.forms import MisfitError
from undertow.tables.columns import kind_of, labels, lists, numbers, texts
from undertow.tables.table import Table, column
from undertow.tables.times import times
from undertow.tasks.classify.layout import Layout
from undertow.tasks.scale import standard
from undertow.tasks.tokens import END, START, Tokens

__all__ = ["Coding", "Samples", "numbered", "read_samples"]

Content = str | NDArray[np.float64]


@dataclass(frozen=True)
class Samples:
    """Texts or series (T_i, I) in the order of the table; NaN is a missing value.

    ``rows`` (N,) are the rows of the table in which each begins, ``labels`` the answers (empty: not known).
    """

    table: Table
    layout: Layout
    contents: list[Content]
    rows: NDArray[np.int64]
    labels: list[str]

    def __len__(self) -> int:
        return len(self.contents)

    def where(self, sample: int) -> str:
        """The place of a sample, for messages."""
        return self.table.where(int(self.rows[sample]))

    def keys(self) -> list[Hashable]:
        """What makes two samples the same: the text but for case and outer blanks, or the values."""
        return [c.strip().casefold() if isinstance(c, str) else (c.shape, c.tobytes()) for c in self.contents]

    def column(self, name: str) -> list[Hashable]:
        """The value of a column in the row in which each sample begins."""
        values = self.table.frame[name].to_list()
        return [values[int(row)] for row in self.rows]


def read_samples(table: Table, layout: Layout, *, labelled: bool) -> Samples:
    """The samples of a table, with their labels if they are ``labelled``.

    Without labels a lone column holds the texts, whatever it is called.

    Raises:
        DataError: a column is missing or cannot be used, a sample is empty, a label is missing.
    """
    layout = layout if labelled else layout.standing_in(table)
    for name in (*layout.columns, layout.id, layout.order, layout.label if labelled else ""):
        if name:
            column(table, name, "read in training")
    match layout.kind:
        case "text":
            contents: list[Content] = list(texts(table, layout.columns[0]))
            rows = np.arange(len(contents))
        case "wide":
            contents, rows = _wide(table, layout)
        case "list":
            contents, rows = _lists(table, layout)
        case _:
            contents, rows = _long(table, layout)
    return Samples(table, layout, contents, rows, _labels(table, layout, rows) if labelled else [])


def _wide(table: Table, layout: Layout) -> tuple[list[Content], NDArray[np.int64]]:
    values = np.stack([numbers(table, name) for name in layout.columns], 1)
    contents: list[Content] = []
    for row, flat in enumerate(values):
        steps = flat.reshape(-1, layout.features)
        known = np.flatnonzero(~np.isnan(steps).all(1))
        if not len(known):
            raise DataError(f"{table.where(row)}: every value of the series is missing; leave the row out")
        contents.append(steps[: known[-1] + 1].copy())  # empty cells at the end of a row: a shorter series
    return contents, np.arange(len(values))


def _lists(table: Table, layout: Layout) -> tuple[list[Content], NDArray[np.int64]]:
    parts = [[cell.reshape(len(cell), -1) for cell in lists(table, name)] for name in layout.columns]
    contents: list[Content] = []
    for row, cells in enumerate(zip(*parts, strict=True)):
        lengths = sorted({len(cell) for cell in cells})
        if len(lengths) > 1:
            raise DataError(
                f"{table.where(row)}: the lists of one series have {' and '.join(map(str, lengths))} steps; "
                "they must be equally long"
            )
        contents.append(np.concatenate(cells, 1))
    return contents, np.arange(len(contents))


def _long(table: Table, layout: Layout) -> tuple[list[Content], NDArray[np.int64]]:
    values = np.stack([numbers(table, name) for name in layout.columns], 1)
    of: dict[Any, list[int]] = {}
    for row, key in enumerate(table.frame[layout.id].to_list()):
        if key is None:
            raise DataError(f"{table.where(row, layout.id)}: it is not told whose step this row is")
        of.setdefault(key, []).append(row)
    if layout.order:
        place = _places(table, layout.order)
        for rows in of.values():
            rows.sort(key=place.__getitem__)
    return [values[rows] for rows in of.values()], np.array([min(rows) for rows in of.values()])


def _places(table: Table, name: str) -> list[int]:
    """Where each row stands, by the numbers or the times of a column; equal ones stand as the table has them."""
    kind = kind_of(table, name)
    series = table.frame[name]
    if series.dtype.is_numeric():
        missing = series.is_null().arg_true()
        if len(missing):
            raise DataError(f"{table.where(int(missing[0]), name)}: the row's place in its series is missing")
        ranks: list[int] = series.rank("ordinal").to_list()
        return ranks
    if kind != "time":
        raise DataError(
            f"{table.name}: column `{name}` holds {kind}, which puts no steps in order; name a column of numbers or of "
            "times such as 2024-01-31 18:30 (classify.order), or none if the rows are in order"
        )
    # each row by itself: the rows need not be in order, so a date that can be read in two ways is an error
    stamps: list[int] = times(table, name, group=range(len(table))).astype(np.int64).tolist()
    return stamps


def _labels(table: Table, layout: Layout, rows: NDArray[np.int64]) -> list[str]:
    every = labels(table, layout.label)
    if layout.id:
        _check_one_label(table, layout, every)
    found = []
    for row in rows:
        label = every[int(row)]
        if label is None:
            raise DataError(f"{table.where(int(row), layout.label)}: the label is missing; leave the row out")
        found.append(label)
    if table.frame[layout.label].dtype == pl.Float64 and any("." in label for label in set(found)):
        raise DataError(f"{table.name}: column `{layout.label}` holds numbers with fractions, which are no labels")
    return found


def _check_one_label(table: Table, layout: Layout, values: Sequence[Any]) -> None:
    first: dict[Any, int] = {}
    for row, key in enumerate(table.frame[layout.id].to_list()):
        before = first.setdefault(key, row)
        if values[row] != values[before]:
            raise DataError(
                f"{table.where(row, layout.label)}: {values[row]!r}, but the series {key!r} has the label "
                f"{values[before]!r} in {table.where(before).rpartition(', ')[2]}; a series has one label"
            )


def numbered(samples: Samples, classes: Sequence[str]) -> NDArray[np.int64]:
    """The number (N,) of each sample's class.

    Raises:
        DataError: a label that is none of the ``classes``; names its line.
    """
    numbers_of = {label: n for n, label in enumerate(classes)}
    for n, label in enumerate(samples.labels):
        if label not in numbers_of:
            place = samples.table.where(int(samples.rows[n]), samples.layout.label)
            raise DataError(f"{place}: the class {label!r} was not seen in training{nearest(label, classes)}")
    return np.array([numbers_of[label] for label in samples.labels], dtype=np.int64)


@dataclass(frozen=True)
class Coding:
    """How texts become numbers of symbols, or values are scaled; learned on the training part.

    ``tokens`` for texts (``fold_case``: of their small letters; ``ends``: between a sign for the start and one for the
    end, which pooling over steps would not know otherwise); for series ``mean`` and ``scale`` (I,), with which
    each value is standardised; a missing one becomes 0, the mean. Of values that were missing in training, the
    ``patchy`` ones of a step, the model is told too whether they are there (1) or not (0), each in a channel after the
    values: of others it has not learned what that would mean.
    """

    tokens: Tokens | None = None
    fold_case: bool = False
    ends: bool = False
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    patchy: tuple[int, ...] = ()

    @classmethod
    def learn(cls, contents: Sequence[Content], tokens: str, *, fold_case: bool) -> Coding:
        """From the contents of the training part; ``tokens`` is a kind of :class:`undertow.tasks.tokens.Tokens`."""
        texts = [_folded(c, fold_case) for c in contents if isinstance(c, str)]
        if texts:
            return cls(Tokens.learn(tokens, texts), fold_case, ends=True)
        steps = np.concatenate([c for c in contents if not isinstance(c, str)])
        learned, patchy = standard(steps), np.flatnonzero(np.isnan(steps).any(0))
        mean, scale = tuple(learned.shift.tolist()), tuple(learned.factor.tolist())
        return cls(mean=mean, scale=scale, patchy=tuple(patchy.tolist()))

    @property
    def inputs(self) -> int:
        """How many symbols there are, or I, with the channels that tell of missing values."""
        return len(self.tokens) if self.tokens else len(self.mean) + len(self.patchy)

    def missing(self, contents: Sequence[Content]) -> list[str]:
        """What is missing in series, and how the model reads it: a line each, none if nothing is missing."""
        steps = [np.isnan(c) for c in contents if not isinstance(c, str)]
        by_channel = np.sum([s.sum(0) for s in steps], 0) if steps else np.zeros(0)
        marked, total = int(by_channel[list(self.patchy)].sum()), sum(s.size for s in steps)
        rest, channels = int(by_channel.sum()) - marked, len(self.patchy)
        lines = []
        if marked:
            of_its_own = "a channel of its own" if channels == 1 else f"{channels} channels of their own"
            lines.append(f"missing: {marked:,} of {total:,} values; the model is told where, in {of_its_own}")
        if rest:
            lines.append(
                f"missing: {rest:,} of {total:,} values, read as the mean: of their channel none was in training"
            )
        return lines

    def encode(self, samples: Samples) -> list[Tensor]:
        """What the model reads: (T_i,) whole numbers or (T_i, I) floating-point ones.

        Raises:
            DataError: a text without a token, a step with another number of values, an infinite value.
        """
        if (samples.layout.kind == "text") != (self.tokens is not None):
            ours, theirs = ("texts", "series") if self.tokens else ("series", "texts")
            raise DataError(f"the encoder reads {ours}, and these samples are {theirs}: {samples.table.name}")
        return [self._encoded(content, samples, n) for n, content in enumerate(samples.contents)]

    def _encoded(self, content: Content, samples: Samples, n: int) -> Tensor:
        if isinstance(content, str):
            assert self.tokens
            ids = self.tokens.encode(_folded(content, self.fold_case))
            if not ids:
                raise DataError(f"{samples.where(n)}: the text {content[:40]!r} has no {self.tokens.kind}")
            return torch.tensor([START, *ids, END] if self.ends else ids)
        if content.shape[1] != len(self.mean):
            raise DataError(
                f"{samples.where(n)}: a step has {content.shape[1]} values, but the model reads {len(self.mean)}"
            )
        if np.isinf(content).any():
            raise DataError(f"{samples.where(n)}: a value is infinite")
        scaled = (content - np.array(self.mean)) / np.array(self.scale)
        there = ~np.isnan(scaled[:, list(self.patchy)])
        whole = np.concatenate([np.nan_to_num(scaled, nan=0.0), there], 1)
        return torch.from_numpy(whole).to(torch.get_default_dtype())

    @classmethod
    def from_plain(cls, metadata: Mapping[str, str]) -> Coding:
        """What :meth:`plain` wrote.

        Raises:
            MisfitError, RunError: it is something else.
        """
        if "vocabulary" not in metadata:
            mean, scale = (fact(metadata, key, tuple[float, ...]) for key in ("mean", "scale"))
            patchy = fact({"patchy": "[]", **metadata}, "patchy", tuple[int, ...])
            return cls(mean=mean, scale=scale, patchy=patchy).checked()
        cut = fact(metadata, "tokens", {"kind": str, "merges?": str})
        tokens = Tokens.with_any_specials({**cut, "symbols": fact(metadata, "vocabulary", list[str])})
        return cls(tokens, fact(metadata, "fold_case", bool), fact(metadata, "ends", bool))

    def checked(self) -> Coding:
        """This, of series, if its parts go together.

        Raises:
            MisfitError: they do not.
        """
        channels = range(len(self.mean))
        whole = len(self.scale) == len(self.mean) and all(self.scale)
        if not whole or len(set(self.patchy)) < len(self.patchy) or not set(self.patchy) <= set(channels):
            raise MisfitError("does not say of each value of a step how it is scaled")
        return self

    def plain(self) -> dict[str, str]:
        """As metadata of a model's file."""
        if not self.tokens:
            return {key: json.dumps(getattr(self, key)) for key in ("mean", "scale", "patchy")}
        cut = {key: value for key, value in self.tokens.plain().items() if key != "symbols"}
        return {
            "tokens": json.dumps(cut),
            "vocabulary": json.dumps(self.tokens.symbols),
            "fold_case": json.dumps(self.fold_case),
            "ends": json.dumps(self.ends),
        }


def _folded(text: str, fold_case: bool) -> str:
    return text.casefold() if fold_case else text
