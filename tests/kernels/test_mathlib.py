"""Vector functions against long double: the errors that the module's docstring promises."""

import ctypes
import re

import mpmath
import numpy as np
import pytest

from undertow.kernels import jit, mathlib
from undertow.kernels.host import available
from undertow.kernels.loops import Function, Lanes
from undertow.lang.operations import POINTWISE

#: What is rounded correctly, or chooses, and so has no error to be measured.
EXACT = {
    "add", "sub", "mul", "div", "neg", "abs", "sqrt", "relu", "minimum", "maximum", "where", "stop_gradient",
    "less", "less_equal", "greater", "greater_equal", "equal",
}  # fmt: skip
TRUE = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, np.longdouble(0)),
    "log_sigmoid": lambda x: -np.logaddexp(-x, np.longdouble(0)),
    "sin": np.sin,
    "cos": np.cos,
    "erf": lambda x: precisely(mpmath.erf, x),
    "gelu": lambda x: precisely(lambda a: a * mpmath.ncdf(a), x),
}
FUNCTIONS = tuple(TRUE)
#: op: (float32, float64), read from the docstring's table.
PROMISED = {m[1]: (int(m[2]), int(m[3])) for m in re.finditer(r"^(\w+) +(\d+) +(\d+)$", mathlib.__doc__, re.MULTILINE)}


def precisely(function, x):
    """Of numbers, to 30 digits; mpmath takes a while for each."""
    with mpmath.workdps(30):
        found = [function(mpmath.mpf(float(a))) for a in x]
        return np.array([np.longdouble(mpmath.nstr(a, 25) if abs(a) > mpmath.mpf("1e-400") else 0) for a in found])


def applied(names, dtype, target):
    """The functions over arrays: name -> callable."""
    lanes = Lanes(dtype, target.lanes(dtype), target)

    def build(module):
        for name in names:
            with (
                Function(module, f"apply_{name}", "n:i x:p y:p", lanes) as f,
                f.loop(0, f["n"], lanes.count) as i,
            ):
                f.store(mathlib.OPERATIONS[name](f, f.load(f.at(f["x"], i))), f.at(f["y"], i))

    library = jit.Library(jit.compile_object(build, target), target)
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)

    def function(name):
        call = kind(library.address(f"apply_{name}"))

        def run(x):
            x = np.ascontiguousarray(np.resize(x, -(-len(x) // 64) * 64), dtype)
            y = np.empty_like(x)
            call(len(x), x.ctypes.data, y.ctypes.data)
            return y

        return run

    return {name: function(name) for name in names}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("target", available(), ids=lambda t: t.name)
def test_errors_are_as_promised(target, dtype):
    assert set(PROMISED) == set(FUNCTIONS)
    info, found = np.finfo(dtype), {}
    rng = np.random.default_rng(0)
    for name, run in applied(FUNCTIONS, dtype, target).items():
        far = 80 if dtype == "float32" else 700
        near = rng.uniform(-1, 1, 20000) * 10.0 ** rng.uniform(-6, 0, 20000)
        x = np.concatenate([rng.uniform(-far, far, 40000), rng.uniform(-12, 12, 40000), near])
        x = (np.abs(x) + 1e-30 if name == "log" else x).astype(dtype)
        x = np.resize(x, -(-len(x) // 64) * 64)
        true = TRUE[name](x.astype(np.longdouble))
        normal = (np.abs(true) > 4 * info.tiny) & (np.abs(true) < info.max / 4)
        ulp = np.spacing(np.abs(true[normal]).astype(dtype)).astype(np.longdouble)
        found[name] = float(np.max(np.abs(run(x)[normal] - true[normal]) / ulp))
    column = 0 if dtype == "float32" else 1
    assert {n: e for n, e in found.items() if e > PROMISED[n][column]} == {}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_edges(dtype):
    x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 0.0, -0.0], dtype)
    run = applied(FUNCTIONS, dtype, available()[0])
    got = {name: f(x)[: len(x)] for name, f in run.items()}
    assert all(np.isnan(values[0]) for values in got.values())
    np.testing.assert_array_equal(got["exp"][1:], np.array([np.inf, 0, np.inf, 0, 1, 1], dtype))
    np.testing.assert_array_equal(got["tanh"][1:], np.array([1, -1, 1, -1, 0, 0], dtype))
    np.testing.assert_allclose(got["sigmoid"][1:], [1, 0, 1, 0, 0.5, 0.5], atol=1e-37)
    np.testing.assert_allclose(got["softplus"][1:5], np.array([np.inf, 0, 1e30, 0], dtype))
    np.testing.assert_allclose(got["log_sigmoid"][1:5], np.array([0, -np.inf, 0, -1e30], dtype))
    np.testing.assert_array_equal(got["erf"][1:], np.array([1, -1, 1, -1, 0, -0.0], dtype))
    np.testing.assert_array_equal(got["gelu"][[1, 3, 4, 5]], np.array([np.inf, 1e30, 0, 0], dtype))
    for name in ("sin", "cos"):
        assert np.isnan(got[name][1:3]).all()
        np.testing.assert_allclose(got[name][3:], TRUE[name](x[3:].astype(np.longdouble)).astype(dtype), rtol=1e-6)
    assert got["log"][1] == np.inf
    assert np.isnan(got["log"][[2, 4]]).all()
    assert (got["log"][5:] == -np.inf).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_waves_of_numbers_beyond_what_vectors_reduce(dtype):
    """Where some lanes are beyond, all of them stay right; and so are numbers next to whole quarter turns."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-1, 1, 4000) * 10.0 ** rng.uniform(0, 15, 4000), np.arange(4000) * np.pi / 2])
    x = rng.permutation(x).astype(dtype)
    x = np.resize(x, -(-len(x) // 64) * 64)
    for name, run in applied(("sin", "cos"), dtype, available()[0]).items():
        true = precisely(getattr(mpmath, name), x)
        error = np.abs(run(x) - true) / np.spacing(np.abs(true.astype(dtype)))
        assert error.max() <= 2, name


def test_every_operation_of_the_language_is_there():
    assert set(POINTWISE) <= set(mathlib.OPERATIONS)


def test_every_operation_is_exact_or_has_a_measured_error():
    assert set(POINTWISE) - EXACT == set(TRUE) == set(PROMISED)
