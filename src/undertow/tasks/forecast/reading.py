"""From a table to series on an even grid: which columns are read, and the value at every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from undertow.errors import DataError
from undertow.tables.columns import kind_of, labels, numbers
from undertow.tables.spacing import Spacing, spacing
from undertow.tables.table import Table, column, columns
from undertow.tables.times import times as times_of
from undertow.tables.written_times import is_meant_as_time
from undertow.tasks.forecast.options import ForecastOptions
from undertow.words import Warned

__all__ = ["Columns", "Panel", "Series", "choose_columns", "read_panel", "unread_times", "words_of"]

Values = NDArray[np.float64]

#: Names of columns that make up a date, where there is no column of dates.
_DATES = ({"year": 1, "month": 2, "day": 3}, {"year": 1, "month": 2, "date_of_month": 3}, {"year": 1, "month": 2})


@dataclass(frozen=True)
class Columns:
    """The columns of a table by what they are for. ``time`` is empty where steps are simply even."""

    time: tuple[str, ...]
    series: str | None
    targets: tuple[str, ...]
    inputs: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(frozen=True)
class Series:
    """One series on its grid of T steps; NaN where nothing was observed.

    ``rows`` (T,) are the table's rows, -1 at steps that have none; ``times`` (T,) is None without a time column.
    """

    name: str
    targets: Values  #: (T, D)
    inputs: Values  #: (T, P)
    known: Values  #: (T, K)
    rows: NDArray[np.int64]
    times: NDArray[np.datetime64] | None

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def observed(self) -> int:
        """Steps up to the last one with a target; what follows is to be forecast."""
        seen = np.flatnonzero(~np.isnan(self.targets).all(axis=1))
        return int(seen[-1]) + 1 if len(seen) else 0


@dataclass(frozen=True)
class Panel:
    """All series of a table, of one spacing, and what was noticed on reading them (``notes``, a line each)."""

    columns: Columns
    series: tuple[Series, ...]
    step: Spacing | None
    notes: tuple[str, ...]


def choose_columns(table: Table, options: ForecastOptions) -> Columns:
    """Which columns are read: as the options name them, the others as the table has them.

    Raises:
        DataError: a column is not there, or the target must be named.
    """
    series = column(table, options.series, "series") if options.series else None
    named = {n for n in options.names if n in table.frame.columns}
    time = _time(table, options, named)
    known = columns(table, options.known, "known")
    rest = [n for n in table.frame.columns if n not in {*named, *time} and _is_number(table, n)]
    if options.target:
        targets = columns(table, options.target, "target")
    elif len(rest) == 1:
        targets, rest = rest, []
    else:
        found = f"has {len(rest)} columns of numbers: {', '.join(rest)}" if rest else "has no column of numbers left"
        raise DataError(f"{table.name} {found}; name the one to forecast with --target")
    inputs = (
        [n for n in rest if n not in targets] if options.inputs == "all" else columns(table, options.inputs, "input")
    )
    return Columns(tuple(time), series, tuple(targets), tuple(inputs), tuple(known))


def _time(table: Table, options: ForecastOptions, named: set[str]) -> list[str]:
    if options.time == "none":
        return []
    if options.time:
        return columns(table, options.time, "time")
    free = [n for n in table.frame.columns if n not in named]
    for name in free:
        if _kind(table, name) == "time":
            clock = [n for n in free if n.lower() in ("time", "hour") and n != name]
            return [name, *clock[:1]] if _kind_is_clock(table, clock) else [name]
    lower = {n.lower(): n for n in free}
    for parts in _DATES:
        if set(parts) <= set(lower):
            return [lower[n] for n in parts]
    return []


def unread_times(table: Table, options: ForecastOptions, chosen: Columns) -> list[str]:
    """A warning for each column that seems to hold times and is left out because they cannot be read."""
    if chosen.time or options.time:
        return []
    warnings: list[str] = []
    for name in table.frame.columns:
        if name not in options.names and is_meant_as_time(table.frame[name]):
            try:
                times_of(table, name)
            except DataError as error:
                warnings.append(Warned(f"column `{name}` is left out, and every row is a step: {error}"))
    return warnings


def _kind(table: Table, name: str) -> str:
    try:
        return kind_of(table, name)
    except DataError:  # told when the column is asked for by name
        return ""


def _is_number(table: Table, name: str) -> bool:
    return _kind(table, name) == "number"


def _kind_is_clock(table: Table, names: list[str]) -> bool:
    """Whether a column stands beside the dates that has the time of day."""
    if not names:
        return False
    cells = table.frame[names[0]].drop_nulls()
    if cells.dtype.is_integer():
        return bool(cells.is_between(0, 23).all()) and cells.n_unique() > 1
    return str(cells.dtype) == "String" and bool(cells.str.contains(r"^\d{1,2}:\d{2}").all())


def read_panel(table: Table, chosen: Columns, step: Spacing | None = None, *, need_targets: bool = True) -> Panel:
    """Every series of a table on its grid; steps that have no row are gaps, which are told.

    Args:
        table: the rows, each series in the order of time.
        chosen: which columns are read.
        step: the spacing that the series must have; None finds it.
        need_targets: whether a series without any observed target is an error.

    Raises:
        DataError: a cell is no number, times are not in order or not on the grid, a column is empty.
    """
    keys: list[Hashable] = _keys(table, chosen.series)
    stamps = times_of(table, ",".join(chosen.time), group=keys) if chosen.time else None
    targets, inputs, known = (
        np.stack([numbers(table, n) for n in names], axis=1) if names else np.zeros((len(table), 0))
        for names in (chosen.targets, chosen.inputs, chosen.known)
    )
    grouped: dict[Hashable, list[int]] = {}
    for row, key in enumerate(keys):
        grouped.setdefault(key, []).append(row)
    rows_of = {str(key): np.array(rows) for key, rows in grouped.items()}
    if stamps is not None:
        step = step or _common(table, [stamps[rows] for rows in rows_of.values()])
    made, notes = [], []
    for name, rows in rows_of.items():
        index = np.arange(len(rows)) if stamps is None or step is None else _places(table, stamps, rows, step, chosen)
        length = int(index[-1]) + 1
        placed = [np.full((length, values.shape[1]), np.nan) for values in (targets, inputs, known)]
        for place, values in zip(placed, (targets, inputs, known), strict=True):
            place[index] = values[rows]
        at = np.full(length, -1)
        at[index] = rows
        grid = None
        if stamps is not None and step is not None:
            first = stamps[rows[0]]
            grid = np.concatenate([[first], replace(step, gaps=()).after(first, length - 1)])
        one = Series(name, placed[0], placed[1], placed[2], at, grid)
        if need_targets and not one.observed:
            raise DataError(
                f"{table.name}: series {name!r} has no {' or '.join(chosen.targets)}: all cells are missing"
            )
        made.append(one)
        notes += _gaps(one, chosen)
    if len(notes) > _MOST_NOTES:
        notes = [*notes[:_MOST_NOTES], f"... and {len(notes) - _MOST_NOTES} more such lines"]
    return Panel(chosen, tuple(made), step, tuple(notes))


_MOST_NOTES = 8


def _keys(table: Table, name: str | None) -> list[Hashable]:
    if name is None:
        return [""] * len(table)
    keys: list[Hashable] = list(labels(table, name, role="series"))
    for row, key in enumerate(keys):
        if key is None:
            raise DataError(f"{table.where(row, name)}: the name of the series is missing")
    return keys


def _common(table: Table, series: list[NDArray[np.datetime64]]) -> Spacing | None:
    """The spacing that most steps of all series have."""
    counted: Counter[tuple[int, str, bool]] = Counter()
    for stamps in series:
        if len(stamps) > 1:
            own = spacing(stamps)
            counted[own.count, own.unit, own.at_month_end] += len(stamps) - 1
    if not counted:
        raise DataError(f"{table.name}: every series has a single row; a forecast needs what came before")
    (count, unit, at_end), _ = counted.most_common(1)[0]
    return Spacing(count, unit, (), 0, at_end)


def _places(
    table: Table, stamps: NDArray[np.datetime64], rows: NDArray[np.int64], step: Spacing, chosen: Columns
) -> NDArray[np.int64]:
    """Which step of the grid each row is, (T,), from 0."""
    own, first = stamps[rows], stamps[rows[0]]
    if step.unit == "month":
        months = own.astype("datetime64[M]").astype(np.int64)
        steps = (months - months[0]) / step.count
        within = own - own.astype("datetime64[M]").astype("datetime64[us]")
        steps = np.where(step.at_month_end | (within == within[0]), steps, 0.5)
    else:
        steps = (own - first) / (step.after(first, 1)[0] - first)
    wrong = np.flatnonzero((steps % 1 != 0) | (np.diff(steps, prepend=-1.0) <= 0))
    if len(wrong):
        row = int(rows[wrong[0]])
        raise DataError(
            f"{table.where(row, ','.join(chosen.time))}: {words_of(stamps[row])} is no whole number of steps "
            f"({step}) after {words_of(first)}; bring the times to an even grid, or say time none: every row is a step"
        )
    return np.asarray(steps, dtype=np.int64)


def words_of(time: np.datetime64) -> str:
    """A time as people write it: without a time of day at midnight, without seconds where there are none."""
    text = str(time.astype("datetime64[s]")).replace("T", " ")
    return text.removesuffix(" 00:00:00").removesuffix(":00") if text.endswith(":00") else text


def _gaps(series: Series, chosen: Columns) -> list[str]:
    """What is missing in a series, in words."""
    of = f"series {series.name!r}: " if series.name else ""
    lines = []
    absent = series.rows < 0
    if absent.any():
        starts = np.flatnonzero(absent & ~np.roll(absent, 1))
        lines.append(
            f"{of}{int(absent.sum())} of {len(series)} steps have no row, in {len(starts)} "
            f"gap{'s' * (len(starts) != 1)}, the first at {_place(series, int(starts[0]))}"
        )
    names = [*chosen.targets, *chosen.inputs, *chosen.known]
    values = np.concatenate([series.targets, series.inputs, series.known], axis=1)[: series.observed]
    for name, empty in zip(names, (np.isnan(values) & ~absent[: series.observed, None]).T, strict=True):
        if empty.any():
            first = int(empty.argmax())
            lines.append(f"{of}`{name}` is missing at {int(empty.sum())} steps, the first {_place(series, first)}")
    return lines


def _place(series: Series, step: int) -> str:
    return f"step {step}" if series.times is None else words_of(series.times[step])
