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

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from undertow.kernels.mathlib import EXPENSIVE
from undertow.lang.adjoint import Adjoint
from undertow.lang.expr import COMPARISONS, Graph, Node, Rank, topological

__all__ = ["Contraction", "Gradients", "Kept", "Memory", "Program", "Stage", "Write", "backward", "forward", "keep"]


#: Where a value stands: a buffer, and the name or index of its place there.
Memory = tuple[str, str | int]


@dataclass(frozen=True)
class Contraction:
    """Products with the same operands: ``slots[i]`` is the sum over ``operands`` of matrix ``gates[i][o]`` times it.

    ``kind`` is ``input`` (W x + b), ``product`` (U times a value) or ``transposed_product``. An operand is ``None``
    (x itself) or a node that stands in memory.
    """

    kind: str
    slots: tuple[Node, ...]
    operands: tuple[Node | None, ...]
    gates: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Write:
    """A value that leaves a stage: ``kind`` says to which buffer, ``index`` or ``name`` to which place in it.

    ========  ====================================================================
    next      the state component ``name`` after this step
    kept      plane ``index`` of what the forward step keeps
    delta     plane ``index`` of the gradients of pre-activations
    spill     plane ``index`` of what a later stage of the same step reads
    carried   dL/d(component ``name``) of the state before this step
    weight    added to the gradient of the weight per unit ``name``
    raw       dL/dx through ``x.raw``
    sum       added up over units: sum ``index`` of the step
    ========  ====================================================================
    """

    kind: str
    node: Node
    name: str = ""
    index: int = 0


@dataclass
class Stage:
    """One pass over units: products first, then ``nodes`` in order, then ``writes``.

    ``nodes`` maps each value to where it is read from, (buffer, name or index), or to None if it is computed.
    """

    contractions: list[Contraction] = field(default_factory=list)
    nodes: dict[Node, Memory | None] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)


@dataclass(frozen=True)
class Kept:
    """What the forward step leaves for BPTT: values per unit by their plane, and sums, one number a sample.

    Planes of operands of products lie behind those that gradients of pre-activations take the place of.
    """

    planes: Mapping[Node, int]
    sums: Mapping[Node, int]


@dataclass(frozen=True)
class Gradients:
    """Where a BPTT step leaves dL/d(pre-activation), as planes of its ``delta`` buffer; None where nothing flows.

    ``inputs`` and ``recurrent_bias`` are by gate; ``products`` lists (gate, plane, where its operand stands).
    """

    inputs: Mapping[str, int | None]
    products: tuple[tuple[str, int | None, Memory], ...]
    recurrent_bias: Mapping[str, int | None]
    weights: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Program:
    """A step, planned.

    ``memory`` says where values stand that products read, ``samples`` maps sums that are written out for every step
    to their index there. ``planes`` is the number of
    planes of the buffer that ``kept`` and ``delta`` share.
    """

    name: str
    stages: tuple[Stage, ...]
    memory: Mapping[Node, Memory]
    components: tuple[str, ...]
    vectors: tuple[tuple[str, str], ...]
    names: Mapping[Node, str]
    spills: int
    sums: Mapping[Node, int]
    samples: Mapping[Node, int]
    planes: int
    heads: int
    gradients: Gradients | None = None

    @property
    def contractions(self) -> tuple[Contraction, ...]:
        """Every contraction, in the order of the stages."""
        return tuple(c for stage in self.stages for c in stage.contractions)


# ---- what is kept


def keep(graph: Graph, adjoint: Adjoint, gates: Sequence[str]) -> Kept:
    """What BPTT needs of the forward step and cannot cheaply compute again from the states."""
    own = set(graph.nodes)
    ranks = graph.ranks
    outputs = set(graph.outputs.values())
    free = {node for node in graph.nodes if node.is_leaf and node.op != "input"} | outputs
    needed = [n for n in _directly_used(adjoint, own) if n not in free]
    planes = {p.operand: None for p in adjoint.products if p.operand.op not in ("state", "raw")}
    operands = [n for n in planes if n not in outputs]
    planes = dict.fromkeys(operands)
    sums: dict[Node, None] = {}

    def missing(node: Node) -> frozenset[Node]:
        """What would have to be kept besides, to compute ``node`` again."""
        if node in free or node in planes or ranks[node] == Rank.CELL:
            return frozenset()
        if node.op in ("input", "product", "sum"):
            return frozenset([node])
        more = frozenset[Node]().union(*(missing(a) for a in node.args))
        planar = [n for n in more if ranks[n] == Rank.UNIT]
        if node.op in COMPARISONS:
            return more
        if ranks[node] == Rank.UNIT and (len(planar) > 1 or (planar and node.op in EXPENSIVE)):
            return frozenset([node])
        return more

    costly = [n for n in needed if n.op in EXPENSIVE or n.op in ("input", "product")]
    for node in [*costly, *needed]:
        for found in sorted(missing(node), key=graph.nodes.index):
            (planes if ranks[found] == Rank.UNIT else sums)[found] = None
    order = graph.nodes.index
    free_to_take = sorted((n for n in planes if n not in operands), key=order)
    behind = max(len(free_to_take), len(_delta_order(adjoint, gates)))
    places = {n: i for i, n in enumerate(free_to_take)} | {n: behind + i for i, n in enumerate(operands)}
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
    return _Planner(names, writes, {}, heads, components, samples).program(name, _planes(kept) if kept else 0)


