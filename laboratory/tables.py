"""Tables and pages in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["table", "write"]


def table(head: Sequence[object], rows: Sequence[Sequence[object]], *, airy: bool = False) -> str:
    """A table; ``airy`` has blanks in the line below the head, as the tables of the experiments do."""
    rule = "| " + " | ".join(["---"] * len(head)) + " |" if airy else "|" + "---|" * len(head)
    first, *others = ("| " + " | ".join(map(str, line)) + " |" for line in (head, *rows))
    return "\n".join([first, rule, *others])


def write(file: Path, *parts: str, apart: str = "\n\n") -> None:
    """Paragraphs into a file, or lines with ``apart="\\\\n"``."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(apart.join(parts) + "\n")
