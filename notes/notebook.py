"""What the notes share: how a page is written, how figures look, how a spread is told.

A page of docs/notes is its text, ``prose/NN_name.md``, with ``$names`` in the place of numbers, pictures and listings,
and a script ``NN_name.py`` whose ``build`` measures, draws and fills them in. What was measured is kept in
``measured/NN_name.json``, so that a text can be changed without measuring again. Nothing that was measured is typed.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from string import Template

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

sys.path.insert(0, str(Path(__file__).parents[1]))
from laboratory import figures
from laboratory.spreads import number, ranged as spread

__all__ = [
    "COLOURS",
    "DASHES",
    "HERE",
    "MID",
    "PAGES",
    "PROSE",
    "SEEDS",
    "Page",
    "band",
    "figure",
    "number",
    "run",
    "scripts",
    "spread",
    "told",
]

HERE = Path(__file__).parent
PROSE = HERE / "prose"
#: Where the pages and their figures go: what is read lies apart from what makes it.
PAGES = HERE.parent / "docs" / "notes"

#: What is measured with seeds is measured with these.
SEEDS = range(5)

COLOURS, MID = figures.NOTES.colours, figures.NOTES.grey
#: An empty figure of so many axes side by side.
figure = partial(figures.figure, figures.NOTES, width=9.0, height=3.8)
#: So that colour is never the only difference.
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (3, 1)), (0, (1, 2)))

torch.set_num_threads(1)


class Page:
    """One page in the making: ``name`` as ``01_unrolled``, written into ``folder``."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.script = HERE / f"{name}.py"
        self._blocks: dict[str, str] = {}
        self._namespace: dict[str, object] = {"__name__": "notes"}

    def figure(self, key: str, drawn: Figure | str, alt: str) -> None:
        """Write a figure; ``$key`` in the prose is the picture, ``alt`` what it shows for those who do not see it."""
        file = f"{self.name}-{key}.svg"
        text = drawn if isinstance(drawn, str) else figures.svg(drawn, alt)
        (self.folder / file).write_text(text)
        self._blocks[key] = f"![{alt}]({file})"

    def code(self, key: str, *names: str, imports: str = "", then: str = "") -> None:
        """``$key`` in the text is a listing: the definitions called ``names``, as they stand in this page's script.

        ``then`` comes after them; it is run, and what it prints is shown below the listing. Listings of a page follow
        one another: what one imports and defines the next can use.
        """
        source = self.script.read_text()
        found = {name: text for node in ast.parse(source).body for name, text in _defined(node, source)}
        listing = "\n\n\n".join(part for part in (imports, *(found[name] for name in names), then) if part)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(listing, str(self.script), "exec"), self._namespace)
        shown = printed.getvalue().rstrip()
        self._blocks[key] = f"```python\n{listing}\n```" + (f"\n\n```\n{shown}\n```" if shown else "")

    def write(self, values: Mapping[str, object]) -> None:
        """Keep what was measured, as ``measured/NN_name.json``, and write the page.

        Raises:
            KeyError: a name in the text has no value.
        """
        strings = {key: value if isinstance(value, str) else number(value) for key, value in values.items()}
        file = measured(self.name, self.folder)
        file.parent.mkdir(exist_ok=True)
        kept = {"values": strings, "blocks": self._blocks}
        file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        (self.folder / f"{self.name}.md").write_text(filled(self.name, self.folder))


def measured(name: str, folder: Path) -> Path:
    """Where the measures of a page lie whose pages go to ``folder``."""
    return (HERE if folder == PAGES else folder) / "measured" / f"{name}.json"


def filled(name: str, folder: Path = PAGES) -> str:
    """A page: its text, with what was measured."""
    kept = json.loads(measured(name, folder).read_text())
    blocks: dict[str, str] = kept["blocks"]
    text = Template((PROSE / f"{name}.md").read_text()).substitute(kept["values"] | {key: f"${key}" for key in blocks})
    body = "\n\n".join(blocks.get(part[1:], part) for part in map(_wrapped, text.strip().split("\n\n")))
    return f"{body}\n\n---\n\n{_footer(name)}\n"


