"""The project's English is read once: short sentences, short paragraphs, and no riddles."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: Pages that people write; docs/cells.md and docs/notes are made by programs.
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "ARCHITECTURE.md")),
    *sorted(page for page in (ROOT / "docs").glob("*.md") if page.name != "cells.md"),
]
SOURCES = sorted((ROOT / "src").rglob("*.py"))

LONGEST_SENTENCE, LONG_SENTENCE, SHARE_OF_LONG = 40, 30, 0.08
LONGEST_PARAGRAPH = 110
LONGEST_IN_DOCSTRING = 45

#: Phrases that readers had to read twice, in pages, docstrings, comments and messages.
RIDDLES = (
    "who loses works alone",
    "who loses against working alone",
    "let stand in memory what",
    "the version, and no more",
    "or a task, and no more",
    "so many times as long somewhere before",
    "an option that there is not",
    "in tiles how large",
    "which, to have a copy of it",
    "works alone for a while",
)

#: A sentence ends at its mark, with what closes after it, before what can open the next one.
END = re.compile(r"(?:(?<=[.!?:;])|(?<=[.!?][)*\"])|(?<=[.!?]\*\*))\s+(?=[A-Z(\"*])")
WORD = re.compile(r"[A-Za-z0-9'’-]+")
ITEM = re.compile(r"(?m)^\s*(?:[-*]|\d+\.) ")


def words(text: str) -> int:
    return len(WORD.findall(text))


def plain(text: str) -> str:
    """Text in one line: links as their words, a piece of code as one word."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(re.sub(r"`+[^`]*`+", "CODE", text).split())


def sentences(paragraph: str) -> list[str]:
    return END.split(paragraph)


def paragraphs(page: str) -> list[str]:
    """Paragraphs and items of lists of a page in Markdown, without code, tables, headings and HTML."""
    page = re.sub(r"(?ms)^ *```.*?^ *```", "", page)
    page = re.sub(r"(?m)^ *(?:\||#+ |<).*$", "", page)
    blocks = (
        block for block in re.split(r"\n\s*\n", page) if not re.match(r"(?:    |\t)(?!\s*[-*] )", block.lstrip("\n"))
    )
    return [text for block in blocks for item in ITEM.split(block) if (text := plain(item))]


def prose_of(docstring: str) -> list[str]:
    """Paragraphs of a docstring; each argument, item, row of a table and room of a map by itself, code left out."""
    docstring = re.sub(r"(?m)::\n\n(?: {4}.*\n?|\n)+", ":\n\n", docstring)
    docstring = re.sub(r"(?m)^\s*(?:>>>|\.\.\. ).*$", "", docstring)
    apart = r"\n\s*\n|\n\s*(?:[-*]|\d+\.) |\n(?=\s+[*\w, `]{1,60}: )|\n(?=\s*\S+(?: \S+)* {2,}\S)|\n(?=\s*=+ )|\s·\s"
    return [text for block in re.split(apart, docstring) if (text := plain(block))]


def docstrings(source: str) -> list[str]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds))
    return [docstring for node in nodes if (docstring := ast.get_docstring(node))]


def told(path: Path, texts: list[str]) -> list[str]:
    return [f"{path.relative_to(ROOT)}: {words(text)} words: {text}" for text in texts]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_sentence_and_no_paragraph_of_a_page_is_too_long(page):
    found = paragraphs(page.read_text())
    longest = [s for text in found for s in sentences(text) if words(s) > LONGEST_SENTENCE]
    assert told(page, longest) == []
    assert told(page, [text for text in found if words(text) > LONGEST_PARAGRAPH]) == []


def test_few_sentences_of_the_pages_are_long():
    every = [(page, s) for page in PAGES for text in paragraphs(page.read_text()) for s in sentences(text)]
    long = [line for page, s in every if words(s) > LONG_SENTENCE for line in told(page, [s])]
    assert len(long) <= SHARE_OF_LONG * len(every), "\n".join(long)


def test_no_sentence_of_a_docstring_is_too_long():
    long = [
        line
        for path in SOURCES
        for docstring in docstrings(path.read_text())
        for text in prose_of(docstring)
        for line in told(path, [s for s in sentences(text) if words(s) > LONGEST_IN_DOCSTRING])
    ]
    assert long == []


def test_no_riddle_comes_back():
    found = []
    for path in [*PAGES, *SOURCES]:
        text = " ".join(re.sub(r"(?m)^\s*#:? ?", "", path.read_text()).split())
        found += [f"{path.relative_to(ROOT)}: {riddle}" for riddle in RIDDLES if riddle in text]
    assert found == []


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("One. Two: three.\n\nFour", ["One. Two: three.", "Four"]),
        ("Text\n\n```python\ncode. Code\n```\n\n| a | table |\n|---|---|\n", ["Text"]),
        ("# Head\nSee [this page](far/away.md) and `x = 1 + 1`.", ["See this page and CODE."]),
        ("These:\n- one\n- two\n  of them\n", ["These:", "one", "two of them"]),
    ],
)
def test_what_counts_in_a_page(page, expected):
    assert paragraphs(page) == expected


def test_what_counts_in_a_docstring():
    docstring = "Says it.\n\nArgs:\n    one: first thing,\n        told at length.\n    two: second.\n\n    a   row"
    assert prose_of(docstring) == [
        "Says it.",
        "Args:",
        "one: first thing, told at length.",
        "two: second.",
        "a row",
    ]


def test_where_sentences_end():
    assert sentences("One (aside.) Two. three: CODE has it. Four") == [
        "One (aside.)", "Two. three:", "CODE has it.", "Four"
    ]  # fmt: skip
