"""What is written with several operations: values side by side, their mean, and layer normalisation."""

from __future__ import annotations

from typing import Any

from undertow.errors import LanguageError
from undertow.lang.expr import Node
from undertow.lang.values import Stacked, Value, apply, lift, place_here

__all__ = ["layer_norm", "mean", "stack"]


def stack(*values: Value) -> Stacked:
    """Several values side by side, to be normalised together; unpack it to get them back."""
    if not values:
        raise LanguageError("stack() needs at least one value", place_here())
    return Stacked(tuple(lift(v) for v in values))


def mean(value: Value | Stacked) -> Value:
    """The mean over the units of a sample (over all parts of a stack together): one number a sample."""
    parts = value.parts if isinstance(value, Stacked) else (lift(value),)
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    count = Value(Node("units", place=place_here()))
    return apply("sum", total) / (count * len(parts) if len(parts) > 1 else count)


def layer_norm(value: Any, gain: Any = 1.0, bias: Any = 0.0, *, eps: float = 1e-5) -> Any:
    """Layer normalisation (Ba et al. 2016, eq. 4) over units, and over all parts of a stack together.

    ``gain`` and ``bias`` are weights per unit: one value, or a stack of as many as ``value`` has.
    Returns a value for a value and a stack for a stack.
    """
    centred = value - mean(value)
    scale = apply("sqrt", mean(centred * centred) + eps)
    return centred / scale * gain + bias
