"""Code in the README and the docs runs as it stands, and errors look as they are shown."""

import linecache
import re
from pathlib import Path

import pytest

from undertow.errors import LanguageError

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/notes").glob("*.md"))]
BLOCKS = {page: re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL) for page in PAGES}


@pytest.mark.parametrize(
    "page", [page for page, blocks in BLOCKS.items() if blocks], ids=lambda p: str(p.relative_to(ROOT))
)
def test_python_in_the_docs_runs(page):
    """All blocks of a page, one after the other: a later one may use what an earlier one made."""
    namespace = {"__name__": "docs"}
    for block in BLOCKS[page]:
        exec(compile(block, str(page), "exec"), namespace)


def test_there_are_blocks_in_both():
    assert all(
        any(page.name == name and blocks for page, blocks in BLOCKS.items()) for name in ("README.md", "language.md")
    )


def test_the_error_that_the_docs_show():
    source = (
        "from undertow import cell, sigmoid\n\n\n"
        '@cell(gates="i", state=dict(h=0))\n'
        "def mine(x, s):\n"
        '    """A cell with a slip."""\n'
        "    i = sigmoid(x.j)\n"
        "    return s.next(h=i)\n"
    )
    linecache.cache["mine.py"] = (len(source), None, source.splitlines(keepends=True), "mine.py")
    with pytest.raises(LanguageError) as caught:
        exec(compile(source, "mine.py", "exec"), {})
    assert str(caught.value) in (ROOT / "docs" / "language.md").read_text()
