"""Timestamps: read from one or several columns, checked for order."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError
from undertow.tables.delimited import MISSING
from undertow.tables.table import Table, columns

__all__ = ["is_meant_as_time", "looks_like_time", "times"]

Times = NDArray[np.datetime64]

#: ``%B`` reads a month's name in full or in three letters.
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y",
    "%d %B %Y", "%B %d, %Y", "%d-%B-%Y", "%d. %B %Y",
)  # fmt: skip
_CLOCKS = ("%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
#: Month first or day first: a column can often be read both ways, and then order in time decides.
_TWINS = (("%m/%d/%Y", "%d/%m/%Y"), ("%m-%d-%Y", "%d-%m-%Y"))
_LATE = r"([ T])24:00(:00)?$"
#: Without any signs, and how many digits they have.
_BARE = {"%Y%m%d%H%M": 12, "%Y%m%d%H%M%S": 14}
_FORMATS = (
    *_DATES,
    *(f"{date}{between}{clock}" for date in _DATES for between in (" ", "T") for clock in _CLOCKS),
    "%Y%m%d", *_BARE, "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M", "%Y%m%dT%H%M%S",
    "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z",
)  # fmt: skip
_MONTHS = r"^(\d{4})[-/](\d{1,2})$"
#: How a time begins, in every format.
_BEGINS = re.compile(r"[+-]?\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
#: A date whose year has two digits, which may be the day.
_SHORT = re.compile(r"\d{1,2}([-/. ]+)\w{1,9}\1\d{2}\b")
#: What a column of times is called, and how dates look whose format nobody knows: three parts and a sign twice.
_NAMES = ("date", "date_time", "datetime", "time", "timestamp")
_DATE_LIKE = r"^\d{1,4}([-/.]|\. ?| )\w{1,9}([-/.]|\. ?| )\d{1,4}\b"
_DAY = 86_400_000_000
_FIELDS = ("year", "month", "day", "hour", "minute", "second")


def looks_like_time(series: pl.Series) -> bool:
    """Whether most of a column are dates, with a time of day or without, or whole numbers such as 20240131."""
    if series.dtype.is_integer():
        if not series.drop_nulls().is_between(1000_01_01, 9999_12_31).all():
            return False
        series = series.cast(pl.String)
    present = series.drop_nulls().head(200).str.strip_chars()
    present = present.filter(~present.is_in(list(MISSING)))
    if 2 * sum(_BEGINS.match(cell) is not None for cell in present) <= len(present):
        return False  # most texts are told from times here, before every format is tried
    return len(present) > 0 and 2 * _parse(present, [])[0].null_count() < len(present)


def is_meant_as_time(series: pl.Series) -> bool:
    """Whether a column of texts is called like a time, or most of it looks like dates, in whatever form."""
    if series.dtype != pl.String:
        return False
    present = series.drop_nulls().head(200).str.strip_chars()
    return series.name.lower() in _NAMES or 2 * int(present.str.contains(_DATE_LIKE).sum()) > len(present)


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
        found, form = _parse(cells, groups)
        if found.null_count():
            row = int(found.is_null().arg_true()[0])
            value = cells[row]
            told = "the time is missing" if value is None else f"{value!r} is not a time"
            if value is not None and _SHORT.match(value):
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
        for form, digits in _BARE.items():  # few milliseconds since 1970 read as dates too, and none of these years
            if low >= 10 ** (digits - 1) and high < 10**digits:
                text = part.cast(pl.String)
                if _strptime(text, form).null_count() == part.null_count():
                    return text
        if low >= 1e11 and high < 1e14:
            return pl.select(pl.from_epoch(part, "ms")).to_series()
    raise DataError(
        f"{table.name}: column `{name}` holds numbers from {low!r} to {high!r}, which are no times; if they "
        "count equal steps, name no time column"
    )


def _parse(cells: pl.Series, groups: Sequence[Hashable], formats: Sequence[str] = _FORMATS) -> tuple[pl.Series, str]:
    """Datetimes by the format that reads most cells, and that format; null where it reads none."""
    text = cells.str.replace(_MONTHS, "$1-$2-01")
    text = text.str.replace(r"([ T]\d{1,2})$", "${1}:00")  # an hour alone
    text = text.str.replace(r" ?UTC$", "Z")
    late = text.str.contains(_LATE).fill_null(False)  # weather data call the day's last moment 24:00
    text = text.str.replace(_LATE, "${1}00:00$2")
    best, form = _nothing(text), ""
    for candidate in formats:
        made = _strptime(text, candidate)
        if made.null_count() >= best.null_count():
            continue
        best, form = made, candidate
        for month_first, day_first in _TWINS:
            if month_first in candidate and not _ordered(made, groups):
                other = _strptime(text, candidate.replace(month_first, day_first))
                if other.null_count() <= made.null_count() and _ordered(other, groups):
                    best, form = other, candidate.replace(month_first, day_first)
        if best.null_count() == cells.null_count():
            break
    return best + (late.cast(pl.Int64) * _DAY).cast(pl.Duration("us")), form


def _nothing(text: pl.Series) -> pl.Series:
    return pl.Series(text.name, [None] * len(text), dtype=pl.Datetime("us"))


def _strptime(text: pl.Series, form: str) -> pl.Series:
    """Datetimes, null where ``text`` is not written so. A year has four digits."""
    zoned = form.endswith("%#z")
    kind = pl.Datetime("us", "UTC" if zoned else None)
    present = text.drop_nulls()
    probe = present.gather_every(max(len(present) // 50, 1))
    if probe.str.strptime(kind, form, strict=False).null_count() == len(probe):
        return _nothing(text)
    made = text.str.strptime(kind, form, strict=False).dt.replace_time_zone(None)
    return pl.select(pl.when(made.dt.year() >= 1000).then(made)).to_series()


def _check_twin(
    table: Table, names: str, cells: pl.Series, found: pl.Series, form: str, groups: Sequence[Hashable]
) -> None:
    for month_first, day_first in _TWINS:
        if month_first in form and _ordered(found, groups):
            other, _ = _parse(cells, groups, (form.replace(month_first, day_first),))
            if not other.null_count() and _ordered(other, groups) and not other.equals(found):
                raise DataError(
                    f"{table.where(0, names)}: {cells[0]!r} and the times after it can be read month first or day "
                    "first; write them as 2024-01-31"
                )


def _ordered(found: pl.Series, groups: Sequence[Hashable]) -> bool:
    last: dict[Hashable, object] = {}
    for group, moment in zip(groups or [0] * len(found), found.to_list(), strict=False):
        if moment is None or (group in last and moment < last[group]):
            return False
        last[group] = moment
    return True


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
