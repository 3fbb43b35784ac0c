"""The kernels of each cell, compiled once in a process."""

from __future__ import annotations

from typing import Any

import torch

from undertow.kernels.host import host
from undertow.kernels.once import MAKING
from undertow.kernels.steps import Equations, Steps
from undertow.lang import Cell
from undertow.lang.adjoint import derive
from undertow.lang.passes import hold_beyond_end

__all__ = ["steps_of"]

_steps: dict[tuple[Any, ...], Steps] = {}


def steps_of(cell: Cell, dtype: torch.dtype, *, padded: bool) -> Steps:
    """The kernels of a cell, compiled once for all layers of it; ``padded``: for batches with lengths."""
    key = (cell.graph.key, tuple(cell.state), cell.gates, cell.heads, dtype, padded)
    found = _steps.get(key)
    if found is None:
        with MAKING:
            found = _steps.setdefault(key, _made(cell, dtype, padded=padded)) if key not in _steps else _steps[key]
    return found


def _made(cell: Cell, dtype: torch.dtype, *, padded: bool) -> Steps:
    graph = hold_beyond_end(cell.graph) if padded else cell.graph
    adjoint = derive(graph) if padded else cell.adjoint
    target = host()
    assert target is not None
    equations = Equations(graph, adjoint, tuple(cell.state), cell.gates, cell.heads)
    return Steps(equations, str(dtype).removeprefix("torch."), target)
