"""The derivatives of the operations: one table, one line an operation.

A rule takes the cotangent ``g`` that arrives at the result ``y`` of an operation, ``y`` itself and the
operation's arguments, and gives the cotangent of each argument, or None where nothing flows. It is
written in the equation language, so that one table serves the adjoint, its display and its
machine code. Rules use ``y`` where they can: what the forward step keeps is then the activation.
"""

from __future__ import annotations

from collections.abc import Callable

from undertow.lang.functions import sigmoid, where
from undertow.lang.values import Value, apply

__all__ = ["DERIVATIVES", "Rule"]

Rule = Callable[..., tuple[Value | None, ...]]


def _sign(a: Value) -> Value:
    return where(a > 0, 1.0, where(a < 0, -1.0, 0.0))


def _chosen(loses: Value, ties: Value) -> Value:
    """1 where an argument was chosen, a half where both are equal; 1 too where one is not a number, as torch has it."""
    return where(loses, 0.0, where(ties, 0.5, 1.0))


DERIVATIVES: dict[str, Rule] = {
    "add": lambda g, y, a, b: (g, g),
    "sub": lambda g, y, a, b: (g, -g),
    "mul": lambda g, y, a, b: (g * b, g * a),
    "div": lambda g, y, a, b: (g / b, -(g * y / b)),
    "neg": lambda g, y, a: (-g,),
    "sigmoid": lambda g, y, a: (g * (y * (1 - y)),),
    "log_sigmoid": lambda g, y, a: (g * sigmoid(-a),),
    "tanh": lambda g, y, a: (g * (1 - y * y),),
    "relu": lambda g, y, a: (where(y <= 0, 0.0, g),),  # so that g passes where y is not a number
    "exp": lambda g, y, a: (g * y,),
    "log": lambda g, y, a: (g / a,),
    "softplus": lambda g, y, a: (g * sigmoid(a),),
    "abs": lambda g, y, a: (g * _sign(a),),
    "sqrt": lambda g, y, a: (g / (2 * y),),
    "minimum": lambda g, y, a, b: (g * _chosen(a > b, a == b), g * _chosen(b > a, a == b)),
    "maximum": lambda g, y, a, b: (g * _chosen(a < b, a == b), g * _chosen(b < a, a == b)),
    "where": lambda g, y, c, a, b: (None, where(c, g, 0.0), where(c, 0.0, g)),
    "sum": lambda g, y, a: (apply("spread", g),),
    "spread": lambda g, y, a: (apply("sum", g),),
    "stop_gradient": lambda g, y, a: (None,),
}
