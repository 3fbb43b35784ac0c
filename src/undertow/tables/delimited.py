"""CSV, TSV and plain text: separator, header and types are inferred, and every row keeps its line.

The standard library's reader finds the fields: it counts lines inside quotes and leaves short rows short, where a
faster reader fills them up with nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError

__all__ = ["LONGEST_CELL", "MISSING", "Delimited", "check_length", "numeric", "read_delimited"]

#: Characters that one cell of a text file may have. Longer is a broken quote or a whole book in one cell.
LONGEST_CELL = 100_000
#: Cells that are missing in a column of numbers or times. In other columns only the empty cell is.
MISSING = ("", "NA", "N/A", "NaN", "nan", "NAN", "null", "NULL", "None")

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_NUMBER = re.compile(NUMBER + r"|^[+-]?inf(inity)?$", re.IGNORECASE)
_TIME = re.compile(r"^\d{1,4}[-/.:]\d{1,2}([-/.:]\d{1,4})?([ T]\d{1,2}:\d{2}.*)?$")
_NAME = re.compile(r"^[^\W\d][\w./%()°-]{0,39}$")
#: Names that a column of text may have; between tabs, above words written like them, only these make a header.
_COMMON = {
    "answer", "category", "class", "date", "gender", "id", "input", "label", "lang", "language", "name", "output",
    "phonemes", "question", "review", "sentence", "source", "target", "text", "time", "title", "value", "word",
    "en", "de", "es", "fr", "it",
}  # fmt: skip
_SAMPLE = 200
#: Cells that are looked at together: a question a column would take most of the time in tables of many columns, and
#: all cells of a long table at once its memory.
_TOGETHER = 1_000_000


@dataclass(frozen=True)
class Delimited:
    """What a text file holds: columns, the line of each row, number columns as they were written, notes to tell.

    ``header``: whether its first line names the columns, yes or no (auto where no line could); ``guessed``: because it
    looks so.
    """

    series: list[pl.Series]
    lines: NDArray[np.int64]
    written: dict[str, pl.Series]
    notes: list[str]
    header: str = "auto"
    guessed: bool = False


def read_delimited(text: str, source: str, suffix: str, header: str, usual: str = "auto") -> Delimited:
    """Read a CSV, TSV or TXT file; ``source`` is its name, for errors; ``header`` is yes, no or auto.

    What auto takes the first line of a table for is what it looks like, or what is ``usual`` (yes or no) if that is
    said; that it looks otherwise is noted then.

    Raises:
        DataError: ragged rows, broken quotes, cells that are too long, equal names, no rows; names the line.
    """
    if suffix == ".txt" and header != "yes" and (plain := _plain(text, source)) is not None:
        return plain
    separator = "\t" if suffix == ".tsv" else _separator(text, source)
    rows, lines = _rows(text, source, separator)
    looks = _looks_like_header(rows, separator) if header == "auto" else header == "yes"
    guessed = header == "auto" and usual == "auto"
    has_header = looks if header != "auto" or guessed else usual == "yes"
    notes = []
    if has_header != looks:
        taken, like, other = ("names of columns", "data", "no") if has_header else ("data", "names of columns", "yes")
        notes.append(f"line {lines[0]} is read as {taken}, as in training, and looks like {like} (--header {other})")
    if has_header:
        names = [name.strip() or f"column_{i}" for i, name in enumerate(rows[0], 1)]
        _check_names(names, source, lines[0])
        rows, lines = rows[1:], lines[1:]
        if not rows:
            raise DataError(f"{source} has a header (line 1: {', '.join(names)}) and no rows")
    else:
        names = [f"column_{i}" for i in range(1, len(rows[0]) + 1)]
        if guessed:
            last = f" to {names[-1]}" if len(names) > 1 else ""
            notes.append(
                f"line {lines[0]} looks like data, not like a header: columns are called {names[0]}{last} "
                "(--header yes if it names them)"
            )
    if separator not in (",", "\t"):
        notes.append(f"columns are separated by {separator!r}")
    series, written = _typed(names, list(zip(*rows, strict=True)))
    return Delimited(series, np.array(lines, dtype=np.int64), written, notes, "yes" if has_header else "no", guessed)


def numeric(cells: pl.Series) -> pl.Series:
    """Which cells are written as numbers: a boolean a cell."""
    return cells.str.contains("(?i)" + NUMBER) | cells.str.contains(r"(?i)^[+-]?inf(inity)?$")


def check_length(cell: str, place: str) -> None:
    """Whether a cell is of a length that one can work with.

    Raises:
        DataError: it has more than ``LONGEST_CELL`` characters.
    """
    if len(cell) > LONGEST_CELL:
        raise DataError(
            f"{place} has {len(cell):,} characters; a cell may have {LONGEST_CELL:,}: cut long texts into rows"
        )


def _typed(names: Sequence[str], columns: Sequence[Sequence[str]]) -> tuple[list[pl.Series], dict[str, pl.Series]]:
    """Columns of equal length: numbers if every cell is one or is missing, else text as it stands; and those of
    numbers as they were written."""
    series: list[pl.Series] = []
    written: dict[str, pl.Series] = {}
    many = max(1, _TOGETHER // len(columns[0]))
    read = chain.from_iterable(_read(columns[at : at + many]) for at in range(0, len(columns), many))
    for name, (numbers, text) in zip(names, read, strict=True):
        series.append((text if numbers is None else numbers).alias(name))
        if numbers is not None:
            written[name] = text.alias(name)
    return series, written


def _read(columns: Sequence[Sequence[str]]) -> Iterator[tuple[pl.Series | None, pl.Series]]:
    """Each column as numbers, if it holds such, with its text as written; else None, and its text, null where empty."""
    written = pl.Series("", list(chain.from_iterable(columns)), dtype=pl.String)
    rows = len(columns[0])
    bare = written.str.strip_chars()
    bare = pl.select(pl.when(bare.is_in(list(MISSING))).then(None).otherwise(bare)).to_series()
    empty, numeral, whole = (
        np.all(cells.fill_null(True).to_numpy().reshape(-1, rows), axis=1).tolist()  # all that are there are so
        for cells in (bare.is_null(), numeric(bare), bare.str.contains(r"^[+-]?\d+$"))
    )
    unsigned = bare.str.strip_prefix("+")
    text = pl.select(pl.when(written == "").then(None).otherwise(written)).to_series()
    for at in range(len(columns)):
        own = (at * rows, rows)
        if numeral[at]:
            present = bare.slice(*own)
            integers = whole[at] and not empty[at]
            numbers = unsigned.slice(*own).cast(pl.Int64, strict=False) if integers else present.cast(pl.Float64)
            if numbers.null_count() == present.null_count():  # else they are too long for numbers: identifiers
                yield numbers, written.slice(*own)
                continue
        yield None, text.slice(*own)


def _plain(text: str, source: str) -> Delimited | None:
    """Numbers in reading order, or lines of text; None if the file is a table."""
    lines = text.splitlines()
    words = [line.split() for line in lines]
    if all(_NUMBER.match(word) or word in MISSING for line in words for word in line):
        cells = [word for line in words for word in line]
        if not cells:
            raise DataError(f"{source} has no rows")
        at = [number for number, line in enumerate(words, 1) for _ in line]
        series, written = _typed(["value"], [cells])
        return Delimited(series, np.array(at, dtype=np.int64), written, ["numbers in reading order: column value"])
    if _separator(text, source, default="") != "":
        return None
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    for number, line in kept:
        check_length(line, f"{source}, line {number}")
    series = [pl.Series("text", [line for _, line in kept], dtype=pl.String)]
    return Delimited(series, np.array([n for n, _ in kept], dtype=np.int64), {}, ["a text a line: column text"])


def _separator(text: str, source: str, default: str = ",") -> str:
    """The sign that cuts the first lines into equally many fields, more than one."""
    best, agreement = default, 0.5
    for sign in ("\t", ";", "|", ","):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, quoting=_quoting(sign))
        widths: Counter[int] = Counter()
        try:
            for row, _ in zip(reader, range(_SAMPLE), strict=False):
                if row:
                    widths[len(row)] += 1
        except csv.Error:
            pass  # told with its line when the file is read
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        share = count / max(widths.total(), 1)
        if width > 1 and share > agreement and (default or share == 1):
            best, agreement = sign, share
    return best


def _quoting(separator: str) -> Literal[0, 3]:
    """Between tabs a quote is a sign like any other: translations are full of unbalanced ones."""
    return csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL


def _rows(text: str, source: str, separator: str) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, strict=separator != "\t", quoting=_quoting(separator)
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(start)
                if len(row) != len(rows[0]):
                    _ragged(rows, lines, source, separator)
                if max(map(len, row)) > LONGEST_CELL:
                    for number, cell in enumerate(row, 1):
                        check_length(cell, f"{source}, line {start}, field {number}")
            start = reader.line_num + 1
    except csv.Error as error:
        _broken(error, source, start)
    if not rows:
        raise DataError(f"{source} has no rows")
    return rows, lines


def _ragged(rows: list[list[str]], lines: list[int], source: str, separator: str) -> None:
    sign = {"\t": "tab", ",": "comma"}.get(separator, repr(separator))
    advice = (
        "between tabs a quote is a sign like any other, so a field cannot have a tab or a line break"
        if separator == "\t"
        else f'a field with a {sign} in it must be written in double quotes: "..."'
    )
    raise DataError(
        f"{source}, line {lines[-1]} has {len(rows[-1])} field{'s' * (len(rows[-1]) != 1)}, line {lines[0]} has "
        f"{len(rows[0])} (separated by {sign}); {advice}"
    )


def _broken(error: csv.Error, source: str, line: int) -> None:
    told = str(error)
    if "field larger" in told:
        raise DataError(
            f"{source}, line {line}: a field has more than {csv.field_size_limit():,} characters; a cell may have "
            f"{LONGEST_CELL:,}: cut long texts into rows, or look for a quote that is not closed"
        ) from None
    if "unexpected end" in told:
        raise DataError(f"{source}, line {line}: a quote opens in this row and is never closed") from None
    raise DataError(
        f'{source}, line {line}: a quoted field must end at its quote; write quotes inside it twice: ""'
    ) from None


def _check_names(names: list[str], source: str, line: int) -> None:
    first: dict[str, int] = {}
    for at, name in enumerate(names, 1):
        if first.setdefault(name, at) != at:
            raise DataError(f"{source}, line {line}: columns {first[name]} and {at} are both called {name!r}")


def _looks_like_header(rows: list[list[str]], separator: str) -> bool:
    """Whether the first row names the columns.

    It does not if it has a number or a time (unless it counts 0, 1, 2 ... as a frame's unnamed columns do). It does if
    it stands above numbers or times. Above texts alone it does if every cell is one word like a name and none is found
    again below. Between tabs, where tables without a header are common, one thing more is asked: its words are common
    names, or are written otherwise (small letters, capitals) than those below.
    """
    first, rest = [cell.strip() for cell in rows[0]], rows[1 : _SAMPLE + 1]
    if len(first) > 2 and first == [str(i) for i in range(len(first))]:
        return True
    if any(_NUMBER.match(cell) or _TIME.match(cell) for cell in first):
        return False
    for at, cell in enumerate(first):
        below = [row[at].strip() for row in rest]
        below = [value for value in below if value not in MISSING]
        valued = sum(bool(_NUMBER.match(value) or _TIME.match(value)) for value in below)
        if cell not in MISSING and below and valued >= 0.9 * len(below):
            return True
    if len(set(first)) < len(first) or not all(_NAME.match(cell) for cell in first):
        return False
    if any(row[at].strip() == cell for row in rows[1:] for at, cell in enumerate(first)):
        return False
    if separator != "\t" or all(cell.lower() in _COMMON for cell in first):
        return True
    styles = [Counter(_style(row[at].strip()) for row in rest) for at in range(len(first))]
    return any(style[_style(cell)] < 0.5 * len(rest) for cell, style in zip(first, styles, strict=True))


def _style(cell: str) -> str:
    if " " in cell:
        return "phrase"
    return "capitals" if cell.isupper() else "small" if cell.islower() else "other"
