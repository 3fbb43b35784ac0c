"""What a step becomes before it is machine code: stages, what stands in memory, and what is kept for BPTT.

A *stage* is a pass over the units of a step. Within it everything is fused; between stages lies
what needs all units of a sample: a recurrent product of an expression, or a sum over units. A step of
the LSTM is one stage, of the reset-before GRU two. A BPTT step is planned by the same rules
from the derived graph: its first stage gives the gradients of the pre-activations, its
last multiplies them with the transposed recurrent matrices.

:func:`forward` and :func:`backward` plan the two halves. What the forward step *keeps* is decided
here as well: activations rather than what they are computed from, nothing that the
sequence of states holds anyway, and nothing cheap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from undertow.kernels.program import DeltaPlanes, Kept, Memory, Program, Write
from undertow.kernels.stages import Planner
from undertow.lang.adjoint import Adjoint
from undertow.lang.expr import Graph, Node, Rank, topological
from undertow.lang.operations import COMPARISONS, COSTLY

__all__ = ["backward", "forward", "keep"]

# ---- what is kept


def keep(graph: Graph, adjoint: Adjoint, gates: Sequence[str]) -> Kept:
    """What BPTT needs of the forward step and cannot cheaply compute again from the states."""
    own = set(graph.nodes)
    ranks = graph.ranks
    outputs = set(graph.outputs.values())
    free = {node for node in graph.nodes if node.is_leaf and node.op != "input"} | outputs
    needed = [n for n in _directly_used(adjoint, own) if n not in free]
    operands = [
        p.operand for p in adjoint.products if p.operand.op not in ("state", "raw") and p.operand not in outputs
    ]
    planes = dict.fromkeys(operands)
    sums: dict[Node, None] = {}

    def missing(node: Node) -> frozenset[Node]:
        """What would have to be kept besides, to compute ``node`` again."""
        if node in free or node in planes or ranks[node] == Rank.CELL:
            return frozenset()
        if node.op in ("input", "product", "sum"):
            return frozenset([node])
        more = frozenset[Node]().union(*(missing(a) for a in node.args))
        # One value kept serves as well as another, and what it is computed from may serve others too: so a value takes
        # the place of what is missing only where that is more than one, or costly to go on from.
        planar = [n for n in more if ranks[n] == Rank.UNIT]
        if node.op in COMPARISONS:
            return more
        if ranks[node] == Rank.UNIT and (len(planar) > 1 or (planar and node.op in COSTLY)):
            return frozenset([node])
        return more

    costly = [n for n in needed if n.op in COSTLY or n.op in ("input", "product")]
    for node in [*costly, *needed]:
        for found in sorted(missing(node), key=graph.nodes.index):
            (planes if ranks[found] == Rank.UNIT else sums)[found] = None
    # In BPTT gradients are written over what was kept, step by step; but operands are multiplied with these gradients
    # after the last step, so they lie where nothing is written.
    order = graph.nodes.index
    free_to_take = sorted((n for n in planes if n not in operands), key=order)
    behind = max(len(free_to_take), len(_delta_order(adjoint, gates)))
    places = {n: i for i, n in enumerate(free_to_take)} | {n: behind + i for i, n in enumerate(dict.fromkeys(operands))}
    return Kept(places, {n: i for i, n in enumerate(sorted(sums, key=order))})


def _planes(kept: Kept) -> int:
    return 1 + max(kept.planes.values(), default=-1)


def _directly_used(adjoint: Adjoint, own: set[Node]) -> list[Node]:
    """Nodes of the forward step that a node of the BPTT step takes as argument, or that are gradients themselves."""
    outputs = list(adjoint.graph.outputs.values())
    used = [n for n in outputs if n in own]
    for node in topological(outputs):
        if node not in own:
            used += [a for a in node.args if a in own]
    return list(dict.fromkeys(used))


# ---- programs


def forward(graph: Graph, heads: int, components: Sequence[str], kept: Kept | None = None) -> Program:
    """The forward step; with ``kept`` it leaves that for BPTT."""
    writes = [Write("next", graph.outputs[name], name) for name in components]
    if kept:
        writes += [Write("kept", node, index=i) for node, i in kept.planes.items()]
    samples = kept.sums if kept else {}
    name = "forward_keeping" if kept else "forward"
    names = {node: name for name, node in graph.names.items()}
    return Planner(names, writes, {}, heads, components, samples).program(name, _planes(kept) if kept else 0)


def backward(
    graph: Graph,
    heads: int,
    components: Sequence[str],
    adjoint: Adjoint,
    kept: Kept,
    gates: Sequence[str],
    name: str = "backward",
    records: Sequence[Node] = (),
) -> Program:
    """The BPTT step, reading what :func:`forward` kept. Gradients of pre-activations lie in the order of ``gates``.

    ``records`` are sums to be written out for every step and sample.
    """
    loads: dict[Node, Memory] = {node: ("after", name) for name, node in graph.outputs.items() if _is_new(node)}
    loads |= {node: ("kept_sum", i) for node, i in kept.sums.items()}
    loads |= {node: ("kept", i) for node, i in kept.planes.items()}
    new = _gathered([*adjoint.graph.outputs.values(), *(p.delta for p in adjoint.products)])
    deltas = {node: i for i, node in enumerate(_delta_order(adjoint, gates))}
    writes = [Write("delta", new.get(node, node), index=i) for node, i in deltas.items()]
    carried = [*components, *(f"highway {name}" for name in components)]
    writes += [Write("carried", new.get(n, n), name, carried.index(name)) for name, n in adjoint.state.items()]
    writes += [Write("weight", new.get(n, n), name, i) for i, (name, n) in enumerate(adjoint.weights.items())]
    if adjoint.raw is not None:
        writes.append(Write("raw", new.get(adjoint.raw, adjoint.raw)))
    places = loads | {n: ("before", n.name) for n in graph.nodes if n.op == "state"}
    gradients = DeltaPlanes(
        {gate: deltas.get(node) for gate, node in adjoint.inputs.items()},
        tuple((p.gate, deltas.get(p.delta), places.get(p.operand, ("raw", 0))) for p in adjoint.products),
        {gate: deltas.get(node) for gate, node in adjoint.recurrent_bias.items()},
        tuple(adjoint.weights),
    )
    names = {new.get(node, node): name for name, node in adjoint.graph.names.items()}
    samples = {node: i for i, node in enumerate(records)}
    planner = Planner(names, writes, loads, heads, components, samples)
    return planner.program(name, max(_planes(kept), len(deltas)), gradients, len(adjoint.state))


def _gathered(roots: Sequence[Node]) -> Mapping[Node, Node]:
    """A BPTT step with the products of each sum side by side, so that they are computed in one go: old to new nodes."""
    nodes = list(topological(roots))
    users: dict[Node, int] = {}
    for node in [*roots, *(a for n in nodes for a in n.args)]:
        users[node] = users.get(node, 0) + 1
    new: dict[Node, Node] = {}

    def terms(node: Node) -> list[Node]:
        """The terms of a sum whose parts nobody else reads."""
        if node.op != "add":
            return [node]
        return [t for a in node.args for t in (terms(a) if users[a] == 1 else [a])]

    for node in nodes:
        parts = [new.get(t, t) for t in terms(node)]
        products = [t for t in parts if t.op == "transposed_product" and parts.count(t) == 1]
        if 1 < len(products) < len(parts):
            new[node] = _sum([_sum(products), *(t for t in parts if t not in products)])
        elif any(a in new for a in node.args):
            new[node] = node.over(tuple(new.get(a, a) for a in node.args))
    return new


def _sum(terms: Sequence[Node]) -> Node:
    total = terms[0]
    for term in terms[1:]:
        total = Node("add", (total, term))
    return total


def _is_new(node: Node) -> bool:
    """Whether the step makes this value, rather than being given it."""
    return node.op == "input" or not node.is_leaf


def _delta_order(adjoint: Adjoint, gates: Sequence[str]) -> tuple[Node, ...]:
    """Gradients of pre-activations, those of inputs alone first and those of products alone last.

    So the gradients that one matrix needs lie side by side.
    """
    inputs = [adjoint.inputs[g] for g in gates if g in adjoint.inputs]
    products = [p.delta for p in sorted(adjoint.products, key=lambda p: gates.index(p.gate))]
    products += adjoint.recurrent_bias.values()
    inputs, products = ([n for n in nodes if n.op != "literal"] for nodes in (inputs, products))
    alone = [n for n in inputs if n not in products]
    shared = [n for n in inputs if n in products]
    return tuple(dict.fromkeys([*alone, *shared, *products]))
