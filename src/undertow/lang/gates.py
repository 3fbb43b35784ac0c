"""What each gate's pre-activation is turned into, found in the equations.

A *pre-activation* is all that an activation is computed from: a gate's summed input (:mod:`undertow.lang.normalise`),
and whatever else the equations add to it, a peephole for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from undertow.lang.expr import Graph, Node
from undertow.lang.operations import ACTIVATIONS

__all__ = ["Activation", "activations"]


@dataclass(frozen=True)
class Activation:
    """A gate's activation: ``function`` (``sigmoid``, ``tanh`` ...) of its ``pre_activation``, as ``node``."""

    node: Node

    @property
    def function(self) -> str:
        """The operation's name."""
        return self.node.op

    @property
    def pre_activation(self) -> Node:
        """What it is computed from."""
        return self.node.args[0]


def activations(graph: Graph) -> dict[str, Activation]:
    """The activation of every gate that has one, by the gate's name.

    It is the function nearest to the gate's input part (to its product, where there is none). A gate whose
    value is used as it is, without a function, has none: the candidate of the minLSTM. Gates that share one (their
    parts are terms of one sum) share it under the name of the one that has an input part.
    """
    users: dict[Node, list[Node]] = {node: [] for node in graph.nodes}
    for node in graph.nodes:
        for argument in dict.fromkeys(node.args):
            users[argument].append(node)
    squashed = _squashed(graph)
    sources: dict[str, Node] = {}
    for op in ("product", "input"):
        sources |= {node.name: node for node in graph.nodes if node.op == op}
    found: dict[Node, str] = {}
    for gate, source in sorted(sources.items(), key=lambda item: item[1].op):
        nearest = _nearest(source, users, squashed)
        if nearest is not None:
            found.setdefault(nearest, gate)
    return {gate: Activation(node) for node, gate in found.items()}


def _squashed(graph: Graph) -> set[Node]:
    """Nodes that are an activation, or are computed from one."""
    squashed: set[Node] = set()
    for node in graph.nodes:
        if node.op in ACTIVATIONS or any(a in squashed for a in node.args):
            squashed.add(node)
    return squashed


def _nearest(source: Node, users: Mapping[Node, list[Node]], squashed: set[Node]) -> Node | None:
    """The first function on the way up from ``source``; what is multiplied by an activation is a gate's no more."""
    waiting, seen = [source], {source}
    while waiting:
        following = []
        for node in waiting:
            for user in users[node]:
                if user in seen:
                    continue
                seen.add(user)
                if user.op in ACTIVATIONS:
                    return user
                others = [a for a in user.args if a is not node]
                gated = user.op in ("mul", "div", "where") and any(a in squashed for a in others)
                if not gated:
                    following.append(user)
        waiting = following
    return None
