"""No link is dead, in any page of the project: files and headings. Nothing is asked of the network."""

from pathlib import Path

import pytest

import page_links

ROOT = Path(__file__).parent.parent
#: Folders with pages, and how deep; ``notes/prose`` are texts that become pages of docs/notes.
PAGES = sorted(
    page
    for pattern in ("*.md", ".github/**/*.md", "docs/**/*.md", "benchmarks/**/*.md", "experiments/**/*.md",
                    "tests/**/*.md", "src/**/*.md")
    for page in ROOT.glob(pattern)
)  # fmt: skip


def test_the_pages_are_found():
    names = {str(page.relative_to(ROOT)) for page in PAGES}
    assert {"README.md", "CONTRIBUTING.md", "docs/cells.md", "docs/notes/README.md", "benchmarks/tasks.md"} <= names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_dead(page):
    assert page_links.dead(page, ROOT) == []


PAGE = """# The page

See [there](other.md#two-words), [here](#the-page), ![a picture](drawn.svg), [a file
in two lines](other.md), <img alt="x" src="shown.png"> and [the web](https://example.org/gone.md).

`[code](code.md)` and

```python
table[0](fenced.md)
```
"""


def test_links_are_told_from_code_and_from_the_web():
    assert list(page_links.links(PAGE)) == ["other.md#two-words", "#the-page", "drawn.svg", "other.md", "shown.png"]
    changed = page_links.relinked(PAGE, lambda target: f"new/{target}")
    assert list(page_links.links(changed))[:2] == ["new/other.md#two-words", "new/#the-page"]
    assert "`[code](code.md)`" in changed
    assert changed.replace("new/", "") == PAGE


def test_anchors_are_githubs():
    text = "# A `cell`, twice\n\n## Why?\n\n## Why?\n\n```\n# no heading\n```\n\n### Its [page](x.md) & more_x\n"
    assert page_links.anchors(text) == {"a-cell-twice", "why", "why-1", "its-page--more_x"}


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("[x](gone.md)", "gone.md: no such file"),
        ("[x](other.md#gone)", "other.md#gone: no such heading"),
        ("[x](#gone)", "#gone: no such heading"),
        ('<img src="gone.png">', "gone.png: no such file"),
        ("[x](../../outside.md)", "../../outside.md: outside of the project"),
    ],
)
def test_dead_links_are_told(tmp_path, link, told):
    (tmp_path / "other.md").write_text("# There\n")
    page = tmp_path / "page.md"
    page.write_text(f"# Here\n\n[good](other.md#there) {link}\n")
    assert page_links.dead(page, tmp_path) == [told]
