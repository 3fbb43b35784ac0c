"""Memory that is used again: the operating system clears every fresh page, which costs as much as computing on it.

Blocks go back when nobody refers to them any more. What lies idle is bounded (:func:`limit`) and can be
given back (:func:`release`).
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_left, insort
from mmap import mmap
from typing import Any

import numpy as np

__all__ = ["Block", "idle", "limit", "release", "take"]

_PAGE = 4096

_lock = threading.RLock()
_idle: list[tuple[int, int, mmap]] = []
_idle_bytes = 0
_limit = 1 << 30
_serial = 0


class Block:
    """``nbytes`` of memory at ``address``, aligned to a page, until it is let go of."""

    __slots__ = ("__weakref__", "_memory", "_pid", "address", "nbytes")

    def __init__(self, memory: mmap, nbytes: int) -> None:
        self._memory: mmap | None = memory
        self.address = np.frombuffer(memory, np.uint8).ctypes.data
        self.nbytes = nbytes
        self._pid = os.getpid()

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return {"version": 3, "data": (self.address, False), "shape": (self.nbytes,), "typestr": "|u1"}

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
        """The block as an array, which keeps it; contents are whatever was there."""
        count = int(np.prod(shape)) * np.dtype(dtype).itemsize
        return np.asarray(self)[:count].view(dtype).reshape(shape)

    def __del__(self) -> None:
        memory, self._memory = self._memory, None
        if memory is not None:
            _give_back(memory)


def take(nbytes: int) -> Block:
    """A block of at least ``nbytes``; its contents are arbitrary."""
    size = max(-(-nbytes // _PAGE) * _PAGE, _PAGE)
    with _lock:
        memory = _find(size)
    return Block(memory if memory is not None else mmap(-1, size), nbytes)


def limit(nbytes: int) -> None:
    """Keep at most ``nbytes`` of idle memory."""
    global _limit
    _limit = nbytes
    _shrink(nbytes)


def release() -> None:
    """Give all idle memory back to the operating system."""
    _shrink(0)


def idle() -> int:
    """Bytes that lie idle now."""
    return _idle_bytes


def _find(size: int) -> mmap | None:
    """An idle block that fits without wasting more than half."""
    global _idle_bytes
    index = bisect_left(_idle, (size, -1))
    if index < len(_idle) and _idle[index][0] <= 2 * size:
        found = _idle.pop(index)
        _idle_bytes -= found[0]
        return found[2]
    return None


def _give_back(memory: mmap) -> None:
    global _idle_bytes, _serial
    size = len(memory)
    with _lock:
        if _idle_bytes + size <= _limit:
            _serial += 1
            insort(_idle, (size, _serial, memory))
            _idle_bytes += size


def _shrink(nbytes: int) -> None:
    global _idle_bytes
    with _lock:
        while _idle and _idle_bytes > nbytes:
            _idle_bytes -= _idle.pop()[0]