def backward(
    graph: Graph, heads: int, components: Sequence[str], adjoint: Adjoint, kept: Kept, gates: Sequence[str]
) -> Program:
    """The BPTT step, reading what :func:`forward` kept. Gradients of pre-activations lie in the order of ``gates``."""
    loads: dict[Node, Memory] = {node: ("after", name) for name, node in graph.outputs.items() if _is_new(node)}
    loads |= {node: ("kept_sum", i) for node, i in kept.sums.items()}
    loads |= {node: ("kept", i) for node, i in kept.planes.items()}
    new = _gathered([*adjoint.graph.outputs.values(), *(p.delta for p in adjoint.products)])
    deltas = {node: i for i, node in enumerate(_delta_order(adjoint, gates))}
    writes = [Write("delta", new.get(node, node), index=i) for node, i in deltas.items()]
    writes += [Write("carried", new.get(node, node), name) for name, node in adjoint.state.items()]
    writes += [Write("weight", new.get(n, n), name, i) for i, (name, n) in enumerate(adjoint.weights.items())]
    if adjoint.raw is not None:
        writes.append(Write("raw", new.get(adjoint.raw, adjoint.raw)))
    places = loads | {n: ("before", n.name) for n in graph.nodes if n.op == "state"}
    gradients = Gradients(
        {gate: deltas.get(node) for gate, node in adjoint.inputs.items()},
        tuple((p.gate, deltas.get(p.delta), places.get(p.operand, ("raw", 0))) for p in adjoint.products),
        {gate: deltas.get(node) for gate, node in adjoint.recurrent_bias.items()},
        tuple(adjoint.weights),
    )
    names = {new.get(node, node): name for name, node in adjoint.graph.names.items()}
    planner = _Planner(names, writes, loads, heads, components, {})
    return planner.program("backward", max(_planes(kept), len(deltas)), gradients)


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
            args = tuple(new.get(a, a) for a in node.args)
            new[node] = Node(node.op, args, node.name, node.value, node.place)
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


