"""Tables of data: files and frames in memory as one thing that knows where each row came from.

Nothing is cast silently: a column of a text file holds numbers if every cell is one (or is missing), else text.
What is wrong with a column is told when it is asked for (``undertow.tables.columns``), not for columns nobody uses.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError, nearest
from undertow.storage import read_file
from undertow.tables.arrays import order_warnings
from undertow.tables.delimited import Delimited, read_delimited
from undertow.tables.frames import content_digest, normalise, to_frame
from undertow.tables.indexed import from_files
from undertow.tables.parquet import read_parquet
from undertow.tables.records import read_records

__all__ = ["SUFFIXES", "Table", "column", "columns", "read_table", "table_of"]

#: What a table's file can be called; ``.gz`` may follow each.
SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet")


#: Bytes that are unpacked at a time; and how many times its size a larger file may become.
_PART, _SWELLS = 1 << 25, 200


@dataclass(frozen=True)
class Table:
    """Rows of data and where they came from. Rows count from 0, lines of a file from 1."""

    frame: pl.DataFrame
    path: Path | None
    digest: str  #: SHA-256: of the file (uncompressed), of a frame's content
    lines: NDArray[np.int64] | None = None  #: the line of the file in which each row begins
    written: dict[str, pl.Series] = field(default_factory=dict)  #: cells of number columns as the file has them
    faults: dict[str, str] = field(default_factory=dict)  #: why a column cannot be used
    notes: tuple[str, ...] = ()  #: what was inferred and ought to be told
    header: str = "auto"  #: whether the file's first line names the columns, yes or no; auto where no line could
    guessed: bool = False  #: whether that is only what the line looks like

    @property
    def name(self) -> str:
        """What the table is called in messages."""
        return str(self.path) if self.path else "the table"

    @cached_property
    def names(self) -> frozenset[str]:
        """What the columns are called."""
        return frozenset(self.frame.columns)

    def __len__(self) -> int:
        return len(self.frame)

    def line(self, row: int) -> int | None:
        """The line of the file in which a row begins; None where there are no lines."""
        return None if self.lines is None else int(self.lines[row])

    def where(self, row: int, column: str | None = None) -> str:
        """A place for messages: ``names.csv, line 7, column `gender```; rows without lines count from 0."""
        line = self.line(row)
        place = f"row {row} (counting from 0)" if line is None else f"line {line}"
        file = f"{self.path}, " if self.path else ""
        return f"{file}{place}" + (f", column `{column}`" if column else "")


def read_table(path: Path, *, header: str = "auto", usual: str = "auto") -> Table:
    """Read a table; ``header`` says whether the first line of a text file has names: ``yes``, ``no``, ``auto`` (look).

    ``usual`` is what auto goes by instead of looking: ``yes`` or ``no``, as it was in the file that this is one like.

    Formats go by the file's name, see ``SUFFIXES``. A ``.txt`` file is numbers separated by blanks (one column,
    ``value``, in reading order), or a table, or lines of text (one column, ``text``); with a header it is a table.

    Raises:
        DataError: missing, a folder, empty, not the format it is called, or without rows; names the line.
    """
    path = Path(path)
    suffixes = [s.lower() for s in path.suffixes]
    packed = suffixes[-1:] == [".gz"]
    suffix = (suffixes[-2] if len(suffixes) > 1 else "") if packed else (suffixes[-1] if suffixes else "")
    raw = _bytes(path, packed)
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise DataError(
            f"{path}: tables are read from {known} (each also .gz), not from {suffix or 'a name without one'}"
        )
    digest = hashlib.sha256(raw).hexdigest()
    if suffix == ".parquet":
        return _parquet(raw, path, digest)
    text = _text(raw, path)
    if suffix in (".jsonl", ".ndjson"):
        series, lines, faults = read_records(text, str(path))
        frame = pl.DataFrame(series)
        return Table(frame, path, digest, lines, {}, faults, order_warnings(frame))
    made: Delimited = read_delimited(text, str(path), suffix, header, usual)
    return Table(
        pl.DataFrame(made.series), path, digest, made.lines, made.written, {}, tuple(made.notes), made.header,
        made.guessed,
    )  # fmt: skip


def table_of(data: Any) -> Table:
    """A table from memory: a polars or pandas frame, a mapping of columns, an array (N,) or (N, I).

    Raises:
        DataError: no rows, equal names, columns of unequal length, or content that no table holds.
    """
    if isinstance(data, Table):
        return data
    frame, faults, notes = to_frame(data)
    if frame.width == 0 or frame.height == 0:
        raise DataError(f"the table has {frame.height} rows and {frame.width} columns; there is nothing to read")
    return Table(frame, None, content_digest(frame), faults=faults, notes=notes)


def column(table: Table, name: str, role: str) -> str:
    """``name`` if the table has that column; ``role`` says what it was wanted for.

    Raises:
        DataError: there is no such column; the nearest is suggested.
    """
    if name not in table.names:
        fact = f"{table.name} has no column {name!r} (wanted as {role}){nearest(name, table.frame.columns)}"
        raise DataError(fact + _misread(table, name))
    return name


def columns(table: Table, names: str, role: str) -> list[str]:
    """The columns that ``"a,b"`` names; an empty string names none.

    Raises:
        DataError: there is no such column, or one is named twice.
    """
    found = [column(table, name.strip(), role) for name in names.split(",") if name.strip()]
    for at, name in enumerate(found):
        if name in found[:at]:
            raise DataError(f"column {name!r} is named twice as {role}: {names}")
    return found


def _misread(table: Table, name: str) -> str:
    """What to do if a column may be missing because the first line was taken for what it is not."""
    unnamed = re.compile(r"column_\d+")
    if table.header == "yes" and table.guessed and table.frame.width == 1:
        return " (--header no if the first line is data, --header yes if it names the column)"
    if table.header == "yes" and unnamed.fullmatch(name):
        return " (--header no if the first line is data)"
    if table.header != "yes" and unnamed.fullmatch(table.frame.columns[0]) and name in table.frame.row(0):
        return " (--header yes if the first line names the columns)"
    return ""


def _bytes(path: Path, packed: bool) -> bytes:
    raw = read_file(path)
    if packed:
        try:
            raw = _unpacked(raw, path)
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(f"cannot unpack {path}: {error}") from None
        except MemoryError:
            raise DataError(f"cannot unpack {path}: memory does not hold what is in it") from None
    if not raw.strip():
        raise DataError(f"{path} is empty")
    return raw


def _unpacked(raw: bytes, path: Path) -> bytes:
    parts, total = [], 0
    with gzip.open(io.BytesIO(raw)) as packed:
        while part := packed.read(_PART):
            parts.append(part)
            total += len(part)
            if total > max(_PART, _SWELLS * len(raw)):
                raise DataError(f"{path} unpacks to more than {_SWELLS} times its size, which no table does")
    return b"".join(parts)


def _text(raw: bytes, path: Path) -> str:
    if b"\0" in raw:
        utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        advice = "it looks like UTF-16: save it as UTF-8" if utf16 else "tables are text in UTF-8, or .parquet"
        raise DataError(f"{path} is a binary file (it has a zero byte at offset {raw.index(0)}); {advice}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        within = error.start - raw.rfind(b"\n", 0, error.start)
        raise DataError(
            f"{path}, line {line}: byte {within} of the line is not UTF-8 ({raw[error.start]:#04x}); "
            "save the file as UTF-8"
        ) from None


def _parquet(raw: bytes, path: Path, digest: str) -> Table:
    frame = read_parquet(raw, path)
    if frame.height == 0 or frame.width == 0:
        raise DataError(f"{path} has {frame.width} columns and no rows")
    frame, faults = normalise(frame)
    frame, notes = from_files(frame)
    return Table(frame, path, digest, faults=faults, notes=(*notes, *order_warnings(frame)))
