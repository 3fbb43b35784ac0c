"""Frames of pandas, and what becomes of their index. Needs nothing of pandas itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import polars as pl

from undertow.errors import DataError
from undertow.tables.written_times import looks_like_time
from undertow.words import Warned

__all__ = ["from_files", "is_pandas_column", "is_pandas_frame", "pandas_cells", "pandas_columns", "text_names"]

#: What an unnamed index of times is called as a column.
_TIME = "time"
#: Names under which Parquet files of pandas keep an index that has none.
_KEPT = re.compile(r"__index_level_(\d+)__")
#: A column by its name and values; it is called by those that know how any column is read.
Reader = Callable[[str, Any], pl.Series]


def is_pandas_frame(data: Any) -> bool:
    """Whether it is a frame of pandas, or a class of somebody's that is made like one."""
    return hasattr(data, "columns") and hasattr(data, "index") and hasattr(data, "to_numpy")


def is_pandas_column(data: Any) -> bool:
    """Whether it is a Series, an index or an array of pandas."""
    return all(hasattr(data, name) for name in ("isna", "dtype", "to_numpy")) and not hasattr(data, "columns")


def pandas_columns(frame: Any, read: Reader) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Columns of a frame by name, those of its index first, and what is to be told of the index.

    Raises:
        DataError: columns of several levels, equal names, or an index that is called like another column.
    """
    if frame.columns.nlevels > 1:
        raise DataError(
            f"the frame's columns have names of {frame.columns.nlevels} levels; make each one text: "
            "frame.columns = ['_'.join(map(str, name)) for name in frame.columns]"
        )
    parts = {name: frame.iloc[:, at] for at, name in enumerate(text_names(frame.columns))}
    index, notes = _index(frame.index, read)
    for name, values in index.items():
        if name in parts and not read(name, values).equals(read(name, parts[name])):
            raise DataError(
                f"the frame's index would be the column {name!r}, and there is one; name the index, "
                "frame.rename_axis('another name'), or drop it, frame.reset_index(drop=True)"
            )
    return {**{name: values for name, values in index.items() if name not in parts}, **parts}, notes


def text_names(names: Iterable[Any]) -> list[str]:
    """Names of columns as texts, which they need not be by themselves.

    Raises:
        DataError: two are one then.
    """
    given: dict[str, Any] = {}
    for name in names:
        if (text := str(name)) in given:
            other = given[text]
            told = f"called {text!r}" if type(other) is type(name) else f"{text!r} as texts: {other!r} and {name!r}"
            raise DataError(f"two columns are {told}; give each a name of its own")
        given[text] = name
    return list(given)


def _index(index: Any, read: Reader) -> tuple[dict[str, Any], tuple[str, ...]]:
    levels = [index.get_level_values(n) for n in range(index.nlevels)]
    if len(levels) == 1 and index.name is None:
        if type(index).__name__ == "RangeIndex":  # the numbers of rows, or of some; nobody wrote them
            return {}, ()
        name, notes = _unnamed(read(_TIME, index))
        return {name: index} if name else {}, notes
    names = [f"level_{n}" if level.name is None else str(level.name) for n, level in enumerate(levels)]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"two levels of the frame's index are called {name!r}; give each a name of its own")
    unnamed = [f"`{name}`" for name, level in zip(names, levels, strict=True) if level.name is None]
    told = f"levels of the frame's index without a name are the columns {', '.join(unnamed)}"
    return dict(zip(names, levels, strict=True)), (told,) if unnamed else ()


def _unnamed(values: pl.Series) -> tuple[str, tuple[str, ...]]:
    """The column that an index without a name is ("" if it is none), and what is to be told of it.

    Times are data. Anything else is taken for names of rows: whole numbers are what filtering and shuffling leave, and
    a text would be taken for the one to read.
    """
    kind = values.dtype
    if kind.is_temporal() or ((kind == pl.String or kind.is_integer()) and looks_like_time(values)):
        return _TIME, (f"the frame's index has no name and holds times: it is the column `{_TIME}`",)
    if values.equals(pl.Series(values.name, range(len(values)), dtype=pl.Int64)):
        return "", ()
    first = values[0] if len(values) else None
    left = f"the frame's index has no name and is left out ({first!r:.40} ...)"
    note = f"{left}; to read it as a column, name it: frame.rename_axis('a name')"
    return "", (note if kind.is_integer() else Warned(note),)


def from_files(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """A Parquet file's frame, with what pandas kept of an index without a name as it is read from pandas itself."""
    kept = [name for name in frame.columns if _KEPT.fullmatch(name)]
    if not kept:
        return frame, ()
    names = {name: _KEPT.sub(r"level_\1", name) for name in kept}
    notes: tuple[str, ...] = ()
    if kept == ["__index_level_0__"]:
        name, notes = _unnamed(frame[kept[0]])
        names = {kept[0]: name}
    for name in names.values():
        if name in frame.columns:
            raise DataError(f"the file keeps an index that would be the column {name!r}, and there is one; rename it")
    return frame.drop(old for old, new in names.items() if not new).rename(
        {old: new for old, new in names.items() if new}
    ), notes


def pandas_cells(part: Any) -> Any:
    """A Series, an index or an array of pandas as an array or a Series of polars, or as its cells, None for missing."""
    kind = part.dtype
    if isinstance(getattr(kind, "kind", None), str) and not hasattr(kind, "na_value") and kind.kind in "iufbMm":
        return part.to_numpy()
    if getattr(kind, "tz", None) is not None:
        return pl.Series(np.asarray(part, dtype="datetime64[us]")).dt.replace_time_zone("UTC")  # asked so, it gives UTC
    missing = part.isna()  # pandas has four ways to say that a cell is missing
    cells = [None if gone else cell for gone, cell in zip(missing, part.tolist(), strict=True)]
    if hasattr(kind, "categories") and kind.categories.dtype.kind != "M":  # categories are labels, not quantities
        return [None if cell is None else _label(cell) for cell in cells]
    return cells


def _label(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
