"""What a diagram shows of a graph: boxes and wires, and where they stand in a row of columns.

Every operation that depends on what the step is given is a box. Two things are drawn shorter. A gate's whole summed
input is one box. A value that is fixed during the step is a word at the operation that takes it: a number, a weight
per unit, and in a BPTT step everything that the forward step has left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from undertow.lang.diagram.lanes import Wire
from undertow.lang.expr import Graph, Node
from undertow.lang.notation import TEXT
from undertow.lang.operation import Template
from undertow.lang.operations import OPERATIONS

__all__ = ["Box", "Sketch", "sketch"]

_WORDS = {
    **{name: one.inline for name, one in OPERATIONS.items()},
    "transposed_product": TEXT.operations["transposed_product"],
    "product": Template("U_{{{name}}}{}", 2, (4,)),
    "square": Template("{}²", 4, (4,)),
}
_LONG = 20
"""A fixed value of more letters gets a name of its own and a line under the diagram."""
_PORT = 9.0
"""How far under the middle of its gate's box the input enters, and between the three entries of ``where``."""


@dataclass(frozen=True)
class Box:
    """One drawn box. Texts mark subscripts as ``h_{t}``; ``nodes`` are the graph's nodes it stands for.

    ``pill`` is the fixed value that the operation takes, ``name`` what the equations call the result, ``gradient`` the
    output of the step it is, where that output is no component of the state.
    """

    kind: str
    text: str
    nodes: tuple[Node, ...] = ()
    pill: str = ""
    name: str = ""
    gradient: str = ""
    lines: tuple[str, ...] = ()