class _Planner:
    """Puts the nodes of one step into stages."""

    def __init__(
        self,
        names: Mapping[Node, str],
        writes: Sequence[Write],
        loads: Mapping[Node, Memory],
        heads: int,
        components: Sequence[str],
        samples: Mapping[Node, int],
    ) -> None:
        self.names, self.heads, self.components, self.samples = names, heads, tuple(components), samples
        self.loads, self.memory = dict(loads), dict[Node, Memory]()
        self.nodes = self._needed(w.node for w in writes)
        self.ranks = Graph({str(i): n for i, n in enumerate(self.nodes)}, {}).ranks
        self.roots = self._roots(writes)
        self.level: dict[Node, int] = {}
        for node in self.nodes:
            self.level[node] = self._level(node)
        self.sums = {n: i for i, n in enumerate(n for n in self.nodes if n.op == "sum" and n not in self.loads)}
        count = 1 + max((self.level[w.node] for w in writes), default=0)
        self.stages = [Stage() for _ in range(count)]
        self.slots: list[list[Node]] = [[] for _ in range(count)]
        self.spills = 0
        self._place(writes)

    def _needed(self, wanted: Iterable[Node]) -> list[Node]:
        """Nodes to compute, arguments first; what is loaded is not looked into."""
        done: dict[Node, None] = {}

        def visit(node: Node) -> None:
            stack = [(node, False)]
            while stack:
                n, ready = stack.pop()
                if n in done:
                    continue
                if ready or n in self.loads:
                    done[n] = None
                else:
                    stack.append((n, True))
                    stack.extend((a, False) for a in reversed(n.args))

        for node in wanted:
            visit(node)
        return list(done)

    def _roots(self, writes: Sequence[Write]) -> dict[Node, list[Node]]:
        """Sums of transposed products that are computed in one go: their last addition, and the products."""
        users: dict[Node, int] = {}
        for node in self.nodes:
            for argument in node.args if node not in self.loads else ():
                users[argument] = users.get(argument, 0) + 1
        for write in writes:
            users[write.node] = users.get(write.node, 0) + 1
        trees: dict[Node, list[Node]] = {}
        for node in self.nodes:
            if node in self.loads:
                continue
            if node.op in ("product", "transposed_product"):
                trees[node] = [node]
            elif node.op == "add" and all(
                a in trees and users[a] == 1 and trees[a][0].op == "transposed_product" for a in node.args
            ):
                trees[node] = [p for a in dict.fromkeys(node.args) for p in trees.pop(a)]
        return trees

    def _level(self, node: Node) -> int:
        """The first stage in which ``node`` can be had."""
        if node in self.loads or node.is_leaf:
            return 0
        if node in self.roots:
            operands = [p.args[0] for p in self.roots[node]]
            return max(0 if self._in_memory(o) else self.level[o] + 1 for o in operands)
        levels = [self.level.get(a, 0) for a in node.args]
        return max(levels, default=0) + (node.op == "sum")

    def _in_memory(self, operand: Node) -> bool:
        return operand.op == "state" or self.loads.get(operand, ("",))[0] == "after"

    # ---- placing

    def _place(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if write.kind in ("kept", "delta"):
                self.memory[write.node] = (write.kind, write.index)
            self.stages[self.level[write.node]].writes.append(write)
        for root in self.roots:
            for product in self.roots[root]:
                self._operand(product.args[0])
        for node, index in self.sums.items():
            self.stages[self.level[node.args[0]]].writes.append(Write("sum", node.args[0], index=index))
        for number, stage in enumerate(self.stages):
            for write in list(stage.writes):
                self._compute(write.node, number)
        for number, stage in enumerate(self.stages):
            stage.contractions = self._contractions(self.slots[number])

    def _operand(self, node: Node) -> None:
        """Let an operand of a product stand in memory once it is computed."""
        if not self._in_memory(node) and node not in self.memory:
            self._spill(node, self.level[node])

    def _spill(self, node: Node, number: int) -> None:
        self.memory[node] = ("spill", self.spills)
        self.stages[number].writes.append(Write("spill", node, index=self.spills))
        self.spills += 1

    def _compute(self, node: Node, number: int) -> None:
        """See that ``node`` can be had in stage ``number``: computed there, or read from memory."""
        here = self.stages[number].nodes
        if node in here:
            return
        if self._at_hand(node):
            here[node] = self.loads.get(node)
            return
        earlier = self._earlier(node, number)
        if earlier is not None:
            if node not in self.memory:
                self._compute(node, earlier)
                self._spill(node, earlier)
            here[node] = self.memory[node]
            return
        if node in self.loads:
            here[node] = self.loads[node]
            return
        if node.op == "input" or node in self.roots:
            self.slots[number].append(node)
        else:
            for argument in node.args:
                self._compute(argument, number)
        here[node] = None

    def _at_hand(self, node: Node) -> bool:
        """Whether any stage can read the value as it is."""
        buffer = self.loads.get(node, ("",))[0]
        if node in self.sums or buffer in ("kept_sum", "after"):
            return True
        return node.is_leaf and node.op not in ("input", "cotangent")

    def _earlier(self, node: Node, number: int) -> int | None:
        """The stage before ``number`` that computes ``node`` and from which it is handed on, if there is one.

        In BPTT that is always the first possible one: later, what was kept may be overwritten.
        """
        if self.ranks[node] != Rank.UNIT or node.op in COMPARISONS:
            return None
        eager = bool(self.loads)
        if eager:
            return self.level[node] if self.level[node] < number else None
        return next((n for n in range(number) if node in self.stages[n].nodes), None)

    def _contractions(self, slots: Sequence[Node]) -> list[Contraction]:
        groups: dict[tuple[object, ...], list[Node]] = {}
        for slot in slots:
            products = self.roots.get(slot, [])
            operands = tuple(p.args[0] for p in products)
            groups.setdefault((products[0].op if products else "input", operands), []).append(slot)
        made = []
        for (kind, _), members in sorted(groups.items(), key=lambda g: g[0][0] != "input"):
            if kind == "input":
                made.append(Contraction("input", tuple(members), (None,), tuple((m.name,) for m in members)))
                continue
            first = self._in_order(self.roots[members[0]])
            gates = tuple(tuple(p.name for p in self._in_order(self.roots[m])) for m in members)
            made.append(Contraction(str(kind), tuple(members), tuple(p.args[0] for p in first), gates))
        return made

    def _in_order(self, products: list[Node]) -> list[Node]:
        """Products by the plane in which their operand lies."""
        return sorted(products, key=lambda p: self.memory.get(p.args[0], ("", 0)))

    def program(self, name: str, planes: int, gradients: Gradients | None = None) -> Program:
        """The finished plan."""
        vectors = tuple(dict.fromkeys((n.op, n.name) for n in self.nodes if n.op in ("weight", "recurrent_bias")))
        return Program(
            name, tuple(self.stages), self.loads | self.memory, self.components, vectors, self.names, self.spills,
            self.sums, self.samples, planes, self.heads, gradients,
        )  # fmt: skip
