"""The source of a package as trees: its files, the rooms they stand in, and what they import."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Import", "files", "imports", "tree"]


@dataclass(frozen=True)
class Import:
    """A ``module`` that is imported, or a ``name`` of it; a relative one begins with dots."""

    line: int
    module: str
    name: str = ""

    @property
    def whole(self) -> str:
        """With the name, which may be a module too."""
        return f"{self.module}.{self.name}" if self.name else self.module


def files(source: Path) -> list[Path]:
    """The files of a package."""
    return sorted(source.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """A file as a tree. Whoever asks takes it as it is, and changes nothing."""
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> tuple[Import, ...]:
    """Every import in a file, also inside functions; type checking apart."""
    return tuple(_found(tree(path)))


def _found(node: ast.AST) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from (Import(child.lineno, alias.name) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            module = "." * child.level + (child.module or "")
            yield from (Import(child.lineno, module, alias.name) for alias in child.names)
        else:
            yield from _found(child)
