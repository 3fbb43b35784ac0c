"""Walk a graph with any numbers: one loop, one table of meanings for each kind of number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from undertow.lang.expr import Node, topological

__all__ = ["Meaning", "interpret"]

T = TypeVar("T")


class Meaning(Protocol[T]):
    """What nodes mean on numbers of one kind (NumPy arrays, tensors)."""

    @property
    def operations(self) -> Mapping[str, Callable[..., T]]:
        """One function for every pointwise operation, ``sum``, ``spread`` and ``stop_gradient``."""
        ...

    def leaf(self, node: Node) -> T:
        """The value of a leaf in this step."""
        ...

    def product(self, gate: str, operand: T, *, transposed: bool) -> T:
        """``U.gate`` (or its transpose) times ``operand``."""
        ...


def interpret(roots: Iterable[Node], meaning: Meaning[T], known: Mapping[Node, T] | None = None) -> dict[Node, T]:
    """The value of every node under ``roots``; nodes in ``known`` are taken from there."""
    values: dict[Node, T] = dict(known or {})
    for node in topological(roots):
        if node in values:
            continue
        if node.is_leaf:
            values[node] = meaning.leaf(node)
        elif node.op in ("product", "transposed_product"):
            operand = values[node.args[0]]
            values[node] = meaning.product(node.name, operand, transposed=node.op == "transposed_product")
        else:
            values[node] = meaning.operations[node.op](*(values[a] for a in node.args))
    return values
