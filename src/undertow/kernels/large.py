"""Products of large matrices outside of a step, by the micro-kernels of the steps and on their threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.kernels import matmul, panels, tiles
from undertow.kernels.arguments import Address
from undertow.kernels.calls import Engine
from undertow.kernels.host import Target
from undertow.kernels.routine import Routine
from undertow.kernels.steps import Blas

__all__ = ["gram", "times"]


def gram(target: Target, dtype: str, x: int, shape: tuple[int, int], out: int, parts: int) -> None:
    """``out`` (I, I) = X^T X of X (N, I), row-major at the address ``x``, by ``parts`` threads."""
    rows, width = shape
    engine = Engine(Blas.of(dtype, target), Routine(parts=parts))
    part = matmul.DEPTH * engine.width(width)
    words: dict[str, Address] = {
        "table": engine.blas.table, "R": rows, "D": x, "d_row": width, "X": x, "x_row": width, "N": width,
        "C": out, "c_row": width, "sums": engine.take(part), "x_pack": engine.take(parts * part), "x_part": part,
        "more": 0,
    }  # fmt: skip
    engine.call("multiply_over_rows", 0, width, words, work=rows * width * width, grain=8)
    engine.routine.run()


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
    engine = Engine(Blas.of(dtype, target), Routine(parts=parts))
    widest = tiles.widest(target)
    panel = widest * engine.lanes
    count = -(-width // panel)
    packed, tile = engine.take(count * width * panel), width * panel
    square: dict[str, Address] = {"K": width, "N": width, "source": matrix, "s_row": width}
    layout: dict[str, Address] = {
        "target": packed,
        "t_k": panel,
        "blocks": widest,
        "t_tile": tile,
        "t_block": engine.lanes,
    }
    engine.pack([panels.JOBS["columns"].arguments(square, layout)])
    # A tile begins with a whole vector of the bias, whatever the width.
    padded = np.zeros(count * panel, dtype)
    padded[:width] = bias
    words: dict[str, Address] = {
        "table": engine.blas.table, "A": x, "a_row": width, "planes": 1, "a_plane": width, "K": width,
        "B": packed, "panel": widest, "b_panel": tile, "bias": padded.ctypes.data, "C": out, "c_row": width,
        "N": width, "most": engine.tile_rows(widest),
    }  # fmt: skip
    engine.call("multiply", 0, rows, words, work=rows * width * width)
    engine.routine.run()
