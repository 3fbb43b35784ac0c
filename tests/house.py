"""The house in figures: rooms, circles, double names, long functions, and the files that another thing of a kind costs.

Counted of the source alone, of any checkout: ``python tests/house.py --root PATH``; ``--against PATH`` puts an earlier
one before it, ``--json`` prints figures for a program.
"""

import argparse
import ast
import json
import re
import statistics
import sys
import textwrap
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from sources import Import, files, imports, tree

__all__ = ["components", "measured", "table"]

PACKAGE = "undertow"
#: More parameters than these are many.
PARAMETERS = 6
#: What another one of a kind costs: the files that name one of those that there are.
GROWTH = {
    "operation": ("tanh", "gelu"), "cell": ("mgu", "ugrnn"), "task": ("reconstruct", "forecast"),
    "remedy": ("residual", "zoneout"), "quantity of gradient flow": ("half_life", "dead_units"),
    "report section": ("tradeoffs", "winner"),
}  # fmt: skip
#: What is no figure: it is told as it is now.
WORDS = ("where", "largest circle")
#: Sections of what was measured: rows by name, and in each figures by name.
Figures = dict[str, dict[str, dict[str, object]]]


def measured(root: Path) -> Figures:
    """The figures of a checkout."""
    house = House(root)
    return {
        "rooms and their wings": rooms(house),
        "floors": floors(house),
        "classes in several files": doubles(house, ast.ClassDef),
        "public functions in several files": doubles(house, ast.FunctionDef, ast.AsyncFunctionDef),
        f"functions with more than {PARAMETERS} parameters": parameters(house),
        "files that name one of a kind": growth(house),
    }


class House:
    """The files of a package, each by its module's name, and which of them import which."""

    def __init__(self, root: Path) -> None:
        self.source = root / "src" / PACKAGE
        self.paths = {self._module(path): path for path in files(self.source)}
        if not self.paths:
            raise SystemExit(f"there is no file in {self.source}")
        self.arrows = {name: self._targets(name) - {name} for name in self.paths}
        self.heights = heights(root)

    def _module(self, path: Path) -> str:
        return ".".join((PACKAGE, *path.relative_to(self.source).with_suffix("").parts)).removesuffix(".__init__")

    def _targets(self, name: str) -> set[str]:
        package = name if self.paths[name].name == "__init__.py" else name.rpartition(".")[0]
        wholes = [absolute(i, package) for i in imports(self.paths[name])]
        return {whole if whole in self.paths else module for whole, module in wholes} & set(self.paths)

    def place(self, name: str, line: int = 0) -> str:
        """A file, and a line in it, as people are told."""
        path = self.paths[name].relative_to(self.source).as_posix()
        return f"{path}:{line}" if line else path

    def room(self, name: str) -> str:
        """The room that a file stands in; one that stands alone is its own."""
        return name.split(".")[1] if "." in name else PACKAGE

    def functions(self) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
        """Every function, and the file that it stands in."""
        for name, path in self.paths.items():
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield name, node


def absolute(found: Import, package: str) -> tuple[str, str]:
    """What is imported into a package, with its name and without, both from the top."""
    module = found.module.lstrip(".")
    if up := len(found.module) - len(module):
        module = ".".join(filter(None, [".".join(package.split(".")[: len(package.split(".")) - up + 1]), module]))
    return f"{module}.{found.name}" if found.name else module, module


def heights(root: Path) -> dict[str, int]:
    """On which floor each room stands, as the checkout's own test of floors has it; nothing where there is none."""
    for path in sorted((root / "tests").rglob("*.py")):
        for node in tree(path).body if "FLOORS" in path.read_text() else []:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS":
                return {room: height for height, floor in enumerate(ast.literal_eval(node.value)) for room in floor}
    return {}


# ---- rooms


