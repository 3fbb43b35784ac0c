"""docs/cells.md is what the definitions say."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"


def _maker():
    spec = importlib.util.spec_from_file_location("make_cells", DOCS / "make_cells.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_and_pictures_are_made_from_the_definitions():
    maker = _maker()
    assert (DOCS / "cells.md").read_text() == maker.page(), "run python docs/make_cells.py"
    for name, text in maker.pictures().items():
        assert (DOCS / "pictures" / "cells" / name).read_text() == text, "run python docs/make_cells.py"
