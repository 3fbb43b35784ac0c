"""Fair timing on noisy machines: rivals take turns in random order, and what counts is the median ratio."""

from __future__ import annotations

import ctypes
import random
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from undertow.kernels import tiles
from undertow.kernels.host import host
from undertow.kernels.steps import Blas

sys.path.insert(0, str(Path(__file__).parents[1]))
from laboratory.machine import described as machine
from laboratory.spreads import quartiles as spread
from laboratory.tables import table

__all__ = ["interleaved", "machine", "peak", "ratio", "spread", "table"]


def interleaved(
    rivals: Mapping[str, Callable[[], object]],
    seconds: float = 2.0,
    clock: Callable[[], float] = time.perf_counter,
    pause: float = 0.0,
) -> dict[str, list[float]]:
    """Seconds of each call, after a warm-up; the rivals take turns in random order for about ``seconds``.

    ``clock`` may be ``time.process_time`` for what runs on one thread: others on the machine count less then. With a
    ``pause`` of some hundredths of a second every turn begins with it and with a call that does not count: threads of
    the one before that still spin would slow this one down.
    """
    order = list(rivals)

    def settle(name: str) -> None:
        if pause:
            time.sleep(pause)
            rivals[name]()

    for _ in range(2):
        for name in order:
            rivals[name]()
    begin = time.perf_counter()
    for name in order:
        settle(name)
        rivals[name]()
    rounds = int(np.clip(seconds / (time.perf_counter() - begin), 7, 400))
    times: dict[str, list[float]] = {name: [] for name in order}
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            settle(name)
            begin = clock()
            rivals[name]()
            times[name].append(clock() - begin)
    return times


def ratio(times: Mapping[str, list[float]], theirs: str, ours: str) -> tuple[float, float, float]:
    """Median and quartiles of their time over ours, turn by turn."""
    return spread([a / b for a, b in zip(times[theirs], times[ours], strict=True)])


def peak(threads: int) -> float:
    """Multiply-adds of float32 a second, in GFLOP/s, that this machine does in registers and the first cache."""
    target = host()
    assert target is not None
    products, lanes = Blas.of("float32", target), target.lanes("float32")
    vectors = tiles.widest(target)
    rows, depth, turns = tiles.rows(target, vectors), 128, 2000
    numbers = np.ones(rows * depth + vectors * lanes * depth, np.float32)
    outputs = np.zeros((threads, rows, vectors * lanes), np.float32)
    tile = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p if a == "p" else ctypes.c_int64 for a in "piiiipiiiipiipi"])(
        products.library.address(f"tile_{rows}x{vectors}")
    )
    b = numbers.ctypes.data + 4 * rows * depth
    best = float("inf")

    def one(c: int) -> None:
        tile(
            numbers.ctypes.data,
            depth,
            1,
            turns,
            0,
            b,
            lanes,
            vectors * lanes,
            0,
            depth,
            c,
            vectors * lanes,
            lanes,
            c,
            0,
        )

    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        for _ in range(20):
            begin = time.perf_counter()
            list(pool.map(one, [outputs[i].ctypes.data for i in range(threads)]))
            best = min(best, time.perf_counter() - begin)
    return 2 * rows * vectors * lanes * depth * turns * threads / best / 1e9
