"""Products of large matrices outside of a step, by the micro-kernels of the steps and on their threads."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.kernels import matmul, panels, threads, tiles
from undertow.kernels.arena import Scratch
from undertow.kernels.calls import WORTH_SHARING
from undertow.kernels.host import Target
from undertow.kernels.steps import Products

__all__ = ["gram", "times"]


def gram(target: Target, dtype: str, x: int, shape: tuple[int, int], out: int, parts: int) -> None:
    """``out`` (I, I) = X^T X of X (N, I), row-major at the address ``x``, by ``parts`` threads."""
    rows, width = shape
    parts = parts if rows * width * width > WORTH_SHARING else 1
    products, lanes = Products.of(dtype, target), target.lanes(dtype)
    scratch = Scratch(np.dtype(dtype).itemsize)
    part = matmul.DEPTH * -(-width // lanes) * lanes
    sums, pack = scratch.take(part), scratch.take(parts * part)
    words = (products.table, rows, x, width, x, width, width, out, width, sums, pack, part, 0)
    threads.run(products.addresses["multiply_over_rows"], words, 0, width, parts=parts, grain=8)


def times(
    target: Target,
    dtype: str,
    x: int,
    matrix: int,
    bias: NDArray[Any],
    shape: tuple[int, int],
    out: int,
    parts: int,
) -> None:
    """``out`` (N, I) = X S + ``bias`` of X (N, I) and S (I, I), row-major at the address ``matrix``, by ``parts``
    threads."""
    rows, width = shape
    parts = parts if rows * width * width > WORTH_SHARING else 1
    products, lanes = Products.of(dtype, target), target.lanes(dtype)
    widest = tiles.widest(target)
    panel = widest * lanes
    count = -(-width // panel)
    scratch = Scratch(np.dtype(dtype).itemsize)
    packed = scratch.take(count * width * panel)
    job = (panels.COLUMNS, width, width, matrix, width, packed, panel, widest, width * panel, lanes)
    record = (ctypes.c_int64 * panels.JOB)(*job, *[0] * (panels.JOB - len(job)))
    threads.run(products.addresses["pack"], (ctypes.addressof(record),), 0, 1)
    padded = np.zeros(count * panel, dtype)
    padded[:width] = bias
    most = tiles.rows(target, widest)
    words = (
        products.table, x, width, 1, width, width, packed, widest, width * panel, padded.ctypes.data, out, width, width,
        most,
    )  # fmt: skip
    threads.run(products.addresses["multiply"], words, 0, rows, parts=parts)
