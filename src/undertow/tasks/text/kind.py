"""The task text, as the rest of Undertow knows it."""

from __future__ import annotations

from undertow.tasks.kind import Kind
from undertow.tasks.text.options import TextOptions

__all__ = ["KIND"]

KIND = Kind(
    "text",
    TextOptions,
    "undertow.tasks.text",
    "Train a recurrent language model on a text file.",
    "undertow train text war_and_peace.txt --hidden 512 --steps 5000",
    streams=True,
    tabular=False,
    test_part="held_out",
    then=("sample", "diagnose"),
    can=frozenset({"sample"}),
    fixed=frozenset({"bytes"}),
)
