"""The page for who puts these layers in torch's place: each of its rows has tests, and they are there."""

import ast
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent.parent / "docs" / "drop-in.md"
TEXT = PAGE.read_text()
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| situation |")]
LINK = re.compile(r"\[(test_\w+)\]\(([^)]+)\)")


def functions_of(path):
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:50])
def test_a_row_has_tests_that_are_there(row):
    situation, outcome, tests = (cell.strip() for cell in row.strip("|").split(" | "))
    assert situation
    assert outcome
    links = LINK.findall(tests)
    assert links
    for name, target in links:
        assert name in functions_of(PAGE.parent / target), f"{name} in {target}"


def test_links_outside_of_the_tables_are_there_too():
    for name, target in LINK.findall(TEXT):
        assert name in functions_of(PAGE.parent / target), f"{name} in {target}"


def test_every_test_of_these_files_is_on_the_page_or_beside_one_that_is():
    """A file of tests that the page leaves out altogether would be forgotten."""
    named = {Path(target).name for _, target in LINK.findall(TEXT)}
    assert {
        "test_gate.py", "test_transforms.py", "test_forks.py", "test_saved_tensors.py", "test_traces.py",
        "test_arena.py", "test_once.py",
    } <= named  # fmt: skip


def test_there_are_rows():
    assert len(ROWS) > 40