@dataclass
class Sketch:
    """Boxes, wires, columns and the chains that run straight on top; ``notes`` spell out long fixed values."""

    boxes: list[Box] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    rails: list[list[int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    input: int | None = None


def sketch(graph: Graph, carried: Mapping[str, str], known: Mapping[str, Node] | None = None) -> Sketch:
    """Boxes and wires for ``graph``.

    ``carried`` maps each component's leaf to the output that carries it on. With ``known``, the forward step's names,
    it is a BPTT step: everything that depends on no cotangent is fixed.
    """
    return _Sketcher(graph, carried, known).draw()


class _Sketcher:
    def __init__(self, graph: Graph, carried: Mapping[str, str], known: Mapping[str, Node] | None):
        self.graph, self.carried, self.back = graph, carried, known is not None
        self.given = ("cotangent",) if self.back else ("state", "input", "raw")
        moving: set[Node] = set()
        for node in graph.nodes:
            if node.op in self.given or any(a in moving for a in node.args):
                moving.add(node)
        self.moving = moving
        self.words = {node: name for name, node in (known or {}).items() if not node.is_leaf and node not in moving}
        self.uses = Counter([*(a for n in graph.nodes for a in n.args), *graph.outputs.values()])
        self.labels: dict[Node, str] = {}
        outputs = {node: name for name, node in graph.outputs.items()}
        for name, node in graph.names.items():
            if outputs.get(node) != name and node in moving:
                self.labels[node] = f"{self.labels[node]} = {name}" if node in self.labels else name
        self.sketch = Sketch()
        self.box_of: dict[Node, int] = {}
        self.merged: dict[Node, tuple[Node, ...]] = {}

    def draw(self) -> Sketch:
        """Everything, in the order that the layout wants: chains first, then sources, then in order of computing."""
        chains = self._chains()
        leaf_op = self.given[0]
        leaves = {n.name: n for n in self.graph.nodes if n.op == leaf_op}
        for name in [*(c[0].name for c in chains), *(c for c in self.carried if c in leaves)]:
            if leaves[name] not in self.box_of:
                text = f"d_{name}[t]" if self.back else f"{name}_{{t-1}}"
                self.box_of[leaves[name]] = self._add(Box("state", text, (leaves[name],)), 0)
        if not self.back and any(n.op in ("input", "raw") for n in self.graph.nodes):
            self.sketch.input = self._add(Box("input", "x_{t}"), 0)
        self._merge_gates()
        absorbed = {part for parts in self.merged.values() for part in parts}
        for node in self.graph.nodes:
            if node in self.moving and node not in absorbed and node not in self.box_of:
                self._draw(node)
        self._results()
        for chain in chains:
            boxes = [self.box_of[n] for n in chain]
            self.sketch.rails.append([*boxes, self.result_of[self.carried[chain[0].name]]])
        return self.sketch

    def _add(self, box: Box, column: int) -> int:
        self.sketch.boxes.append(box)
        self.sketch.columns.append(column)
        return len(self.sketch.boxes) - 1

    def _chains(self) -> list[list[Node]]:
        """For each component that reaches its next value by × and + alone, that way."""
        chains: list[list[Node]] = []
        for name, output in self.carried.items():
            taken = {n for chain in chains for n in chain}
            chain = _way(self.graph, self.graph.outputs[output], self.given[0], name, taken)
            if chain:
                chains.append(chain)
        return chains

    def _merge_gates(self) -> None:
        """Sums of a gate's input part (or second bias) and its recurrent product that nothing else uses a part of."""
        for node in self.graph.nodes:
            if node.op != "add" or node not in self.moving:
                continue
            parts = sorted(node.args, key=lambda n: n.op == "product")
            alone = all(self.uses[p] == 1 and p not in self.labels for p in parts)
            kinds = (parts[0].op in ("input", "recurrent_bias"), parts[1].op == "product")
            if alone and all(kinds) and parts[0].name == parts[1].name:
                self.merged[node] = tuple(parts)

    def _draw(self, node: Node) -> None:
        gate = self.merged.get(node, (node,) if node.op in ("input", "product", "transposed_product") else ())
        wires: list[tuple[int, bool, float | None]] = []
        if node.op == "raw" and self.sketch.input is not None:
            self.box_of[node] = self.sketch.input
            return
        if gate:
            box = Box("gate", self._gate_text(gate), tuple(dict.fromkeys([*gate, node])))
            products = [n for n in gate if n.op != "input" and n.args]
            wires = [(self.box_of[p.args[0]], True, None) for p in products if p.args[0] in self.box_of]
            if gate[0].op == "input" and self.sketch.input is not None:
                wires.append((self.sketch.input, not wires, _PORT if wires else None))
        elif node.op == "where":
            box, wires = self._where(node)
        else:
            box, wires = self._operation(node)
        outputs = [k for k, v in self.graph.outputs.items() if v is node and k not in self.carried.values()]
        box = Box(box.kind, box.text, box.nodes, box.pill, self.labels.get(node, ""), " = ".join(outputs), box.lines)
        number = self._add(box, 1 + max((self.sketch.columns[w[0]] for w in wires), default=0))
        self.sketch.wires += [Wire(source, number, lead, port) for source, lead, port in wires]
        self.box_of[node] = number

    def _gate_text(self, parts: Sequence[Node]) -> str:
        texts = []
        for node in parts:
            name = f"_{{{node.name}}}"
            if node.op == "transposed_product":
                return f"U{name}ᵀ"
            if node.op == "product":
                operand = node.args[0]
                plain = operand.op == "state" or operand not in self.moving
                texts.append(f"U{name}" + (self._leaf(operand) if plain else "(·)"))
            else:
                texts.append(f"W{name}x + b{name}" if node.op == "input" else f"d{name}")
        if len(texts) == 2 and parts[0].op == "input":
            return f"W_{{{parts[0].name}}}x + {texts[1]} + b_{{{parts[0].name}}}"
        return " + ".join(reversed(texts))

    def _operation(self, node: Node) -> tuple[Box, list[tuple[int, bool, float | None]]]:
        operation = OPERATIONS[node.op]
        kind, sign = "activation" if operation.activation else "pointwise", operation.sign
        fixed = [a for a in node.args if a not in self.moving]
        sources = list(dict.fromkeys(self.box_of[a] for a in node.args if a in self.moving))
        wires: list[tuple[int, bool, float | None]] = [
            (source, n == 0 or operation.commutes, None) for n, source in enumerate(sources)
        ]
        pill = ""
        if fixed:
            word, binds = self._write(fixed[0])
            first = node.args[0] is fixed[0]
            if node.op in ("mul", "add") and fixed[0].op != "literal":
                pill = word
            elif operation.infix:
                word = f"({word})" if binds < 4 else word
                sign = f"{word} {sign}" if first else f"{sign} {word}"
            else:
                sign = f"{sign}(·, {word})"
        elif len(node.args) == 2 and len(sources) == 1:
            sign = {"mul": "( )²", "add": "2 ×"}.get(node.op, f"( ) {sign} ( )")
        return Box(kind, sign, (node,), pill), wires

    def _where(self, node: Node) -> tuple[Box, list[tuple[int, bool, float | None]]]:
        lines, wires = [], list[tuple[int, bool, float | None]]()
        for number, (word, argument) in enumerate(zip(("if", "then", "else"), node.args, strict=True)):
            if argument in self.moving:
                wires.append((self.box_of[argument], number == 1, (number - 1) * 2 * _PORT or None))
                lines.append(word)
            else:
                lines.append(f"{word} {self._word(argument)}")
        return Box("pointwise", "where", (node,), lines=tuple(lines)), wires

    def _results(self) -> None:
        """What leaves the step on the right, and gradients that nothing in the step goes on with."""
        self.result_of: dict[str, int] = {}
        last = 1 + max([1, *self.sketch.columns])
        dangling = {k: n for k, n in self.graph.outputs.items() if k not in self.carried.values()}
        sources = {w.source for w in self.sketch.wires}
        for name, node in dangling.items():
            if node not in self.moving or self.box_of[node] not in sources:
                self._result(name, name, node, "gradient", None)
                source = self.box_of[node]
                self.sketch.boxes[source] = replace(self.sketch.boxes[source], gradient="")
        last = max([last, *(1 + c for c in self.sketch.columns)])
        for output in self.carried.values():
            text = output if self.back else f"{output}_{{t}}"
            self._result(output, text, self.graph.outputs[output], "result", last)

    def _result(self, name: str, text: str, node: Node, kind: str, column: int | None) -> None:
        source = self.box_of.get(node)
        if source is None:
            source = self.box_of[node] = self._add(Box("value", self._word(node)), 1)
        self.result_of[name] = self._add(Box(kind, text), column or self.sketch.columns[source] + 1)
        self.sketch.wires.append(Wire(source, self.result_of[name]))

    def _word(self, node: Node) -> str:
        """A fixed value in words; a long one by a name that a note explains."""
        return self._write(node)[0]

    def _leaf(self, node: Node) -> str:
        marks = {"state": "_{t-1}" if self.back else "", "weight": ""}
        if node.op in ("state", "weight", "recurrent_bias"):
            letter = {"weight": f"p_{{{node.name}}}", "recurrent_bias": f"d_{{{node.name}}}"}.get(node.op, node.name)
            return letter + marks.get(node.op, "")
        if node.op == "input":
            return f"W_{{{node.name}}}x + b_{{{node.name}}}"
        return TEXT.leaf(node)[0].replace("-", "−") if node.is_leaf else self._word(node)

    def _write(self, node: Node) -> tuple[str, int]:
        if node in self.words:
            return self.words[node], 4
        if node.is_leaf:
            return self._leaf(node), TEXT.leaf(node)[1]
        square = node.op == "mul" and node.args[0] is node.args[1]
        form = _WORDS["square" if square else node.op]
        parts = []
        for argument, needs in zip(node.args[:1] if square else node.args, (*form.needs, 0, 0, 0), strict=False):
            text, binds = self._write(argument)
            parts.append(text if binds >= needs else f"({text})")
        written = form.template.format(*parts, name=node.name)
        if len(written) <= _LONG:
            return written, form.binds
        name = f"v_{{{len(self.sketch.notes) + 1}}}"
        self.sketch.notes.append(f"{name} = {written}")
        self.words[node] = name
        return name, 4


def _way(graph: Graph, output: Node, leaf: str, name: str, taken: set[Node]) -> list[Node]:
    """The shortest way from the leaf called ``name`` to ``output`` by × and + (and −, as what is subtracted from)."""
    ways: dict[Node, list[Node]] = {}
    for node in graph.nodes:
        through = {"add": node.args, "mul": node.args, "sub": node.args[:1]}.get(node.op, ())
        found = [ways[a] for a in through if a in ways]
        if node.op == leaf and node.name == name:
            found = [[]]
        if found and node not in taken:
            ways[node] = [*min(found, key=len), node]
    return ways.get(output, [])
