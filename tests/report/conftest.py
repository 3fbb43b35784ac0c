"""A browser, and reports opened in it."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from report.browsing import DESKTOP, Watched

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    assert found, "these tests need chromium: apt-get install chromium"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visited(browser):
    """Open files and watch them; at the end, nothing was asked for and nothing complained of."""
    contexts = []

    def visited(file, size=DESKTOP, scheme="light") -> Page:
        context = browser.new_context(viewport=size, color_scheme=scheme)
        page = context.new_page()
        contexts.append((context, file, Watched(page)))
        page.goto(file.as_uri())
        return page

    yield visited
    for context, file, watched in contexts:
        context.close()
        assert watched.requests == [file.as_uri()]
        assert watched.complaints == []


@pytest.fixture
def opened(visited, run):
    """Open the run's report, or another file."""
    return lambda size=DESKTOP, scheme="light", file=run.report_file: visited(file, size, scheme)
