"""Large products by the micro-kernels, against NumPy, for every vector width that runs here."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from undertow.kernels import large
from undertow.kernels.host import available


@pytest.mark.parametrize("target", available(), ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(1, 700), st.integers(1, 140), st.integers(1, 2), st.integers(0, 9))
def test_products_are_numpys(target, dtype, rows, width, parts, seed):
    rng = np.random.default_rng(seed)
    x, matrix = rng.normal(size=(rows, width)).astype(dtype), rng.normal(size=(width, width)).astype(dtype)
    bias = rng.normal(size=width).astype(dtype)
    square, out = np.full((width, width), np.nan, dtype), np.full((rows, width), np.nan, dtype)
    large.gram(target, dtype, x.ctypes.data, (rows, width), square.ctypes.data, parts)
    large.times(target, dtype, x.ctypes.data, matrix.ctypes.data, bias, (rows, width), out.ctypes.data, parts)
    tolerance = 1e-14 if dtype == "float64" else 2e-6
    wide = x.astype(np.float64)
    np.testing.assert_allclose(square, wide.T @ wide, rtol=10 * tolerance, atol=tolerance * rows)
    np.testing.assert_allclose(out, wide @ matrix + bias, rtol=10 * tolerance, atol=tolerance * width)
