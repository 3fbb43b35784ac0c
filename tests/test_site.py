"""The site: it is built without a warning, shows every public name and every page, and asks nothing of the network."""

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import undertow
from processes import ENVIRONMENT

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv-docs" / "bin" / "python"
#: What a browser would load by itself.
LOADED = re.compile(r'<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href|srcset)="(?!data:)([^"]+)"')


def _build(folder: Path, tool: Path = ROOT / "docs" / "site" / "staging.py") -> subprocess.CompletedProcess[str]:
    assert PYTHON.exists(), "what makes the site is not installed: make docs does it, and make test-all"
    command = [PYTHON, tool, "--into", folder]
    environment = {**ENVIRONMENT, "PYTHONPATH": str(Path(undertow.__file__).parents[1])}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = _build(folder)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_every_public_name_has_its_place(site):
    shown = "".join(page.read_text() for page in (site / "reference").glob("*.html"))
    for name in undertow.__all__:
        if name not in ("__version__", "cells"):
            assert f'id="undertow.{name}"' in shown, name
    for cell in undertow.cells.CELLS:
        assert f'id="{cell.replace("_", "-")}"' in (site / "docs" / "cells.html").read_text(), cell


def test_every_page_of_docs_is_there_and_can_be_searched(site):
    titles = (site / "searchindex.js").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        made = (site / page.relative_to(ROOT)).with_suffix(".html")
        assert made.exists(), page
        assert f'"{made.relative_to(site).with_suffix("")}"' in titles


def test_it_works_offline(site):
    files = 0
    for page in site.rglob("*.html"):
        for target in LOADED.findall(page.read_text()):
            assert not re.match(r"(?:[a-z]+:)?//", html.unescape(target)), f"{page}: {target}"
            file = page.parent / html.unescape(target).split("?")[0].split("#")[0]
            assert file.exists(), f"{page}: {target}"
            files += 1
    assert files > 100
    for style in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", style.read_text()), style


def test_a_search_from_a_file_finds_pages(site):
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        wrong: list[str] = []
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{(site / 'search.html').as_uri()}?q=horizon")
        page.get_by_role("link", name="Gradient flow", exact=True).last.wait_for(timeout=20_000)
        found = page.locator("#search-results li").all_inner_texts()
        browser.close()
    assert len(found) > 5
    assert wrong == []


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_its_window(site, width):
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 800})
        for name in ("index", "docs/cells", "docs/data", "docs/drop-in", "benchmarks/tasks", "reference/layers"):
            page.goto((site / f"{name}.html").as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        browser.close()


def test_formulas_are_drawn_by_the_browser(site):
    page = (site / "docs" / "cells.html").read_text()
    assert page.count('<div class="formula"><math') == len(undertow.cells.CELLS)
    (lstm,) = re.findall(r'id="lstm".*?(<math.*?</math>)', page, re.DOTALL)[:1]
    assert lstm.count("<mtr>") == 6
    assert "<mi>&</mi>" not in page
    assert "mathjax" not in page.lower()


def test_docstrings_are_text_with_links(site):
    page = (site / "reference" / "layers.html").read_text()
    assert ":class:`" not in page
    assert 'title="undertow.Recurrent"' in page
    words = " ".join(re.sub(r"<[^>]+>", "", (site / "reference" / "equations.html").read_text()).split())
    assert "The state component that is the cell’s output: the first one declared." in words


def test_a_page_without_a_place_and_a_dead_anchor_end_it(tmp_path):
    copy = tmp_path / "copy"
    names = "*.md docs benchmarks experiments notes src tests/test_public.py"
    subprocess.run(f"mkdir {copy} && cp -r --parents {names} {copy}", shell=True, cwd=ROOT, check=True)
    links = {
        link for page in copy.rglob("*.md") for link in re.findall(r"\((?:\.\./)+(tests/[^)#]+)", page.read_text())
    }
    for link in links:
        (copy / link).parent.mkdir(parents=True, exist_ok=True)
        (copy / link).write_text("# Here\n")
    tool = copy / "docs" / "site" / "staging.py"
    (copy / "docs" / "new.md").write_text("# New\n")
    done = _build(tmp_path / "first", tool)
    assert done.returncode == 1
    assert "contents.toml has no place for docs/new.md" in done.stderr
    (copy / "docs" / "new.md").unlink()
    with (copy / "docs" / "text.md").open("a") as page:
        page.write("\n[gone](tasks.md#gone)\n")
    done = _build(tmp_path / "second", tool)
    assert done.returncode == 1
    assert "gone" in done.stderr
