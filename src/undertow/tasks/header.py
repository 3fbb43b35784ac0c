"""The option that all tasks on tables share: whether a file's first line names the columns. Needs no torch."""

from __future__ import annotations

from typing import Any

from undertow.options import option

__all__ = ["header_option"]


def header_option() -> Any:
    """A field ``header``, as :func:`undertow.tables.table.read_table` takes it."""
    return option(
        "auto",
        "whether the first line of a .csv, .tsv or .txt names the columns (without they are column_1, column_2 ...); "
        "auto looks at it",
        choices=("auto", "yes", "no"),
    )
