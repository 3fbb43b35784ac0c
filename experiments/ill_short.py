"""Ill networks and healthy ones over 20 steps: do limits that were chosen over 50 hold where less memory is needed?

The networks, the ways to make them ill and the training of :mod:`ill`. That a finite explosion is no alarm was decided
on these runs, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ill_tables
from ill import run_all
from publishing import Arguments

__all__ = ["draw", "main"]

T = 20
SEEDS = 10


def draw(content: Mapping[str, Any], folder: Path) -> None:
    """Write ``ill_short.md`` and ``ill_short.svg``."""
    ill_tables.draw(content, folder, "ill_short", chosen=0)


def main(given: Sequence[str] | None = None) -> None:
    """Run what is missing, then write the tables and the figure."""
    arguments = Arguments.read(__doc__, given)
    draw(run_all("ill_short", T, SEEDS, arguments), arguments.folder)


if __name__ == "__main__":
    main()
