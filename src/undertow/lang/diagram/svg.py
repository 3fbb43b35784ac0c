"""SVG in small pieces: text with subscripts, right-angled paths with round corners, and the whole document.

Colours come from one style sheet with a light and a dark set; the background stays transparent.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from string import Template

__all__ = ["box", "document", "path", "text", "text_width"]

Point = tuple[float, float]

_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'

_FORMS = [
    ("text", f"font-family: {_FONT}; font-size: 14px"),
    (".small, .name, .note, .label, .pill text, .gate text, .value text", "font-size: 12px"),
    (".name", "font-style: italic; font-weight: 600"),
    (".frame", "stroke-width: 1.5"),
    (".wire", "fill: none; stroke-width: 1.6"),
    (".rail", "stroke-width: 3"),
    (".dashed", "stroke-dasharray: 6 4"),
    (".node > rect, .node > circle", "stroke-width: 1.4"),
]

_COLOURS = [
    ("text", "fill: $ink"),
    (".note, .small", "fill: $soft"),
    ("text.back", "fill: $gradient"),
    (".frame", "fill: $frame; stroke: $rim"),
    (".wire", "stroke: $line"),
    (".wire.carry", "stroke: $state"),
    (".wire.back", "stroke: $gradient"),
    (".dot, .tip", "fill: $line"),
    (".tip.carry", "fill: $state"),
    (".tip.back, .back .dot", "fill: $gradient"),
    (".node > rect, .node > circle, .pill rect", "fill: $pill; stroke: $soft"),
    (".node.state > rect, .node.result > rect", "fill: $state_fill; stroke: $state"),
    (".back .node.state > rect, .back .node.result > rect", "fill: $gradient_fill; stroke: $gradient"),
    (".node.gradient > rect", "fill: $gradient_fill; stroke: $gradient"),
    (".node.gate > rect", "fill: $gate_fill; stroke: $gate"),
    (".node.activation > rect", "fill: $activation_fill; stroke: $activation"),
    (".node.pointwise > rect, .node.pointwise > circle", "fill: $point_fill; stroke: $point"),
]

_LIGHT = dict(
    ink="#1f2933", soft="#5f6c79", line="#3e4c59", frame="#f3f6f8", rim="#c9d2da", pill="#e9edf1",
    state="#1d6fb8", state_fill="#e3f0fb", gradient="#b0267a", gradient_fill="#fbe4f1", gate="#c08a14",
    gate_fill="#fdf3d9", activation="#a87408", activation_fill="#f6c453", point="#c8513c", point_fill="#fbdcd7",
)  # fmt: skip

_DARK = dict(
    ink="#e8edf2", soft="#9aa7b4", line="#b4c0cb", frame="#1c242c", rim="#46535f", pill="#36424d",
    state="#6cb6f5", state_fill="#14324b", gradient="#f283c0", gradient_fill="#4a1836", gate="#d9a93b",
    gate_fill="#3b3114", activation="#f0c75e", activation_fill="#7a5a10", point="#f08a76", point_fill="#5a2820",
)  # fmt: skip

_CORNER = 7.0
_PAD = 12.0
_SUBSCRIPT = re.compile(r"_\{(.*?)\}")


def text_width(written: str, size: float = 14) -> float:
    """About how wide ``written`` is, on the generous side. Subscripts are marked as in ``h_{t}``."""
    width = 0.0
    for number, part in enumerate(_SUBSCRIPT.split(written)):
        letters = sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.62 for c in part)
        width += letters * size * (0.75 if number % 2 else 1.0)
    return width


def text(x: float, y: float, written: str, kind: str = "", anchor: str = "middle") -> str:
    """``written`` with its middle line at ``y``."""
    spans = []
    for number, part in enumerate(_SUBSCRIPT.split(written)):
        if number % 2:
            spans.append(f'<tspan dy="4" font-size="75%">{escape(part)}</tspan>')
        elif part:
            spans.append(f'<tspan dy="-4">{escape(part)}</tspan>' if number else escape(part))
    kind = f' class="{kind}"' if kind else ""
    return f'<text{kind} x="{_n(x)}" y="{_n(y + 4.5)}" text-anchor="{anchor}">{"".join(spans)}</text>'


def box(left: float, top: float, width: float, height: float, radius: float, kind: str = "") -> str:
    """A rectangle with round corners."""
    kind = f'class="{kind}" ' if kind else ""
    place = f'x="{_n(left)}" y="{_n(top)}" width="{_n(width)}" height="{_n(height)}"'
    return f'<rect {kind}{place} rx="{_n(radius)}"/>'


def path(points: Sequence[Point], kind: str, data: str = "", sharp: Collection[Point] = ()) -> str:
    """An arrow along ``points``; corners are round but for those in ``sharp``."""
    steps = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(_CORNER, math.dist(before, here) / 2, math.dist(here, after) / 2)
        if here in sharp:
            steps.append(f"L{_n(here[0])} {_n(here[1])}")
            continue
        (ax, ay), (bx, by) = _towards(here, before, reach), _towards(here, after, reach)
        steps.append(f"L{_n(ax)} {_n(ay)}Q{_n(here[0])} {_n(here[1])} {_n(bx)} {_n(by)}")
    steps.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    tip = kind.split()[0]
    return f'<path class="wire {kind}" {data} d="{"".join(steps)}" marker-end="url(#undertow-{tip})"/>'


def document(parts: Sequence[str], width: float, height: float, title: str, description: str, kind: str) -> str:
    """A self-contained SVG around ``parts``, with a title and a description for those who hear it."""
    wide, high = math.ceil(width + 2 * _PAD), math.ceil(height + 2 * _PAD)
    tips = "".join(
        f'<marker id="undertow-{tip}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path class="tip {tip}" d="M0 0.6L8 4L0 7.4Z"/></marker>'
        for tip in ("flow", "carry", "back")
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-_PAD:g} {-_PAD:g} {wide} {high}" width="{wide}" '
            f'height="{high}" role="img" class="undertow">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            f"<style>\n{_style()}</style>",
            f"<defs>{tips}</defs>",
            f'<g class="{kind}">',
            *parts,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _style() -> str:
    """The style sheet. Every rule is held to this document's class, for pages that take the SVG in."""
    dark = "".join(f"  {line}\n" for line in _rules(_COLOURS, _DARK))
    light = "".join(f"{line}\n" for line in [*_rules(_FORMS, {}), *_rules(_COLOURS, _LIGHT)])
    return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _rules(rules: Iterable[tuple[str, str]], colours: Mapping[str, str]) -> Iterable[str]:
    # Colours are written out, because many SVG viewers know no CSS variables.
    for selectors, declarations in rules:
        within = ", ".join(f".undertow {selector}" for selector in selectors.split(", "))
        yield escape(f"{within} {{ {Template(declarations).substitute(colours)} }}", quote=False)


def _towards(a: Point, b: Point, reach: float) -> Point:
    share = reach / (math.dist(a, b) or 1.0)
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _n(value: float) -> str:
    return f"{round(value, 2):g}"
