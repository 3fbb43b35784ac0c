"""The documentation as a site: ``python docs/site/staging.py [--into FOLDER]``; ``make docs`` calls it.

Pages stay where readers of the repository find them. Here they are laid out for Sphinx, in the same folders, with what
they link to, the navigation of ``contents.toml`` and the reference of the public names; then Sphinx is run, and every
warning ends it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from sphinx.cmd.build import build_main

import page_links
import reference_pages

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONTENTS = HERE / "contents.toml"
FRONT = "README.md"

_PICTURE = re.compile(r'<picture>\s*<source[^>]*srcset="([^"]+)">\s*<img alt="([^"]*)" src="([^"]+)">\s*</picture>')
_THEMED = "```{{image}} {file}\n:alt: {alt}\n:class: only-{theme}\n```"


class Stage:
    """A folder with all that Sphinx reads; ``pages`` are the paths of what was laid out, from the project's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages: set[str] = set()
        self.made = {f"reference/{name}": text for name, text in reference_pages.pages().items()}

    def lay(self) -> None:
        """Lay out everything.

        Raises:
            SystemExit: a page of docs/ is not among the contents, or one of the contents is not there.
        """
        sections = tomllib.loads(CONTENTS.read_text())
        listed = {title: self._listed(pages) for title, pages in sections.items()}
        every = {page for pages in listed.values() for _, page in pages}
        missing = {str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")} - every
        if missing:
            sys.exit(f"{CONTENTS} has no place for {', '.join(sorted(missing))}: put each into a section")
        for page, text in self.made.items():
            self._write(page, text)
        trees = [
            "```{toctree}\n:hidden:\n:caption: " + title + "\n\n"
            + "\n".join(f"{name} <{self._staged(page)}>" if name else self._staged(page) for name, page in pages)
            + "\n```"
            for title, pages in listed.items()
        ]  # fmt: skip
        self._page(FRONT, every, "\n\n" + "\n\n".join(trees) + "\n")
        for page in sorted(every - set(self.made)):
            self._page(page, every)

    def _listed(self, pages: dict[str, str]) -> list[tuple[str, str]]:
        """Names and paths of a section's pages; without a name where a star found them."""
        found: list[tuple[str, str]] = []
        for name, path in pages.items():
            if "*" not in path:
                found.append((name, path))
            elif path.startswith("reference/"):
                found += [("", page) for page in self.made]
            else:
                found += [("", str(page.relative_to(ROOT))) for page in sorted(ROOT.glob(path))]
        for _, page in found:
            if page not in self.made and not (ROOT / page).is_file():
                sys.exit(f"{CONTENTS}: there is no {page}")
        return found

    def _staged(self, page: str) -> str:
        return "index.md" if page == FRONT else page

    def _page(self, page: str, listed: set[str], more: str = "") -> None:
        """Lay out a page and what it links to; ``more`` comes at its end."""
        if page in self.pages:
            return
        self.pages.add(page)
        file = ROOT / page
        text = _PICTURE.sub(_themed, file.read_text())
        found: list[Path] = []

        def changed(target: str) -> str:
            path, sign, anchor = target.partition("#")
            if not path:
                return target
            to = Path(os.path.normpath(file.parent / path))
            if to.is_dir():
                to = self._shown(to)
            if to.exists():
                found.append(to)
            staged = ROOT / self._staged(str(to.relative_to(ROOT)))
            return os.path.relpath(staged, file.parent) + sign + anchor

        for pair in _PICTURE.findall(file.read_text()):
            found += [file.parent / pair[0], file.parent / pair[2]]
        text = page_links.relinked(text, changed)
        orphan = "" if page in listed or page == FRONT else "---\norphan: true\n---\n"
        self._write(self._staged(page), orphan + text + more)
        for to in found:
            name = str(to.relative_to(ROOT))
            if to.suffix == ".md":
                self._page(name, listed)
            else:
                self._copy(name)

    def _shown(self, folder: Path) -> Path:
        """What stands for a folder, which a site does not show: what says what is in it, or a list of its pages."""
        for name in ("README.md", "__init__.py"):
            if (folder / name).exists():
                return folder / name
        pages = [f"- [{page.name}]({page.name})" for page in sorted(folder.glob("*.md"))]
        where = folder.relative_to(ROOT)
        self._write(f"{where}/index.md", f"---\norphan: true\n---\n# {where}\n\n" + "\n".join(pages) + "\n")
        return folder / "index.md"

    def _copy(self, name: str) -> None:
        to = self.folder / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, to)

    def _write(self, name: str, text: str) -> None:
        to = self.folder / name
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text)


def _themed(found: re.Match[str]) -> str:
    """A picture in two schemes of colours, as the theme's switch shows it."""
    dark, alt, light = found.groups()
    pictures = (("light", light), ("dark", dark))
    return "\n\n".join(_THEMED.format(file=file, alt=alt, theme=theme) for theme, file in pictures)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "build" / "site", help="where the site goes")
    into: Path = parser.parse_args().into
    begin = time.monotonic()
    shutil.rmtree(into, ignore_errors=True)  # nothing of an earlier site stays
    with tempfile.TemporaryDirectory() as folder:
        stage, doctrees = Path(folder, "pages"), Path(folder, "doctrees")
        Stage(stage).lay()
        strict = ["--fail-on-warning", "--keep-going", "--quiet"]
        status = build_main(["-b", "html", "-c", str(HERE), "-d", str(doctrees), *strict, str(stage), str(into)])
    if status:
        sys.exit(status)
    size = sum(file.stat().st_size for file in into.rglob("*") if file.is_file())
    print(f"{into / 'index.html'}: {size / 1e6:.1f} MB, {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
