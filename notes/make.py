"""Build the notes: ``python notes/make.py [--text] [--into FOLDER] [PAGE ...]``, all pages if none is named."""

from __future__ import annotations

import argparse
import importlib.util
import time
from pathlib import Path

from notebook import HERE, PAGES, PROSE, Page, filled, scripts, told


def index() -> str:
    """The page of pages."""
    names = [script.stem for script in scripts()]
    pages = [f"{int(name[:2])}. [{told(name)[0]}]({name}.md). {told(name)[1]}" for name in names]
    return (PROSE / "README.md").read_text().replace("$pages", "\n".join(pages))


def build(script: Path, folder: Path) -> None:
    """Build one page into ``folder``."""
    spec = importlib.util.spec_from_file_location(f"note_{script.stem}", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.build(Page(script.stem, folder))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [script.stem for script in scripts()]
    parser.add_argument("pages", nargs="*", choices=[*names, []], metavar="PAGE", help=", ".join(names))
    parser.add_argument("--into", type=Path, default=PAGES, help="another folder than docs/notes")
    parser.add_argument("--text", action="store_true", help="write texts anew, with what was measured before")
    given = parser.parse_args()
    for name in given.pages or names:
        if given.text:
            (given.into / f"{name}.md").write_text(filled(name))
            continue
        start = time.process_time()
        build(HERE / f"{name}.py", given.into)
        print(f"{name}: {time.process_time() - start:.0f} s of one core", flush=True)
    (given.into / "README.md").write_text(index())


if __name__ == "__main__":
    main()
