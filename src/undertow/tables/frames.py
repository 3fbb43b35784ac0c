"""Frames in memory: from polars, pandas, mappings and arrays to the columns that tasks read, and their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from undertow.errors import DataError
from undertow.tables.arrays import as_array, plain_array
from undertow.tables.cells import plain_cell, series_of
from undertow.tables.indexed import is_pandas_column, is_pandas_frame, pandas_cells, pandas_columns, text_names

__all__ = ["content_digest", "normalise", "to_frame"]

#: Whole numbers that may be longer than 64 bits.
_LONG = (pl.UInt64, pl.Int128, pl.UInt128)


#: A frame, why a column of it cannot be used, and what is to be told of how it was read.
Read = tuple[pl.DataFrame, dict[str, str], tuple[str, ...]]


def to_frame(data: Any) -> Read:
    """The frame that ``data`` is, why a column cannot be used, and notes.

    Raises:
        DataError: equal names, columns of unequal length, or no table at all.
    """
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.Series):
        data = data.to_frame(data.name or "value")
    if isinstance(data, pl.DataFrame):
        return *normalise(data), ()
    if hasattr(data, "to_frame") and hasattr(data, "index") and is_pandas_column(data):
        data = data.to_frame("value" if data.name is None else data.name)
    if is_pandas_frame(data):
        return _of_columns(*pandas_columns(data, lambda name, values: _series(name, values)[0]))
    kind = type(data).__name__
    if hasattr(data, "dims") and len(getattr(data, "coords", ())):  # xarray: times may be among its coordinates
        raise DataError(f"a {kind} has coordinates, which an array has not; give data.to_dataframe().reset_index()")
    if isinstance(data, Mapping):
        return _of_columns(dict(zip(text_names(data), data.values(), strict=True)))
    if hasattr(data, "__array__") and not hasattr(data, "columns"):
        return _of_array(as_array(data, "the table"))
    raise DataError(
        f"a table is a polars or pandas frame, a mapping of columns, or an array (N, I), not {kind}"
        + ("; of rows make polars.DataFrame(rows)" if isinstance(data, list | tuple) else "")
    )


def normalise(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    """Columns as few types: Int64, Float64 (NaN is missing), String, Boolean, dates, lists of Float64 or String.

    Durations are seconds; times with a zone are in UTC; whole numbers too long for 64 bits are texts, as in files.
    """
    made, faults = [], {}
    for series in frame:
        if series.dtype == pl.Object:
            plain, faults[series.name] = _series(series.name, series.to_list())
            made.append(plain)
            continue
        try:
            made.append(_plain(series))
        except (TypeError, pl.exceptions.PolarsError):
            made.append(_unread(series.name, len(series)))
            advice = next((words for kind, words in _ADVICE.items() if series.dtype == kind), _CONVERT)
            faults[series.name] = (
                f"column `{series.name}` has the type {series.dtype}, which no task can read; {advice}"
            )
    return pl.DataFrame(made), {name: fault for name, fault in faults.items() if fault}


_CONVERT = "convert it to numbers, texts, times or lists of numbers"
#: What to do with a type of polars.
_ADVICE: dict[Any, str] = {
    pl.Struct: "give each of its fields a column: frame.unnest(name)",
    pl.Time: "write it with its date, or as a number of hours",
    pl.Binary: "decode it to text, or make lists of numbers of it",
}


def content_digest(frame: pl.DataFrame) -> str:
    """SHA-256 of names, types and values; how the frame is laid out in memory does not matter."""
    sha = hashlib.sha256()
    for series in frame:
        sha.update(f"{series.name}\0{series.dtype}\0{len(series)}\0".encode())
        _hash(series, sha)
    return sha.hexdigest()


def _hash(series: pl.Series, sha: Any) -> None:
    sha.update(np.packbits(series.is_null().to_numpy()).tobytes())
    values = series.drop_nulls()
    if isinstance(values.dtype, pl.List):
        sha.update(values.list.len().cast(pl.Int64).to_numpy().astype("<i8").tobytes())
        inner = values.filter(values.list.len() > 0).explode()
        _hash(inner, sha)
    elif values.dtype == pl.String:
        sha.update(values.str.len_bytes().cast(pl.Int64).to_numpy().astype("<i8").tobytes())
        sha.update("".join(values.to_list()).encode())
    elif values.dtype == pl.Float64:
        sha.update(values.to_numpy().astype("<f8").tobytes())
    else:
        sha.update(values.to_physical().cast(pl.Int64).to_numpy().astype("<i8").tobytes())


def _plain(series: pl.Series) -> pl.Series:
    if series.dtype == pl.Duration:
        return series.dt.total_nanoseconds(fractional=True) / 1e9
    kind = _plain_type(series.dtype)
    if kind == pl.Int64 and series.dtype in _LONG and not _short(series):
        kind = pl.String()  # as floats two of them could become one
    made = series if series.dtype == kind else series.cast(kind)
    return made.fill_nan(None) if kind == pl.Float64 else made


def _short(series: pl.Series) -> bool:
    low, high = series.min(), series.max()
    return not (isinstance(low, int) and isinstance(high, int)) or (low >= -(2**63) and high < 2**63)


def _plain_type(kind: pl.DataType) -> pl.DataType:
    if isinstance(kind, (pl.List, pl.Array)):
        inner = _plain_type(kind.inner)  # type: ignore[arg-type]
        return pl.List(pl.Float64() if inner == pl.Int64 else inner)
    if kind.is_integer():
        return pl.Int64()
    if kind.is_numeric() or kind == pl.Null:
        return pl.Float64()
    if kind in (pl.Categorical, pl.Enum, pl.String):
        return pl.String()
    if kind in (pl.Boolean, pl.Date):
        return kind
    if isinstance(kind, pl.Datetime):
        return pl.Datetime("us", "UTC" if kind.time_zone else None)
    raise TypeError(kind)


def _of_array(array: np.ndarray[Any, Any]) -> Read:
    if array.dtype.names and array.ndim == 1:
        return _of_columns({name: array[name] for name in array.dtype.names})
    if array.ndim not in (1, 2):
        raise DataError(f"an array as a table is (N,) or (N, I), not of shape {array.shape}")
    if array.ndim == 1:
        return _of_columns({"value": array})
    if isinstance(array, np.matrix):
        array = np.asarray(array)  # its columns would have two axes again
    return _of_columns({f"column_{i}": array[:, i - 1] for i in range(1, array.shape[1] + 1)})


def _of_columns(cells: Mapping[str, Any], notes: tuple[str, ...] = ()) -> Read:
    made: list[pl.Series] = []
    faults: dict[str, str] = {}
    for name, values in cells.items():
        series, fault = _series(name, values)
        if made and len(series) != len(made[0]):
            raise DataError(
                f"column `{name}` has {len(series)} rows, column `{made[0].name}` {len(made[0])}; "
                "columns must have equal lengths"
            )
        made.append(series)
        if fault:
            faults[name] = fault
    return pl.DataFrame(made), faults, notes


def _series(name: str, values: Any) -> tuple[pl.Series, str]:
    if is_pandas_column(values):
        values = pandas_cells(values)
    _check_column(name, values)
    if not isinstance(values, pl.Series) and hasattr(values, "__array__"):
        values = as_array(values, f"column `{name}`")
        if not values.ndim:
            raise DataError(f"column `{name}` is {values!r:.60}, not a column of values")
        if values.dtype.kind in "iufbMm" and values.ndim <= 3:
            values = _of_values(name, values)
    if isinstance(values, pl.Series):
        frame, faults = normalise(values.alias(name).to_frame())
        return frame.to_series(), faults.get(name, "")
    cells = []
    for row, value in enumerate(values):
        try:
            cells.append(plain_cell(value))
        except DataError as error:
            return _unread(name, len(values)), f"row {row}, column `{name}`: {error}"
    return series_of(name, cells, [f"row {row}" for row in range(len(cells))])


def _of_values(name: str, array: np.ndarray[Any, Any]) -> Any:
    """Numbers, truths, times and durations as polars has them, or their cells where some are masked."""
    try:
        array = plain_array(array)
    except DataError as error:
        raise DataError(f"column `{name}`: {error}") from None
    if array.dtype.kind == "M":
        array = array.astype("datetime64[us]")
    return array if array.dtype.kind == "O" else pl.Series(name, np.ascontiguousarray(array))


def _check_column(name: str, values: Any) -> None:
    """Not everything that can be iterated over has its values in an order, or gives values at all."""
    if isinstance(values, Mapping):
        raise DataError(f"column `{name}` is a {type(values).__name__} with keys; give its values, list(x.values())")
    is_one = isinstance(values, str | bytes | bytearray | set | frozenset)
    if is_one or hasattr(values, "columns") or not (hasattr(values, "__iter__") or hasattr(values, "__array__")):
        raise DataError(f"column `{name}` is {values!r:.60}, not a column of values")
    if hasattr(values, "toarray"):
        raise DataError(f"column `{name}` is sparse; give it as values in a row: column.toarray()")


def _unread(name: str, rows: int) -> pl.Series:
    return pl.Series(name, [None] * rows, dtype=pl.String)
