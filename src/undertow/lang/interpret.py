"""Walk a graph with any numbers: one loop, one table of meanings for each kind of number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from undertow.lang.expr import Node

__all__ = ["Interpretation", "interpret"]

T = TypeVar("T")


class Interpretation(Protocol[T]):
    """What nodes mean on numbers of one kind (NumPy arrays, tensors)."""

    @property
    def operations(self) -> Mapping[str, Callable[..., T]]:
        """One function for every pointwise operation, ``sum``, ``spread`` and ``stop_gradient``."""
        ...

    def leaf(self, node: Node) -> T:
        """The value of a leaf in this step."""
        ...

    def product(self, node: Node, operand: T) -> T:
        """``U.gate``, or its transpose for a ``transposed_product`` node, times ``operand``."""
        ...

    def batch_norm(self, node: Node, operand: T) -> T:
        """``operand`` normalised among the samples of the step."""
        ...


def interpret(
    nodes: Iterable[Node], meaning: Interpretation[T], known: Mapping[Node, T] | None = None
) -> dict[Node, T]:
    """The value of every node of ``nodes``, which come in the order of computing (``Graph.nodes``), and the known ones.

    What is ``known`` is not computed.
    """
    values: dict[Node, T] = dict(known or {})
    for node in nodes:
        if node.is_leaf:
            values[node] = meaning.leaf(node)
        elif node.op in ("product", "transposed_product"):
            values[node] = meaning.product(node, values[node.args[0]])
        elif node.op == "batch_norm":
            values[node] = meaning.batch_norm(node, values[node.args[0]])
        else:
            values[node] = meaning.operations[node.op](*(values[a] for a in node.args))
    return values
