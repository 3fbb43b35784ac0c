"""Floor 1, the equation language: a cell is a Python function over symbolic values.

``expr`` (nodes and graphs) · ``values``, ``functions`` and ``trace`` (equations to a graph) · ``check`` ·
``definition`` (:class:`Cell`) · ``derivatives`` and ``adjoint`` (the BPTT step) · ``interpret`` and ``evaluate``
(the NumPy oracle) · ``notation``, ``show`` and ``diagram`` (text, LaTeX, SVG).
"""

from undertow.lang.adjoint import Adjoint
from undertow.lang.definition import Cell, cell
from undertow.lang.expr import Graph, Node, Rank
from undertow.lang.functions import (
    exp,
    layer_norm,
    log,
    log_sigmoid,
    maximum,
    mean,
    minimum,
    relu,
    sigmoid,
    softplus,
    sqrt,
    stack,
    stop_gradient,
    tanh,
    where,
)

__all__ = [
    "Adjoint",
    "Cell",
    "Graph",
    "Node",
    "Rank",
    "cell",
    "exp",
    "layer_norm",
    "log",
    "log_sigmoid",
    "maximum",
    "mean",
    "minimum",
    "relu",
    "sigmoid",
    "softplus",
    "sqrt",
    "stack",
    "stop_gradient",
    "tanh",
    "where",
]
