"""All operations of the language by name, and the kinds of them that other rooms ask for.

Recorded here: the operators that Python writes before or between its values, and sums over units. Those with a name are
recorded in :mod:`.functions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import undertow.lang.functions  # records its operations  # noqa: F401
from undertow.lang.operation import ADD, ATOM, MUL, RECORDS, UNARY, Operation, Rule, Template, called, record
from undertow.lang.values import Value, apply

__all__ = ["ACTIVATIONS", "COMPARISONS", "COSTLY", "FUNCTIONS", "OPERATIONS", "POINTWISE"]


def _operator(
    name: str,
    text: str,
    meaning: Callable[..., Any],
    rule: Rule | None,
    binds: int = 0,
    needs: tuple[int, int] = (ADD, ADD),
    **options: Any,
) -> None:
    """Record what is written as ``text`` between its arguments."""
    options = {"sign": text, **options}
    record(name, 2, meaning, rule, Template(f"{{}} {text} {{}}", binds, needs), infix=True, **options)


def _sign(a: Value) -> Value:
    return apply("where", a > 0, 1.0, apply("where", a < 0, -1.0, 0.0))


_operator("add", "+", np.add, lambda g, y, a, b: (g, g), ADD, (ADD, ADD), commutes=True)
_operator(
    "sub", "-", np.subtract, lambda g, y, a, b: (g, -g), ADD, (ADD, MUL),
    sign="−", inline=Template("{} − {}", ADD, (ADD, MUL)),
)  # fmt: skip
_operator(
    "mul", "*", np.multiply, lambda g, y, a, b: (g * b, g * a), MUL, (MUL, MUL),
    latex=Template(r"{} \odot {}", MUL, (MUL, MUL)), sign="×", inline=Template("{}·{}", MUL, (MUL, MUL)), commutes=True,
)  # fmt: skip
_operator(
    "div", "/", np.divide, lambda g, y, a, b: (g / b, -(g * y / b)), MUL, (MUL, UNARY),
    latex=Template(r"\frac{{{}}}{{{}}}"), sign="÷",
)  # fmt: skip
record(
    "neg", 1, np.negative, lambda g, y, a: (-g,), Template("-{}", UNARY, (UNARY,)),
    sign="−( )", inline=Template("−{}", UNARY, (UNARY,)),
)  # fmt: skip
record(
    "abs", 1, np.abs, lambda g, y, a: (g * _sign(a),), called("abs"),
    latex=Template(r"\left|{}\right|"), sign="|·|", inline=Template("|{}|"),
)  # fmt: skip
_operator("less", "<", np.less, None)
_operator("less_equal", "<=", np.less_equal, None, latex=Template(r"{} \le {}", 0, (ADD, ADD)), sign="≤")
_operator("greater", ">", np.greater, None)
_operator("greater_equal", ">=", np.greater_equal, None, latex=Template(r"{} \ge {}", 0, (ADD, ADD)), sign="≥")
_operator("equal", "==", np.equal, None, latex=Template("{} = {}", 0, (ADD, ADD)), sign="=", commutes=True)
record(
    "sum", 1, lambda a: np.sum(a, axis=-1, keepdims=True), lambda g, y, a: (apply("spread", g),), called("sum"),
    latex=Template(r"\textstyle\sum_{{\mathrm{{units}}}}\left({}\right)"), sign="Σ units", pointwise=False,
)  # fmt: skip
record(
    "spread", 1, None, lambda g, y, a: (apply("sum", g),), Template("{}", ATOM, (ATOM,)),
    sign="to all units", pointwise=False,
)  # fmt: skip

OPERATIONS: Mapping[str, Operation] = RECORDS


def _names(which: Callable[[Operation], bool]) -> frozenset[str]:
    return frozenset(name for name, one in OPERATIONS.items() if which(one))


#: Pointwise operations and the number of their arguments.
POINTWISE: Mapping[str, int] = {name: one.arity for name, one in OPERATIONS.items() if one.pointwise}
#: Comparisons give a truth value, which only ``where`` takes.
COMPARISONS = _names(lambda one: one.compares)
#: What turns a gate's summed input into its activation.
ACTIVATIONS = _names(lambda one: one.activation)
#: What takes longer to compute than to read back from memory.
COSTLY = _names(lambda one: one.costly)
#: What equations call by name.
FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    name: one.function for name, one in OPERATIONS.items() if one.function is not None
}
