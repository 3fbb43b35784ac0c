"""Tables as text and as files."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from undertow.errors import OptionError
from undertow.storage import write_atomically

__all__ = ["as_text", "write_table"]


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
