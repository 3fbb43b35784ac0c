"""Exponentials, logarithms and what is made of them, on vectors; :mod:`.mathlib` has their errors.

Source: range reduction after Cody and Waite 1980, "Software manual for the elementary functions";
polynomials are Taylor's but where it says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from llvmlite import ir

from undertow.kernels import x86
from undertow.kernels.loops import Function, Value

__all__ = [
    "above", "absolute", "below", "exp", "floor", "log", "log_sigmoid", "maximum", "minimum", "relu", "sigmoid",
    "softplus", "sqrt", "tanh",
]  # fmt: skip


@dataclass(frozen=True)
class _ExpLogFormat:
    """What exp and log need to know of a number format."""

    mantissa: int
    bias: int
    series: tuple[float, ...]
    log_terms: int
    log1p_terms: int
    lowest: float
    highest: float
    ln2_high: float
    ln2_low: float
    flat: float


#: (exp(r) - 1 - r) / r^2 on half of ln 2 to both sides: for float32 fitted to the least relative error (1.3e-8), for
#: float64 Taylor's.
_FITTED = (0.49999998149611274, 0.16666543424175184, 0.04166720071471709, 0.0083665471402598, 0.0013882516254901892)
_TAYLOR = tuple(1.0 / math.factorial(k) for k in range(2, 14))

_FORMATS = {
    "float32": _ExpLogFormat(23, 127, _FITTED, 5, 8, -104.0, 89.0, 0.693359375, -2.12194440e-4, 9.1),
    "float64": _ExpLogFormat(
        52, 1023, _TAYLOR, 11, 17, -746.0, 710.0, 6.93147180369123816490e-01, 1.90821492927058770002e-10, 19.1
    ),
}


def _format(f: Function) -> _ExpLogFormat:
    return _FORMATS[f.lanes.dtype]


def below(f: Function, a: Value, limit: float) -> Value:
    """``a``, but not above ``limit``; NaN stays."""
    return f.builder.select(f.builder.fcmp_ordered(">", a, f.splat(limit)), f.splat(limit), a)


def above(f: Function, a: Value, limit: float) -> Value:
    """``a``, but not below ``limit``; NaN stays."""
    return f.builder.select(f.builder.fcmp_ordered("<", a, f.splat(limit)), f.splat(limit), a)


def _unary(name: str) -> Callable[[Function, Value], Value]:
    def emit(f: Function, a: Value) -> Value:
        v = f.lanes.vector
        return f.builder.call(f.intrinsic(f"llvm.{name}.{f.lanes.suffix}", v, [v]), [a])

    emit.__doc__ = f"The instruction {name}."
    return emit


floor, sqrt, absolute = _unary("floor"), _unary("sqrt"), _unary("fabs")


def _reduced(f: Function, a: Value) -> tuple[Value, Value]:
    """(n, r) with a = n ln 2 + r and r at most half of ln 2; n is a vector of floats."""
    # ln 2 comes in two parts: n of them are taken off, and one number has too few digits for that.
    form = _format(f)
    n = floor(f, f.fma(a, f.splat(math.log2(math.e)), f.splat(0.5)))
    r = f.fma(n, f.splat(-form.ln2_high), a)
    return n, f.fma(n, f.splat(-form.ln2_low), r)


def _expm1_near_zero(f: Function, r: Value) -> Value:
    """exp(r) - 1 for r at most half of ln 2 away from zero."""
    first, *others = reversed(_format(f).series)
    p = f.splat(first)
    for coefficient in others:
        p = f.fma(p, r, f.splat(coefficient))
    return f.fma(f.builder.fmul(p, r), r, r)


def _power_of_two(f: Function, n: Value) -> Value:
    """2 ** n for a vector of whole numbers in the range of normal numbers."""
    form, b, whole = _format(f), f.builder, f.lanes.whole
    biased = b.add(n, ir.Constant(whole, [form.bias] * f.lanes.count))
    return b.bitcast(b.shl(biased, ir.Constant(whole, [form.mantissa] * f.lanes.count)), f.lanes.vector)


def exp(f: Function, a: Value) -> Value:
    """e to the power a."""
    form, b, whole = _format(f), f.builder, f.lanes.whole
    a = above(f, below(f, a, form.highest), form.lowest)
    n, r = _reduced(f, a)
    n = b.fptosi(n, whole)
    # 2**n itself may be too large or too small for a number although exp(a) is none of both: it comes as two factors.
    half = b.ashr(n, ir.Constant(whole, [1] * f.lanes.count))
    value = b.fadd(_expm1_near_zero(f, r), f.splat(1.0))
    return b.fmul(b.fmul(value, _power_of_two(f, half)), _power_of_two(f, b.sub(n, half)))


def _reciprocal(f: Function, a: Value) -> Value:
    """1/a for normal a that is neither zero nor infinite."""
    quick = x86.reciprocal(f, a)
    return f.builder.fdiv(f.splat(1.0), a) if quick is None else quick


def sigmoid(f: Function, a: Value) -> Value:
    """1 / (1 + exp(-a))."""
    # Within these limits exp(-a) is a normal number, so one factor and the quick reciprocal will do; beyond, the
    # sigmoid is 1, or so small that it counts as zero.
    b, limit = f.builder, {"float32": 87.0, "float64": 708.0}[f.lanes.dtype]
    a = above(f, below(f, b.fneg(a), limit), -limit)
    n, r = _reduced(f, a)
    near = b.fadd(_expm1_near_zero(f, r), f.splat(1.0))
    e = x86.times_power_of_two(f, near, n)
    if e is None:
        e = b.fmul(near, _power_of_two(f, b.fptosi(n, f.lanes.whole)))
    return _reciprocal(f, b.fadd(f.splat(1.0), e))


def tanh(f: Function, a: Value) -> Value:
    """tanh(a) = m / (m + 2) with m = exp(2a) - 1, which is as exact near zero as anywhere."""
    # Beyond `flat` tanh is less than half a last place away from 1, and exp(2a) need not be known.
    b, flat = f.builder, _format(f).flat
    twice = b.fmul(f.splat(2.0), above(f, below(f, a, flat), -flat))
    n, r = _reduced(f, twice)
    scale = x86.times_power_of_two(f, f.splat(1.0), n)
    if scale is None:
        scale = _power_of_two(f, b.fptosi(n, f.lanes.whole))
    m = f.fma(_expm1_near_zero(f, r), scale, b.fsub(scale, f.splat(1.0)))
    return b.fmul(m, _reciprocal(f, b.fadd(m, f.splat(2.0))))


def _two_atanh(f: Function, s: Value, terms: int) -> Value:
    """2 atanh(s) = log((1 + s) / (1 - s)) by its series."""
    b = f.builder
    square = b.fmul(s, s)
    p = f.splat(2.0 / (2 * terms + 1))
    for k in range(terms - 1, 0, -1):
        p = f.fma(p, square, f.splat(2.0 / (2 * k + 1)))
    return f.fma(b.fmul(p, square), s, b.fmul(f.splat(2.0), s))


def log(f: Function, a: Value) -> Value:
    """The natural logarithm."""
    form, b, whole = _format(f), f.builder, f.lanes.whole
    count = f.lanes.count
    bits = b.bitcast(a, whole)
    # The exponent is taken at sqrt(1/2), so that the mantissa lies between sqrt(1/2) and sqrt(2).
    root = ir.Constant(whole, [_bits_of(math.sqrt(0.5), f)] * count)
    shifted = b.sub(bits, root)
    exponent = b.ashr(shifted, ir.Constant(whole, [form.mantissa] * count))
    mantissa = b.bitcast(b.sub(bits, b.shl(exponent, ir.Constant(whole, [form.mantissa] * count))), f.lanes.vector)
    one = f.splat(1.0)
    s = b.fdiv(b.fsub(mantissa, one), b.fadd(mantissa, one))
    n = b.sitofp(exponent, f.lanes.vector)
    small = f.fma(n, f.splat(form.ln2_low), _two_atanh(f, s, form.log_terms))
    result = f.fma(n, f.splat(form.ln2_high), small)
    infinite = b.fcmp_ordered("==", a, f.splat(math.inf))
    result = b.select(infinite, a, result)
    result = b.select(b.fcmp_ordered("==", a, f.splat(0.0)), f.splat(-math.inf), result)
    return b.select(b.fcmp_unordered("<", a, f.splat(0.0)), f.splat(math.nan), result)


def _bits_of(value: float, f: Function) -> int:
    import struct

    form = {"float32": "fi", "float64": "dq"}[f.lanes.dtype]
    return int(struct.unpack(form[1], struct.pack(form[0], value))[0])


def _log1p_exp_of_minus_abs(f: Function, a: Value) -> Value:
    """log(1 + exp(-|a|))."""
    b = f.builder
    e = exp(f, b.fneg(absolute(f, a)))
    return _two_atanh(f, b.fdiv(e, b.fadd(e, f.splat(2.0))), _format(f).log1p_terms)


def softplus(f: Function, a: Value) -> Value:
    """log(1 + exp(a))."""
    return f.builder.fadd(maximum(f, a, f.splat(0.0)), _log1p_exp_of_minus_abs(f, a))


def log_sigmoid(f: Function, a: Value) -> Value:
    """log(sigmoid(a))."""
    return f.builder.fsub(minimum(f, a, f.splat(0.0)), _log1p_exp_of_minus_abs(f, a))


def _chosen(comparison: str) -> Callable[[Function, Value, Value], Value]:
    def emit(f: Function, a: Value, b: Value) -> Value:
        either = f.builder.select(f.builder.fcmp_ordered(comparison, a, b), a, b)
        return f.builder.select(f.builder.fcmp_unordered("uno", a, a), a, either)

    emit.__doc__ = f"``a`` if a {comparison} b, else b; NaN if one is not a number."
    return emit


minimum, maximum = _chosen("<"), _chosen(">")


def relu(f: Function, a: Value) -> Value:
    """max(a, 0)."""
    return f.builder.select(f.builder.fcmp_ordered("<", a, f.splat(0.0)), f.splat(0.0), a)
