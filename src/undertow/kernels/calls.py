"""What every call of a kernel is made of: sizes, sequences in memory, tables of arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence as Listed
from typing import Any, NamedTuple

import numpy as np

from undertow.kernels import matmul, panels, tiles
from undertow.kernels.arena import KINDS
from undertow.kernels.arguments import Address, Arguments, Symbolic
from undertow.kernels.routine import Routine
from undertow.kernels.steps import Blas

__all__ = ["Engine", "Extents", "Rows", "Sequence", "view"]


class Sequence(NamedTuple):
    """Values of every step: the address of the first, and from step to step and row to row, in numbers."""

    address: Address
    step: int
    row: int

    def words(self, name: str) -> dict[str, Address]:
        """As the words of a table."""
        return {name: self.address, f"{name}.step": self.step, f"{name}.row": self.row}

    def turned(self, steps: int, size: int) -> Sequence:
        """The same, last step first; ``size`` is that of a number."""
        return Sequence(self.address + (steps - 1) * self.step * size, -self.step, self.row)


class Rows(NamedTuple):
    """Values of one step: the address of the first row, and from row to row."""

    address: Address
    row: int

    def words(self, name: str) -> dict[str, Address]:
        """As the words of a table."""
        return {name: self.address, f"{name}.row": self.row}


class Extents(NamedTuple):
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


class Engine:
    """The matrix functions of one target and number format, called by a routine."""

    def __init__(self, blas: Blas, routine: Routine) -> None:
        self.blas, self.routine = blas, routine
        lanes = blas.lanes
        self.lanes, self.size, self.target, self.width = lanes.count, lanes.size, lanes.target, lanes.whole_vectors

    def take(self, numbers: int) -> Symbolic:
        """Memory for ``numbers`` while the routine is done."""
        return self.routine.scratch(numbers * self.size)

    def call(
        self,
        name: str,
        begin: int,
        end: int,
        words: Mapping[str, Address],
        *,
        work: int = 0,
        grain: int = 1,
        together: bool = False,
    ) -> None:
        """One of the matrix functions (:data:`.matmul.FIELDS`), by several threads if ``work`` multiply-adds pay."""
        arguments = matmul.FIELDS[name].arguments(words)
        address = self.blas.addresses[name]
        self.routine.call(address, arguments, begin, end, work=work, grain=grain, together=together)

    def pack(self, jobs: Listed[Arguments], *, work: int = 0) -> None:
        """Do jobs of packing (:data:`.panels.JOBS`)."""
        address = self.blas.addresses["pack"]
        self.routine.call(address, panels.table(jobs), 0, len(jobs), work=work, together=True)

    def clear(self, address: Address, numbers: int) -> None:
        """Set numbers to zero."""
        self.call("clear", 0, numbers, {"target": address})

    def copy(self, rows: int, numbers: int, source: Rows, target: Rows, *, more: bool = False) -> None:
        """Copy ``rows`` of ``numbers``, or with ``more`` add them."""
        words = {"source": source.address, "s_row": source.row, "target": target.address, "t_row": target.row}
        self.call("copy", 0, rows, {**words, "N": numbers, "more": int(more)})

    def tile_rows(self, vectors: int) -> int:
        """The most rows of a micro-kernel ``vectors`` wide."""
        return tiles.rows(self.target, min(vectors, tiles.widest(self.target)))
