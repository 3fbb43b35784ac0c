"""How samples lie in a table: what each column is, as the options say or as the column looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import polars as pl

from undertow.errors import DataError, RunError
from undertow.forms import MisfitError, fitted
from undertow.tables.columns import LABELS, kind_of, roles_of
from undertow.tables.table import Table, column, columns
from undertow.tasks.classify.options import ClassifyOptions

__all__ = ["SampleLayout", "lay_out"]


@dataclass(frozen=True)
class SampleLayout:
    """How samples lie in a table.

    ``kind`` is ``text`` (a text a row), ``wide`` (a series a row, its values in columns, ``features`` of them a step),
    ``list`` (a series a row, as lists in cells) or ``long`` (a step a row, rows with the same ``id`` a series).
    ``columns`` hold the texts or values, ``label`` the answers ("" where they are not known).
    """

    kind: str
    columns: tuple[str, ...]
    label: str
    features: int = 1
    id: str = ""
    order: str = ""

    def plain(self) -> dict[str, Any]:
        """As it goes into a file, in JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> SampleLayout:
        """What :meth:`plain` wrote."""
        try:
            made: SampleLayout = fitted(data, cls)
        except MisfitError as error:
            raise RunError(f"how this model reads tables is not told in a form that is known here ({error})") from error
        if made.kind not in ("text", "wide", "list", "long") or not made.columns or made.features < 1:
            raise RunError(f"how this model reads tables is not told in a form that is known here ({made})")
        if (made.kind == "long" and not made.id) or (made.kind == "wide" and len(made.columns) % made.features):
            raise RunError(f"how this model reads tables does not go together ({made})")
        return made

    def standing_in(self, table: Table) -> SampleLayout:
        """This layout with the lone column of a table in the place of the one that held the texts.

        Not where the first line only looks like a header: it may be the first text.
        """
        name, *others = table.frame.columns
        holds_text = table.frame[name].dtype == pl.String or name in table.written
        if self.kind != "text" or others or not holds_text or (table.header == "yes" and table.guessed):
            return self
        return replace(self, columns=(name,))

    def words(self, table: Table) -> str:
        """Such as ``reading `name` as text, `gender` as label (2 values)``."""
        shown = self.columns if len(self.columns) <= 4 else (*self.columns[:2], "...", self.columns[-1])
        match self.kind:
            case "text":
                role = "text"
            case "wide":
                role = "a value a step" if self.features == 1 else f"series with {self.features} values a step"
            case "list":
                role = "lists of steps"
            case _:
                ordered = f", ordered by `{self.order}`" if self.order else ""
                role = f"steps of series, told apart by `{self.id}`{ordered}"
        samples = f"reading {', '.join(f'`{name}`' for name in shown)} as {role}"
        return f"{samples}, {roles_of(table, {self.label: 'label'})}" if self.label else samples


def lay_out(table: Table, own: ClassifyOptions) -> SampleLayout:
    """The layout that the options name. Where they name none, the columns suggest it.

    Raises:
        DataError: a named column is missing, or what is not named cannot be told from the columns.
    """
    taken = {name for name in (own.id, own.order, own.group) if name}
    for name, role in ((own.id, "id"), (own.order, "order"), (own.group, "group"), (own.text, "text")):
        if name:
            column(table, name, role)
    named = columns(table, own.series, "series") if own.series else []
    label = column(table, own.label, "label") if own.label else _label(table, {*taken, *named, own.text})
    free = [name for name in table.frame.columns if name not in taken and name != label]
    if own.text:
        return SampleLayout("text", (own.text,), label)
    if label in named:
        raise DataError(f"column `{label}` is the label, and is named in classify.series too")
    if own.id:
        return SampleLayout("long", tuple(named or _numeric(table, free)), label, id=own.id, order=own.order)
    if not named:
        texts = [name for name in free if table.frame[name].dtype == pl.String and kind_of(table, name) != "time"]
        lists = [name for name in free if isinstance(table.frame[name].dtype, pl.List)]
        if texts and not lists:
            return SampleLayout("text", (_only(table, texts, "texts", "--text"),), label)
        named = lists or _numeric(table, free)
    kinds = {isinstance(table.frame[name].dtype, pl.List) for name in named}
    if kinds == {True, False}:
        raise DataError(f"{table.name}: a series is lists in cells or numbers in columns, not both: {', '.join(named)}")
    if kinds == {True}:
        return SampleLayout("list", tuple(named), label)
    if len(named) % own.features:
        raise DataError(
            f"{table.name} has {len(named)} columns of values, which cannot be cut into steps of "
            f"{own.features} (classify.features)"
        )
    return SampleLayout("wide", tuple(named), label, features=own.features)


def _label(table: Table, taken: set[str]) -> str:
    """The column that is likeliest to hold the labels, if it is the only one such."""
    frame = table.frame
    for name in LABELS:
        if name in frame.columns and name not in taken:
            return name
    free = [name for name in frame.columns if name not in taken]
    words = [n for n in free if frame[n].dtype in (pl.String, pl.Boolean) and kind_of(table, n) == "label"]
    if not words and any(frame[n].dtype == pl.String or isinstance(frame[n].dtype, pl.List) for n in free):
        words = [n for n in free if frame[n].dtype == pl.Int64 and 2 * frame[n].n_unique() <= len(table)]
    if len(words) == 1:
        return words[0]
    found = f"could be {' or '.join(f'`{n}`' for n in words)}" if words else "has no column that looks like it"
    raise DataError(f"{table.name}: which column holds the labels? It {found}; name it with --label")


def _numeric(table: Table, names: list[str]) -> list[str]:
    found = [name for name in names if table.frame[name].dtype in (pl.Int64, pl.Float64)]
    if not found:
        raise DataError(
            f"{table.name} has no column of numbers, texts or lists to read samples from beside the label "
            f"(columns: {', '.join(table.frame.columns)})"
        )
    return found


def _only(table: Table, names: list[str], what: str, flag: str) -> str:
    if len(names) > 1:
        raise DataError(
            f"{table.name}: which column holds the {what}? {', '.join(f'`{n}`' for n in names)}; say {flag}"
        )
    return names[0]
