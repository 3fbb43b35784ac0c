"""Memory that is used again: the operating system clears every fresh page, which costs as much as computing on it.

Blocks go back when nobody refers to them any more. What lies idle is bounded (:func:`limit`) and can be
given back (:func:`release`).

Blocks come and go at any moment: in threads, in ``__del__``, in handlers of signals that came in the middle of another
call. So there is no lock and no account that two statements would have to keep in step: idle blocks lie on stacks, one
for each size, and a stack's ``append`` and ``pop`` are single steps of the interpreter. The child of a fork has a copy
of every block, since the pages are private.
"""

from __future__ import annotations

from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from operator import mul
from typing import Any, NamedTuple

import numpy as np

__all__ = ["KINDS", "Block", "idle", "limit", "release", "take"]

_PAGE = 4096

#: Sizes to each power of two: a block is at most a quarter larger than what was asked for.
_SIZES = 4


class _Pages(NamedTuple):
    """Memory from the operating system."""

    size: int
    address: int
    memory: mmap


_idle: dict[int, list[_Pages]] = {}
_limit = 1 << 30


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
        if pages is not None and idle() + pages.size <= _limit:
            _idle.setdefault(pages.size, []).append(pages)


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
    size = _rounded(nbytes)
    stack = _idle.get(size)
    try:
        pages = stack.pop() if stack else _fresh(size)
    except IndexError:  # somebody else took the last one just now
        pages = _fresh(size)
    return Block(pages, nbytes)


def _fresh(size: int) -> _Pages:
    # By itself `mmap` shares pages with the children of a fork, who would write into each other's numbers.
    memory = mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS)
    return _Pages(size, np.frombuffer(memory, np.uint8).ctypes.data, memory)


def _rounded(nbytes: int) -> int:
    """The size of the blocks that ``nbytes`` are taken from: whole pages, and few different sizes."""
    pages = max(-(-nbytes // _PAGE), 1)
    unit = max((1 << (pages - 1).bit_length()) // (2 * _SIZES), 1)
    return -(-pages // unit) * unit * _PAGE


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
    sizes = list(_idle)
    return sum(map(mul, sizes, map(len, map(_idle.__getitem__, sizes))))


def _shrink(nbytes: int) -> None:
    for _, stack in sorted(_idle.items(), reverse=True):
        while stack and idle() > nbytes:
            try:
                stack.pop()
            except IndexError:  # taken by somebody just now
                break
