"""Sine and cosine, and the normal distribution's functions, on vectors; :mod:`.mathlib` has their errors.

Sources: for the error function, Shepherd and Laframboise 1981, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in
0 <= x < infinity", Mathematics of Computation 36; the coefficients are computed anew, to the precision of each format.
For the reduction to a quarter turn, Cody and Waite 1980.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from llvmlite import ir

from undertow.kernels.elementary import absolute, below, exp, floor
from undertow.kernels.loops import Function, Value

__all__ = ["cos", "erf", "gelu", "sin"]

#: In t = (x - 3.75) / (x + 3.75), lowest power first: (1 + 2x) exp(x^2) erfc(x) for x from 0 on.
_SCALED32 = (
    1.2375126192677,
    -0.1402406583213864,
    0.003586270394024618,
    0.08227841998347046,
    -0.10881427014905069,
    0.09229076959130378,
    -0.05864685873554614,
    0.02840925236412726,
    -0.009844494859674952,
    0.001675912217981131,
    0.0003963076129893627,
    -0.00022411674674416022,
)
_SCALED64 = (
    1.2375126308378275,
    -0.14024059858554697,
    0.0035854154854790257,
    0.0822767384901452,
    -0.10880393014244462,
    0.09230432116037748,
    -0.05869339857664934,
    0.028362277418956406,
    -0.009746579683265262,
    0.0017556258528952954,
    0.000293714378044958,
    -0.0002901540805408417,
    5.164652974177416e-05,
    2.238423915508223e-05,
    -1.1438048033346894e-05,
    -9.73559896736775e-07,
    1.7419821586224816e-06,
    -5.7218230603224086e-08,
    -2.4857126248016745e-07,
    2.3263508708859124e-08,
    3.197926671666804e-08,
    -3.744210080962018e-09,
    -2.623107347133476e-09,
    3.1114333809799254e-10,
)
#: In a^2, lowest power first: erf(a) / a for a from -1 to 1.
_NEAR32 = (
    1.1283791658815026,
    -0.3761262690358044,
    0.11283597463488053,
    -0.026854328796067244,
    0.005189311942686617,
    -0.0008018854992786387,
    7.882497110086663e-05,
)
_NEAR64 = (
    1.1283791670955126,
    -0.37612638903183543,
    0.1128379167094513,
    -0.026866170643256995,
    0.005223977607269946,
    -0.0008548325982543225,
    0.00012055295112667001,
    -1.4924740785377576e-05,
    1.6447471190594618e-06,
    -1.6208829856810202e-07,
    1.3721520406351094e-08,
    -7.798543850549947e-10,
)

_HALFWAY = 3.75


@dataclass(frozen=True)
class _WaveFormat:
    """What these functions need to know of a number format."""

    scaled: tuple[float, ...]
    near: tuple[float, ...]
    #: Beyond it erfc is zero.
    flat: float
    #: Half of pi, as a sum of numbers of this format.
    quarter: tuple[float, float, float]
    #: Up to here such a sum is exact enough to take quarter turns off.
    turns: float
    sine_terms: int


_FORMATS = {
    "float32": _WaveFormat(
        _SCALED32, _NEAR32, 10.0, (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15), 1e5, 4
    ),
    "float64": _WaveFormat(
        _SCALED64, _NEAR64, 27.3, (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33), 1e9, 8
    ),
}


def _format(f: Function) -> _WaveFormat:
    return _FORMATS[f.lanes.dtype]


def _polynomial(f: Function, a: Value, coefficients: tuple[float, ...]) -> Value:
    """Of ``a``, lowest power first."""
    *others, highest = coefficients
    p = f.splat(highest)
    for coefficient in reversed(others):
        p = f.fma(p, a, f.splat(coefficient))
    return p


# ---- the normal distribution


def _tail(f: Function, x: Value, a: Value, scale: float) -> Value:
    """erfc(x) for x from 0 on, where exp(-x^2) is exp(-scale a^2) for this a.

    The square is rounded, and of a large one the exponential would tell: what was rounded away comes back as a factor.
    """
    b = f.builder
    rounded = b.fmul(a, a)
    lost = f.fma(a, a, b.fneg(rounded))
    power = exp(f, b.fmul(rounded, f.splat(-scale)))
    power = f.fma(power, b.fmul(lost, f.splat(-scale)), power)
    t = b.fdiv(b.fsub(x, f.splat(_HALFWAY)), b.fadd(x, f.splat(_HALFWAY)))
    scaled = b.fdiv(_polynomial(f, t, _format(f).scaled), f.fma(x, f.splat(2.0), f.splat(1.0)))
    return b.fmul(power, scaled)


def erf(f: Function, a: Value) -> Value:
    """The error function."""
    b = f.builder
    x = below(f, absolute(f, a), _format(f).flat)
    near = b.fmul(a, _polynomial(f, b.fmul(x, x), _format(f).near))
    far = b.fsub(f.splat(1.0), _tail(f, x, x, 1.0))
    far = b.select(b.fcmp_ordered("<", a, f.splat(0.0)), b.fneg(far), far)
    return b.select(b.fcmp_ordered("<", x, f.splat(1.0)), near, far)


def gelu(f: Function, a: Value) -> Value:
    """a times the normal distribution function of a."""
    b = f.builder
    size = absolute(f, a)
    limit = _format(f).flat * math.sqrt(2.0)
    near = below(f, size, limit)
    lower = b.fmul(f.splat(0.5), _tail(f, b.fmul(near, f.splat(math.sqrt(0.5))), near, 0.5))
    lower = b.select(b.fcmp_ordered(">", size, f.splat(limit)), f.splat(0.0), lower)
    share = b.select(b.fcmp_ordered("<", a, f.splat(0.0)), lower, b.fsub(f.splat(1.0), lower))
    return b.fmul(a, share)


# ---- sine and cosine


def _wave(f: Function, a: Value, ahead: int, name: str) -> Value:
    """sin(a + ``ahead`` quarter turns), which the mathematics of C calls ``name``.

    Numbers beyond all reason, for which a quarter turn must be known to more digits, are left to the C library.
    """
    form, b, lanes = _format(f), f.builder, f.lanes
    far = b.fcmp_unordered(">", absolute(f, a), f.splat(form.turns))
    near = b.select(far, f.splat(0.0), a)
    n = floor(f, f.fma(near, f.splat(2 / math.pi), f.splat(0.5)))
    r, back = near, b.fneg(n)
    for part in form.quarter:
        r = f.fma(back, f.splat(part), r)
    quadrant = b.add(b.fptosi(n, lanes.whole), ir.Constant(lanes.whole, [ahead] * lanes.count))
    odd, negative = (_has_bit(f, quadrant, bit) for bit in (1, 2))
    square = b.fmul(r, r)
    wave = b.select(odd, _cosine(f, square), _sine(f, r, square))
    value = f.variable(b.select(negative, b.fneg(wave), wave))
    with f.when(
        b.icmp_unsigned("!=", b.bitcast(far, ir.IntType(lanes.count)), ir.Constant(ir.IntType(lanes.count), 0))
    ):
        of_c = f.intrinsic(f"llvm.{name}.{lanes.suffix}", lanes.vector, [lanes.vector])
        value.set(b.select(far, b.call(of_c, [a]), value.get()))
    return value.get()


def _has_bit(f: Function, whole: Value, bit: int) -> Value:
    b, kind, count = f.builder, f.lanes.whole, f.lanes.count
    return b.icmp_signed("!=", b.and_(whole, ir.Constant(kind, [bit] * count)), ir.Constant(kind, [0] * count))


def _sine(f: Function, r: Value, square: Value) -> Value:
    """sin(r) for r within an eighth of a turn, by Taylor's series."""
    terms = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in range(1, _format(f).sine_terms + 1))
    return f.fma(f.builder.fmul(r, square), _polynomial(f, square, terms), r)


def _cosine(f: Function, square: Value) -> Value:
    terms = tuple((-1.0) ** k / math.factorial(2 * k) for k in range(1, _format(f).sine_terms + 2))
    return f.fma(square, _polynomial(f, square, terms), f.splat(1.0))


def sin(f: Function, a: Value) -> Value:
    """The sine of radians."""
    return _wave(f, a, 0, "sin")


def cos(f: Function, a: Value) -> Value:
    """The cosine of radians."""
    return _wave(f, a, 1, "cos")
