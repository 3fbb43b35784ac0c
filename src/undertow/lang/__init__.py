"""Floor 1, the equation language: a cell is a Python function over symbolic values.

* From a function to a graph: ``values`` (symbolic numbers), ``expr`` (nodes and graphs), ``trace``, ``check``,
  ``definition`` (:class:`Cell`), ``lazily`` (what a cell computes once).
* Operations: ``operation`` (what the record of one holds), ``functions`` and ``operations`` (the records), ``stacks``
  (what is written with several).
* From a graph to another: ``passes``, ``noise``, ``normalise``, ``adjoint`` (the BPTT step).
* What a graph means and says: ``interpret`` and ``evaluate`` (the NumPy oracle), ``gates`` (what each is turned into),
  ``notation``, ``show`` and ``diagram`` (text, LaTeX, SVG).
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
