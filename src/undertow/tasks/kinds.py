"""The list of the kinds of task. Needs no torch: the code that does the work is imported when it is used."""

from __future__ import annotations

import importlib

from undertow.errors import check_known
from undertow.tasks.kind import Kind

__all__ = ["KINDS", "USUAL", "kind_of", "register"]

#: The packages of the tasks, in the order in which they are listed. A new task adds a line here.
_HOMES = (
    "undertow.tasks.text",
    "undertow.tasks.classify",
    "undertow.tasks.forecast",
    "undertow.tasks.translate",
    "undertow.tasks.reconstruct",
)
#: Sections and entries of a config that all tasks have.
_TAKEN = ("task", "made", "model", "training", "flow")

KINDS: dict[str, Kind] = {}


def register(home: str) -> Kind:
    """Make the kind of task known that the package ``home`` describes, as ``KIND`` in its module ``kind``.

    Raises:
        ValueError: its name is taken, or cannot be the name of a command and of a section.
    """
    kind: Kind = importlib.import_module(f"{home}.kind").KIND
    if kind.name in KINDS or kind.name in _TAKEN or not kind.name.isidentifier():
        raise ValueError(f"a task cannot be called {kind.name!r}: it is no name, or is taken ({home})")
    KINDS[kind.name] = kind
    return kind


for _home in _HOMES:
    register(_home)

#: The task of a config that does not name one.
USUAL = next(iter(KINDS))


def kind_of(name: str) -> Kind:
    """The kind called ``name``.

    Raises:
        OptionError: there is none; the nearest is suggested.
    """
    return KINDS[check_known("task", name, KINDS)]
