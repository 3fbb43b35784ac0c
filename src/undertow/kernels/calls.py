"""What every call of a kernel is made of: sizes, sequences in memory, tables of arguments."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from undertow.kernels import tiles
from undertow.kernels.arena import KINDS
from undertow.kernels.routine import Address, Place, Routine
from undertow.kernels.steps import Steps

__all__ = ["Engine", "Rows", "Sequence", "Sizes", "Words", "view"]


class Sequence(NamedTuple):
    """Values of every step: the address of the first, and from step to step and row to row, in numbers."""

    address: Address
    step: int
    row: int

    def turned(self, steps: int, size: int) -> Sequence:
        """The same, last step first; ``size`` is that of a number."""
        return Sequence(self.address + (steps - 1) * self.step * size, -self.step, self.row)


class Rows(NamedTuple):
    """Values of one step: the address of the first row, and from row to row."""

    address: Address
    row: int


class Sizes(NamedTuple):
    """T steps, B samples, I inputs, H hidden units."""

    steps: int
    batch: int
    inputs: int
    hidden: int


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
        self.values: list[Address] = [0] * len(names)

    def __setitem__(self, name: str, value: Address) -> None:
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


class Engine:
    """The functions of one set of kernels, called by a routine."""

    def __init__(self, steps: Steps, routine: Routine) -> None:
        self.steps, self.products, self.routine = steps, steps.products, routine
        self.lanes, self.size, self.target = steps.lanes.count, steps.lanes.size, steps.target

    def width(self, numbers: int) -> int:
        """``numbers`` rounded up to whole vectors."""
        return self.steps.lanes.whole_vectors(numbers)

    def take(self, numbers: int) -> Place:
        """Memory for ``numbers`` while the routine is done."""
        return self.routine.scratch(numbers * self.size)

    def call(
        self, name: str, begin: int, end: int, *words: Address, work: int = 0, grain: int = 1, together: bool = False
    ) -> None:
        """One of the matrix functions (:data:`.matmul.FIELDS`), by several threads if ``work`` multiply-adds pay."""
        self.routine.call(
            self.products.addresses[name], words, begin, end, work=work, grain=grain, together=together
        )  # fmt: skip

    def clear(self, address: Address, numbers: int) -> None:
        """Set numbers to zero."""
        self.call("clear", 0, numbers, address)

    def copy(self, rows: int, numbers: int, source: Rows, target: Rows, *, more: bool = False) -> None:
        """Copy ``rows`` of ``numbers``, or with ``more`` add them."""
        self.call("copy", 0, rows, *source, *target, numbers, int(more))

    def tile_rows(self, vectors: int) -> int:
        """The most rows of a micro-kernel ``vectors`` wide."""
        return tiles.rows(self.target, min(vectors, tiles.widest(self.target)))
