"""Imports go down only. The floors, from the ground up; each may import what stands before it, and its own."""

import ast
import sys
from pathlib import Path

import pytest

import undertow
from sources import files, imports, tree

SOURCE = Path(undertow.__file__).parent

FLOORS = [
    ["undertow", "errors", "files", "words"],  # undertow: the package itself, its version and lazy names
    ["forms", "ours"],
    ["documents", "reasons"],
    ["options", "storage", "lang"],
    ["runs", "cells", "kernels", "tables"],
    ["nn"],
    ["flow", "tasks"],
    ["training", "report"],
    ["diagnosis", "estimators", "examples", "tuning"],
    ["remedy"],
    ["cli"],
    ["__main__"],
]
HEIGHT = {name: height for height, floor in enumerate(FLOORS) for name in floor}

NO_TORCH = {
    "errors", "files", "words", "forms", "ours", "documents", "reasons", "options", "storage", "lang", "runs", "cells",
    "kernels", "tables", "report",
}  # fmt: skip

#: Heavy things that a floor may import at its top only if it is listed here.
OUTSIDE = {
    "lang": {"numpy"},
    "kernels": {"llvmlite", "numpy"},
    "cells": set(),
    "errors": set(),
    "files": set(),
}

FILES = files(SOURCE)


def room(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return "undertow" if parts == ("__init__",) else parts[0]


def modules(path: Path) -> list[tuple[int, str]]:
    """(line, dotted module) of every import in the file; what is taken from the package itself is a room."""
    taken = [i for i in imports(path) if not i.module.startswith(".")]
    return list(dict.fromkeys((i.line, i.whole if i.module == "undertow" else i.module) for i in taken))


def upward(path: Path, own: str) -> list[str]:
    """Imports of ``path``, which stands in room ``own``, that do not go down."""
    wrong = []
    for line, module in modules(path):
        top, _, rest = module.partition(".")
        target = rest.split(".")[0] or "undertow"
        if target == "__version__":
            target = "undertow"
        if top == "undertow" and own != target and not HEIGHT.get(target, 99) < HEIGHT[own]:
            wrong.append(f"{path}:{line}: {own} imports {target}, which is not under it")
    return wrong


def test_imports_go_down():
    wrong = [place for path in FILES for place in upward(path, room(path))]
    assert not wrong, "\n".join(wrong)


def test_imports_are_absolute():
    wrong = [f"{path}:{i.line}: {i.whole}" for path in FILES for i in imports(path) if i.module.startswith(".")]
    assert not wrong, "\n".join(wrong)


def too_heavy(path: Path, own: str) -> list[str]:
    """Imports of ``path``, which stands in room ``own``, of what that room may not know."""
    allowed = OUTSIDE.get(own)
    found = []
    for line, module in modules(path):
        top = module.split(".")[0]
        torch = top in ("torch", "safetensors")
        foreign = allowed is not None and top != "undertow" and top not in allowed | sys.stdlib_module_names
        if torch or foreign:
            found.append(f"{path}:{line}: {module}")
    return found


def test_lower_floors_know_no_torch():
    wrong = [place for path in FILES if room(path) in NO_TORCH for place in too_heavy(path, room(path))]
    assert not wrong, "\n".join(wrong)


def test_every_room_stands_on_a_floor():
    assert {room(path) for path in FILES} <= set(HEIGHT)


def test_cells_import_the_language_alone():
    for path in (SOURCE / "cells").glob("*.py"):
        if path.name != "__init__.py":
            known = {m for _, m in modules(path)}
            assert known <= {"typing", "undertow.lang"}, path


@pytest.mark.parametrize(
    "line",
    [
        "from undertow.nn import LSTM",
        "import undertow.cells.lstm",
        "from undertow import runs",
        "import undertow.attic",
    ],
)
def test_the_checker_sees_wrong_imports(tmp_path, line):
    bad = tmp_path / "bad.py"
    bad.write_text(f"from undertow.errors import nearest\n\ndef f():\n    {line}\n")
    assert len(upward(bad, "lang")) == 1
    assert ":4:" in upward(bad, "lang")[0]


@pytest.mark.parametrize("line", ["import torch", "from safetensors import safe_open", "import polars"])
def test_the_checker_sees_what_is_too_heavy(tmp_path, line):
    bad = tmp_path / "bad.py"
    bad.write_text(f"import ast\nimport numpy\n{line}\n")
    assert too_heavy(bad, "lang") == [f"{bad}:3: {line.split()[1]}"]


def test_kernels_know_no_cell():
    """They are made from graphs: no name of a cell, none of its file, stands in their code."""
    names = {p.stem for p in (SOURCE / "cells").glob("*.py")} - {"__init__", "rnn", "star"}
    for path in (SOURCE / "kernels").glob("*.py"):
        words = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
        words |= {n.value for n in ast.walk(tree(path)) if isinstance(n, ast.Constant)}
        assert not names & {w for w in words if isinstance(w, str)}, path
        assert all(not m.startswith("undertow.cells") for _, m in modules(path)), path


#: The most lines of a function, by room. Emitters of machine code are dense: what they do in one go is less.
LONGEST = {"kernels": 60}


def test_files_and_functions_stay_small():
    wrong = []
    for path in FILES:
        lines = len(path.read_text().splitlines())
        wrong += [f"{path} has {lines} lines"] if lines > 320 else []
        wrong += [
            f"{path}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > LONGEST.get(room(path), 85)
        ]
    assert not wrong, "\n".join(wrong)
