"""Memory that is used again: the operating system clears every fresh page, which costs as much as computing on it.

Blocks go back when nobody refers to them any more. What lies idle is bounded (:func:`limit`) and can be
given back (:func:`release`).
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from mmap import mmap
from typing import Any, NamedTuple

import numpy as np

__all__ = ["KINDS", "Block", "idle", "limit", "release", "take"]

_PAGE = 4096


class _Pages(NamedTuple):
    """Memory from the operating system; ``serial`` tells equal sizes apart."""

    size: int
    serial: int
    address: int
    memory: mmap


_lock = threading.RLock()
_idle: list[_Pages] = []
_idle_bytes = 0
_limit = 1 << 30
_serial = 0


class Block:
    """``nbytes`` of memory at ``address``, aligned to a page, until it is let go of."""

    __slots__ = ("__weakref__", "_pages", "address", "nbytes")

    def __init__(self, pages: _Pages, nbytes: int) -> None:
        self._pages: _Pages | None = pages
        self.address = pages.address
        self.nbytes = nbytes

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
        """The block as an array, which keeps it; contents are whatever was there."""
        return np.asarray(_Lent(self, shape, dtype))

    def __del__(self) -> None:
        pages, self._pages = self._pages, None
        if pages is not None:
            _give_back(pages)


class _Lent:
    """A block as NumPy's array interface wants it."""

    __slots__ = ("__array_interface__", "block")

    def __init__(self, block: Block, shape: tuple[int, ...], dtype: str) -> None:
        self.block = block
        kind = KINDS.get(dtype) or np.dtype(dtype).str
        self.__array_interface__ = {"version": 3, "data": (block.address, False), "shape": shape, "typestr": kind}


#: NumPy's words for the formats of numbers.
KINDS = {"float32": np.dtype("float32").str, "float64": np.dtype("float64").str}


def take(nbytes: int) -> Block:
    """A block of at least ``nbytes``; its contents are arbitrary."""
    global _serial
    size = max(-(-nbytes // _PAGE) * _PAGE, _PAGE)
    with _lock:
        pages = _find(size)
        if pages is None:
            _serial += 1
            memory = mmap(-1, size)
            pages = _Pages(size, _serial, np.frombuffer(memory, np.uint8).ctypes.data, memory)
    return Block(pages, nbytes)


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


def _find(size: int) -> _Pages | None:
    """Idle pages that suffice without wasting more than half."""
    global _idle_bytes
    index = bisect_left(_idle, (size,))
    if index < len(_idle) and _idle[index].size <= 2 * size:
        found = _idle.pop(index)
        _idle_bytes -= found.size
        return found
    return None


def _give_back(pages: _Pages) -> None:
    global _idle_bytes
    with _lock:
        if _idle_bytes + pages.size <= _limit:
            insort(_idle, pages)
            _idle_bytes += pages.size


def _shrink(nbytes: int) -> None:
    global _idle_bytes
    with _lock:
        while _idle and _idle_bytes > nbytes:
            _idle_bytes -= _idle.pop().size
