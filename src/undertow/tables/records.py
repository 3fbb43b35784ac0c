"""Rows as JSON objects."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.documents import check_bounds
from undertow.errors import DataError
from undertow.forms import MisfitError
from undertow.tables.cells import series_of
from undertow.tables.delimited import check_length

__all__ = ["read_records"]


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
            check_bounds(line, row)
        except RecursionError:
            raise DataError(f"{source}, line {number}: nested too deeply") from None
        except MisfitError as error:
            raise DataError(f"{source}, line {number} {error}") from None
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


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} stands twice")
    return made
