"""Diagrams: everything the graph says is drawn, and nothing runs into anything else."""

import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import combinations, pairwise

import pytest

from undertow.cells import CELLS, gru, lstm
from undertow.errors import OptionError
from undertow.lang import (
    cell,
    exp,
    layer_norm,
    log_sigmoid,
    maximum,
    minimum,
    relu,
    sigmoid,
    stack,
    stop_gradient,
    tanh,
    where,
)
from undertow.lang.diagram import bptt_svg, cell_svg, unrolled_svg

SVG = "{http://www.w3.org/2000/svg}"


@cell(
    gates="i f g o",
    state=dict(h=0, c=0),
    weights=dict(gi=1, gf=1, gg=1, go=1, bi=0, bf=0, bg=0, bo=0, gc=1, bc=0),
)
def layer_norm_lstm(x, s, p):
    gains, biases = stack(p.gi, p.gf, p.gg, p.go), stack(p.bi, p.bf, p.bg, p.bo)
    a, b, d, e = layer_norm(stack(x.i, x.f, x.g, x.o), gains, biases)
    i, f, o = sigmoid(a), sigmoid(b), sigmoid(e)
    g = tanh(d)
    c = f * s.c + i * g
    return s.next(h=o * tanh(layer_norm(c, p.gc, p.bc)), c=c)


@cell(gates="i f z o", state=dict(h=0, c=0, n=1, m=0))
def exponential_gates(x, s):
    kept = log_sigmoid(x.f) + s.m
    m = maximum(kept, x.i)
    i, f = exp(x.i - m), exp(kept - m)
    z, o = tanh(x.z), sigmoid(x.o)
    c = f * s.c + i * z
    n = f * s.n + i
    return s.next(h=o * c / n, c=c, n=n, m=m)


@cell(gates="a bé", state=dict(h=0, été=0.5, 状态=0), weights=dict(w=1.0, v=1.0))
def one_of_each(x, s, U, p, *, dt=0.1, gamma=0.5):
    a = where(x.a < 0, s.h * 0.5, x.raw)
    b = minimum(abs(x.bé.input), p.w) + U.bé(s.été * s.h) - stop_gradient(s.été)
    k = where(b > a, 1.0, p.v - a)
    q = -k / (1 + k * k)
    return s.next(h=s.h + dt * (a * k - gamma * b), été=q + q, 状态=s.状态)


@cell(gates="a", state=dict(h=0, u=0, v=0, w=0), weights=dict(k=0.0))
def odd_ends(x, s, p):
    """Two components with one value, one that keeps another's, one fixed, and three that are never read."""
    h = relu(x.a)
    return s.next(h=h, u=h, v=s.h, w=2 * p.k)


@cell(gates="a", state=dict(h=0))
def part_used_twice(x, s):
    """The input part of the gate has a use of its own, so it cannot be drawn inside the whole gate's box."""
    return s.next(h=tanh(x.a) * x.a.input)


OWN = {c.name: c for c in (layer_norm_lstm, exponential_gates, one_of_each, odd_ends, part_used_twice)}
ALL = pytest.mark.parametrize("name", [*CELLS, *OWN])
STEPS = pytest.mark.parametrize("draw", [cell_svg, bptt_svg])


def drawn_by(draw, name):
    return ET.fromstring(draw((dict(CELLS) | OWN)[name]))


def graph_of(draw, name):
    found = (dict(CELLS) | OWN)[name]
    return found.graph if draw is cell_svg else found.adjoint.graph


def has_class(element, *names):
    return set(names) <= set(element.get("class", "").split())


def text_of(element):
    return "".join(element.itertext())


def nodes_of(root):
    return [e for e in root.iter(f"{SVG}g") if has_class(e, "node")]


def border(element):
    """left, top, right, bottom of the rectangle or circle right inside an element."""
    shape = next(e for e in element if e.tag in (f"{SVG}rect", f"{SVG}circle"))
    if shape.tag == f"{SVG}circle":
        x, y, r = (float(shape.get(k)) for k in ("cx", "cy", "r"))
        return x - r, y - r, x + r, y + r
    x, y, w, h = (float(shape.get(k)) for k in ("x", "y", "width", "height"))
    return x, y, x + w, y + h


def boxes_of(root):
    """Borders of all boxes and pills."""
    return [border(e) for e in root.iter(f"{SVG}g") if has_class(e, "node") or has_class(e, "pill")]


def wires_of(root):
    """(element, its corners) for every wire from box to box."""
    found = [e for e in root.iter(f"{SVG}path") if e.get("data-from") is not None]
    return [(e, corners(e.get("d"))) for e in found]


def corners(d):
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", d)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def overlap(a, b, room=0.0):
    return a[0] < b[2] + room and b[0] < a[2] + room and a[1] < b[3] + room and b[1] < a[3] + room


