"""Frames in memory: from polars, pandas, mappings and arrays to the columns that tasks read, and their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from undertow.errors import DataError
from undertow.tables.records import series_of

__all__ = ["content_digest", "normalise", "to_frame"]


def to_frame(data: Any) -> tuple[pl.DataFrame, dict[str, str]]:
    """The frame that ``data`` is, and why a column cannot be used.

    Raises:
        DataError: equal names, columns of unequal length, or no table at all.
    """
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.Series):
        data = data.to_frame(data.name or "value")
    if isinstance(data, pl.DataFrame):
        return normalise(data)
    if isinstance(data, np.ndarray):
        return _of_array(data)
    if isinstance(data, Mapping):
        return _of_columns({str(name): cells for name, cells in data.items()})
    if hasattr(data, "columns") and hasattr(data, "index") and hasattr(data, "to_numpy"):
        return _of_columns(_of_pandas(data))
    kind = type(data).__name__
    raise DataError(f"a table is a polars or pandas frame, a mapping of columns, or an array (N, I), not {kind}")


def normalise(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    """Columns as few types: Int64, Float64 (NaN is missing), String, Boolean, dates, lists of Float64 or String."""
    made, faults = [], {}
    for series in frame:
        try:
            made.append(_plain(series))
        except (TypeError, pl.exceptions.PolarsError):
            made.append(pl.Series(series.name, [None] * len(series), dtype=pl.String))
            faults[series.name] = f"column `{series.name}` has the type {series.dtype}, which no task can read"
    return pl.DataFrame(made), faults


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
    kind = _plain_type(series.dtype)
    made = series if series.dtype == kind else series.cast(kind)
    return made.fill_nan(None) if kind == pl.Float64 else made


def _plain_type(kind: pl.DataType) -> pl.DataType:
    if isinstance(kind, (pl.List, pl.Array)):
        inner = _plain_type(kind.inner)  # type: ignore[arg-type]
        return pl.List(pl.Float64() if inner == pl.Int64 else inner)
    if kind.is_integer() and kind != pl.UInt64 and kind not in (pl.Int128,):
        return pl.Int64()
    if kind.is_numeric() or kind == pl.Null:
        return pl.Float64()
    if kind in (pl.Categorical, pl.Enum, pl.String):
        return pl.String()
    if kind in (pl.Boolean, pl.Date):
        return kind
    if isinstance(kind, pl.Datetime):
        return pl.Datetime("us", kind.time_zone)
    raise TypeError(kind)


def _of_array(array: np.ndarray[Any, Any]) -> tuple[pl.DataFrame, dict[str, str]]:
    if array.ndim not in (1, 2):
        raise DataError(f"an array as a table is (N,) or (N, I), not of shape {array.shape}")
    if array.ndim == 1:
        return _of_columns({"value": array})
    return _of_columns({f"column_{i}": array[:, i - 1] for i in range(1, array.shape[1] + 1)})


def _of_columns(cells: Mapping[str, Any]) -> tuple[pl.DataFrame, dict[str, str]]:
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
    return pl.DataFrame(made), faults


def _series(name: str, values: Any) -> tuple[pl.Series, str]:
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufbM" and values.ndim in (1, 2, 3):
        if values.dtype.kind == "M":
            values = values.astype("datetime64[us]")
        values = pl.Series(name, np.ascontiguousarray(values))
    if isinstance(values, pl.Series):
        frame, faults = normalise(values.alias(name).to_frame())
        return frame.to_series(), faults.get(name, "")
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise DataError(f"column `{name}` is {values!r:.60}, not a column of values")
    cells = [value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value for value in values]
    return series_of(name, cells, [f"row {row}" for row in range(len(cells))])


def _of_pandas(frame: Any) -> dict[str, Any]:
    """Columns of a pandas frame; a named index is a column too. Needs nothing of pandas itself."""
    names = [str(name) for name in frame.columns]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"two columns of the frame are called {name!r}")
    parts = {name: frame.iloc[:, at] for at, name in enumerate(names)}
    if frame.index.name is not None and str(frame.index.name) not in parts:
        parts = {str(frame.index.name): frame.index, **parts}
    return {name: _of_pandas_column(part) for name, part in parts.items()}


def _of_pandas_column(part: Any) -> Any:
    if isinstance(part.dtype, np.dtype) and part.dtype.kind in "iufbM":
        return part.to_numpy()
    missing = part.isna()  # pandas has four ways to say that a cell is missing
    return [None if gone else cell for gone, cell in zip(missing, part.tolist(), strict=True)]
