"""The BPTT step, derived from the forward step by reverse accumulation, as a graph.

Given dL/d(component) of the state after step t (the ``cotangent`` leaves: what arrives from
step t+1 plus what enters at step t's own output), the derived step gives

* ``state``: the carried gradient, dL/d(component) of the state after step t-1,
* ``inputs``: dL/d(``x.gate.input``), from which the gradients of W, b and x follow,
* ``products``: dL/d(``U.gate(operand)``) with the operand, from which the gradient of U follows,
* ``recurrent_bias``, ``weights``: contributions of this step, to be summed over t and b,
* ``raw``: dL/dx_t through ``x.raw``.

Source: Werbos 1990, "Backpropagation through time: what it does and how to do it"; the
accumulation is reverse-mode automatic differentiation (Griewank & Walther 2008, ch. 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from undertow.errors import LanguageError
from undertow.lang.expr import Graph, Node, Rank, topological
from undertow.lang.operations import OPERATIONS
from undertow.lang.values import Value

__all__ = ["Adjoint", "Product", "derive"]


@dataclass(frozen=True)
class Product:
    """The gradient of one recurrent product ``U.gate(operand)``: ``delta`` is dL/d(its result)."""

    gate: str
    operand: Node
    delta: Node


@dataclass(frozen=True)
class Adjoint:
    """One step of backpropagation through time. ``graph`` holds every gradient below as an output."""

    graph: Graph
    state: Mapping[str, Node]
    inputs: Mapping[str, Node]
    products: tuple[Product, ...]
    recurrent_bias: Mapping[str, Node]
    weights: Mapping[str, Node]
    raw: Node | None


def derive(forward: Graph) -> Adjoint:
    """The BPTT step of ``forward``. Its nodes use the forward step's own; a plan keeps or recomputes them."""
    cotangents = _accumulate(forward)
    outputs: dict[str, Node] = {}
    for component in forward.outputs:
        leaf = _leaf(forward, "state", component)
        gradient = cotangents.get(leaf) if leaf else None
        outputs[f"d_{component}[t-1]"] = gradient or Node("literal", value=0.0)
    for op, suffix in (("input", ".input"), ("recurrent_bias", ".recurrent"), ("weight", ""), ("raw", "")):
        for name in forward.leaves(op):
            leaf = _leaf(forward, op, name)
            prefix = {"weight": "d_p.", "raw": "d_x.raw"}.get(op, "d_x.")
            outputs[f"{prefix}{name}{suffix}"] = cotangents.get(leaf) or Node("literal", value=0.0)  # type: ignore[arg-type]
    for number, product in enumerate(forward.products()):
        outputs[f"product {number}"] = cotangents.get(product) or Node("literal", value=0.0)
    names = {f"d_{name}": cotangents[node] for name, node in forward.names.items() if node in cotangents}
    # While equal expressions are shared the forward step stands first, so that its own nodes are the ones kept.
    first = {f"forward {name}": node for name, node in forward.outputs.items()}
    graph = Graph(first | outputs, dict(forward.names) | names).merged()
    return _arranged(forward, graph)


def _leaf(forward: Graph, op: str, name: str) -> Node | None:
    return next((n for n in forward.nodes if n.op == op and n.name == name), None)


def _accumulate(forward: Graph) -> dict[Node, Node]:
    """dL/d(node) for every node that a gradient reaches."""
    cotangents: dict[Node, Node] = {}
    ranks = forward.ranks

    def add(node: Node, gradient: Node, rank: Rank) -> None:
        if ranks[node] == Rank.CELL:
            return
        if ranks[node] == Rank.SAMPLE and rank == Rank.UNIT:
            gradient = Node("sum", (gradient,))
        cotangents[node] = _plus(cotangents[node], gradient) if node in cotangents else gradient

    for name, node in forward.outputs.items():
        add(node, Node("cotangent", name=name), Rank.UNIT)
    for node in reversed(forward.nodes):
        if node not in cotangents or node.is_leaf:
            continue
        rank = Rank.UNIT if node.op == "sum" else ranks[node]
        for argument, gradient in zip(node.args, _pull_back(node, cotangents[node]), strict=True):
            if gradient is not None:
                add(argument, gradient, rank)
    return cotangents


def _plus(a: Node, b: Node) -> Node:
    """The sum of two gradients; a negative one is subtracted."""
    if b.op == "neg":
        return Node("sub", (a, *b.args))
    if a.op == "neg":
        return Node("sub", (b, *a.args))
    return Node("add", (a, b))


def _pull_back(node: Node, cotangent: Node) -> tuple[Node | None, ...]:
    """The cotangents of one node's arguments."""
    if node.op == "product":
        return (Node("transposed_product", (cotangent,), node.name),)
    if node.op == "batch_norm":
        raise LanguageError("normalisation among samples has no BPTT step: it ties the samples of a batch together")
    arguments = [Value(a) for a in node.args]
    rule = OPERATIONS[node.op].rule
    assert rule is not None, f"{node.op} gives a truth value, where no gradient arrives"
    return tuple(v.node if v is not None else None for v in rule(Value(cotangent), Value(node), *arguments))


def _arranged(forward: Graph, graph: Graph) -> Adjoint:
    """The flat outputs sorted by what they are gradients of."""
    outputs = graph.outputs
    products = tuple(Product(p.name, p.args[0], outputs[f"product {n}"]) for n, p in enumerate(forward.products()))
    state = {c: outputs[f"d_{c}[t-1]"] for c in forward.outputs}
    inputs = {g: outputs[f"d_x.{g}.input"] for g in forward.leaves("input")}
    bias = {g: outputs[f"d_x.{g}.recurrent"] for g in forward.leaves("recurrent_bias")}
    weights = {w: outputs[f"d_p.{w}"] for w in forward.leaves("weight")}
    raw = outputs.get("d_x.raw")
    named = {f"d_{c}[t-1]": n for c, n in state.items()}
    named |= _named_deltas(inputs, bias, products, forward)
    named |= {f"d_p.{w}": n for w, n in weights.items()}
    if raw is not None:
        named["d_x.raw"] = raw
    reachable = set(topological(named.values()))
    names = {name: node for name, node in graph.names.items() if node in reachable}
    return Adjoint(Graph(named, names), state, inputs, products, bias, weights, raw)


def _named_deltas(
    inputs: Mapping[str, Node], bias: Mapping[str, Node], products: tuple[Product, ...], forward: Graph
) -> dict[str, Node]:
    """Gradients of summed inputs by name: ``d_x.gate`` where both halves share it, else each half."""
    output = next(iter(forward.outputs))
    parts: dict[str, dict[str, Node]] = {}
    for gate, node in inputs.items():
        parts.setdefault(gate, {})["input"] = node
    for gate, node in bias.items():
        parts.setdefault(gate, {})["recurrent"] = node
    named: dict[str, Node] = {}
    for number, product in enumerate(products):
        own = parts.setdefault(product.gate, {})
        if product.operand.op == "state" and product.operand.name == output and "recurrent" not in own:
            own["recurrent"] = product.delta
        elif own.get("recurrent") is not product.delta:
            same = sum(p.gate == product.gate for p in products[:number])
            named[f"d_U.{product.gate}" + (f"#{same + 1}" if same else "")] = product.delta
    for gate, own in parts.items():
        if len(own) == 2 and own["input"] is own["recurrent"]:
            named[f"d_x.{gate}"] = own["input"]
        else:
            named |= {f"d_x.{gate}.{half}": node for half, node in own.items()}
    return named
