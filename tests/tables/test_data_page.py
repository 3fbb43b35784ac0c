"""docs/data.md tells messages as they are in the code."""

import ast
import re
from pathlib import Path

import pytest

import undertow

PAGE = (Path(undertow.__file__).parents[2] / "docs" / "data.md").read_text()
TABLE = PAGE.partition("## What can go wrong")[2]
MESSAGES = [
    text for row in TABLE.splitlines() if row.startswith("| `") for text in re.findall(r"`(.+?)`", row.split("|")[1])
]


def templates():
    """Every string of the code, what varies in it as …"""
    for file in Path(undertow.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)


ALL = "\n".join(templates())


@pytest.mark.parametrize("message", MESSAGES)
def test_the_code_says_it(message):
    for piece in message.split("…"):
        assert piece in ALL, f"nothing in the code says {piece!r}"


def test_the_table_was_found():
    assert len(MESSAGES) > 30
