"""The grammar of the equation language: nodes and graphs, as plain data.

One step of a cell is a graph of nodes. A leaf is something the step is given:

======================  =====================================================  =========
op                      meaning                                                shape
======================  =====================================================  =========
``literal``             a number written in the equations                      ()
``constant``            a named number with a default (``dt``, ``gamma``)      ()
``units``               the number of hidden units                             ()
``input``               the input part of a gate, ``W.gate x_t + b.gate``      (B, H)
``recurrent_bias``      the second bias ``d.gate``, where it stands alone      (H,)
``weight``              a weight per unit, ``p.name``                          (H,)
``state``               a component of the state after the step before         (B, H)
``raw``                 the input itself, ``x_t`` (I must equal H)             (B, H)
``cotangent``           in a BPTT step: dL/d(component) after this step        (B, H)
``carried``             of that, what arrives from the step after              (B, H)
``highway``             of that, what came with all gates held constant        (B, H)
``highway_carried``     of what arrives, what came with all gates constant     (B, H)
``valid``               in a padded batch: whether t is before a sample's end  (B, 1)
``draw``                whether a number is kept, drawn anew at every step     (B, H)
``draw_once``           the same, drawn once for all steps of a run            (B, H)
======================  =====================================================  =========

Every other node has arguments:

- ``product``: ``U.gate`` times its argument;
- ``transposed_product``: the same matrix transposed, in BPTT steps;
- ``sum``: over units, giving (B, 1);
- ``spread``: its transpose, one number a sample, for every unit;
- ``stop_gradient``;
- ``batch_norm``: a unit's value less its mean, over its deviation, among the samples of a step. ``name`` is the place
  whose statistics these are. It has no BPTT step of its own, since it ties samples together;
- the pointwise operations, each of which has a record (:mod:`.operations`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from undertow.errors import Place
from undertow.lang.lazily import lazily

__all__ = ["GRADIENTS", "LEAVES", "Graph", "Node", "Rank", "topological"]

#: Leaves of BPTT steps: gradients that arrive.
GRADIENTS = frozenset(["cotangent", "carried", "highway", "highway_carried"])

LEAVES = GRADIENTS | {
    "literal", "constant", "units", "input", "recurrent_bias", "weight", "state", "raw", "valid",
    "draw", "draw_once",
}  # fmt: skip


class Rank(IntEnum):
    """How far a value is spread: one for the cell, one a sample, or one a unit."""

    CELL = 0
    SAMPLE = 1
    UNIT = 2


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One value of a step. Nodes are compared by identity; :meth:`Graph.merged` shares equal ones.

    ``name`` is that of the gate, state component, weight or constant; ``value`` the number
    of a literal or the default of a constant; ``place`` where the equations say it.
    """

    op: str
    args: tuple[Node, ...] = ()
    name: str = ""
    value: float = 0.0
    place: Place | None = field(default=None, repr=False)

    @property
    def is_leaf(self) -> bool:
        """Whether the step is given this value."""
        return self.op in LEAVES

    def over(self, args: tuple[Node, ...]) -> Node:
        """The same operation on other arguments; itself if they are the same."""
        return self if args == self.args else Node(self.op, args, self.name, self.value, self.place)


_RANKS = {"literal": Rank.CELL, "constant": Rank.CELL, "units": Rank.CELL, "sum": Rank.SAMPLE, "valid": Rank.SAMPLE}


@dataclass(frozen=True)
class Graph:
    """A step: its ``outputs`` by name, and the ``names`` that the equations give to nodes.

    Outputs of a forward step are the next values of the state's components; outputs of a
    BPTT step are listed in :class:`undertow.lang.adjoint.Adjoint`.
    """

    outputs: Mapping[str, Node]
    names: Mapping[str, Node]

    @lazily
    def nodes(self) -> tuple[Node, ...]:
        """Every node that an output needs, arguments before their users."""
        return tuple(topological(self.outputs.values()))

    @lazily
    def ranks(self) -> Mapping[Node, Rank]:
        """The rank of every node: the widest of its arguments', or its kind's own."""
        ranks: dict[Node, Rank] = {}
        for node in self.nodes:
            if node.op in _RANKS:
                ranks[node] = _RANKS[node.op]
            elif node.is_leaf or node.op in ("product", "transposed_product", "spread"):
                ranks[node] = Rank.UNIT
            else:
                ranks[node] = max((ranks[a] for a in node.args), default=Rank.CELL)
        return ranks

    def leaves(self, op: str) -> tuple[str, ...]:
        """Names of the leaves of one kind, in order of first use, each once."""
        return tuple(dict.fromkeys(node.name for node in self.nodes if node.op == op))

    def products(self) -> tuple[Node, ...]:
        """The recurrent products of the step, in order of use."""
        return tuple(node for node in self.nodes if node.op == "product")

    def merged(self) -> Graph:
        """The same step with equal expressions shared, so that each is computed once."""
        canonical: dict[tuple[object, ...], Node] = {}
        new: dict[Node, Node] = {}
        for node in topological([*self.outputs.values(), *self.names.values()]):
            args = tuple(new[a] for a in node.args)
            key = (node.op, args, node.name, repr(node.value))
            if key not in canonical:
                canonical[key] = node.over(args)
            new[node] = canonical[key]
        reachable = set(topological(new[n] for n in self.outputs.values()))
        return Graph(
            {name: new[node] for name, node in self.outputs.items()},
            {name: new[node] for name, node in self.names.items() if new[node] in reachable},
        )

    @lazily
    def key(self) -> str:
        """A digest of what the graph computes: equal for equal equations, whatever they are called."""
        number = {node: i for i, node in enumerate(self.nodes)}
        lines = [
            f"{n.op} {[number[a] for a in n.args]} {n.name if n.is_leaf or n.args else ''} {n.value!r}"
            for n in self.nodes
        ]
        lines += [f"{name} {number[node]}" for name, node in self.outputs.items()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def topological(roots: Iterable[Node], given: Container[Node] = ()) -> Iterator[Node]:
    """Nodes under ``roots``, each once, arguments before users, in order of first use.

    What is ``given`` is not looked into.
    """
    done: set[Node] = set()
    for root in roots:
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node in done:
                continue
            if ready or node in given:
                done.add(node)
                yield node
            else:
                stack.append((node, True))
                stack.extend((a, False) for a in reversed(node.args))
