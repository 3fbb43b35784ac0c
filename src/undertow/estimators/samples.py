"""What samples in memory are: tables, texts, arrays and lists of series, brought to one form, a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError, OptionError
from undertow.estimators.base import in_memory
from undertow.tables.arrays import as_array, order_warnings, plain_array

__all__ = ["SERIES", "TEXT", "frame_of", "is_table", "labels_of", "samples_of", "series_frame"]

#: Names of columns that are made from what is in memory.
TEXT, SERIES = "text", "series"


def is_table(X: Any) -> bool:
    """Whether it has columns with names."""
    return isinstance(X, Mapping) or hasattr(X, "columns")


def frame_of(X: Any) -> pl.DataFrame:
    """:func:`samples_of` without its notes."""
    return samples_of(X)[0]


def samples_of(X: Any) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """A table, texts or series in memory as a frame, and what is to be told of how it was read.

    Raises:
        OptionError: it is none of these.
    """
    if not is_table(X):
        frame = _frame(X)
        return frame, order_warnings(frame, "X")
    try:
        table = in_memory(X)
    except DataError as error:
        raise OptionError(str(error)) from error
    return table.frame, (*table.notes, *order_warnings(table.frame))


def _frame(X: Any) -> pl.DataFrame:
    if hasattr(X, "toarray"):
        raise OptionError("sparse data is not supported: a series is dense, X.toarray()")
    if hasattr(X, "__array__") and not isinstance(X, pl.Series):
        X = _array(X, "X")
    if isinstance(X, np.ndarray) and X.dtype.kind == "c":
        raise OptionError("Complex data not supported: give real and imaginary part as two values of a step")
    if isinstance(X, np.ndarray) and X.dtype.kind in "fiub":
        return _array_frame(X)
    if not isinstance(X, Sequence | np.ndarray | pl.Series) or isinstance(X, (str, bytes)):
        raise OptionError(f"X is a table, texts, or series, not {type(X).__name__}")
    items = list(X)
    if not items:
        raise OptionError("X is empty: 0 sample(s) (shape=(0,)) while a minimum of 1 is required.")
    if all(isinstance(item, str) for item in items):
        return pl.DataFrame({TEXT: items})
    return series_frame(items)


def _array(X: Any, what: str) -> NDArray[Any]:
    """An array of any make, NaN where it is masked.

    Raises:
        OptionError: it cannot be read.
    """
    try:
        return plain_array(as_array(X, what))
    except DataError as error:
        raise OptionError(str(error)) from error


def _array_frame(X: NDArray[Any]) -> pl.DataFrame:
    if X.ndim == 3:
        return pl.DataFrame({SERIES: pl.Series(X.astype(np.float64).tolist())})
    if X.ndim != 2:
        raise OptionError(
            f"X is an array (N, F) or (N, T, I), not of shape {X.shape}. Reshape your data: X.reshape(-1, 1) if each "
            "sample has one step, X.reshape(1, -1) if X is one sample"
        )
    if not X.shape[0] or not X.shape[1]:
        raise OptionError(
            f"X is empty: 0 {'feature' if len(X) else 'sample'}(s) (shape={X.shape}) while a minimum of 1 is required."
        )
    if np.isinf(X.astype(np.float64)).any():
        raise OptionError("X contains infinity")
    return pl.DataFrame({f"x{n + 1}": column for n, column in enumerate(X.astype(np.float64).T)})


def _numbers(item: Any, n: int) -> NDArray[np.float64]:
    """A series as floats: of numbers alone, for NumPy would read texts, times and complex numbers as some too."""
    fact = f"sample {n} of X is no series of numbers: {item!r:.60}"
    given = _array(item, f"sample {n} of X") if hasattr(item, "__array__") else item
    try:
        made = np.asarray(given)
        texts = made.dtype.kind == "O" and any(isinstance(value, str) for value in made.flat)
        read = None if texts or made.dtype.kind not in "fiubO" else made.astype(np.float64)
    except (TypeError, ValueError):
        read = None
    if read is None:
        raise OptionError(fact)
    return read


def labels_of(y: Any) -> NDArray[Any]:
    """Labels as an array.

    Raises:
        OptionError: they cannot be read, or one is masked.
    """
    try:
        given = as_array(y, "y") if hasattr(y, "__array__") else np.asarray(y)
    except DataError as error:
        raise OptionError(str(error)) from error
    gone = np.flatnonzero(np.ma.getmaskarray(given))
    if len(gone):
        raise OptionError(f"Unknown label type: y[{gone[0]}] is masked; leave out samples without a label")
    return np.asarray(given)


def series_frame(items: list[Any]) -> pl.DataFrame:
    """Series (T,) or (T, I), of unequal length, as a frame with one in each cell.

    Raises:
        OptionError: one of them is none.
    """
    series = []
    for n, item in enumerate(items):
        series.append(_numbers(item, n))
        if series[n].ndim not in (1, 2) or not len(series[n]):
            raise OptionError(f"sample {n} of X has shape {series[n].shape}; a series is (T,) or (T, I), T at least 1")
    if all(isinstance(item, Sequence) for item in items) and len({s.shape for s in series}) == 1:
        return _array_frame(np.stack(series))
    if len({s.ndim for s in series}) > 1:
        raise OptionError("samples of X are (T,) and (T, I); let all be (T, I)")
    if len({s.shape[1:] for s in series}) > 1:
        other = next(n for n, s in enumerate(series) if s.shape[1:] != series[0].shape[1:])
        channels = len({len(s) for s in series}) == 1
        advice = "; if they are (channels, steps), pass [x.T for x in X]" if channels else ""
        raise OptionError(
            f"sample {other} of X has shape {series[other].shape}, sample 0 {series[0].shape}; a series is (T, I), the "
            f"same I in all{advice}"
        )
    return pl.DataFrame({SERIES: [s.tolist() for s in series]})
