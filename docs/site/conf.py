"""How Sphinx makes the site: called by ``staging.py``, which lays out what it reads.

Sphinx with MyST and Furo, and not MkDocs Material with mkdocstrings, which were tried as well. Public names are loaded
when they are first used, and docstrings point at each other by roles (``:func:`watch```): Sphinx imports the package
and follows them, mkdocstrings showed them as they stand. A dead anchor is a warning, so an error. Formulas are made by
a renderer of our own, without a script in the browser. And Material ended every build by advising to move away from
it.
"""

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

import undertow

sys.path.insert(0, str(Path(__file__).parent))

project = "Undertow"
author = "The Undertow developers"
copyright = f"2026 {author}"
release = version = undertow.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "mathml"]
root_doc = "index"
source_suffix = {".md": "markdown"}
highlight_language = "none"  # equations and commands are no Python

myst_heading_anchors = 6  # links to headings as GitHub makes them
myst_fence_as_directive = ["math"]  # GitHub's form of a formula
suppress_warnings = ["myst.header"]  # pages of results begin lower than some readers like

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"
html_math_renderer = "mathml"

html_theme = "furo"
html_title = f"Undertow {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_search_summary = False  # it is fetched, which browsers refuse to a page that was opened from a file
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1d6fb8", "color-brand-content": "#1d6fb8"},
    "dark_css_variables": {"color-brand-primary": "#63a9e8", "color-brand-content": "#63a9e8"},
}


#: Stands for a colon that is no more than one.
PLAIN = "\ue000"


def _attributes(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Before Napoleon: ``Attributes, after ``fit``:`` is a heading; a colon in an attribute's words ends no type."""
    for place, line in enumerate(lines):
        if found := re.fullmatch(r"Attributes, (.+):", line):
            lines[place : place + 1] = [f"It has, {found[1]}:", "", "Attributes:"]
            return
    if what in ("attribute", "property"):
        lines[:] = [line.replace(": ", f"{PLAIN} ") for line in lines]


def _plain(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """After Napoleon: colons are colons again."""
    lines[:] = [line.replace(PLAIN, ":") for line in lines]


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _attributes, priority=400)
    app.connect("autodoc-process-docstring", _plain, priority=600)
