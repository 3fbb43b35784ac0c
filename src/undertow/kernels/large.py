"""Products of large matrices outside of a step, by the micro-kernels of the steps and on their threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.kernels import matmul, panels, tiles
from undertow.kernels.host import Target
from undertow.kernels.routine import Address, Routine
from undertow.kernels.steps import Products

__all__ = ["gram", "times"]


def gram(target: Target, dtype: str, x: int, shape: tuple[int, int], out: int, parts: int) -> None:
    """``out`` (I, I) = X^T X of X (N, I), row-major at the address ``x``, by ``parts`` threads."""
    rows, width = shape
    products, lanes, size = Products.of(dtype, target), target.lanes(dtype), np.dtype(dtype).itemsize
    routine, part = Routine(parts=parts), matmul.DEPTH * -(-width // lanes) * lanes
    sums, pack = routine.scratch(part * size), routine.scratch(parts * part * size)
    words = (products.table, rows, x, width, x, width, width, out, width, sums, pack, part, 0)
    routine.call(products.addresses["multiply_over_rows"], words, 0, width, work=rows * width * width, grain=8)
    routine.run()


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
    products, lanes, size = Products.of(dtype, target), target.lanes(dtype), np.dtype(dtype).itemsize
    widest, most = tiles.widest(target), tiles.rows(target, tiles.widest(target))
    panel = widest * lanes
    count = -(-width // panel)
    routine = Routine(parts=parts)
    packed = routine.scratch(count * width * panel * size)
    job = (panels.COLUMNS, width, width, matrix, width, packed, panel, widest, width * panel, lanes)
    routine.call(products.addresses["pack"], (*job, *[0] * (panels.JOB - len(job))), 0, 1)
    padded = np.zeros(count * panel, dtype)
    padded[:width] = bias
    words: tuple[Address, ...] = (
        products.table, x, width, 1, width, width, packed, widest, width * panel, padded.ctypes.data, out, width, width,
        most,
    )  # fmt: skip
    routine.call(products.addresses["multiply"], words, 0, rows, work=rows * width * width)
    routine.run()
