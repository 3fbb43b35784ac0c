"""Every package's docstring is a map of its rooms: it names each of them, and none that is not there."""

import ast
import re

from test_floors import SOURCE

#: Packages whose rooms go by a list in code: one file a cell, told by the cells' page.
LISTED = {SOURCE / "cells"}
#: The package itself is told by ARCHITECTURE.md, as its docstring is what users read first.
PACKAGES = sorted(path.parent for path in SOURCE.rglob("__init__.py") if path.parent not in {SOURCE, *LISTED})


def rooms(package):
    """Files and folders of code in ``package``."""
    files = {path.stem for path in package.glob("*.py")} - {"__init__"}
    return files | {path.parent.name for path in package.glob("*/__init__.py")}


def named(package):
    """What its docstring writes as a name of code, if it could be a room: small letters, one word."""
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    return set(re.findall(r"``([a-z_0-9]+)``", docstring))


def test_docstrings_of_packages_name_every_room():
    missing = {str(p.relative_to(SOURCE)): sorted(rooms(p) - named(p)) for p in PACKAGES if rooms(p) - named(p)}
    assert missing == {}


def test_docstrings_of_packages_name_no_room_that_is_gone():
    """Other words in code's letters are functions and files of another kind, which stand in the package's sources."""
    ghosts = {}
    for package in PACKAGES:
        source = "\n".join(path.read_text() for path in package.rglob("*.py") if path.name != "__init__.py")
        gone = [word for word in named(package) - rooms(package) if not re.search(rf"\b{word}\b", source)]
        if gone:
            ghosts[str(package.relative_to(SOURCE))] = sorted(gone)
    assert ghosts == {}
