"""Sizes and plain options that users give a layer, checked in the words of ``torch.nn``."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from undertow.errors import OptionError
from undertow.lang import Cell
from undertow.nn.engines.layer import Sizes

__all__ = ["check_cell", "check_sizes", "stacked_sizes", "widths_of"]


def widths_of(hidden_size: int | Sequence[int], num_layers: int | None) -> list[int]:
    """The width of every layer."""
    if isinstance(hidden_size, Sequence) and not isinstance(hidden_size, str):
        if num_layers is not None and num_layers != len(hidden_size):
            raise OptionError(f"hidden_size lists {len(hidden_size)} layers, num_layers says {num_layers}")
        if not hidden_size:
            raise OptionError("hidden_size lists no layer")
        return list(hidden_size)
    layers = 1 if num_layers is None else num_layers
    if layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    return [hidden_size] * layers


def check_sizes(input_size: Any, widths: list[Any], bias: Any, batch_first: Any, dropout: Any, proj_size: int) -> None:
    """The checks of ``torch.nn.RNNBase``, in its words."""
    number = isinstance(dropout, int | float) and not isinstance(dropout, bool)
    if not number or not 0 <= dropout <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout > 0 and len(widths) == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
            f"num_layers greater than 1, but got dropout={dropout} and num_layers={len(widths)}",
            stacklevel=3,
        )
    checks: tuple[tuple[str, Any, type], ...] = (
        ("bias", bias, bool),
        ("batch_first", batch_first, bool),
        ("input_size", input_size, int),
        *(("hidden_size", width, int) for width in widths),
    )
    for name, value, kind in checks:
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        if kind is int and value <= 0:  # type: ignore[operator]
            raise ValueError(f"{name} must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= min(widths):
        raise ValueError("proj_size has to be smaller than hidden_size")


def stacked_sizes(input_size: int, widths: list[int], proj_size: int, directions: int) -> list[Sizes]:
    """The sizes of every layer: each reads what the one before gives, in all directions."""
    sizes = []
    for width in widths:
        sizes.append(Sizes(input_size, width, proj_size))
        input_size = sizes[-1].output * directions
    return sizes


def check_cell(cell: Cell, stacked: Sequence[Sizes], *, residual: bool) -> None:
    """What the cell and a residual connection ask of the sizes.

    Raises:
        OptionError: they do not fit.
    """
    for index, sizes in enumerate(stacked):
        if cell.reads_raw and sizes.inputs != sizes.hidden:
            raise OptionError(
                f"cell {cell.name!r} reads its input directly (x.raw), so input and hidden sizes "
                f"must be equal; layer {index} has {sizes.inputs} and {sizes.hidden}"
            )
        if sizes.hidden % cell.heads:
            raise OptionError(f"cell {cell.name!r} has {cell.heads} heads, which do not divide {sizes.hidden} units")
    if residual and (len({sizes.hidden for sizes in stacked}) > 1 or len(stacked) == 1):
        raise OptionError("residual=True needs two layers or more, all of the same width")
    if stacked[0].proj:
        _check_projection(cell)


def _check_projection(cell: Cell) -> None:
    for node in cell.graph.nodes:
        for argument in node.args:
            reads = argument.op == "state" and argument.name == cell.output
            if reads and node.op != "product":
                raise OptionError(
                    f"proj_size: cell {cell.name!r} reads its output {argument.name!r} outside of "
                    "recurrent products, where the projected one does not fit"
                )
    if any(p.args[0].op != "state" or p.args[0].name != cell.output for p in cell.graph.products()):
        raise OptionError(f"proj_size: cell {cell.name!r} has recurrent products on more than its output")
