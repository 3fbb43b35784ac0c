"""Rewrites of a step: graph to graph, with the same components before and after."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.lang.adjoint import Adjoint, derive
from undertow.lang.expr import Graph, Node, topological

__all__ = ["hold_beyond_end", "hold_gates", "record"]


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


def hold_gates(graph: Graph) -> Graph:
    """The step with every gate held constant in the backward direction: what is left is the highway.

    Gradients stop at operands of products, and at what is computed from a pre-activation: a node, other than a
    sum, with an argument that is a sum with an input part or a product among its terms. The LSTM's c passes on f times
    its gradient then, the GRU's h passes on z times its own, and the simple network nothing.
    """
    new: dict[Node, Node] = {}
    pre: set[Node] = set()
    for node in graph.nodes:
        args = tuple(new[a] for a in node.args)
        made = Node(node.op, args, node.name, node.value, node.place) if args != node.args else node
        if node.op == "product":
            made = Node("product", (Node("stop_gradient", args),), node.name, node.value, node.place)
        if node.op in ("input", "product", "recurrent_bias"):
            pre.add(node)
        elif any(a in pre for a in node.args):
            if node.op in ("add", "sub", "neg"):
                pre.add(node)
            else:
                made = Node("stop_gradient", (made,))
        new[node] = made
    return Graph({name: new[node] for name, node in graph.outputs.items()}, {}).merged()


def record(
    graph: Graph, adjoint: Adjoint, components: Sequence[str], *, highway: bool
) -> tuple[Adjoint, tuple[Node, ...]]:
    """A BPTT step that also gives sums of squares over units, and these sums: for every component, in this order

    the carried gradient, the total gradient; and with ``highway`` the part of the carried gradient that
    came along the highway, and the rest, which came through gates (both as vectors add up to the carried one).
    """
    sums: list[Node] = []
    state = dict(adjoint.state)
    if highway:
        held = derive(hold_gates(graph))
        state |= {f"highway {name}": _along_highway(node) for name, node in held.state.items()}
    for name in components:
        carried, total = Node("carried", name=name), Node("cotangent", name=name)
        vectors = [carried, total]
        if highway:
            along = Node("highway_carried", name=name)
            vectors += [along, Node("sub", (carried, along))]
        sums += [Node("sum", (Node("mul", (v, v)),)) for v in vectors]
    # Equal expressions are shared, so that what the forward step kept is recognised in the highway too.
    own = {f"forward {n}": node for n, node in enumerate(graph.nodes)}
    named = (
        own
        | {f"old {k}": v for k, v in adjoint.graph.outputs.items()}
        | {f"delta {i}": p.delta for i, p in enumerate(adjoint.products)}
    )
    named |= {f"state {k}": v for k, v in state.items()} | {f"sum {i}": s for i, s in enumerate(sums)}
    merged = Graph(named, dict(adjoint.graph.names)).merged()
    new = dict(zip(named.values(), merged.outputs.values(), strict=True))
    products = tuple(type(p)(p.gate, new.get(p.operand, p.operand), new[p.delta]) for p in adjoint.products)
    found = Adjoint(
        Graph({k: merged.outputs[f"old {k}"] for k in adjoint.graph.outputs}, merged.names),
        {k: merged.outputs[f"state {k}"] for k in state},
        {k: new[v] for k, v in adjoint.inputs.items()},
        products,
        {k: new[v] for k, v in adjoint.recurrent_bias.items()},
        {k: new[v] for k, v in adjoint.weights.items()},
        None if adjoint.raw is None else new[adjoint.raw],
    )
    return found, tuple(merged.outputs[f"sum {i}"] for i in range(len(sums)))


def _along_highway(node: Node) -> Node:
    """The same value of the gradient on the highway; held values written as the forward step has them."""
    done: dict[Node, Node] = {}
    for n in topological([node]):
        args = tuple(done[a] for a in n.args)
        if n.op == "stop_gradient":
            (done[n],) = args
        elif n.op == "cotangent":
            done[n] = Node("highway", name=n.name)
        else:
            done[n] = n if args == n.args else Node(n.op, args, n.name, n.value, n.place)
    return done[node]
