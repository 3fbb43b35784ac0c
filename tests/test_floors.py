"""Imports go down only. The floors, from the ground up; each may import what stands before it, and its own."""

import ast
from pathlib import Path

import pytest

import undertow

SOURCE = Path(undertow.__file__).parent

FLOORS = [
    ["undertow", "errors", "files", "words"],  # undertow: the package itself, its version and lazy names
    ["forms"],
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
    "errors", "files", "words", "forms", "documents", "reasons", "options", "storage", "lang", "runs", "cells",
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

FILES = sorted(SOURCE.rglob("*.py"))


def room(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return "undertow" if parts == ("__init__",) else parts[0]


def imports(path: Path) -> list[tuple[int, str]]:
    """(line, dotted module) of every import in the file, also inside functions; type checking apart."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            module = node.module or ""
            if module == "undertow":
                found += [(node.lineno, f"undertow.{alias.name}") for alias in node.names]
            else:
                found.append((node.lineno, module))
    return found


def upward(path: Path, own: str) -> list[str]:
    """Imports of ``path``, which stands in room ``own``, that do not go down."""
    wrong = []
    for line, module in imports(path):
        top, _, rest = module.partition(".")
        target = rest.split(".")[0] or "undertow"
        if target == "__version__":
            target = "undertow"
        if top == "undertow" and own != target and not HEIGHT.get(target, 99) < HEIGHT[own]:
            wrong.append(f"{path}:{line}: {own} imports {target}, which is not under it")
    return wrong


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_down(path):
    assert upward(path, room(path)) == []


@pytest.mark.parametrize("path", [f for f in FILES if room(f) in NO_TORCH], ids=lambda p: str(p.relative_to(SOURCE)))
def test_lower_floors_know_no_torch(path):
    for line, module in imports(path):
        assert module.split(".")[0] not in ("torch", "safetensors"), f"{path}:{line}: {module}"
        if room(path) in OUTSIDE and module.split(".")[0] != "undertow":
            allowed = OUTSIDE[room(path)] | set(__import__("sys").stdlib_module_names)
            assert module.split(".")[0] in allowed, f"{path}:{line}: {module}"


def test_every_room_stands_on_a_floor():
    assert {room(path) for path in FILES} <= set(HEIGHT)


def test_cells_import_the_language_alone():
    for path in (SOURCE / "cells").glob("*.py"):
        if path.name != "__init__.py":
            modules = {m for _, m in imports(path)}
            assert modules <= {"typing", "undertow.lang"}, path


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


def test_kernels_know_no_cell():
    """They are made from graphs: no name of a cell, none of its file, stands in their code."""
    names = {p.stem for p in (SOURCE / "cells").glob("*.py")} - {"__init__", "rnn", "star"}
    for path in (SOURCE / "kernels").glob("*.py"):
        words = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        words |= {n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant)}
        assert not names & {w for w in words if isinstance(w, str)}, path
        assert all(not m.startswith("undertow.cells") for _, m in imports(path)), path


def test_files_and_functions_stay_small():
    for path in FILES:
        lines = path.read_text().splitlines()
        assert len(lines) <= 320, f"{path.name} has {len(lines)} lines"
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 85, f"{path.name}: {node.name} is too long"
