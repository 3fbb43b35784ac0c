"""What the operations of the language compute on vectors: one table, with the error of each.

Errors are in units of the last place of the result (ulp), largest over the whole range, as
measured by ``tests/kernels/test_mathlib.py``:

=============  =======  =======
operation      float32  float64
=============  =======  =======
exp            2        2
log            3        3
tanh           4        4
sigmoid        4        4
softplus       4        4
log_sigmoid    4        4
sin            2        2
cos            2        2
erf            3        3
gelu           6        6
=============  =======  =======

Everything else is rounded correctly. NaN goes through every operation. Numbers too small for full
precision count as zero (the kernels run with denormals flushed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from undertow.kernels import elementary, special
from undertow.kernels.loops import Function, Value

__all__ = ["OPERATIONS"]


def _comparison(sign: str) -> Callable[[Function, Value, Value], Value]:
    return lambda f, a, b: f.builder.fcmp_ordered(sign, a, b)


#: Every pointwise operation of the language (:data:`undertow.lang.operations.POINTWISE`) on vectors.
OPERATIONS: Mapping[str, Callable[..., Value]] = {
    "add": lambda f, a, b: f.builder.fadd(a, b),
    "sub": lambda f, a, b: f.builder.fsub(a, b),
    "mul": lambda f, a, b: f.builder.fmul(a, b),
    "div": lambda f, a, b: f.builder.fdiv(a, b),
    "neg": lambda f, a: f.builder.fneg(a),
    "abs": elementary.absolute,
    "sqrt": elementary.sqrt,
    "exp": elementary.exp,
    "log": elementary.log,
    "sigmoid": elementary.sigmoid,
    "log_sigmoid": elementary.log_sigmoid,
    "tanh": elementary.tanh,
    "relu": elementary.relu,
    "softplus": elementary.softplus,
    "sin": special.sin,
    "cos": special.cos,
    "erf": special.erf,
    "gelu": special.gelu,
    "minimum": elementary.minimum,
    "maximum": elementary.maximum,
    "where": lambda f, c, a, b: f.builder.select(c, a, b),
    "less": _comparison("<"),
    "less_equal": _comparison("<="),
    "greater": _comparison(">"),
    "greater_equal": _comparison(">="),
    "equal": _comparison("=="),
    "stop_gradient": lambda f, a: a,
}