def moving(graph, sources):
    """Nodes that depend on what the step is given."""
    found = set()
    for node in graph.nodes:
        if node.op in sources or any(a in found for a in node.args):
            found.add(node)
    return found


@ALL
@STEPS
def test_every_operation_that_depends_on_the_step_is_drawn_once(draw, name):
    graph = graph_of(draw, name)
    given = ("state", "input", "raw") if draw is cell_svg else ("cotangent",)
    expected = Counter(n.op for n in moving(graph, given) if not n.is_leaf)
    drawn = Counter(op for e in nodes_of(drawn_by(draw, name)) for op in e.get("data-ops").split())
    # A second bias is a leaf that only ever appears in the box of its gate.
    assert {k: v for k, v in drawn.items() if k not in (*given, "recurrent_bias")} == expected


@ALL
def test_state_gates_and_names_appear(name):
    found = (dict(CELLS) | OWN)[name]
    root = drawn_by(cell_svg, name)
    by_kind = {k: [text_of(e) for e in nodes_of(root) if has_class(e, k)] for k in ("state", "result", "gate", "input")}
    assert Counter(by_kind["state"]) == Counter(f"{c}t-1" for c in found.graph.leaves("state"))
    output = found.output
    assert Counter(by_kind["result"]) == Counter(f"{c}t" + ("output" if c == output else "") for c in found.state)
    assert by_kind["input"] == ["xt"]
    for gate in found.input_gates:
        assert sum(f"W{gate}x" in text and f"b{gate}" in text for text in by_kind["gate"]) == 1
    for gate in found.recurrent_gates:
        assert sum(f"U{gate}" in text for text in by_kind["gate"]) == [p.name for p in found.graph.products()].count(
            gate
        )
    labels = " = ".join(text_of(e) for e in root.iter(f"{SVG}text") if has_class(e, "name")).split(" = ")
    outputs = found.graph.outputs
    given = moving(found.graph, ("state", "input", "raw"))
    for label, node in found.graph.names.items():
        assert label in labels or outputs.get(label) is node or node not in given


@ALL
def test_every_gradient_leaves_the_bptt_step(name):
    found = (dict(CELLS) | OWN)[name]
    root = drawn_by(bptt_svg, name)
    texts = " = ".join(text_of(e) for e in root.iter(f"{SVG}text")).split(" = ")
    assert set(found.adjoint.graph.outputs) <= set(texts)
    read = found.adjoint.graph.leaves("cotangent")
    assert {f"d_{c}[t]" for c in read} <= set(texts)


@ALL
@STEPS
def test_boxes_stand_apart_and_inside_the_picture(draw, name):
    root = drawn_by(draw, name)
    boxes = boxes_of(root)
    assert not [(a, b) for a, b in combinations(boxes, 2) if overlap(a, b, room=3)]
    left, top, width, height = (float(n) for n in root.get("viewBox").split())
    assert (width, height) == (float(root.get("width")), float(root.get("height")))
    picture = (left, top, left + width, top + height)
    points = [p for _, path in wires_of(root) for p in path]
    for x0, y0, x1, y1 in [*boxes, *((x, y, x, y) for x, y in points)]:
        assert picture[0] <= x0 <= x1 <= picture[2]
        assert picture[1] <= y0 <= y1 <= picture[3]


@ALL
@STEPS
def test_wires_begin_and_end_on_the_borders_of_their_boxes(draw, name):
    root = drawn_by(draw, name)
    nodes = {e.get("data-box"): e for e in nodes_of(root)}
    for wire, path in wires_of(root):
        for end, point in (("data-from", path[0]), ("data-to", path[-1])):
            assert distance_to_border(nodes[wire.get(end)], point) < 0.05, (wire.attrib, point)


def distance_to_border(node, point):
    left, top, right, bottom = border(node)
    x, y = point[0] - (left + right) / 2, point[1] - (top + bottom) / 2
    rect = node.find(f"{SVG}rect")
    radius = (right - left) / 2 if rect is None else float(rect.get("rx"))
    # A rectangle with round corners is all that lies within the radius of a smaller one.
    dx, dy = abs(x) - (right - left) / 2 + radius, abs(y) - (bottom - top) / 2 + radius
    return abs(math.hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius)


