"""Samples: read from a table by its layout, with the place each came from."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError, nearest
from undertow.tables.columns import kind_of, labels, lists, numbers, texts
from undertow.tables.table import Table, column
from undertow.tables.times import times
from undertow.tasks.classify.layout import SampleLayout

__all__ = ["Content", "Samples", "numbered", "read_samples"]

#: A text, or a series (T, I).
Content = str | NDArray[np.float64]


@dataclass(frozen=True)
class Samples:
    """Texts or series (T_i, I) in the order of the table; NaN is a missing value.

    ``rows`` (N,) are the rows of the table in which each begins, ``labels`` the answers (empty: not known).
    """

    table: Table
    layout: SampleLayout
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


def read_samples(table: Table, layout: SampleLayout, *, labelled: bool) -> Samples:
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


def _wide(table: Table, layout: SampleLayout) -> tuple[list[Content], NDArray[np.int64]]:
    values = np.stack([numbers(table, name) for name in layout.columns], 1)
    contents: list[Content] = []
    for row, flat in enumerate(values):
        steps = flat.reshape(-1, layout.features)
        known = np.flatnonzero(~np.isnan(steps).all(1))
        if not len(known):
            raise DataError(f"{table.where(row)}: every value of the series is missing; leave the row out")
        contents.append(steps[: known[-1] + 1].copy())  # empty cells at the end of a row: a shorter series
    return contents, np.arange(len(values))


def _lists(table: Table, layout: SampleLayout) -> tuple[list[Content], NDArray[np.int64]]:
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


def _long(table: Table, layout: SampleLayout) -> tuple[list[Content], NDArray[np.int64]]:
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


def _labels(table: Table, layout: SampleLayout, rows: NDArray[np.int64]) -> list[str]:
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


def _check_one_label(table: Table, layout: SampleLayout, values: Sequence[Any]) -> None:
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
