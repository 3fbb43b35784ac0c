"""Tables as text and as files."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from undertow.errors import OptionError
from undertow.storage import write_atomically
from undertow.tables.table import Table

__all__ = ["as_text", "placed", "shortened", "write_table"]

#: Columns that say of which row of a table something is, and what they are called where rows have lines.
_PLACES = {"row": "line", "first_row": "first_line", "last_row": "last_line"}


def placed(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """What is told of the rows of ``table``, with each row as messages call it: by its line, if it has one.

    Columns ``row``, ``first_row`` and ``last_row`` become ``line``, ``first_line`` and ``last_line``, in which the row
    begins; where there are no lines, they go on counting from 0.
    """
    if table.lines is None:
        return frame
    lines = pl.Series(table.lines)
    there = [name for name in _PLACES if name in frame.columns]
    return frame.with_columns(lines.gather(frame[name]).alias(name) for name in there).rename(
        {name: _PLACES[name] for name in there}
    )


def shortened(frame: pl.DataFrame, digits: int = 6) -> pl.DataFrame:
    """A frame for people to read: its fractions with so many significant digits."""
    return frame.with_columns(
        pl.col(pl.Float32, pl.Float64).round_sig_figs(digits),
        pl.col(pl.List(pl.Float32), pl.List(pl.Float64)).list.eval(pl.element().round_sig_figs(digits)),
    )


def as_text(frame: pl.DataFrame, separator: str = ",") -> str:
    """A frame as CSV: lists with spaces between their values, times as ``2024-01-31 18:30:00``."""
    nested = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List | pl.Array)]
    flat = frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(" ") for name in nested)
    return flat.write_csv(separator=separator, datetime_format="%Y-%m-%d %H:%M:%S%.f")


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a .csv, .tsv, .jsonl or .parquet file, whole or not at all.

    Raises:
        OptionError: another suffix.
        RunError: the disk is full or refuses.
    """
    write_atomically(path, _bytes(frame, path))


def _bytes(frame: pl.DataFrame, path: Path) -> bytes:
    match path.suffix:
        case ".csv":
            return as_text(frame).encode()
        case ".tsv":
            return as_text(frame, "\t").encode()
        case ".jsonl" | ".ndjson":
            return frame.write_ndjson().encode()
        case ".parquet":
            file = io.BytesIO()
            frame.write_parquet(file)
            return file.getvalue()
        case suffix:
            told = suffix or "a file without a suffix"
            raise OptionError(f"{path}: cannot write {told}; take .csv, .tsv, .jsonl or .parquet")
