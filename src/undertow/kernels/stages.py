"""Put the values of a step into stages, and store in memory the values that a later stage reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from undertow.kernels.program import Contraction, DeltaPlanes, Memory, Program, Stage, Write
from undertow.lang.expr import GRADIENTS, Graph, Node, Rank, topological
from undertow.lang.operations import COMPARISONS

__all__ = ["Planner"]


class Planner:
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
        self.nodes = list(topological([*(w.node for w in writes), *samples], self.loads))
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

    def _roots(self, writes: Sequence[Write]) -> dict[Node, list[Node]]:
        """Sums of transposed products that are computed in one go: their last addition, and the products."""
        # As one product their sums stay in registers over all gates; what somebody else reads must be there by itself.
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
        return node.is_leaf and node.op not in ("input", *GRADIENTS)

    def _earlier(self, node: Node, number: int) -> int | None:
        """The stage before ``number`` that computes ``node`` and from which it is handed on, if there is one.

        In BPTT that is always the first possible one: later, what was kept may be overwritten.
        """
        # A comparison is a mask of lanes and no number: it has no place in memory, and is made again.
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

    def program(self, name: str, planes: int, gradients: DeltaPlanes | None = None, carried: int = 0) -> Program:
        """The finished plan."""
        vectors = tuple(dict.fromkeys((n.op, n.name) for n in self.nodes if n.op in ("weight", "recurrent_bias")))
        return Program(
            name, tuple(self.stages), self.loads | self.memory, self.components, vectors, self.names, self.spills,
            self.sums, self.samples, planes, self.heads, gradients, carried,
        )  # fmt: skip
