"""Noise as equations: zoneout and recurrent dropout, as rewrites of a step, and the masks that they draw.

A mask is drawn by counting, not by remembering: whether a number is kept follows from the seed of the run, the place
in the equations, the step, the sample and the unit. Every engine draws the same masks, and the backward pass draws
them again.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from undertow.lang.expr import Graph, Node
from undertow.lang.normalise import SQUASHING, summed_inputs, terms

__all__ = ["MIX", "STEPS", "drop_candidate", "drop_operands", "kept", "site", "threshold", "zone_out"]

#: The finalizer of MurmurHash3 (Appleby 2011): shift, multiply, shift, multiply, shift.
MIX = (16, 0x85EBCA6B, 13, 0xC2B2AE35, 16)
#: What the numbers of the step, of the sample and of the unit are multiplied with before they are added; all odd.
STEPS = (0x9E3779B9, 0x7F4A7C15, 0x94D049BB)

_32 = 0xFFFFFFFF


def zone_out(graph: Graph, rates: Mapping[str, float], *, training: bool) -> Graph:
    """Zoneout: each unit of a component keeps its old value with its probability; after training, the mean of both.

    Source: Krueger et al. 2017, "Zoneout: regularizing RNNs by randomly preserving hidden activations",
    arXiv:1606.01305.
    """
    outputs = dict(graph.outputs)
    for name, rate in rates.items():
        old, new = Node("state", name=name), graph.outputs[name]
        if training:
            outputs[name] = Node("where", (Node("draw", name=f"zoneout {name}", value=rate), new, old))
        else:
            parts = (_times(new, 1 - rate), _times(old, rate))
            outputs[name] = Node("add", parts)
    return Graph(outputs, graph.names).merged()


def drop_operands(graph: Graph, rate: float) -> Graph:
    """Recurrent dropout with one mask for the whole window: what recurrent matrices read is thinned out, and scaled up.

    Source: Gal and Ghahramani 2016, "A theoretically grounded application of dropout in recurrent neural networks",
    arXiv:1512.05287.
    """

    def rewrite(node: Node, args: tuple[Node, ...]) -> Node:
        if node.op == "product":
            args = (_dropped(args[0], Node("draw_once", name="dropout", value=rate), rate),)
        return node.over(args)

    return _rewritten(graph, rewrite)


def drop_candidate(graph: Graph, gate: str, rate: float) -> Graph:
    """Recurrent dropout on the candidate: what is to be written is thinned out at every step, the memory never.

    Source: Semeniuta, Severyn and Barth 2016, "Recurrent dropout without memory loss", arXiv:1603.05118.
    """
    mask = Node("draw", name="candidate", value=rate)
    linear = {n for n in graph.nodes if n.op == "input" and n.name == gate}
    if not any(n.op in SQUASHING and _reads(n, linear) for n in graph.nodes):
        whole = {n for n in summed_inputs(graph) if linear & set(terms(n))}
        return _rewritten(graph, lambda n, args: _dropped(n.over(args), mask, rate) if n in whole else n.over(args))
    return _rewritten(
        graph,
        lambda n, args: _dropped(n.over(args), mask, rate) if n.op in SQUASHING and _reads(n, linear) else n.over(args),
    )


def _reads(node: Node, leaves: set[Node]) -> bool:
    """Whether a term of the node's argument, itself no squashed value, is one of ``leaves``."""
    stack = list(node.args)
    while stack:
        n = stack.pop()
        if n in leaves:
            return True
        if n.op not in SQUASHING:
            stack.extend(n.args)
    return False


def _dropped(node: Node, mask: Node, rate: float) -> Node:
    return Node("where", (mask, _times(node, 1 / (1 - rate)), Node("literal", value=0.0)))


def _times(node: Node, factor: float) -> Node:
    return Node("mul", (node, Node("literal", value=factor)))


def _rewritten(graph: Graph, rewrite) -> Graph:  # type: ignore[no-untyped-def]
    new: dict[Node, Node] = {}
    for node in graph.nodes:
        new[node] = rewrite(node, tuple(new[a] for a in node.args))
    names = {name: new[node] for name, node in graph.names.items()}
    return Graph({name: new[node] for name, node in graph.outputs.items()}, names).merged()


# ---- masks


def site(name: str) -> int:
    """The number of a place in the equations."""
    return zlib.crc32(name.encode())


def threshold(rate: float) -> int:
    """A number is kept if its draw, of 32 bits, is at least this."""
    return min(round(rate * 2**32), _32)


def kept(node: Node, seed: int, t: int, batch: int, hidden: int) -> NDArray[np.bool_]:
    """The mask (B, H) of a ``draw`` or ``draw_once`` node at step ``t`` of a run."""
    start = _mixed(np.asarray((seed ^ site(node.name)) & _32, np.uint64))
    step = _mixed(_plus(start, t, STEPS[0])) if node.op == "draw" else start
    rows = _mixed(_plus(step, np.arange(batch), STEPS[1]))
    return _mixed(_plus(rows[:, None], np.arange(hidden), STEPS[2])) >= threshold(node.value)


def _plus(key: NDArray[np.uint64], number: NDArray[np.int64] | int, step: int) -> NDArray[np.uint64]:
    return (key + np.asarray(number).astype(np.uint64) * np.uint64(step)) & np.uint64(_32)


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    first, multiply, second, again, last = (np.uint64(n) for n in MIX)
    x = ((x ^ (x >> first)) * multiply) & np.uint64(_32)
    x = ((x ^ (x >> second)) * again) & np.uint64(_32)
    return x ^ (x >> last)
