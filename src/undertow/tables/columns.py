"""What columns hold, in words and as arrays. Asking a column for what it is not is an error with a place."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError
from undertow.tables.delimited import MISSING, numeric
from undertow.tables.table import Table, column
from undertow.tables.written_times import looks_like_time

__all__ = ["KINDS", "LABELS", "kind_of", "labels", "lists", "numbers", "reading", "roles_of", "texts"]

#: ``text`` (long or varied strings), ``label`` (few strings), ``number``, ``time``, ``list`` (a series in each cell).
KINDS = ("text", "label", "number", "time", "list")
#: What a column of labels is called where nobody says.
LABELS = ("label", "labels", "class", "target", "category")

_MOST_LABELS = 100
_LONGEST_LABEL = 60


def kind_of(table: Table, name: str) -> str:
    """One of ``KINDS``, inferred. A column with at most 100 short strings, each twice on average, is a label.

    Raises:
        DataError: no such column, one with mixed types (most cells are numbers, some are not), or all missing.
    """
    series = _sound(table, name)
    if series.null_count() == len(series):
        raise DataError(f"{table.name}: column `{name}` has no values: all {len(series)} cells are missing")
    if isinstance(series.dtype, pl.List):
        return "list"
    if series.dtype == pl.Boolean:
        return "label"
    if series.dtype.is_temporal():
        return "time"
    if (series.dtype == pl.String or series.dtype.is_integer()) and looks_like_time(series):
        return "time"
    if series.dtype.is_numeric():
        return "number"
    _check_mixed(table, name, series)
    present = series.drop_nulls()
    distinct, longest = present.n_unique(), present.str.len_chars().max()
    few = distinct <= _MOST_LABELS and 2 * distinct <= len(present) + 1
    return "label" if few and isinstance(longest, int) and longest <= _LONGEST_LABEL else "text"


def reading(table: Table, roles: Mapping[str, str]) -> str:
    """The line that says what is read: ``reading `name` as text, `gender` as label (2 values)``.

    Args:
        table: the table.
        roles: what each column is read as, in the order to tell.
    """
    return f"reading {roles_of(table, roles)}"


def roles_of(table: Table, roles: Mapping[str, str]) -> str:
    """What of :func:`reading` is about the columns."""
    said = []
    for name, role in roles.items():
        values = table.frame[name].drop_nulls().n_unique() if role == "label" else 0
        said.append(f"`{name}` as {role}" + (f" ({values} value{'s' * (values != 1)})" if values else ""))
    return ", ".join(said)


def numbers(table: Table, name: str) -> NDArray[np.float64]:
    """A column (N,) of numbers, NaN where missing.

    Raises:
        DataError: no such column, a cell that is no number (its line), infinity, or nothing but missing cells.
    """
    series = _sound(table, column(table, name, "numbers"))
    if series.dtype == pl.String:
        _check_cells(table, name, series)
    if not (series.dtype.is_numeric() or series.dtype in (pl.Boolean, pl.String)):
        raise DataError(f"{table.name}: column `{name}` holds {series.dtype}, not numbers")
    values = series.cast(pl.Float64, strict=False).to_numpy().astype(np.float64)
    if np.isnan(values).all():
        raise DataError(f"{table.name}: column `{name}` has no numbers: all {len(values)} cells are missing")
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise DataError(f"{table.where(row, name)}: the number is infinite")
    return values


def texts(table: Table, name: str) -> list[str]:
    """A column (N,) of texts, exactly as written.

    Raises:
        DataError: no such column, an empty cell (its line), mixed types, or lists.
    """
    found = labels(table, name, role="text")
    for row, text in enumerate(found):
        if text is None or not text.strip():
            raise DataError(f"{table.where(row, name)}: the text is empty")
    return [text for text in found if text is not None]


def labels(table: Table, name: str, *, role: str = "label") -> list[str | None]:
    """A column (N,) as strings, None where missing; whole numbers are written without a point.

    Raises:
        DataError: no such column, mixed types (most cells are numbers, some are not), or lists.
    """
    series = _sound(table, column(table, name, role))
    if name in table.written:  # numbers of a text file, as they were written: 007 stays 007
        written = table.written[name].str.strip_chars()
        return [None if cell in MISSING else cell for cell in written]
    if isinstance(series.dtype, pl.List):
        raise DataError(f"{table.name}: column `{name}` holds lists, which cannot be read as {role}")
    if series.dtype == pl.String:
        _check_mixed(table, name, series)
        return series.to_list()
    present = series.drop_nulls()
    if series.dtype == pl.Float64 and (present % 1 == 0).all() and (present.abs() < 2**63).all():
        series = series.cast(pl.Int64, strict=False)
    return [None if cell is None else str(cell) for cell in series]


def lists(table: Table, name: str) -> list[NDArray[np.float64]]:
    """The series in each cell: (T,) for lists of numbers, (T, I) for lists of lists; NaN where missing.

    Raises:
        DataError: no such column, cells that are no lists of numbers, missing or empty ones, steps of unequal width.
    """
    series = _sound(table, column(table, name, "series"))
    nested = series.dtype == pl.List(pl.List(pl.Float64))
    if not nested and series.dtype != pl.List(pl.Float64):
        raise DataError(f"{table.name}: column `{name}` holds {series.dtype}, not lists of numbers")
    made, width = [], None
    for row, cell in enumerate(series.to_list()):
        if not cell:
            raise DataError(f"{table.where(row, name)}: the series is {'missing' if cell is None else 'empty'}")
        if nested:
            for step, values in enumerate(cell):
                width = width or len(values or ())
                if len(values or ()) != width:
                    raise DataError(
                        f"{table.where(row, name)}: step {step} has {len(values or ())} values, others have {width}"
                    )
        array = np.array(cell, dtype=np.float64)
        if np.isinf(array).any():
            raise DataError(f"{table.where(row, name)}: a number of the series is infinite")
        made.append(array)
    return made


def _sound(table: Table, name: str) -> pl.Series:
    column(table, name, "a column")
    if name in table.faults:
        raise DataError(table.faults[name])
    return table.frame[name]


def _check_mixed(table: Table, name: str, series: pl.Series) -> None:
    """More than half of the cells are numbers: then the others are mistakes, not texts."""
    present = series.drop_nulls().str.strip_chars()
    present = present.filter(~present.is_in(list(MISSING)))
    are = int(numeric(present).sum())
    if 2 * are > len(present) > are:
        _mixed(table, name, series, f"{are:,} of the column's {len(present):,} cells are")


def _check_cells(table: Table, name: str, series: pl.Series) -> None:
    """Every cell is a number or missing."""
    bare = series.str.strip_chars()
    present = bare.drop_nulls().filter(~bare.drop_nulls().is_in(list(MISSING)))
    are = int(numeric(present).sum())
    if are < len(present):
        few = 2 * are <= len(present)
        others = "the column holds text" if few else f"{are:,} of the column's {len(present):,} cells are"
        _mixed(table, name, series, others)


def _mixed(table: Table, name: str, series: pl.Series, others: str) -> None:
    bare = series.str.strip_chars()
    wrong = ~(numeric(bare) | bare.is_in(list(MISSING))).fill_null(True)
    rows = wrong.arg_true()
    row = int(rows[0])
    value = series[row]
    comma = numeric(pl.Series([value.replace(",", ".")]))[0] if "," in value else False
    advice = "write decimals with a point" if comma else "correct it, or leave the cell empty if it is missing"
    shown = value if len(value) <= 40 else value[:40] + "..."
    raise DataError(f"{table.where(row, name)}: {shown!r} is not a number, but {others}; {advice}")
