"""Normalisation as equations: rewrites that give what a step adds up mean 0 and variance 1, over units or samples.

A *summed input* (Ba et al. 2016) is a largest sum of input parts, recurrent products and second biases alone: ``x.f``
of the LSTM is one; the two halves of the GRU's ``x.n``, which stand apart, are two; in the pre-activation
``x.i + p.i * s.c`` (:mod:`undertow.lang.gates`) it is ``x.i``, the peephole stays outside.

What only adds to a summed input would vanish in its mean, so biases are added afterwards: a step made here reads b
from a weight per unit, ``p.bias_GATE``, and its layer has no b. Gains are ``p.gain_GATE``, or ``p.gain_GATE_input`` and
``p.gain_GATE_recurrent`` where the halves of a gate stand apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from undertow.lang.expr import Graph, Node
from undertow.lang.stacks import layer_norm
from undertow.lang.values import Value

__all__ = ["SQUASHING", "Normalised", "bias_name", "normalise_samples", "normalise_units", "summed_inputs", "terms"]

#: Functions that squash what the equations add up.
SQUASHING = frozenset(["tanh", "sigmoid", "relu"])

_PARTS = frozenset(["input", "product", "recurrent_bias"])


@dataclass(frozen=True)
class Normalised:
    """A step with normalisation in it, and the weights per unit that it reads besides, with their values at first."""

    graph: Graph
    weights: Mapping[str, float]


def bias_name(gate: str) -> str:
    """The weight per unit that stands for a gate's bias b in a normalised step."""
    return f"bias_{gate}"


def normalise_units(graph: Graph, *, gain: float, bias: bool) -> Normalised:
    """Layer normalisation of every summed input ``a``: gain (a - mean) / sqrt(variance + 1e-5) + bias, over units.

    Source: Ba, Kiros and Hinton 2016, "Layer normalization", arXiv:1607.06450, eq. 4, with a gain and a bias a unit
    and gate.

    Args:
        graph: a forward step.
        gain: the gains' value at first.
        bias: whether biases are added afterwards (at first 0).
    """
    linear, whole = _linear(graph), summed_inputs(graph)
    sites = dict(zip(whole, _named([terms(n) for n in whole]), strict=True))
    weights: dict[str, float] = {}
    plain: dict[Node, Node] = {}
    used: dict[Node, Node] = {}
    for node in graph.nodes:
        within = plain if node in linear and node.op == "add" else used
        plain[node] = used[node] = _rebuilt(node, [within[a] for a in node.args])
        if node in sites:
            used[node] = _normalised(terms(plain[node]), sites[node], gain, bias, weights)
    outputs = {name: used[node] for name, node in graph.outputs.items()}
    return Normalised(Graph(outputs, {k: used[n] for k, n in graph.names.items()}).merged(), weights)


def normalise_samples(graph: Graph, *, gain: float, bias: bool) -> Normalised:
    """Batch normalisation inside the recurrence: of each input part, of each recurrent product, and of what is read of
    a memory through a squashing function (c in the LSTM's ``tanh(c)``; the memory itself stays as it is).

    Each has a gain (``p.gain_f_input``, ``p.gain_f_recurrent``, ``p.gain_c``); the bias of a gate comes after both of
    its halves (``p.bias_f``), a memory has its own (``p.bias_c``).

    Source: Cooijmans, Ballas, Laurent, Gulcehre and Courville 2017, "Recurrent batch normalization", arXiv:1603.09025,
    eq. 6-8.

    Args:
        graph: a forward step, before zoneout.
        gain: the gains' value at first.
        bias: whether biases are added afterwards (at first 0).
    """
    weights: dict[str, float] = {}
    memories = {node: name for name, node in list(graph.outputs.items())[1:] if not node.is_leaf}
    counts: dict[str, int] = {}
    new: dict[Node, Node] = {}

    def normal(node: Node, site: str, shift: str | None) -> Node:
        weights[f"gain_{site}"] = gain
        result = Value(Node("batch_norm", (node,), site)) * _weight(f"gain_{site}")
        if shift is not None and bias:
            weights[shift] = 0.0
            result = result + _weight(shift)
        return result.node

    for node in graph.nodes:
        args = [new[a] for a in node.args]
        if node.op in SQUASHING and node.args[0] in memories:
            name = memories[node.args[0]]
            args = [normal(args[0], name, bias_name(name))]
        new[node] = _rebuilt(node, args)
        if node.op == "input":
            new[node] = normal(new[node], f"{node.name}_input", bias_name(node.name))
        elif node.op == "product":
            counts[node.name] = number = counts.get(node.name, 0) + 1
            new[node] = normal(new[node], f"{node.name}_recurrent{number if number > 1 else ''}", None)
    outputs = {name: new[node] for name, node in graph.outputs.items()}
    return Normalised(Graph(outputs, {k: new[n] for k, n in graph.names.items()}).merged(), weights)


def summed_inputs(graph: Graph) -> list[Node]:
    """The summed inputs of a step, in order of computing."""
    linear = _linear(graph)
    outer = {a for n in graph.nodes if n not in linear or n.op == "product" for a in n.args}
    outer |= set(graph.outputs.values())
    return [n for n in graph.nodes if n in linear and n in outer and n.op != "recurrent_bias"]


def _linear(graph: Graph) -> set[Node]:
    """Input parts, recurrent products, second biases, and sums of nothing else."""
    found: set[Node] = set()
    for node in graph.nodes:
        if node.op in _PARTS or (node.op == "add" and all(a in found for a in node.args)):
            found.add(node)
    return found


def terms(node: Node) -> list[Node]:
    """What a summed input is the sum of."""
    return [term for a in node.args for term in terms(a)] if node.op == "add" else [node]


def _named(sums: list[list[Node]]) -> Iterable[str]:
    """A name for each sum: that of its gate; with the half, where a gate's halves stand apart."""
    gates = [next((t for t in one if t.op == "input"), one[0]).name for one in sums]
    taken: set[str] = set()
    for gate, one in zip(gates, sums, strict=True):
        half = "_input" if any(t.op == "input" for t in one) else "_recurrent"
        name = gate + (half if gates.count(gate) > 1 else "")
        number = 1
        while name in taken:
            number += 1
            name = f"{gate}{half}{number}"
        taken.add(name)
        yield name


def _normalised(summed: list[Node], site: str, gain: float, bias: bool, weights: dict[str, float]) -> Node:
    """One normalised sum, its biases after it."""
    parts = [Value(t) for t in summed if t.op != "recurrent_bias"]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    weights[f"gain_{site}"] = gain
    biases = [Value(t) for t in summed if t.op == "recurrent_bias"]
    for gate in [t.name for t in summed if t.op == "input" and bias]:
        weights[bias_name(gate)] = 0.0
        biases.append(_weight(bias_name(gate)))
    result: Value = layer_norm(total, _weight(f"gain_{site}"), *biases[:1])
    for further in biases[1:]:
        result = result + further
    return result.node


def _weight(name: str) -> Value:
    return Value(Node("weight", name=name))


def _rebuilt(node: Node, args: list[Node]) -> Node:
    return node if args == list(node.args) else Node(node.op, tuple(args), node.name, node.value, node.place)
