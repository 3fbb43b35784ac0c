"""From tables to sequences: text, rows of numbers, cells with lists, or steps of whole sequences and of long series."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError
from undertow.tables import columns as kinds
from undertow.tables.spacing import spacing
from undertow.tables.table import Table, column, columns
from undertow.tables.times import times
from undertow.tasks.reconstruct.options import ReconstructOptions
from undertow.tasks.reconstruct.symbols import Symbols
from undertow.tasks.reconstruct.windows import Item, Sequences
from undertow.words import Warned, quoted

__all__ = ["chosen_text", "read"]

#: A row with at least this many numbered columns is taken for a whole sequence.
_WIDE = 16
#: Usual names of a column that says what is known of its rows.
_KNOWN = {*kinds.LABELS, "anomaly", "anomalies", "fault", "outlier"}


def chosen_text(table: Table, own: ReconstructOptions) -> str:
    """The column of text to rebuild; empty if numbers are. A table of one column of text needs no word."""
    if own.text:
        return column(table, own.text, "text")
    if own.columns or own.layout == "steps":
        return ""
    others = {own.label, own.anomaly, own.group, own.id, own.series, *_listed(own.time)}
    rest = [name for name in table.frame.columns if name not in others]
    of_kind = {name: kinds.kind_of(table, name) for name in rest}
    if any(kind in ("number", "list") for kind in of_kind.values()):
        return ""
    found = [name for name, kind in of_kind.items() if kind == "text"]
    if len(found) == 1:
        return found[0]
    raise DataError(
        f"{table.name} has {len(found)} columns of text ({', '.join(found) or 'and none of numbers'}): name the one to "
        "rebuild with --text, or columns of numbers with --columns"
    )


def read(table: Table, own: ReconstructOptions, symbols: Symbols | None = None, *, known: bool = True) -> Sequences:
    """The sequences of a table.

    Args:
        table: the data.
        own: which columns are what.
        symbols: for text, the symbols it is written in.
        known: whether the columns that only help to look (label, anomaly, group) must be there.

    Raises:
        DataError: a column is missing or is not what it is named as; with line and column.
    """
    if symbols is not None:
        return _texts(table, own, symbols, known)
    lists = _list_columns(table, own)
    if lists:
        return _lists(table, own, lists, known)
    names = _numbers_of(table, own)
    wide = own.layout == "rows" or (own.layout == "auto" and not (own.id or own.series or own.time) and _is_wide(names))
    found = (_wide if wide else _steps)(table, own, names, known)
    if own.columns:
        return found
    inferred = [name for name in names if not (wide and _numbered(name))]
    return replace(found, notes=[*found.notes, *_doubts(table, inferred, names)])


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _numbers_of(table: Table, own: ReconstructOptions) -> list[str]:
    """The columns of numbers: those named, or all that have no other use."""
    named = columns(table, own.columns, "numbers")
    if named:
        return named
    used = {own.label, own.anomaly, own.group, own.id, own.series, *_listed(own.time)}
    rest = [name for name in table.frame.columns if name not in used]
    found = [name for name in rest if kinds.kind_of(table, name) == "number"]
    if not found:
        raise DataError(f"{table.name} has no column of numbers to rebuild; its columns: {', '.join(rest) or 'none'}")
    return found


def _list_columns(table: Table, own: ReconstructOptions) -> list[str]:
    named = columns(table, own.columns, "numbers")
    used = {own.label, own.anomaly, own.group}
    rest = named or [name for name in table.frame.columns if name not in used]
    found = [name for name in rest if kinds.kind_of(table, name) == "list"]
    if named and found and len(found) != len(named):
        raise DataError(f"{table.name}: of the columns {own.columns}, {', '.join(found)} hold lists and others do not")
    return found


def _is_wide(names: Sequence[str]) -> bool:
    """Many columns that differ in a number alone: one row is a sequence."""
    stems = {re.sub(r"\d+$", "", name) for name in names if _numbered(name)}
    return len(names) >= _WIDE and len(stems) == 1 and all(_numbered(name) for name in names)


def _numbered(name: str) -> bool:
    return re.search(r"\d+$", name) is not None


def _doubts(table: Table, inferred: Sequence[str], names: Sequence[str]) -> list[str]:
    """A warning of those ``inferred`` columns of numbers that may be answers: of 0 and 1 alone, or called like labels.

    None if they are all ``names`` there are: then they are the data.
    """
    doubtful = [name for name in inferred if _like_answers(table.frame[name].drop_nulls())]
    if not doubtful or len(doubtful) == len(names):
        return []
    shown = ", ".join(f"`{name}`" for name in doubtful[:4]) + (f" and {len(doubtful) - 4} more" if doubtful[4:] else "")
    likeliest = quoted(next((name for name in doubtful if name.casefold() in _KNOWN), doubtful[0]))
    return [
        Warned(
            f"among the numbers to rebuild: {shown} (0 and 1 alone, or called like a label); what is known of a "
            f"row and not measured is left out with --anomaly {likeliest} (known anomalies), --label {likeliest} "
            "(labels), or by naming what is to be rebuilt with --columns"
        )
    ]


def _like_answers(present: pl.Series) -> bool:
    distinct = present.unique().sort().to_list()
    called = present.name.casefold() in _KNOWN and 1 < len(distinct) <= len(present) // 2
    return called or distinct == [0, 1]


def _labels(table: Table, name: str, role: str, known: bool) -> list[str | None] | None:
    if not name or (not known and name not in table.frame.columns):
        return None
    return kinds.labels(table, name, role=role)


def _anomalies(table: Table, own: ReconstructOptions, known: bool) -> NDArray[np.bool_] | None:
    """Known anomalies (rows,), or None.

    Raises:
        DataError: a value other than 0 and 1, with its place.
    """
    if not own.anomaly or (not known and own.anomaly not in table.frame.columns):
        return None
    values = kinds.numbers(table, column(table, own.anomaly, "known anomalies"))
    wrong = np.flatnonzero((values != 0) & (values != 1))
    if len(wrong):
        raise DataError(
            f"{table.where(int(wrong[0]), own.anomaly)}: {values[wrong[0]]:g} is not 0 (normal) or 1 (an anomaly)"
        )
    return np.asarray(values == 1)


def _samples(table: Table, own: ReconstructOptions, values: Sequence[NDArray[Any]], known: bool) -> list[Item]:
    """Sequences of which each is one row."""
    labels = _labels(table, own.label, "label", known)
    groups = _labels(table, own.group, "group", known)
    anomalies = _anomalies(table, own, known)
    return [
        Item(
            value,
            np.array([row]),
            "",
            labels[row] if labels else None,
            groups[row] if groups else None,
            anomalies[row : row + 1] if anomalies is not None else None,
        )
        for row, value in enumerate(values)
    ]


def _texts(table: Table, own: ReconstructOptions, symbols: Symbols, known: bool) -> Sequences:
    name = chosen_text(table, own)
    written = kinds.texts(table, name)
    items = _samples(table, own, [symbols.numbers(text) for text in written], known)
    return Sequences(items, "text", [name], notes=[_reading(table, own, {name: "text"}, known)])


def _wide(table: Table, own: ReconstructOptions, names: Sequence[str], known: bool) -> Sequences:
    if len(names) % own.features:
        raise DataError(f"{table.name} has {len(names)} columns of numbers, which {own.features} a step do not divide")
    values = np.stack([kinds.numbers(table, name) for name in names], 1).reshape(len(table), -1, own.features)
    channels = ["value"] if own.features == 1 else [f"value {n + 1}" for n in range(own.features)]
    items = _samples(table, own, list(values), known)
    said = f"reading each row as a sequence: {values.shape[1]} steps of {own.features} from {len(names)} columns"
    return Sequences(items, "rows", names, channels, notes=[said])


def _lists(table: Table, own: ReconstructOptions, names: Sequence[str], known: bool) -> Sequences:
    cells = [[c[:, None] if c.ndim == 1 else c for c in kinds.lists(table, name)] for name in names]
    values = []
    for row, parts in enumerate(zip(*cells, strict=True)):
        if len({len(part) for part in parts}) > 1:
            steps = ", ".join(f"`{name}` {len(part)}" for name, part in zip(names, parts, strict=True))
            raise DataError(f"{table.where(row)}: the series have unequal numbers of steps: {steps}")
        values.append(np.concatenate(parts, 1))
    widths = {value.shape[1] for value in values}
    if len(widths) > 1:
        raise DataError(f"{table.name}: the steps of the lists have {', '.join(map(str, sorted(widths)))} values")
    (width,) = widths
    channels = list(names) if len(names) == width else [f"value {n + 1}" for n in range(width)]
    items = _samples(table, own, values, known)
    notes = [_reading(table, own, dict.fromkeys(names, "series"), known)]
    return Sequences(items, "lists", names, channels, notes=notes)


def _steps(table: Table, own: ReconstructOptions, names: Sequence[str], known: bool) -> Sequences:
    """Rows are steps: of whole sequences if ``id`` tells them apart, else of long series to be cut into windows."""
    by = own.id or own.series
    keys = kinds.labels(table, by, role="id" if own.id else "series") if by else [""] * len(table)
    for row, key in enumerate(keys):
        if key is None:
            raise DataError(f"{table.where(row, by)}: it is empty, so it is not known which sequence the row is in")
    values = np.stack([kinds.numbers(table, name) for name in names], 1)
    labels, anomalies = _labels(table, own.label, "label", known), _anomalies(table, own, known)
    groups = _labels(table, own.group, "group", known)
    rows_of: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows_of.setdefault(str(key), []).append(row)
    notes = [_reading(table, own, dict.fromkeys(names, "number"), known)]
    breaks: dict[str, tuple[int, ...]] = {}
    if own.time:
        moments = times(table, own.time, group=keys)
        for key, rows in rows_of.items():
            gaps = spacing(moments[rows]).gaps
            breaks[key] = tuple(gap.row for gap in gaps)
            if gaps:
                count = f"{len(gaps)} gap" + "s" * (len(gaps) != 1)
                notes.append(f"{f'series {key}' if by else 'the series'} has {count} in time, which no window crosses")
    items = [
        Item(
            values[rows],
            np.array(rows),
            key,
            labels[rows[0]] if labels else None,
            groups[rows[0]] if groups else None,
            anomalies[rows] if anomalies is not None else None,
            breaks.get(key, ()),
        )
        for key, rows in rows_of.items()
    ]
    return Sequences(items, "steps", names, names, cut=not own.id, notes=notes)


def _reading(table: Table, own: ReconstructOptions, roles: dict[str, str], known: bool) -> str:
    """The line that says what is read, with everything that has a role."""
    more = {own.id: "id", own.series: "series", own.label: "label", own.anomaly: "known anomalies", own.group: "group"}
    more |= dict.fromkeys(_listed(own.time), "time")
    there = {name: role for name, role in more.items() if name and (known or name in table.frame.columns)}
    return kinds.reading(table, roles | there)
