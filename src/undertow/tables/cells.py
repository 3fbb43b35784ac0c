"""Columns of Python values: each cell as a number, a text, a time, a truth or a list, or what it is instead."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from undertow.tables.arrays import as_array, plain_array

__all__ = ["plain_cell", "series_of"]

#: Words for the kinds of values, and the polars type that holds each.
_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "true or false": pl.Boolean,
    "a time": pl.Datetime("us"),
    "a time with a zone": pl.Datetime("us", "UTC"),
    "a number": pl.Float64,
    "text": pl.String,
    "a list of numbers": pl.List(pl.Float64),
    "a list of texts": pl.List(pl.String),
    "a list of lists of numbers": pl.List(pl.List(pl.Float64)),
}

_LISTS = {"a number": "a list of numbers", "text": "a list of texts", "a list of numbers": "a list of lists of numbers"}

_NESTED = "write each as a list, frame.map(list), or pass an array (samples, steps, channels)"
#: Words for values that no task can read, by the name of their type, and what to do with them.
_UNREADABLE = {
    "complex": ("a complex number", "give real and imaginary part a column each"),
    "time": ("a time of day (time)", "write it with its date, or as a number of hours"),
    "bytes": ("bytes", "decode them to text, or make lists of numbers of them"),
    "bytearray": ("bytes", "decode them to text, or make lists of numbers of them"),
    "Interval": ("an interval (Interval)", "take its middle as a number, or write it as text"),
    "dict": ("an object with keys (dict)", "give each key a column"),
    "Series": ("a pandas Series", _NESTED),
    "DataFrame": ("a DataFrame", _NESTED),
}
_PLAIN = (int, float, str, bool, type(None))


def plain_cell(cell: Any) -> Any:
    """A value of NumPy, pandas or Python's library as one of the few that columns hold; else as it is.

    Periods are their first moment, durations are seconds, times with a zone are in UTC, decimals are floats.
    """
    if type(cell) in _PLAIN:
        return cell
    if isinstance(cell, pl.Series):
        return plain_cell(cell.to_list())
    if isinstance(cell, np.bool_ | np.integer | np.float64 | np.str_) and not isinstance(cell, np.timedelta64):
        return cell.item()
    kind = type(cell).__name__
    if cell is np.ma.masked or kind in ("NAType", "NaTType"):  # pandas' own, which this does not import
        return None
    if isinstance(cell, datetime):
        return cell if cell.tzinfo is None else cell.astimezone(UTC)
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, Decimal):
        return None if cell.is_nan() else float(cell)
    if kind == "Period" and hasattr(cell, "start_time"):
        return cell.start_time
    if isinstance(cell, list | tuple):
        return cell if all(type(value) in _PLAIN for value in cell) else [plain_cell(value) for value in cell]
    if hasattr(cell, "__array__") and kind not in _UNREADABLE and not hasattr(cell, "columns"):
        return _of_array(cell)
    return cell


def _of_array(cell: Any) -> Any:
    """The value that an array without axes holds, else its values as lists."""
    array = plain_array(as_array(cell, "it"))
    if array.dtype.names:
        return cell
    if array.dtype.kind == "M":
        array = array.astype("datetime64[us]")  # finer ones would come out as whole numbers
    if not array.ndim:
        return array.item()
    return array.tolist() if array.dtype.kind in "iufb" else plain_cell(array.tolist())


def series_of(name: str, cells: Sequence[Any], places: Sequence[str]) -> tuple[pl.Series, str]:
    """A column of plain values, and what is wrong with it ("" if nothing is); then it holds them as JSON text.

    Args:
        name: of the column.
        cells: numbers, texts, truths, times, lists of numbers or texts, lists of lists of numbers, None or NaN
            (missing).
        places: where each cell stands, for messages.
    """
    seen: dict[str, int] = {}
    for at, cell in enumerate(cells):
        if not _missing(cell):
            seen.setdefault(_kind(cell), at)
    if "a list" in seen and len(seen) > 1:  # an empty one is a list of anything
        seen.pop("a list")
    if len(seen) == 1 and (kind := next(iter(seen))) in _TYPES:
        values = [None if _missing(cell) else cell for cell in cells]
        if kind == "a number" and all(isinstance(v, int) for v in values if v is not None):
            return _whole(name, values), ""
        return pl.Series(name, values, dtype=_TYPES[kind], strict=False), ""
    if not seen or seen.keys() == {"a list"}:
        empty = _TYPES["a list of numbers" if seen else "a number"]
        return pl.Series(name, [None if _missing(cell) else cell for cell in cells], dtype=empty), ""
    raw = [
        None if _missing(cell) else json.dumps(cell, default=str, ensure_ascii=False, skipkeys=True) for cell in cells
    ]
    return pl.Series(name, raw, dtype=pl.String), _fault(name, cells, places, seen)


def _whole(name: str, values: list[int | None]) -> pl.Series:
    """Whole numbers; texts, as in files, where one is too long for 64 bits: as floats two could become one."""
    if all(-(2**63) <= v < 2**63 for v in values if v is not None):
        return pl.Series(name, values, dtype=pl.Int64)
    return pl.Series(name, [None if v is None else str(int(v)) for v in values], dtype=pl.String)


def _fault(name: str, cells: Sequence[Any], places: Sequence[str], seen: dict[str, int]) -> str:
    for kind, at in seen.items():
        if kind in _TYPES or kind == "a list":
            continue
        fact = f"{places[at]}, column `{name}` has {kind}, which no task can read"
        return f"{fact}; {_advice(cells[at])}"
    (usual, first), (other, second) = sorted(seen.items(), key=lambda item: item[1])[:2]
    counts = {kind: sum(not _missing(c) and _kind(c) == kind for c in cells) for kind in (usual, other)}
    if counts[other] > counts[usual]:
        (usual, first), (other, second) = (other, second), (usual, first)
    return (
        f"{places[second]}, column `{name}` has {other}, {json.dumps(cells[second], default=str)[:60]}, where others "
        f"have {usual} ({places[first].rpartition(', ')[2]}: {json.dumps(cells[first], default=str)[:60]}); "
        "a column needs one type"
    )


def _advice(cell: Any) -> str:
    if isinstance(cell, list | tuple):
        return "a cell may hold a list of numbers, or a list of steps that are lists of numbers"
    return _UNREADABLE.get(type(cell).__name__, ("", "convert it to numbers, texts, times or lists of numbers"))[1]


def _missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def _kind(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true or false"
    if isinstance(cell, (int, float)):
        return "a number"
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, date):
        return "a time with a zone" if getattr(cell, "tzinfo", None) else "a time"
    if isinstance(cell, (list, tuple)):
        inner = {_kind(value) for value in cell if not _missing(value)}
        inner = inner - {"a list"} if "a list of numbers" in inner else inner
        if not inner:
            return "a list"
        if len(inner) > 1:
            return "a list of mixed values"
        (kind,) = inner
        return _LISTS.get(kind, f"a list with {kind} in it")
    kind = type(cell).__name__
    return _UNREADABLE.get(kind, (f"a value of type {kind}", ""))[0]