def rooms(house: House) -> dict[str, dict[str, object]]:
    """Files, arrows between them, levels and circles: of all, of each room, and of each wing of one."""
    members = defaultdict(set)
    for name, path in house.paths.items():
        members[PACKAGE].add(name)
        parts = path.relative_to(house.source).parent.parts
        for depth in range(1, len(parts) + 1):
            members["/".join(parts[:depth])].add(name)
    return {label: _shape(house, members[label]) for label in sorted(members, key=lambda m: (m != PACKAGE, m))}


def _shape(house: House, names: set[str]) -> dict[str, object]:
    arrows = {name: house.arrows[name] & names for name in names}
    groups = components(arrows)
    circles = sorted((sorted(map(house.place, g)) for g in groups if len(g) > 1), key=len, reverse=True)
    lines = sum(len(house.paths[name].read_text().splitlines()) for name in names)
    return {
        "files": len(names), "lines": lines, "arrows": sum(map(len, arrows.values())), "levels": levels(arrows, groups),
        "circles": len(circles), "files in circles": sum(map(len, circles)),
        "largest circle": " ".join(next(iter(circles), [])),
    }  # fmt: skip


def components(arrows: dict[str, set[str]]) -> list[set[str]]:
    """The strongly connected ones, each after those that it leads to (Tarjan 1972, without recursion)."""
    index, low, stack, found = {}, {}, [], []
    for root in sorted(arrows):
        work = [] if root in index else [(root, iter(sorted(arrows[root])))]
        if work:
            index[root] = low[root] = len(index)
            stack.append(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    work.append((target, iter(sorted(arrows[target]))))
                    break
                if target in stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    at = stack.index(node)
                    found.append(set(stack[at:]))
                    del stack[at:]
    return found


def levels(arrows: dict[str, set[str]], groups: list[set[str]]) -> int:
    """The longest chain of files, each of which imports the next; a circle is one link of it."""
    height: dict[str, int] = {}
    for group in groups:
        below = {target for name in group for target in arrows[name]} - group
        height |= dict.fromkeys(group, 1 + max((height[target] for target in below), default=0))
    return max(height.values(), default=0)


# ---- floors


def floors(house: House) -> dict[str, dict[str, object]]:
    """How long functions are, and how much is said in comments: of all, and floor by floor."""
    sizes, on = defaultdict(list), defaultdict(set)
    for name, node in house.functions():
        sizes[name].append((node.end_lineno - node.lineno + 1, f"{house.place(name, node.lineno)} {node.name}"))
    for name in house.paths:
        for height in {-1, house.heights.get(house.room(name), -1)}:
            on[height].add(name)
    found = {}
    for height, names in sorted(on.items()):
        label = "all" if height < 0 else f"{height}: {', '.join(sorted({house.room(name) for name in names}))}"
        found[label] = _floor([house.paths[name] for name in names], [size for name in names for size in sizes[name]])
    return found


def _floor(paths: list[Path], sizes: list[tuple[int, str]]) -> dict[str, object]:
    longest, where = max(sizes, default=(0, ""))
    comments, lines = map(sum, zip(*map(_comments, paths), strict=True))
    return {
        "functions": len(sizes), "median lines": float(statistics.median([size for size, _ in sizes] or [0])),
        "longest": longest, "comments, %": round(100 * comments / max(1, lines), 1), "where": where,
    }  # fmt: skip


def _comments(path: Path) -> tuple[int, int]:
    """Lines with a comment, and all lines; docstrings and blank lines apart."""
    apart = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _said(node):
            apart |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = {n for n, line in enumerate(path.read_text().splitlines(), 1) if line.strip()} - apart
    with path.open("rb") as file:
        commented = {t.start[0] for t in tokenize.tokenize(file.readline) if t.type == tokenize.COMMENT}
    return len(commented & lines), len(lines)


def _said(node: ast.AST) -> bool:
    return ast.get_docstring(node, clean=False) is not None


# ---- names and parameters


def doubles(house: House, *kinds: type[ast.AST]) -> dict[str, dict[str, object]]:
    """Names that stand at the top of more than one file; of functions, public ones."""
    found = defaultdict(set)
    for name, path in house.paths.items():
        for node in tree(path).body:
            if isinstance(node, kinds) and (ast.ClassDef in kinds or not node.name.startswith("_")):
                found[node.name].add(house.place(name))
    several = {name: sorted(places) for name, places in sorted(found.items()) if len(places) > 1}
    return {"all": {"files": len(several), "where": ""}} | {
        name: {"files": len(places), "where": " ".join(places)} for name, places in several.items()
    }


def parameters(house: House) -> dict[str, dict[str, object]]:
    """How many functions have many, and the worst ten of them; ``self`` and ``cls`` are none."""
    found = []
    for name, node in house.functions():
        of = node.args
        said = [a.arg for a in (*of.posonlyargs, *of.args, *of.kwonlyargs, of.vararg, of.kwarg) if a]
        count = len(said) - (said[:1] in (["self"], ["cls"]))
        if count > PARAMETERS:
            found.append((count, f"{house.place(name, node.lineno)} {node.name}"))
    worst = sorted(found, key=lambda pair: (-pair[0], pair[1]))[:10]
    ranked = {f"worst {rank}": {"count": c, "where": where} for rank, (c, where) in enumerate(worst, 1)}
    return {"all": {"count": len(found), "where": ""}} | ranked


# ---- growth


def growth(house: House) -> dict[str, dict[str, object]]:
    """For each kind of thing, the files that name an example of it, as an identifier or in a string of one word; its
    own are those that are called after it."""
    spelled = {name: set(_spelled(tree(path))) for name, path in house.paths.items()}
    found = {}
    for kind, examples in GROWTH.items():
        for example in examples:
            own = {name for name in house.paths if example in name.split(".")}
            named = {name for name, words in spelled.items() if example in words} | own
            found[f"{kind}: {example}"] = {
                "files": len(named), "its own": len(own), "where": " ".join(sorted(map(house.place, named - own)))
            }  # fmt: skip
    return found


def _spelled(module: ast.Module) -> Iterator[str]:
    """The words of a file; of strings, those that are no prose."""
    for node in ast.walk(module):
        for field in ("id", "attr", "arg", "name", "module", "asname"):
            yield from re.split(r"\W+", getattr(node, field, None) or "")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not re.search(r"\s", node.value):
            yield from re.split(r"\W+", node.value)


# ---- told


def table(figures: Figures, before: Figures | None = None) -> str:
    """Figures as lines; what they were before, where they are others now."""
    told = []
    for section, rows in figures.items():
        earlier = before.get(section, {}) if before else {}
        names = [*rows, *(name for name in earlier if name not in rows)]
        columns = list(dict.fromkeys(c for name in names for c in (rows.get(name) or earlier[name])))
        cells = [[name, *(_cell(name, c, rows, earlier, before) for c in columns)] for name in names]
        told += ["", f"== {section}", *_aligned([["", *columns], *cells])]
    return "\n".join(told[1:])


def _cell(name: str, column: str, rows: dict, earlier: dict, before: Figures | None) -> str:
    now, then = rows.get(name, {}).get(column, "-"), earlier.get(name, {}).get(column, "-")
    if column in WORDS:
        return textwrap.shorten(str(now), 120, placeholder=" ...")
    return str(now) if before is None or now == then else f"{then} -> {now}"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def main() -> int:
    """The count as a command."""
    asked = argparse.ArgumentParser(description="The house in figures.")
    asked.add_argument("--root", type=Path, default=Path(__file__).parents[1], help="the checkout that is counted")
    asked.add_argument("--against", type=Path, help="an earlier checkout, which is put before it")
    asked.add_argument("--json", action="store_true", help="figures for a program")
    said = asked.parse_args()
    figures, before = measured(said.root), measured(said.against) if said.against else None
    if said.json:
        figures = {"before": before, "after": figures} if before else figures
    sys.stdout.write((json.dumps(figures, indent=1) if said.json else table(figures, before)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
