"""What every call of a kernel is made of: sizes, sequences in memory, tables of arguments."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from undertow.kernels import threads, tiles
from undertow.kernels.arena import KINDS, Scratch
from undertow.kernels.steps import Steps

__all__ = ["WORTH_SHARING", "Engine", "Rows", "Sequence", "Sizes", "Words", "clear", "copy", "view"]


class Sequence(NamedTuple):
    """Values of every step: the address of the first, and from step to step and row to row, in numbers."""

    address: int
    step: int
    row: int

    def turned(self, steps: int, size: int) -> Sequence:
        """The same, last step first; ``size`` is that of a number."""
        return Sequence(self.address + (steps - 1) * self.step * size, -self.step, self.row)


class Rows(NamedTuple):
    """Values of one step: the address of the first row, and from row to row."""

    address: int
    row: int


class Sizes(NamedTuple):
    """T steps, B samples, I inputs, H hidden units."""

    steps: int
    batch: int
    inputs: int
    hidden: int


def clear(address: int, nbytes: int) -> None:
    """Set memory to zero."""
    ctypes.memset(address, 0, nbytes)


def copy(source: int, target: int, nbytes: int) -> None:
    """Copy memory that does not overlap."""
    ctypes.memmove(target, source, nbytes)


class _Placed:
    """Memory at an address as NumPy's array interface wants it."""

    __slots__ = ("__array_interface__",)

    def __init__(self, address: int, shape: tuple[int, ...], dtype: str) -> None:
        kind = KINDS.get(dtype) or np.dtype(dtype).str
        self.__array_interface__ = {"version": 3, "data": (address, False), "shape": shape, "typestr": kind}


def view(address: int, shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
    """An array over memory at ``address``."""
    return np.asarray(_Placed(address, shape, dtype))


@cache
def _places(names: tuple[str, ...]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


class Words:
    """A table of arguments under construction; what is not set is zero."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._places = _places(names)
        self.values = [0] * len(names)

    def __setitem__(self, name: str, value: int) -> None:
        self.values[self._places[name]] = value

    def place(self, name: str) -> int:
        """Which entry ``name`` is."""
        return self._places[name]

    def sequence(self, name: str, value: Sequence) -> None:
        """Set the three entries of a sequence, which lie side by side."""
        place = self._places[name]
        self.values[place : place + 3] = value

    def rows(self, name: str, value: Rows) -> None:
        """Set the two entries of rows."""
        place = self._places[name]
        self.values[place : place + 2] = value


#: Multiply-adds that take longer than handing half of them to another thread.
WORTH_SHARING = 1_000_000


class Engine:
    """The functions of one set of kernels, to be called, and ``scratch`` memory for as long as that takes."""

    def __init__(self, steps: Steps, parts: int = 1) -> None:
        self.steps, self.products, self.parts = steps, steps.products, parts
        self.scratch = Scratch(steps.lanes.size)
        self.lanes, self.size, self.dtype, self.target = steps.lanes.count, steps.lanes.size, steps.dtype, steps.target

    def width(self, numbers: int) -> int:
        """``numbers`` rounded up to whole vectors."""
        return -(-numbers // self.lanes) * self.lanes

    def call(self, name: str, begin: int, end: int, *words: int, work: int = 0, grain: int = 1) -> None:
        """One of the matrix functions (:data:`.matmul.FIELDS`), by several threads if ``work`` multiply-adds pay."""
        parts = self.parts if work > WORTH_SHARING else 1
        threads.run(self.products.addresses[name], words, begin, end, work=work, parts=parts, grain=grain)

    def tile_rows(self, vectors: int) -> int:
        """The most rows of a micro-kernel ``vectors`` wide."""
        return tiles.rows(self.target, min(vectors, tiles.widest(self.target)))
