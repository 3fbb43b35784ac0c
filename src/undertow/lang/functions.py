"""The functions that equations are written with.

Each records one operation of :data:`undertow.lang.expr.POINTWISE`, but for the macros at
the end, which are written with the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from undertow.errors import LanguageError
from undertow.lang.expr import Node
from undertow.lang.values import Operand, Stack, Value, apply, lift, place_here

__all__ = [
    "exp",
    "layer_norm",
    "log",
    "log_sigmoid",
    "maximum",
    "mean",
    "minimum",
    "relu",
    "sigmoid",
    "softplus",
    "sqrt",
    "stack",
    "stop_gradient",
    "tanh",
    "where",
]


def _unary(op: str, meaning: str) -> Callable[[Operand], Value]:
    def function(a: Operand) -> Value:
        return apply(op, a)

    function.__name__ = function.__qualname__ = op
    function.__doc__ = meaning
    return function


sigmoid = _unary("sigmoid", "1 / (1 + exp(-a))")
log_sigmoid = _unary("log_sigmoid", "log(sigmoid(a)), exact for very negative a")
tanh = _unary("tanh", "The hyperbolic tangent")
relu = _unary("relu", "max(a, 0)")
exp = _unary("exp", "e to the power a")
log = _unary("log", "The natural logarithm")
softplus = _unary("softplus", "log(1 + exp(a)), a smooth relu")
sqrt = _unary("sqrt", "The square root")
stop_gradient = _unary("stop_gradient", "``a`` itself, through which no gradient flows back")


def minimum(a: Operand, b: Operand) -> Value:
    """The smaller of two values; where they are equal each gets half of the gradient."""
    return apply("minimum", a, b)


def maximum(a: Operand, b: Operand) -> Value:
    """The larger of two values; where they are equal each gets half of the gradient."""
    return apply("maximum", a, b)


def where(condition: Value, if_true: Operand, if_false: Operand) -> Value:
    """``if_true`` where the comparison ``condition`` holds, ``if_false`` elsewhere."""
    return apply("where", condition, if_true, if_false)


def stack(*values: Value) -> Stack:
    """Several values side by side, to be normalised together; unpack it to get them back."""
    if not values:
        raise LanguageError("stack() needs at least one value", place_here())
    return Stack(tuple(lift(v) for v in values))


def mean(value: Value | Stack) -> Value:
    """The mean over the units of a sample (over all parts of a stack together): one number a sample."""
    parts = value.parts if isinstance(value, Stack) else (lift(value),)
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    count = Value(Node("units", place=place_here()))
    return apply("sum", total) / (count * len(parts) if len(parts) > 1 else count)


def layer_norm(value: Any, gain: Any = 1.0, bias: Any = 0.0, *, eps: float = 1e-5) -> Any:
    """Layer normalisation (Ba et al. 2016, eq. 4) over units, and over all parts of a stack together.

    ``gain`` and ``bias`` are weights per unit: one value, or a stack of as many as ``value`` has.
    Returns a value for a value and a stack for a stack.
    """
    centred = value - mean(value)
    scale = apply("sqrt", mean(centred * centred) + eps)
    return centred / scale * gain + bias