def _footer(name: str) -> str:
    names = [script.stem for script in scripts()]
    place = names.index(name)
    links = ["[all notes](README.md)"]
    if place:
        links.insert(0, f"[before: {told(names[place - 1])[0]}]({names[place - 1]}.md)")
    if place + 1 < len(names):
        links.append(f"[next: {told(names[place + 1])[0]}]({names[place + 1]}.md)")
    return f"{' · '.join(links)}\n\nMeasured and drawn by [{name}.py](../../notes/{name}.py)."


def _wrapped(part: str) -> str:
    """A paragraph or list in lines of 120 characters; other parts as they are."""
    if part[0] in "#|$`":
        return part
    items = [" ".join(item.split()) for item in re.split(r"\n(?=- )", part)]
    indent = "  " if part.startswith("- ") else ""
    return "\n".join(textwrap.fill(i, 120, subsequent_indent=indent, break_on_hyphens=False) for i in items)


def _defined(node: ast.stmt, source: str) -> Iterable[tuple[str, str]]:
    """Name and text of a definition, decorators included, without its docstring; or of an assignment."""
    if isinstance(node, ast.Assign):
        yield ast.unparse(node.targets[0]).strip("()"), ast.get_source_segment(source, node) or ""
    if isinstance(node, ast.FunctionDef):
        lines = source.splitlines()
        first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
        kept = lines[first - 1 : node.end_lineno]
        if ast.get_docstring(node):
            doc = node.body[0]
            assert doc.end_lineno is not None
            del kept[doc.lineno - first : doc.end_lineno - first + 1]
        yield node.name, "\n".join(kept)


def scripts() -> list[Path]:
    """The pages' scripts, in order."""
    return sorted(HERE.glob("[0-9][0-9]_*.py"))


def told(name: str) -> tuple[str, str]:
    """Title and question of a page."""
    title, question = (PROSE / f"{name}.md").read_text().split("\n\n")[:2]
    return title.split(". ", 1)[1], " ".join(question.strip("*").split())


def run(build: Callable[[Page], None]) -> None:
    """Build the page whose script was started, into the folder given or where pages go."""
    script = Path(sys.argv[0]).resolve()
    build(Page(script.stem, Path(sys.argv[1]) if len(sys.argv) > 1 else PAGES))


# ---- figures


def band(axes: Axes, x: ArrayLike, runs: Sequence[ArrayLike], label: str, which: int, *, direct: bool = False) -> None:
    """The median of ``runs`` as a line and their range as a band; with ``direct``, named at the line's end."""
    values = np.array(runs, dtype=float)
    x = np.asarray(x)
    middle = np.median(values, 0)
    axes.fill_between(x, values.min(0), values.max(0), color=COLOURS[which], alpha=0.22, linewidth=0)
    axes.plot(x, middle, color=COLOURS[which], linestyle=DASHES[which], label=None if direct else label)
    if direct:
        axes.annotate(label, (x[-1], middle[-1]), (5, 0), textcoords="offset points", color=COLOURS[which], va="center")


def dots(axes: Axes, rows: Mapping[str, Sequence[float]], colours: Sequence[str]) -> None:
    """A row for each name, from the top: a dot for each seed, a bar for their median; what is not finite is a cross at
    the right edge. Call it with the axis's scale and limits set."""
    right = axes.get_xlim()[1]
    for place, (values, colour) in enumerate(zip(rows.values(), colours, strict=True)):
        found = np.array(values, dtype=float)
        there = np.isfinite(found) & (found < right)
        axes.plot(found[there], np.full(there.sum(), place), "o", color=colour, alpha=0.55, markersize=6)
        if not there.all():
            axes.plot(right, place, "x", color=colour, clip_on=False)
        middle = min(float(np.median(np.where(np.isnan(found), np.inf, found))), right)
        axes.plot(middle, place, "|", color=colour, markersize=18, markeredgewidth=2.6)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
