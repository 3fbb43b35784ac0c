"""Rewrites of a step: graph to graph, with the same components before and after."""

from __future__ import annotations

from undertow.lang.expr import Graph, Node

__all__ = ["hold_beyond_end"]


def hold_beyond_end(graph: Graph) -> Graph:
    """The step of a padded batch: beyond the end of its sequence a sample's state stays as it is.

    The leaf ``valid`` says whether this step is one of the sample's own.
    """
    valid = Node("valid")
    states = {n.name: n for n in graph.nodes if n.op == "state"}
    outputs = {
        name: Node("where", (valid, node, states.get(name) or Node("state", name=name)))
        for name, node in graph.outputs.items()
    }
    return Graph(outputs, graph.names).merged()
