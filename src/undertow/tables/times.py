"""Timestamps: read from one or several columns, checked for order."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError
from undertow.tables.delimited import MISSING
from undertow.tables.table import Table, columns
from undertow.tables.written_times import BARE, SHORT, TWINS, ordered, parsed, read_as

__all__ = ["times"]

Times = NDArray[np.datetime64]

_FIELDS = ("year", "month", "day", "hour", "minute", "second")


def times(table: Table, names: str, *, group: Sequence[Hashable] | None = None) -> Times:
    """Datetimes (N,) in microseconds, in order, each once. With a zone they are in UTC.

    Args:
        table: the table.
        names: the column, or several that are joined: ``"date,time"``, or numbers ``"year,month,day,hour"``.
        group: one a row; order is asked of each group alone.

    Raises:
        DataError: no such column, a cell that is no time, one that is missing, twice the same time or one before the
            time above it; names the lines.
    """
    cells = _joined(table, columns(table, names, "time"))
    groups = [0] * len(table) if group is None else list(group)
    if cells.dtype.is_temporal():
        found = cells.cast(pl.Datetime("us"))
    else:
        found, form = parsed(cells, groups)
        if found.null_count():
            row = int(found.is_null().arg_true()[0])
            value = cells[row]
            told = "the time is missing" if value is None else f"{value!r} is not a time"
            if value is not None and SHORT.match(value):
                told += " (a year has four digits)"
            elif value is not None and form:
                told += f" (others are written {form})"
            raise DataError(f"{table.where(row, names)}: {told}; write times as 2024-01-31 18:30")
        _check_twin(table, names, cells, found, form, groups)
    if found.null_count():
        row = int(found.is_null().arg_true()[0])
        raise DataError(f"{table.where(row, names)}: the time is missing")
    made: Times = found.to_numpy().astype("datetime64[us]")
    _check_order(table, names, made, groups)
    return made


def _joined(table: Table, names: list[str]) -> pl.Series:
    """The cells to parse: of one column, or of several with blanks between, or a date made of numbers."""
    if not names:
        raise DataError("no column is named as time")
    for name in names:
        if name in table.faults:
            raise DataError(table.faults[name])
    parts = [table.frame[name] for name in names]
    if len(parts) == 1:
        (part,) = parts
        if part.dtype.is_numeric():
            return _of_integers(table, names[0])
        if isinstance(part.dtype, (pl.List, pl.Boolean)):
            raise DataError(f"{table.name}: column `{names[0]}` holds {part.dtype}, not times")
        return _bare(part)
    if all(part.dtype.is_integer() for part in parts) and len(parts) <= len(_FIELDS):
        return _of_fields(table, names, parts)
    strings = [_bare(table.written.get(name, part).cast(pl.String)) for name, part in zip(names, parts, strict=True)]
    return pl.DataFrame(strings).select(pl.concat_str(pl.all(), separator=" ")).to_series()


def _bare(series: pl.Series) -> pl.Series:
    if series.dtype != pl.String:
        return series
    bare = series.str.strip_chars()
    return pl.select(pl.when(bare.is_in(list(MISSING))).then(None).otherwise(bare).alias(series.name)).to_series()


def _of_fields(table: Table, names: list[str], parts: list[pl.Series]) -> pl.Series:
    made: list[np.datetime64 | None] = []
    for row, values in enumerate(zip(*parts, strict=True)):
        filled: list[int] = list(values) + [0, 1, 1, 0, 0, 0][len(values) :]
        year, month, day, hour, minute, second = filled
        try:
            made.append(None if None in values else np.datetime64(
                f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}", "us"
            ))  # fmt: skip
        except ValueError:
            said = ", ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
            raise DataError(
                f"{table.where(row)}: {said} is not a time; columns of numbers are read as {', '.join(_FIELDS)}, in "
                "this order"
            ) from None
    return pl.Series(",".join(names), np.array(made, dtype="datetime64[us]"))


def _of_integers(table: Table, name: str) -> pl.Series:
    """Times written without signs (20240131, 202401311830), years, or seconds or milliseconds since 1970."""
    part = table.frame[name]
    low, high = part.min(), part.max()
    if part.dtype.is_integer() and isinstance(low, int) and isinstance(high, int):
        if low >= 1000_01_01 and high <= 9999_12_31:
            return part.cast(pl.String)
        if low >= 1000 and high <= 9999:
            return pl.select(pl.datetime(part, 1, 1)).to_series()
        if low >= 1e8 and high < 1e11:
            return pl.select(pl.from_epoch(part, "s")).to_series()
        for form, digits in BARE.items():  # few milliseconds since 1970 read as dates too, and none of these years
            if low >= 10 ** (digits - 1) and high < 10**digits:
                text = part.cast(pl.String)
                if read_as(text, form).null_count() == part.null_count():
                    return text
        if low >= 1e11 and high < 1e14:
            return pl.select(pl.from_epoch(part, "ms")).to_series()
    raise DataError(
        f"{table.name}: column `{name}` holds numbers from {low!r} to {high!r}, which are no times; if they "
        "count equal steps, name no time column"
    )


def _check_twin(
    table: Table, names: str, cells: pl.Series, found: pl.Series, form: str, groups: Sequence[Hashable]
) -> None:
    for month_first, day_first in TWINS:
        if month_first in form and ordered(found, groups):
            other, _ = parsed(cells, groups, (form.replace(month_first, day_first),))
            if not other.null_count() and ordered(other, groups) and not other.equals(found):
                raise DataError(
                    f"{table.where(0, names)}: {cells[0]!r} and the times after it can be read month first or day "
                    "first; write them as 2024-01-31"
                )


def _check_order(table: Table, names: str, found: Times, groups: Sequence[Hashable]) -> None:
    stamps = found.astype(np.int64).tolist()
    last: dict[Hashable, int] = {}
    for row, (group, stamp) in enumerate(zip(groups, stamps, strict=True)):
        before = last.get(group)
        if before is not None and stamp <= stamps[before]:
            _out_of_order(table, names, found, row, before)
        last[group] = row


def _out_of_order(table: Table, names: str, found: Times, row: int, before: int) -> None:
    line = table.line(before)
    place = f"row {before}" if line is None else f"line {line}"
    moment, above = (str(found[at]).replace("T", " ").removesuffix(".000000") for at in (row, before))
    fact = f"{moment} comes after {above} ({place}); sort the rows by time"
    if found[row] == found[before]:
        fact = f"{moment} stands in {place} too; a series has each time once"
    raise DataError(
        f"{table.where(row, names)}: {fact} (name the column that tells series apart, if there are several)"
    )
