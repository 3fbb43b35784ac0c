"""Rewrites of a step: graph to graph, with the same components before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from undertow.lang.adjoint import Adjoint, derive
from undertow.lang.expr import Graph, Node, topological

__all__ = ["HIGHWAY", "hold_beyond_end", "leave_through", "record", "split_by_way"]


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


def leave_through(graph: Graph, gate: str) -> Graph:
    """The step whose gradient leaves it by one way alone: through ``gate``, or along the :data:`HIGHWAY`.

    On its way back a gradient reads the state before the step in some places. It went through the gate that it met
    last before: whose recurrent matrix it was multiplied with, or whose pre-activation (any sum with an input part
    or a product among its terms) something other than a sum was computed from. What met none came along the highway:
    the LSTM's c passes on f times its gradient there, the GRU's h z times its own, and the simple network nothing.
    All ways together are the whole gradient.
    """
    gates = _pre_activations(graph)
    done: dict[tuple[Node, str], Node] = {}

    def rewritten(node: Node, way: str) -> Node:
        if (node, way) not in done:
            args = tuple(rewritten(a, _way(node, a, way, gates)) for a in node.args)
            if node.op == "state" and way != gate:
                done[node, way] = Node("stop_gradient", (node,), _HELD)
            else:
                done[node, way] = node.over(args)
        return done[node, way]

    return Graph({name: rewritten(node, HIGHWAY) for name, node in graph.outputs.items()}, {}).merged()


#: The way of a gradient through no gate.
HIGHWAY = ""
#: The name of nodes that stop a gradient here, which tells them from those that the equations have.
_HELD = "held"


def _way(user: Node, node: Node, way: str, gates: Mapping[Node, str]) -> str:
    """The way on which the gradient goes from ``user`` into ``node``."""
    if user.op == "product":
        return user.name
    return gates[node] if node in gates and user.op not in _SUMS else way


def _pre_activations(graph: Graph) -> dict[Node, str]:
    """Sums with an input part or a product among their terms, and the gate whose they are: the first one's."""
    gates: dict[Node, str] = {}
    for node in graph.nodes:
        if node.op in ("input", "product", "recurrent_bias"):
            gates[node] = node.name
        elif node.op in _SUMS:
            named = [a for a in node.args if a in gates]
            if named:
                gates[node] = gates[next((a for a in named if a.op == "input"), named[0])]
    return gates


_SUMS = frozenset(["add", "sub", "neg"])


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
        held = derive(leave_through(graph, HIGHWAY))
        state |= {f"highway {name}": _plain(node, "highway") for name, node in held.state.items()}
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


def split_by_way(graph: Graph) -> dict[str, dict[str, Node]]:
    """What a BPTT step hands to the state before it, by way (see :func:`leave_through`) and component.

    The highway's are of the gradient given by ``highway`` leaves, the gates' of the whole one, ``cotangent`` leaves.
    Gates through which nothing flows are left out. Nodes of ``graph`` are shared.
    """
    named: dict[tuple[str, str], Node] = {}
    for way in dict.fromkeys([HIGHWAY, *_pre_activations(graph).values()]):
        state = derive(leave_through(graph, way)).state
        if way == HIGHWAY or any(node.op != "literal" for node in state.values()):
            leaf = "cotangent" if way else "highway"
            named |= {(way, component): _plain(node, leaf) for component, node in state.items()}
    own = {f"forward {n}": node for n, node in enumerate(graph.nodes)}
    merged = Graph(own | {f"{w}/{c}": n for (w, c), n in named.items()}, {}).merged()
    ways: dict[str, dict[str, Node]] = {}
    for way, component in named:
        ways.setdefault(way, {})[component] = merged.outputs[f"{way}/{component}"]
    return ways


def _plain(node: Node, leaf: str) -> Node:
    """The same value with the gradient that arrives called ``leaf``; held values as the forward step has them."""
    done: dict[Node, Node] = {}
    for n in topological([node]):
        args = tuple(done[a] for a in n.args)
        if n.op == "stop_gradient" and n.name == _HELD:
            (done[n],) = args
        elif n.op == "cotangent":
            done[n] = Node(leaf, name=n.name)
        else:
            done[n] = n.over(args)
    return done[node]
