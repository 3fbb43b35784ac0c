"""Cells as pictures (SVG): one step, its derived BPTT step, and the chain of steps.

Drawn from the graph alone: :mod:`.sketch` says what is shown, :mod:`.lanes` and :mod:`.layout` where, :mod:`.svg`
how pictures are written, and this file how a cell looks.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise

from undertow.errors import OptionError
from undertow.lang.definition import Cell
from undertow.lang.diagram import svg
from undertow.lang.diagram.layout import BoxSize, Point, arrange
from undertow.lang.diagram.sketch import Box, Sketch, sketch

__all__ = ["bptt_svg", "cell_svg", "unrolled_svg"]

_PILL_DROP, _PILL, _NOTE = 14.0, 20.0, 18.0
"""From an operation down to its pill, the pill's height, and the height of a note's line."""


def cell_svg(cell: Cell) -> str:
    """One step of ``cell``: the state enters on the left and leaves on the right, the input enters from below.

    A component that reaches its next value by × and + alone runs straight along the top.
    """
    drawn = sketch(cell.graph, {name: name for name in cell.state})
    title = f"One step of the cell {cell.name}"
    description = (
        f"State {', '.join(cell.state)} enters on the left and leaves on the right; the output is {cell.output}. "
        f"Gates: {', '.join(cell.gates) or 'none'}. The first operand of − and ÷ enters straight from the left."
    )
    return _draw(drawn, title, description, output=f"{cell.output}_{{t}}", back=False)


def bptt_svg(cell: Cell) -> str:
    """The derived BPTT step of ``cell``, from right to left: what dL/d(state) after step t becomes before it.

    Values of the forward step that it reads are grey pills at the operations that take them.
    """
    drawn = sketch(
        cell.adjoint.graph, {name: f"d_{name}[t-1]" for name in cell.state}, {**cell.graph.names, **cell.graph.outputs}
    )
    title = f"The BPTT step of the cell {cell.name}"
    names = ", ".join(f"d_{name}" for name in cell.state)
    description = (
        f"Gradients {names} enter on the right and leave on the left, for the step before. "
        "Grey pills are values of the forward step. The first operand of − and ÷ enters straight from the right."
    )
    return _draw(drawn, title, description, output="", back=True)


def unrolled_svg(cell: Cell, steps: int = 3) -> str:
    """``steps`` copies of ``cell`` in a row around step t: the state goes right, its gradient comes back dashed.

    Raises:
        OptionError: ``steps`` is not 1 or more.
    """
    if steps < 1:
        raise OptionError(f"steps must be 1 or more, got {steps}")
    names = [f"t{n:+d}".replace("-", "−") if n else "t" for n in range(-(steps // 2) - 1, steps - steps // 2)]
    name_width = svg.text_width(cell.name) + 30
    wide, high = max(110.0, name_width), 26.0 + 60 * len(cell.state)
    gap = 46 + max(svg.text_width(f"dL/d{c}_{{{names[0]}}}", 13) for c in cell.state)
    side, top = gap + 30, 64.0
    parts = []
    for number in range(steps + 1):
        left = side + number * (wide + gap) - gap
        parts += _between(cell, names[number], left, gap, top, high, ends=(number == 0, number == steps))
    for number, step in enumerate(names[1:]):
        parts += _copy(cell, step, side + number * (wide + gap), top, wide, high)
    title = f"The cell {cell.name} unrolled over {steps} step{'s' if steps > 1 else ''}"
    description = (
        f"The same cell at each step; {', '.join(cell.state)} goes from step to step, and dashed arrows bring the "
        "gradient of the loss back."
    )
    width = 2 * side + steps * wide + (steps - 1) * gap
    return svg.document(parts, width, top + high + 64, title, description, "unrolled")


def _between(
    cell: Cell, step: str, left: float, gap: float, top: float, high: float, *, ends: tuple[bool, bool]
) -> list[str]:
    """What passes between two copies: the state after ``step``, and its gradient; an ellipsis at either end."""
    parts = []
    for number, component in enumerate(cell.state):
        y = top + 34 + 28 * number
        back = top + high - 14 - 28 * (len(cell.state) - 1 - number)
        mark = f'data-state="{escape(component)}"'
        parts.append(svg.path([(left, y), (left + gap, y)], "carry", mark))
        parts.append(svg.text(left + gap / 2, y - 12, f"{component}_{{{step}}}", "label"))
        parts.append(svg.path([(left + gap, back), (left, back)], "back dashed", mark))
        parts.append(svg.text(left + gap / 2, back - 12, f"dL/d{component}_{{{step}}}", "label back"))
    middle = top + high / 2
    parts += [
        svg.text(x, middle, "· · ·", "small") for x, end in zip((left - 16, left + gap + 16), ends, strict=True) if end
    ]
    return parts


def _copy(cell: Cell, step: str, left: float, top: float, wide: float, high: float) -> list[str]:
    """One copy of the cell with its input, its output and the gradient of the step's own loss."""
    x, output, bottom = left + wide / 2, cell.output, top + high
    return [
        f'<g class="copy" data-step="{step}">' + svg.box(left, top, wide, high, 14, "frame"),
        svg.text(x, top + high / 2 - 9, cell.name, "title"),
        svg.text(x, top + high / 2 + 10, f"step {step}", "small") + "</g>",
        svg.path([(x, bottom + 38), (x, bottom)], "flow"),
        svg.text(x, bottom + 50, f"x_{{{step}}}"),
        svg.path([(x - 14, top), (x - 14, top - 38)], "flow"),
        svg.text(x - 14, top - 50, f"{output}_{{{step}}}"),
        svg.path([(x + 14, top - 38), (x + 14, top)], "back dashed"),
        svg.text(x + 8, top - 50, f"dL_{{{step}}}/d{output}_{{{step}}}", "back", "start"),
    ]