@ALL
@STEPS
def test_wires_run_through_no_box_and_over_no_other_wire(draw, name):
    root = drawn_by(draw, name)
    boxes = boxes_of(root)
    runs = []
    for wire, path in wires_of(root):
        straight = [s for s in pairwise(path) if s[0][0] == s[1][0] or s[0][1] == s[1][1]]
        for (ax, ay), (bx, by) in straight:
            run = (min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
            assert not [b for b in boxes if overlap(b, run, room=-2)], wire.attrib
            runs.append((run, wire.get("data-from")))
        turns = len(path) - 1 - len(straight)
        assert turns == 0, "every run is upright or level"
    for (a, source), (b, other) in combinations(runs, 2):
        both_level = a[1] == a[3] and b[1] == b[3] and abs(a[1] - b[1]) < 3
        both_upright = a[0] == a[2] and b[0] == b[2] and abs(a[0] - b[0]) < 3
        if source != other and (both_level or both_upright):
            assert not overlap(a, b, room=1)


@ALL
@STEPS
def test_names_are_clear_of_boxes_and_wires(draw, name):
    root = drawn_by(draw, name)
    boxes, paths = boxes_of(root), [path for _, path in wires_of(root)]
    runs = [(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for p in paths for a, b in pairwise(p)]
    for label in (e for e in root.iter(f"{SVG}text") if has_class(e, "name")):
        x, y, width = float(label.get("x")), float(label.get("y")), 0.55 * 12 * len(text_of(label))
        left = x - width if label.get("text-anchor") == "end" else x
        place = (left, y - 9, left + width, y + 1)
        assert not [b for b in [*boxes, *runs] if overlap(place, b)], text_of(label)


@pytest.mark.parametrize(("name", "carried"), [("lstm", "c"), ("lstm_1997", "c"), ("peephole_lstm", "c"), ("gru", "h")])
def test_what_is_only_multiplied_and_added_runs_straight_on_top(name, carried):
    root = drawn_by(cell_svg, name)
    nodes = {e.get("data-box"): e for e in nodes_of(root)}
    rail = [(wire, path) for wire, path in wires_of(root) if has_class(wire, "rail")]
    heights = {y for _, path in rail for _, y in path}
    assert len(heights) == 1
    assert heights.pop() < min(border(e)[1] for e in nodes.values() if has_class(e, "gate"))
    ends = {
        text_of(nodes[wire.get(end)]).removesuffix("output") for wire, _ in rail for end in ("data-from", "data-to")
    }
    assert {f"{carried}t-1", f"{carried}t"} <= ends


def test_the_picture_comes_from_the_graph_not_from_the_name():
    def body(svg):
        return svg[svg.index("<defs>") :]

    same = cell(gates="i f g o", state=dict(h=0, c=0))(lstm.function)
    object.__setattr__(same, "name", "something_else")
    assert body(cell_svg(same)) == body(cell_svg(lstm))
    assert "something_else" in cell_svg(same)


@pytest.mark.parametrize("draw", [cell_svg, bptt_svg, unrolled_svg])
def test_names_are_escaped(draw):
    def step(x, s):
        return s.next(h=tanh(x.ünïcode))

    step.__name__ = 'a<b>&"c'
    hostile = cell(gates="ünïcode", state=dict(h=0))(step)
    root = ET.fromstring(draw(hostile))
    assert 'a<b>&"c' in root.find(f"{SVG}title").text
    assert draw is unrolled_svg or "ünïcode" in text_of(root)


@ALL
@pytest.mark.parametrize("draw", [cell_svg, bptt_svg, unrolled_svg])
def test_the_same_cell_gives_the_same_self_contained_picture(draw, name):
    found = (dict(CELLS) | OWN)[name]
    first = draw(found)
    assert draw(found) == first
    root = ET.fromstring(first)
    assert found.name in root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    assert "prefers-color-scheme: dark" in root.find(f"{SVG}style").text
    assert "http" not in first.replace("http://www.w3.org/2000/svg", "")


@ALL
@pytest.mark.parametrize("steps", [1, 3, 4])
def test_unrolled_has_a_copy_a_step_and_every_component_both_ways(name, steps):
    found = (dict(CELLS) | OWN)[name]
    root = ET.fromstring(unrolled_svg(found, steps))
    copies = [e for e in root.iter(f"{SVG}g") if has_class(e, "copy")]
    assert len({e.get("data-step") for e in copies}) == len(copies) == steps
    assert not [p for p in combinations(map(border, copies), 2) if overlap(*p)]
    arrows = Counter((e.get("data-state"), has_class(e, "dashed")) for e in root.iter(f"{SVG}path"))
    for component in found.state:
        assert arrows[component, False] == arrows[component, True] == steps + 1
    texts = [text_of(e) for e in root.iter(f"{SVG}text")]
    assert f"dL/d{found.output}t" in texts
    assert {f"x{e.get('data-step')}" for e in copies} <= set(texts)


def test_unrolled_over_three_steps_is_around_t():
    root = ET.fromstring(unrolled_svg(gru))
    assert [e.get("data-step") for e in root.iter(f"{SVG}g") if has_class(e, "copy")] == ["t−1", "t", "t+1"]


def test_unrolled_needs_a_step():
    with pytest.raises(OptionError, match="1 or more, got 0"):
        unrolled_svg(lstm, 0)
