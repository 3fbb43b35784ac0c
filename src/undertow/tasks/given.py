"""Data as they are given to a task: a file, or something in memory."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from undertow.errors import DataError

if TYPE_CHECKING:
    from undertow.tables.table import Table

__all__ = ["Given"]


@dataclass(frozen=True)
class Given:
    """The file at ``path``, or in its place what is in ``memory``: anything that can be read as a table."""

    path: str = ""
    memory: Any = None

    @property
    def in_memory(self) -> bool:
        """Whether the data are in memory, not in a file."""
        return self.memory is not None

    def table(self, header: str = "auto") -> Table:
        """As a table; ``header`` says of a file what :func:`undertow.tables.table.read_table` wants to know.

        Raises:
            DataError: it is none.
        """
        from undertow.tables.table import read_table, table_of

        return table_of(self.memory) if self.in_memory else read_table(self.file(), header=header)

    def file(self) -> Path:
        """The file itself, for data that are no table.

        Raises:
            DataError: there is none.
        """
        if self.in_memory:
            raise DataError("this task reads a file; what is in memory must be written to one")
        return Path(self.path).expanduser()

    def parquet(self) -> bytes | None:
        """The data in memory, as a run keeps them. None for a file, which stays where it is."""
        if not self.in_memory:
            return None
        import polars as pl

        frame = self.memory if isinstance(self.memory, pl.DataFrame) else self.table().frame
        file = io.BytesIO()
        frame.write_parquet(file)
        return file.getvalue()