def _draw(drawn: Sketch, title: str, description: str, *, output: str, back: bool) -> str:
    """A sketch as SVG; ``back`` mirrors it."""
    shapes = [_shape(box, output) for box in drawn.boxes]
    layout = arrange(shapes, drawn.wires, drawn.columns, below=drawn.input, rails=drawn.rails)
    width = max([layout.width, *(svg.text_width(note, 12) for note in drawn.notes)])

    def at(point: Point) -> Point:
        return (layout.width - point[0] if back else point[0]), point[1]

    rails = {pair for rail in drawn.rails for pair in pairwise(rail)}
    carried = {wire: (wire.source, wire.target) in rails for wire in drawn.wires}
    left, top, right, bottom = layout.frame
    parts = [svg.box(at((right if back else left, top))[0], top, right - left, bottom - top, 14, "frame")]
    dots = [at(dot) for dot in layout.dots]
    for wire, path in sorted(zip(drawn.wires, layout.paths, strict=True), key=lambda pair: carried[pair[0]]):
        kind = "back" if back else "carry" if carried[wire] else "flow"
        ends = f'data-from="{wire.source}" data-to="{wire.target}"'
        parts.append(svg.path([at(p) for p in path], kind + (" rail" if carried[wire] else ""), ends, dots))
    parts += [f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="3.4"/>' for x, y in dots]
    for number, (box, shape, centre) in enumerate(zip(drawn.boxes, shapes, layout.centres, strict=True)):
        parts.append(_node(number, box, shape, at(centre), output, back))
    for line, note in enumerate(drawn.notes):
        parts.append(svg.text(0, layout.height + _NOTE * (line + 0.75), note, "note", "start"))
    height = layout.height + _NOTE * len(drawn.notes)
    return svg.document(parts, width, height, title, description, "back" if back else "")


def _shape(box: Box, output: str) -> BoxSize:
    """How much room a box takes."""
    after = svg.text_width(box.name, 12) + svg.text_width(box.gradient, 12)
    after += 8 if after else 0
    if box.name and box.gradient:
        after += svg.text_width(" = ", 12)
    if box.kind == "pointwise" and not box.lines and len(box.text) == 1:
        drop = _PILL_DROP + _PILL if box.pill else 0.0
        return BoxSize(30, 30, True, below=drop, after=after, span=svg.text_width(box.pill, 12) + 14)
    wide = max(svg.text_width(line, 12 if box.kind in ("gate", "value") else 14) for line in box.lines or (box.text,))
    high = 62.0 if box.lines else 34.0 if box.kind == "gate" else 30.0
    return BoxSize(
        max(wide + 18, 40), high, below=15 if box.kind == "result" and box.text == output else 0, after=after
    )


def _node(number: int, box: Box, shape: BoxSize, centre: Point, output: str, back: bool) -> str:
    """One box with its text, its pill and what its result is called."""
    x, y = centre
    ops = " ".join(node.op for node in box.nodes)
    parts = [f'<g class="node {box.kind}" data-box="{number}" data-ops="{ops}">']
    if shape.round:
        parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="{shape.width / 2:g}"/>')
    else:
        radius = shape.height / 2 if box.kind in ("state", "input", "result", "gradient") else 8
        parts.append(svg.box(x - shape.width / 2, y - shape.height / 2, shape.width, shape.height, radius))
    if box.lines:
        left = x - shape.width / 2 + 9
        parts += [svg.text(left, y + 18 * (n - 1), line, "", "start") for n, line in enumerate(box.lines)]
    else:
        parts.append(svg.text(x, y, box.text, "sign" if shape.round else ""))
    if box.pill:
        parts.append(_pill(x, y + shape.height / 2, box.pill))
    if box.kind == "result" and box.text == output:
        parts.append(svg.text(x, y + 25, "output", "small"))
    name = " = ".join(filter(None, (box.name, box.gradient)))
    if name:
        side = x + (-1 if back else 1) * (shape.width / 2 + 4)
        parts.append(svg.text(side, y - 10, name, "name", "end" if back else "start"))
    return "".join(parts) + "</g>"


def _pill(x: float, top: float, word: str) -> str:
    """A fixed value under the operation that takes it."""
    wide = svg.text_width(word, 12) + 14
    arrow = svg.path([(x, top + _PILL_DROP), (x, top)], "flow given")
    pill = svg.box(x - wide / 2, top + _PILL_DROP, wide, _PILL, _PILL / 2)
    return f'<g class="pill">{arrow}{pill}{svg.text(x, top + _PILL_DROP + _PILL / 2, word)}</g>'
