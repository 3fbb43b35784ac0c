"""The operations that equations call by name.

To add one, add its record here, its line for torch (``undertow.nn.engines.reference``) and its vector function
(``undertow.kernels.mathlib``). Everything else follows, ``undertow.name`` too.
"""

from __future__ import annotations

import math

import numpy as np

from undertow.lang.operation import ATOM, Array, Template, called, operation
from undertow.lang.values import Operand, Value, apply


@operation(
    np.where, lambda g, y, c, a, b: (None, apply("where", c, g, 0.0), apply("where", c, 0.0, g)),
    latex=Template(r"\begin{{cases}}{1} & \text{{if }}{0}\\{2} & \text{{else}}\end{{cases}}"),
)  # fmt: skip
def where(condition: Value, if_true: Operand, if_false: Operand) -> Value:
    """``if_true`` where the comparison ``condition`` holds, ``if_false`` elsewhere."""
    return apply("where", condition, if_true, if_false)


def _log_sigmoid(a: Array) -> Array:
    return -np.logaddexp(0.0, -a)


@operation(
    lambda a: np.exp(_log_sigmoid(a)), lambda g, y, a: (g * (y * (1 - y)),),
    latex=r"\sigma", sign="σ", inline=called("σ"), activation=True, between=(0.0, 1.0), costly=True,
)  # fmt: skip
def sigmoid(a: Operand) -> Value:
    """1 / (1 + exp(-a))"""
    return apply("sigmoid", a)


@operation(
    _log_sigmoid, lambda g, y, a: (g * sigmoid(-a),),
    latex=r"\log\sigma", sign="log σ", activation=True, costly=True,
)  # fmt: skip
def log_sigmoid(a: Operand) -> Value:
    """log(sigmoid(a)), exact for very negative a"""
    return apply("log_sigmoid", a)


@operation(
    np.tanh, lambda g, y, a: (g * (1 - y * y),), latex=r"\tanh", activation=True, between=(-1.0, 1.0), costly=True
)
def tanh(a: Operand) -> Value:
    """The hyperbolic tangent"""
    return apply("tanh", a)


@operation(
    lambda a: np.maximum(a, 0.0),
    lambda g, y, a: (where(y <= 0, 0.0, g),),  # so that g passes where y is not a number
    activation=True,
)
def relu(a: Operand) -> Value:
    """max(a, 0)"""
    return apply("relu", a)


@operation(np.exp, lambda g, y, a: (g * y,), latex=r"\exp", activation=True, costly=True)
def exp(a: Operand) -> Value:
    """e to the power a"""
    return apply("exp", a)


@operation(np.log, lambda g, y, a: (g / a,), latex=r"\log", costly=True)
def log(a: Operand) -> Value:
    """The natural logarithm"""
    return apply("log", a)


@operation(lambda a: np.logaddexp(0.0, a), lambda g, y, a: (g * sigmoid(a),), activation=True, costly=True)
def softplus(a: Operand) -> Value:
    """log(1 + exp(a)), a smooth relu"""
    return apply("softplus", a)


@operation(
    np.sqrt,
    lambda g, y, a: (g / (2 * y),),
    latex=Template(r"\sqrt{{{}}}"),
    sign="√",
    inline=Template("√{}", ATOM, (ATOM,)),
)
def sqrt(a: Operand) -> Value:
    """The square root"""
    return apply("sqrt", a)


@operation(lambda a: a, lambda g, y, a: (None,), latex=r"\mathrm{{stop}}", sign="stop ∇", pointwise=False)
def stop_gradient(a: Operand) -> Value:
    """``a`` itself, through which no gradient flows back"""
    return apply("stop_gradient", a)


def _chosen(loses: Value, ties: Value) -> Value:
    """1 where an argument was chosen, a half where both are equal; 1 too where one is not a number, as torch has it."""
    return where(loses, 0.0, where(ties, 0.5, 1.0))


@operation(
    np.minimum, lambda g, y, a, b: (g * _chosen(a > b, a == b), g * _chosen(b > a, a == b)),
    latex=r"\min", sign="min", commutes=True,
)  # fmt: skip
def minimum(a: Operand, b: Operand) -> Value:
    """The smaller of two values; where they are equal each gets half of the gradient."""
    return apply("minimum", a, b)


@operation(
    np.maximum, lambda g, y, a, b: (g * _chosen(a < b, a == b), g * _chosen(b < a, a == b)),
    latex=r"\max", sign="max", commutes=True,
)  # fmt: skip
def maximum(a: Operand, b: Operand) -> Value:
    """The larger of two values; where they are equal each gets half of the gradient."""
    return apply("maximum", a, b)


@operation(np.sin, lambda g, y, a: (g * apply("cos", a),), latex=r"\sin", activation=True, costly=True)
def sin(a: Operand) -> Value:
    """The sine of radians"""
    return apply("sin", a)


@operation(np.cos, lambda g, y, a: (-(g * sin(a)),), latex=r"\cos", activation=True, costly=True)
def cos(a: Operand) -> Value:
    """The cosine of radians"""
    return apply("cos", a)


_erf, _erfc = np.vectorize(math.erf, otypes=[float]), np.vectorize(math.erfc, otypes=[float])


@operation(
    _erf, lambda g, y, a: (g * (2 / math.sqrt(math.pi) * exp(-(a * a))),),
    activation=True, between=(-1.0, 1.0), costly=True,
)  # fmt: skip
def erf(a: Operand) -> Value:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to a"""
    return apply("erf", a)


@operation(
    lambda a: 0.5 * a * _erfc(-math.sqrt(0.5) * a),
    lambda g, y, a: (g * (0.5 + 0.5 * erf(math.sqrt(0.5) * a) + a * exp(-0.5 * (a * a)) / math.sqrt(2 * math.pi)),),
    activation=True, costly=True,
)  # fmt: skip
def gelu(a: Operand) -> Value:
    """a times the normal distribution function of a, exactly (Hendrycks and Gimpel 2016, arXiv:1606.08415)"""
    return apply("gelu", a)
