"""Sizes and options that layers have in torch as well, checked in the words of ``torch.nn``."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from undertow.errors import OptionError
from undertow.lang import Cell
from undertow.nn.engines.layer import Sizes
from undertow.nn.shaping.options import Shaping

__all__ = ["Plan", "check_cell"]


def _widths_of(hidden_size: int | Sequence[int], num_layers: int | None) -> list[int]:
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


@dataclass(frozen=True)
class Plan:
    """What a stack of layers is in torch as well: I, H of all layers or of each, L, and so on, as they are given."""

    input_size: int
    hidden_size: int | Sequence[int]
    num_layers: int | None = None
    bias: bool = True
    batch_first: bool = False
    dropout: float = 0.0
    bidirectional: bool = False
    proj_size: int = 0

    def widths(self) -> list[int]:
        """H of every layer.

        Raises:
            OptionError, ValueError, TypeError: something cannot be, in the words of ``torch.nn.RNNBase``.
        """
        widths = _widths_of(self.hidden_size, self.num_layers)
        number = isinstance(self.dropout, int | float) and not isinstance(self.dropout, bool)
        if not number or not 0 <= self.dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if self.dropout > 0 and len(widths) == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={self.dropout} and num_layers={len(widths)}",
                stacklevel=4,  # whoever makes the layer
            )
        checks: tuple[tuple[str, object, type], ...] = (
            ("bias", self.bias, bool),
            ("batch_first", self.batch_first, bool),
            ("input_size", self.input_size, int),
            *(("hidden_size", width, int) for width in widths),
        )
        for name, value, kind in checks:
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
            if kind is int and value <= 0:  # type: ignore[operator]
                raise ValueError(f"{name} must be greater than zero")
        if self.proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if self.proj_size >= min(widths):
            raise ValueError("proj_size has to be smaller than hidden_size")
        return widths

    def stacked(self, widths: Sequence[int]) -> list[Sizes]:
        """The sizes of every layer: each reads what the one before gives, in all directions."""
        sizes, inputs = list[Sizes](), self.input_size
        for width in widths:
            sizes.append(Sizes(inputs, width, self.proj_size))
            inputs = sizes[-1].output * (2 if self.bidirectional else 1)
        return sizes


def check_cell(cell: Cell, stacked: Sequence[Sizes], shaping: Shaping) -> None:
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
    if shaping.residual and (len({sizes.hidden for sizes in stacked}) > 1 or len(stacked) == 1):
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
