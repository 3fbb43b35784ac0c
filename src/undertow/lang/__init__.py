"""Floor 1, the equation language: a cell is a Python function over symbolic values.

``expr`` (nodes and graphs) · ``values`` (symbolic numbers) · ``operation``, ``functions`` and ``operations`` (a record
of each operation) · ``trace`` (equations to a graph) · ``check`` · ``definition`` (:class:`Cell`) · ``adjoint`` (the
BPTT step) · ``interpret`` and ``evaluate`` (the NumPy oracle) · ``notation``, ``show`` and ``diagram`` (text, LaTeX,
SVG).
"""

from typing import TYPE_CHECKING

from undertow.lang.adjoint import Adjoint
from undertow.lang.definition import Cell, cell
from undertow.lang.expr import Graph, Node, Rank
from undertow.lang.operations import FUNCTIONS
from undertow.lang.stacks import layer_norm, mean, stack

if TYPE_CHECKING:
    from undertow.lang.functions import *  # noqa: F403

globals().update(FUNCTIONS)

__all__ = ["Adjoint", "Cell", "Graph", "Node", "Rank", "cell", "layer_norm", "mean", "stack", *FUNCTIONS]
