"""The options that all tasks over samples share: their samples come from tables. Needs no torch."""

from __future__ import annotations

from typing import Any

from undertow.options import option

__all__ = ["SampleOptions", "header_option"]


def header_option() -> Any:
    """A field ``header``, as :func:`undertow.tables.table.read_table` takes it."""
    return option(
        "auto",
        "whether the first line of a .csv, .tsv or .txt names the columns (without they are column_1, column_2 ...); "
        "auto looks at it",
        choices=("auto", "yes", "no"),
    )


class SampleOptions:
    """The options of a task over samples or series: what is chosen by validation, and left to ``evaluate``."""

    validation: float
    split_seed: int

    def seed_of_parts(self, seed: int) -> int:
        """The seed that parts are drawn with, where that of training is ``seed``."""
        return seed if self.split_seed < 0 else self.split_seed

    @property
    def watched_part(self) -> str | None:
        """The part evaluated along the way, by which the best model is chosen."""
        return "validation" if self.validation else None

    @property
    def final_part(self) -> str | None:
        """The part measured once at the end of training: none, the one for tests is left to ``undertow evaluate``."""
        return None
