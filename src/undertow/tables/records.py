"""Rows as JSON objects, and columns of plain Python values."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError
from undertow.tables.delimited import check_length

__all__ = ["read_records", "series_of"]

#: Words for the kinds of values, and the polars type that holds each.
_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "true or false": pl.Boolean,
    "a time": pl.Datetime("us"),
    "a number": pl.Float64,
    "text": pl.String,
    "a list of numbers": pl.List(pl.Float64),
    "a list of texts": pl.List(pl.String),
    "a list of lists of numbers": pl.List(pl.List(pl.Float64)),
}

_LISTS = {"a number": "a list of numbers", "text": "a list of texts", "a list of numbers": "a list of lists of numbers"}


def read_records(text: str, source: str) -> tuple[list[pl.Series], NDArray[np.int64], dict[str, str]]:
    """Columns, the line of each row, and why a column cannot be used; ``source`` is the file's name.

    Raises:
        DataError: a line that is no JSON object, or no rows; names the line.
    """
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_once)
        except RecursionError:
            raise DataError(f"{source}, line {number}: nested too deeply") from None
        except ValueError as error:
            at = f", column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
            told = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            raise DataError(f"{source}, line {number}{at}: not JSON ({told}); a row is an object on one line") from None
        if not isinstance(row, dict):
            raise DataError(f'{source}, line {number} is not an object; write rows as {{"name": "Ada", "year": 1815}}')
        rows.append(row)
        lines.append(number)
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        raise DataError(f"{source} has no rows with columns")
    made, faults = [], {}
    for name in names:
        cells = [row.get(name) for row in rows]
        places = [f"{source}, line {number}" for number in lines]
        for place, cell in zip(places, cells, strict=True):
            if isinstance(cell, str):
                check_length(cell, f"{place}, column `{name}`")
        series, fault = series_of(name, cells, places)
        made.append(series)
        if fault:
            faults[name] = fault
    return made, np.array(lines, dtype=np.int64), faults


def series_of(name: str, cells: Sequence[Any], places: Sequence[str]) -> tuple[pl.Series, str]:
    """A column of plain values, and what is wrong with it ("" if nothing is); then it holds them as JSON text.

    Args:
        name: of the column.
        cells: numbers, texts, truths, lists of numbers or texts, lists of lists of numbers, None or NaN (missing).
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
        if kind == "a number" and all(isinstance(v, int) and abs(v) < 2**63 for v in values if v is not None):
            return pl.Series(name, values, dtype=pl.Int64), ""
        return pl.Series(name, values, dtype=_TYPES[kind], strict=False), ""
    if not seen or seen.keys() == {"a list"}:
        empty = _TYPES["a list of numbers" if seen else "a number"]
        return pl.Series(name, [None if _missing(cell) else cell for cell in cells], dtype=empty), ""
    raw = [None if _missing(cell) else json.dumps(cell, default=str, ensure_ascii=False) for cell in cells]
    return pl.Series(name, raw, dtype=pl.String), _fault(name, cells, places, seen)


def _fault(name: str, cells: Sequence[Any], places: Sequence[str], seen: dict[str, int]) -> str:
    if len(seen) == 1:
        ((kind, at),) = seen.items()
        return f"{places[at]}, column `{name}` has {kind}, which no task can read"
    (usual, first), (other, second) = sorted(seen.items(), key=lambda item: item[1])[:2]
    counts = {kind: sum(not _missing(c) and _kind(c) == kind for c in cells) for kind in (usual, other)}
    if counts[other] > counts[usual]:
        (usual, first), (other, second) = (other, second), (usual, first)
    return (
        f"{places[second]}, column `{name}` has {other}, {json.dumps(cells[second], default=str)[:60]}, where others "
        f"have {usual} ({places[first].rpartition(', ')[2]}: {json.dumps(cells[first], default=str)[:60]}); "
        "a column needs one type"
    )


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
        return "a time"
    if isinstance(cell, (list, tuple)):
        inner = {_kind(value) for value in cell if not _missing(value)}
        inner = inner - {"a list"} if "a list of numbers" in inner else inner
        if not inner:
            return "a list"
        return _LISTS.get(inner.pop(), "a nested list") if len(inner) == 1 else "a list of mixed values"
    return "an object"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} stands twice")
    return made
