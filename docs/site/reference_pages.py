"""The reference: a page for each room that public names live in, made from ``undertow.__all__``."""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType

import undertow

__all__ = ["homes", "pages"]

#: Title and introduction of the page of a room. A public name from another room needs a line here.
ROOMS = {
    "undertow.nn": ("Layers", "Any cell as a layer, in the place of torch's, or one step at a time."),
    "undertow.lang": ("Equations", "What a cell is written with: [the language](../docs/language.md)."),
    "undertow.cells": ("Cells", "Those that ship, [with their equations](../docs/cells.md)."),
    "undertow.flow": ("Gradient flow", "What backpropagation saw: [how to use it](../docs/gradient-flow.md)."),
    "undertow.estimators": ("Estimators", "Tasks from Python: [how to use them](../docs/tasks.md#from-python)."),
    "undertow.errors": ("Errors", "All that Undertow raises on purpose."),
}
#: What a page of classes does not repeat of those above them.
ABOVE = "Module, ABC, Exception, int, object"


def homes() -> dict[str, list[str]]:
    """The public names, by the module that they are loaded from.

    Raises:
        KeyError: a room has no title in :data:`ROOMS`.
    """
    found: dict[str, list[str]] = {room: [] for room in ROOMS}
    for name in undertow.__all__:
        value = getattr(undertow, name)
        if name.startswith("__"):
            continue
        module = value.__name__ if isinstance(value, ModuleType) else value.__module__
        found[".".join(module.split(".")[:2])].append(name)
    return found


def pages() -> dict[str, str]:
    """The text of every page, by its name."""
    made = {}
    for room, names in homes().items():
        title, about = ROOMS[room]
        parts = [f"# {title}", about, f"Import these from `undertow` itself; they live in `{room}`."]
        parts += [
            _described(f"undertow.{name}") for name in names if not isinstance(getattr(undertow, name), ModuleType)
        ]
        more = _more(room, names)
        if more:
            parts += [f"## Also in {room}", "What the above hand out, take or raise; for those who look deeper."]
            parts += [_described(f"{room}.{name}") for name in more]
        made[f"{title.lower().replace(' ', '-')}.md"] = "\n\n".join(parts) + "\n"
    return made


def _more(room: str, names: list[str]) -> list[str]:
    """Classes and functions that a room exports, and that are not public."""
    module = importlib.import_module(room)
    others = (name for name in module.__all__ if name not in names)
    return [name for name in others if inspect.isclass(v := getattr(module, name)) or inspect.isroutine(v)]


def _described(path: str) -> str:
    """The directive that shows one name with its docstring."""
    module, _, name = path.rpartition(".")
    value = getattr(importlib.import_module(module), name)
    if not inspect.isclass(value):
        return f"```{{eval-rst}}\n.. autofunction:: {path}\n```"
    options = f"   :members:\n   :inherited-members: {ABOVE}\n   :exclude-members: options_code\n"
    if issubclass(value, Exception):
        options += "   :show-inheritance:\n"
    return f"```{{eval-rst}}\n.. autoclass:: {path}\n{options}```"
