"""The options of ``[model]``, which all tasks share: the recurrent layers. Needs no torch, so that help is quick.

Names that a layer checks when it is made (initialisations, backends) are told in words here, not listed as choices.
"""

from __future__ import annotations

from dataclasses import dataclass

from undertow.cells import CELLS
from undertow.errors import OptionError
from undertow.lang import Cell
from undertow.options import check, option

__all__ = ["MOST_LAYERS", "ModelOptions"]

#: More are a slip, and a list of that many may not fit into memory.
MOST_LAYERS = 1000


@dataclass(frozen=True)
class ModelOptions:
    """The recurrent model."""

    cell: str = option("lstm", "recurrent cell", choices=tuple(CELLS))
    nonlinearity: str = option("tanh", "of the rnn cell; relu with init identity is the IRNN", choices=("tanh", "relu"))
    hidden: int = option(384, "hidden units of each layer", at_least=1)
    layers: int = option(1, "recurrent layers", at_least=1, at_most=MOST_LAYERS)
    widths: str = option(
        "", "hidden units of each layer, with commas, from the first: 128,64; empty: every layer has hidden"
    )
    embedding: int = option(64, "width of a symbol's embedding", at_least=1)
    dropout: float = option(0.0, "between layers and before the output", at_least=0.0, at_most=1.0)
    zoneout: float = option(
        0.0, "probability that a unit of the state keeps its value in a step of training", at_least=0.0, below=1.0
    )
    recurrent_dropout: float = option(
        0.0, "dropout of what recurrent matrices read, one mask a window", at_least=0.0, below=1.0
    )
    candidate_dropout: float = option(
        0.0, "dropout of what the candidate would write, anew in every step", at_least=0.0, below=1.0
    )
    normalisation: str = option("none", "of the recurrent layers: none, layer, batch or recurrent batch")
    normalisation_gain: float = option(0.0, "its gains at the start; 0 leaves them to normalisation", at_least=0.0)
    normalisation_steps: int = option(
        0, "for recurrent batch: steps with running statistics of their own; 0 takes 100", at_least=0
    )
    residual: bool = option(False, "add each layer's input to its output, from the second layer on")
    init: str = option("default", "initialisation: default, orthogonal, identity or chrono")
    forget_bias: float = option(0.0, "bias of the forget gate at the start; 0 leaves it to init")
    memory: int = option(0, "for chrono: the longest dependency, in steps", at_least=0)
    backend: str = option("auto", "engine of the recurrent layers: auto, fused, vendor or reference")

    def __post_init__(self) -> None:
        _check_ships(self.cell)
        check(self, "model.")
        if self.nonlinearity != "tanh" and "nonlinearity" not in CELLS[self.cell].arguments:
            raise OptionError(
                f"model.nonlinearity belongs to the cell rnn; cell {self.cell!r} has none to choose: "
                "leave it at tanh or take model.cell = 'rnn'"
            )
        if self.widths:
            self._check_widths()

    def _check_widths(self) -> None:
        listed = [width.strip() for width in self.widths.split(",")]
        if not all(width.isascii() and width.isdecimal() and int(width) for width in listed):
            raise OptionError(
                f"model.widths must be whole numbers from 1 on, with commas between, as in 128,64, got {self.widths!r}"
            )
        if self.layers not in (1, len(listed)):
            raise OptionError(
                f"model.widths {self.widths!r} lists {len(listed)} layers and model.layers is {self.layers}: "
                "leave model.layers at 1"
            )
        if not self.is_even and (self.residual or self.bound_cell().reads_raw):
            reason = "model.residual adds each layer's input to its output"
            if not self.residual:
                reason = f"model.cell {self.cell!r} adds each layer's input to what it computes"
            raise OptionError(f"{reason}, so that all layers must be of one width; model.widths is {self.widths!r}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Hidden units of each layer, from the first: what ``widths`` lists, or ``hidden`` in all ``layers``."""
        return tuple(map(int, self.widths.split(","))) if self.widths else (self.hidden,) * self.layers

    @property
    def top(self) -> int:
        """Hidden units of the last layer, whose output the rest of a model reads."""
        return self.sizes[-1]

    @property
    def is_even(self) -> bool:
        """Whether all layers are of one width."""
        return len(set(self.sizes)) == 1

    def bound_cell(self) -> Cell:
        """The cell, its equations chosen by ``nonlinearity``."""
        cell = CELLS[self.cell]
        return cell.bind(nonlinearity=self.nonlinearity) if "nonlinearity" in cell.arguments else cell


def _check_ships(cell: object) -> None:
    """Whether a cell is a name: a run holds no code.

    Raises:
        OptionError: it is a cell of somebody's own, or where one is to be found.
    """
    if not isinstance(cell, Cell) and not (isinstance(cell, str) and set(":./") & set(cell)):
        return
    got, name = (f"cell {cell.name!r} itself", cell.name) if isinstance(cell, Cell) else (repr(cell), "CELL")
    raise OptionError(
        f"model.cell is the name of a cell that ships, got {got}. A run is loaded without running code, so it holds "
        f"no equations of your own: put undertow.Recurrent({name}, ...) into a model of your own, and train that "
        "(docs/your-own-cell.md)"
    )
