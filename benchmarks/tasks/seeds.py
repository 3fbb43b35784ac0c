"""What the benchmarks of all tasks share: seeds, results that are kept as they come, and fragments of ``tasks.md``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from laboratory import tables
from laboratory.keeping import add, known
from laboratory.spreads import deviation, interval, listed, paired

__all__ = ["RESULTS", "SEEDS", "add", "deviation", "interval", "known", "listed", "paired", "write"]

RESULTS = Path(__file__).parents[1] / "results" / "tasks"
SEEDS = range(5)


def write(name: str, lines: Sequence[str]) -> None:
    """The fragment of a page."""
    tables.write(RESULTS / f"{name}.md", *lines, apart="\n")
