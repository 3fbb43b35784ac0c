"""A cell's step, compiled: its plans, and the addresses of the functions made from them."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from undertow.kernels import cache, emit, jit, matmul, plan, tiles
from undertow.kernels.host import Target
from undertow.kernels.lanes import Lanes
from undertow.kernels.once import MAKING, once
from undertow.kernels.program import Kept, Program
from undertow.lang.adjoint import Adjoint
from undertow.lang.definition import Cell
from undertow.lang.expr import Graph, Node
from undertow.lang.lazily import lazily
from undertow.lang.passes import record

__all__ = ["Blas", "Equations", "Steps"]


@dataclass(frozen=True)
class Equations:
    """What kernels are made from: the step, its BPTT step, and the order of components and gates."""

    graph: Graph
    adjoint: Adjoint
    components: tuple[str, ...]
    gates: tuple[str, ...]
    heads: int

    @classmethod
    def of(cls, cell: Cell) -> Equations:
        """Those of a cell as it stands."""
        return cls(cell.graph, cell.adjoint, tuple(cell.state), cell.gates, cell.heads)


class Blas:
    """The matrix products of one target and number format."""

    def __init__(self, dtype: str, target: Target) -> None:
        self.lanes = lanes = Lanes(dtype, target.lanes(dtype), target)
        key = cache.key_of(target, dtype, "matmul")
        code = cache.fetch(key, lambda: jit.compile_object(lambda module: matmul.emit(module, lanes), target))
        self.library = jit.Library(code, target)
        names = [tiles.tile_name(n) for n in range(tiles.table_size())]
        self._table = (ctypes.c_int64 * len(names))(*[self._tile(name) for name in names])
        self.table = ctypes.addressof(self._table)
        self.addresses = {name: self.library.address(name) for name in matmul.TASKS}

    def _tile(self, name: str) -> int:
        try:
            return self.library.address(name)
        except KeyError:
            return 0

    @staticmethod
    @once
    def of(dtype: str, target: Target) -> Blas:
        """The ones of ``dtype`` and ``target``, made once."""
        return Blas(dtype, target)


class Steps:
    """The kernels of one cell, for one number format and target; each is planned and compiled when first asked for.

    Programs: ``forward`` keeps nothing, ``forward_keeping`` what BPTT needs, ``backward`` is BPTT.
    ``backward_recording`` also writes out two sums of squares over units for every component, step and sample: of the
    carried gradient (dL/d(state after the step) through later steps alone) and of the total one.
    ``backward_highway`` writes four: these, of the part of the carried gradient that came with all gates held
    constant, and of the rest of it.
    """

    def __init__(self, equations: Equations, dtype: str, target: Target) -> None:
        self.equations, self.dtype, self.target = equations, dtype, target
        self.lanes = Lanes(dtype, target.lanes(dtype), target)
        self._addresses: dict[str, int] = {}
        self._programs: dict[str, Program] = {}

    @lazily
    def kept(self) -> Kept:
        """What the forward step leaves for BPTT."""
        return plan.keep(self.equations.graph, self.equations.adjoint, self.equations.gates)

    def program(self, name: str) -> Program:
        """The plan called ``name``, made when first asked for."""
        with MAKING:
            if name not in self._programs:
                self._programs[name] = self._planned(name)
            return self._programs[name]

    def _planned(self, name: str) -> Program:
        e = self.equations
        if name in ("forward", "forward_keeping"):
            return plan.forward(e.graph, e.heads, e.components, self.kept if name == "forward_keeping" else None)
        adjoint, records = e.adjoint, tuple[Node, ...]()
        if name != "backward":
            adjoint, records = record(e.graph, e.adjoint, e.components, highway=name == "backward_highway")
        return plan.backward(e.graph, e.heads, e.components, adjoint, self.kept, e.gates, name, records)

    @property
    def blas(self) -> Blas:
        """The matrix products that the step calls."""
        return Blas.of(self.dtype, self.target)

    def _key(self, name: str) -> str:
        e = self.equations
        order = [" ".join(part) for part in (e.components, e.gates)]
        return cache.key_of(self.target, self.dtype, name, e.graph.key, e.adjoint.graph.key, *order, str(e.heads))

    def _compile(self, name: str) -> bytes:
        program = self.program(name)
        return jit.compile_object(lambda module: emit.emit(module, program, self.lanes), self.target)

    def address(self, name: str) -> int:
        """Where the function of program ``name`` begins; it is compiled first if need be."""
        with MAKING:
            if name not in self._addresses:
                code = cache.fetch(self._key(name), lambda: self._compile(name))
                self._addresses[name] = jit.Library(code, self.target).address(name)
            return self._addresses[name]
