"""Cells as people read them: equations, the derived BPTT step and parameters, as text and LaTeX."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from undertow.lang.definition import Cell
from undertow.lang.expr import Graph, Node, topological
from undertow.lang.notation import LATEX, TEXT, Notation

__all__ = ["bptt_latex", "bptt_text", "equations", "equations_latex", "equations_text", "expression",
    "parameters_text",
]  # fmt: skip

_LARGE = 6
"""An unnamed expression of at least this many nodes gets a line of its own when it is used twice."""


def equations_text(cell: Cell) -> list[str]:
    """The step's equations, one string each, in plain text."""
    return equations(cell.graph, TEXT)


def bptt_text(cell: Cell) -> list[str]:
    """The equations of the derived BPTT step in plain text.

    ``d_h[t]`` is dL/dh after step t, ``d_h[t-1]`` what is carried to the step before, ``d_x.i`` the gradient
    of gate i's summed input, ``U.i'`` the transposed matrix.
    """
    return equations(cell.adjoint.graph, TEXT, given=_forward_names(cell))


def equations_latex(cell: Cell) -> str:
    """The step's equations as a LaTeX ``aligned`` block."""
    return _aligned(equations(cell.graph, LATEX))


def bptt_latex(cell: Cell) -> str:
    """The derived BPTT step as a LaTeX ``aligned`` block."""
    given = _forward_names(cell)
    return _aligned(equations(cell.adjoint.graph, LATEX, given=given))


def expression(node: Node, names: Mapping[Node, str]) -> str:
    """A value in plain text: by its name, or as it is computed from others, as far as these have names."""
    return _write(node, TEXT, names)[0]


def _forward_names(cell: Cell) -> dict[str, Node]:
    written: dict[Node, str] = {}
    for name, node in [*cell.graph.outputs.items(), *cell.graph.names.items()]:
        written.setdefault(node, name)  # the name that the equations are written with
    return {name: node for node, name in written.items()}


def _aligned(lines: list[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def parameters_text(cell: Cell) -> list[tuple[str, str, str]]:
    """(name, shape, meaning) of each parameter, in terms of I inputs and H units."""
    recurrent = "H" if cell.heads == 1 else f"H/{cell.heads}"
    rows = [
        ("W", cell.input_gates, "({n} H, I)", "input weights"),
        ("b", cell.input_gates, "({n} H,)", "biases"),
        ("U", cell.recurrent_gates, f"({{n}} H, {recurrent})", "recurrent weights"),
        ("d", cell.recurrent_bias_gates, "({n} H,)", "biases of recurrent parts that stand alone"),
    ]
    table = [
        (name, shape.format(n=len(gates)).replace("(1 H", "(H"), f"{meaning}, gates {' '.join(gates)}")
        for name, gates, shape, meaning in rows
        if gates
    ]
    table += [(f"p.{w}", "(H,)", f"weight per unit, starts at {v:g}") for w, v in cell.weights.items()]
    return table


def equations(graph: Graph, notation: Notation, given: Mapping[str, Node] | None = None) -> list[str]:
    """One line for every output, every named node and every large shared one, in the order of computing.

    Nodes in ``given`` are known by name and not written again.
    """
    known = {node: notation.name(name) for name, node in (given or {}).items() if not node.is_leaf}
    labels = _labels(graph, notation, set(known), known.values())
    lines = []
    for node in _order(graph, known):
        if node in labels:
            right, _ = _write(node, notation, known, top=True)
            lines.append(notation.line(labels[node], right))
            known[node] = labels[node]
    for name, node in graph.outputs.items():
        if labels.get(node) != notation.name(name):
            lines.append(notation.line(notation.name(name), _write(node, notation, known)[0]))
    return lines


def _order(graph: Graph, known: Mapping[Node, str]) -> Iterable[Node]:
    """Nodes that must be written, in the order the equations name them, stopping at known ones."""
    seen: set[Node] = set()

    def visit(node: Node) -> Iterable[Node]:
        if node in seen or node in known:
            return
        seen.add(node)
        for argument in node.args:
            yield from visit(argument)
        yield node

    for node in [*graph.names.values(), *graph.outputs.values()]:
        yield from visit(node)


def _labels(graph: Graph, notation: Notation, known: set[Node], taken_already: Iterable[str]) -> dict[Node, str]:
    """The left-hand side of every node that gets a line."""
    labels: dict[Node, str] = {}
    for name, node in [*graph.outputs.items(), *graph.names.items()]:
        if not node.is_leaf and node not in known and node not in labels:
            labels[node] = notation.name(name)
    taken = {*labels.values(), *taken_already}
    wanted = list(_order(graph, dict.fromkeys(known, "")))
    uses = Counter(a for n in wanted for a in n.args)
    for node in wanted:
        large = uses[node] > 1 and len(list(topological([node]))) >= _LARGE
        if node not in labels and large:
            number = next(n for n in range(1, 10_000) if notation.name(f"v{n}") not in taken)
            labels[node] = notation.name(f"v{number}")
            taken.add(labels[node])
    return labels


def _write(node: Node, notation: Notation, known: Mapping[Node, str], *, top: bool = False) -> tuple[str, int]:
    """The expression and how tightly it binds."""
    if node in known and not top:
        return known[node], 4
    if node.is_leaf:
        return notation.leaf(node)
    form = notation.operations[node.op]
    written = []
    for argument, needs in zip(node.args, (*form.needs, 0, 0, 0), strict=False):
        text, binds = _write(argument, notation, known)
        written.append(text if binds >= needs else f"({text})")
    return form.template.format(*written, name=notation.gate(node.name)), form.binds
