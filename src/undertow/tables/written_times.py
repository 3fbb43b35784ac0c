"""Times as they are written: which formats there are, whether texts look like times, and what they are."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

import polars as pl

from undertow.tables.delimited import MISSING

__all__ = ["BARE", "SHORT", "TWINS", "is_meant_as_time", "looks_like_time", "ordered", "parsed", "read_as"]

#: ``%B`` reads a month's name in full or in three letters.
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y",
    "%d %B %Y", "%B %d, %Y", "%d-%B-%Y", "%d. %B %Y",
)  # fmt: skip
_CLOCKS = ("%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
#: Month first or day first: a column can often be read both ways, and then order in time decides.
TWINS = (("%m/%d/%Y", "%d/%m/%Y"), ("%m-%d-%Y", "%d-%m-%Y"))
_LATE = r"([ T])24:00(:00)?$"
#: Without any signs, and how many digits they have.
BARE = {"%Y%m%d%H%M": 12, "%Y%m%d%H%M%S": 14}
_FORMATS = (
    *_DATES,
    *(f"{date}{between}{clock}" for date in _DATES for between in (" ", "T") for clock in _CLOCKS),
    "%Y%m%d", *BARE, "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M", "%Y%m%dT%H%M%S",
    "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z",
)  # fmt: skip
_MONTHS = r"^(\d{4})[-/](\d{1,2})$"
#: How a time begins, in every format.
_BEGINS = re.compile(r"[+-]?\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
#: A date whose year has two digits, which may be the day.
SHORT = re.compile(r"\d{1,2}([-/. ]+)\w{1,9}\1\d{2}\b")
#: What a column of times is called, and how dates look whose format nobody knows: three parts and a sign twice.
_NAMES = ("date", "date_time", "datetime", "time", "timestamp")
_DATE_LIKE = r"^\d{1,4}([-/.]|\. ?| )\w{1,9}([-/.]|\. ?| )\d{1,4}\b"
_DAY = 86_400_000_000


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
    return len(present) > 0 and 2 * parsed(present, [])[0].null_count() < len(present)


def is_meant_as_time(series: pl.Series) -> bool:
    """Whether a column of texts is called like a time, or most of it looks like dates, in whatever form."""
    if series.dtype != pl.String:
        return False
    present = series.drop_nulls().head(200).str.strip_chars()
    return series.name.lower() in _NAMES or 2 * int(present.str.contains(_DATE_LIKE).sum()) > len(present)


def parsed(cells: pl.Series, groups: Sequence[Hashable], formats: Sequence[str] = _FORMATS) -> tuple[pl.Series, str]:
    """Datetimes by the format that reads most cells, and that format; null where it reads none."""
    text = cells.str.replace(_MONTHS, "$1-$2-01")
    text = text.str.replace(r"([ T]\d{1,2})$", "${1}:00")  # an hour alone
    text = text.str.replace(r" ?UTC$", "Z")
    late = text.str.contains(_LATE).fill_null(False)  # weather data call the day's last moment 24:00
    text = text.str.replace(_LATE, "${1}00:00$2")
    best, form = _nothing(text), ""
    for candidate in formats:
        made = read_as(text, candidate)
        if made.null_count() >= best.null_count():
            continue
        best, form = made, candidate
        for month_first, day_first in TWINS:
            if month_first in candidate and not ordered(made, groups):
                other = read_as(text, candidate.replace(month_first, day_first))
                if other.null_count() <= made.null_count() and ordered(other, groups):
                    best, form = other, candidate.replace(month_first, day_first)
        if best.null_count() == cells.null_count():
            break
    return best + (late.cast(pl.Int64) * _DAY).cast(pl.Duration("us")), form


def _nothing(text: pl.Series) -> pl.Series:
    return pl.Series(text.name, [None] * len(text), dtype=pl.Datetime("us"))


def read_as(text: pl.Series, form: str) -> pl.Series:
    """Datetimes, null where ``text`` is not written so. A year has four digits."""
    zoned = form.endswith("%#z")
    kind = pl.Datetime("us", "UTC" if zoned else None)
    present = text.drop_nulls()
    probe = present.gather_every(max(len(present) // 50, 1))
    if probe.str.strptime(kind, form, strict=False).null_count() == len(probe):
        return _nothing(text)
    made = text.str.strptime(kind, form, strict=False).dt.replace_time_zone(None)
    return pl.select(pl.when(made.dt.year() >= 1000).then(made)).to_series()


def ordered(found: pl.Series, groups: Sequence[Hashable]) -> bool:
    """Whether times go on, within each of the groups."""
    last: dict[Hashable, object] = {}
    for group, moment in zip(groups or [0] * len(found), found.to_list(), strict=False):
        if moment is None or (group in last and moment < last[group]):
            return False
        last[group] = moment
    return True
