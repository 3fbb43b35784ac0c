"""How equations are written down, as plain text and in LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from undertow.lang.expr import Node
from undertow.lang.operation import ADD, ATOM, MUL, Template
from undertow.lang.operations import OPERATIONS

__all__ = ["LATEX", "TEXT", "Notation"]


@dataclass(frozen=True)
class Notation:
    """``leaf`` writes a leaf, ``operations`` everything else, ``name`` a name that the equations gave,
    ``line`` one equation."""

    leaf: Callable[[Node], tuple[str, int]]
    operations: Mapping[str, Template]
    name: Callable[[str], str]
    line: Callable[[str, str], str]
    gate: Callable[[str], str]


def _number(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _text_leaf(node: Node) -> tuple[str, int]:
    n = node.name
    written = {
        "literal": _number(node.value),
        "constant": n,
        "units": "H",
        "input": f"W.{n} x + b.{n}",
        "recurrent_bias": f"d.{n}",
        "weight": f"p.{n}",
        "state": f"{n}[t-1]",
        "raw": "x",
        "valid": "t < length",
        "draw": f"kept_{n}[t]",
        "draw_once": f"kept_{n}",
        "cotangent": f"d_{n}[t]",
        "carried": f"carried_{n}[t]",
        "highway": f"highway_{n}[t]",
        "highway_carried": f"highway_carried_{n}[t]",
    }[node.op]
    return written, ADD if node.op == "input" else ATOM


TEXT = Notation(
    leaf=_text_leaf,
    operations={
        **{name: one.text for name, one in OPERATIONS.items()},
        "product": Template("U.{name} {}", MUL, (ATOM,)),
        "transposed_product": Template("U.{name}' {}", MUL, (ATOM,)),
    },
    name=lambda name: name,
    line=lambda left, right: f"{left} = {right}",
    gate=lambda name: name,
)


def _latex_word(name: str) -> str:
    return name if len(name) == 1 else rf"\mathrm{{{name.replace('_', chr(92) + '_').replace('#', chr(92) + '#')}}}"


def _latex_name(name: str) -> str:
    """``c`` -> ``c_t``, ``d_c`` -> ``\\delta c_t``, ``d_c[t-1]`` and ``d_x.i`` as derivatives of the loss."""
    if name.endswith("[t-1]"):
        return rf"\frac{{\partial L}}{{\partial {_latex_word(name[2:-5])}_{{t-1}}}}"
    if name.startswith(("d_x.", "d_U.", "d_p.")):
        kind, _, rest = name[2:].partition(".")
        gate, _, half = rest.partition(".")
        mark = rf",\,\mathrm{{{half}}}" if half else ""
        return rf"\delta {kind}_{{{_latex_word(gate)}{mark}}}"
    if name.startswith("d_"):
        return rf"\delta {_latex_word(name[2:])}_t"
    return f"{_latex_word(name)}_t"


def _latex_number(value: float) -> str:
    if value == float("-inf"):
        return r"-\infty"
    mantissa, e, exponent = _number(value).partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else mantissa


def _latex_leaf(node: Node) -> tuple[str, int]:
    n = _latex_word(node.name) if node.name else ""
    written = {
        "literal": _latex_number(node.value),
        "constant": n,
        "units": "H",
        "input": f"W_{{{n}}} x_t + b_{{{n}}}",
        "recurrent_bias": f"d_{{{n}}}",
        "weight": f"p_{{{n}}}",
        "state": f"{n}_{{t-1}}",
        "raw": "x_t",
        "valid": r"t < \ell",
        "draw": rf"\xi^{{{n}}}_t",
        "draw_once": rf"\xi^{{{n}}}",
        "cotangent": rf"\frac{{\partial L}}{{\partial {n}_t}}",
        "carried": rf"\overleftarrow{{{n}}}_t",
        "highway": rf"\bar{{{n}}}_t",
        "highway_carried": rf"\overleftarrow{{\bar{{{n}}}}}_t",
    }[node.op]
    return written, ADD if node.op == "input" else ATOM


LATEX = Notation(
    leaf=_latex_leaf,
    operations={
        **{name: one.latex for name, one in OPERATIONS.items()},
        "product": Template(r"U_{{{name}}} {}", MUL, (ATOM,)),
        "transposed_product": Template(r"U_{{{name}}}^\top {}", MUL, (ATOM,)),
    },
    name=_latex_name,
    line=lambda left, right: f"{left} &= {right}",
    gate=_latex_word,
)
