"""Normalisation that a layer adds to its cell: which one, what parameters and buffers it has, and where it is applied.

``layer``   every gate's pre-activation over the units of a sample (:mod:`undertow.lang.normalise`): equations, so that
            every backend runs it
``batch``   what the input matrices give, over all steps and samples of a batch (:mod:`undertow.nn.batch_norm`):
            scaled weights, so that every backend runs it
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from undertow.errors import OptionError, nearest
from undertow.lang import Cell
from undertow.lang.normalise import normalise_units
from undertow.nn.batch_norm import Batch, Running, folded
from undertow.nn.layer import Sizes, Weights, parameter_shapes

__all__ = ["NORMALISATIONS", "NO_NORMALISATION", "Normalisation"]

#: Every normalisation by name, and the gain that it starts with.
NORMALISATIONS: Mapping[str, float] = {"none": 1.0, "layer": 1.0, "batch": 1.0}


@dataclasses.dataclass(frozen=True)
class Normalisation:
    """``kind`` is a name of :data:`NORMALISATIONS`; ``gain`` is what gains are at first."""

    kind: str = "none"
    gain: float = 1.0

    @classmethod
    def of(cls, cell: Cell, kind: str, gain: float | None) -> Normalisation:
        """What the layer's arguments say.

        Raises:
            OptionError: an unknown name, a gain without a normalisation, or a cell that has nothing to normalise.
        """
        if kind not in NORMALISATIONS:
            raise OptionError(f"there is no normalisation {kind!r}{nearest(kind, NORMALISATIONS)}")
        if kind == "none" and gain is not None:
            raise OptionError("normalisation_gain= belongs to a normalisation: 'layer' or 'batch'")
        if gain is not None and (isinstance(gain, bool) or not isinstance(gain, int | float) or not gain > 0):
            raise OptionError(f"normalisation_gain must be a number above 0, got {gain!r}")
        if kind == "batch" and not cell.input_gates:
            raise OptionError(f"normalisation='batch': cell {cell.name!r} has no input matrix")
        return cls(kind, NORMALISATIONS[kind] if gain is None else float(gain))

    def __str__(self) -> str:
        return repr(self.kind) if self.gain == NORMALISATIONS[self.kind] else f"{self.kind!r} with gain {self.gain:g}"

    __repr__ = __str__

    @property
    def in_equations(self) -> bool:
        """Whether it rewrites the cell's equations, which then add the biases themselves."""
        return self.kind == "layer"

    @property
    def folds(self) -> bool:
        """Whether the weights that backends get change from batch to batch."""
        return self.kind == "batch"

    def applied(self, cell: Cell, *, bias: bool) -> Cell:
        """``cell`` with this normalisation in its equations, and with the weights per unit that it needs."""
        return _applied(cell, self, bias) if self.in_equations else cell

    def parameter_shapes(
        self, cell: Cell, sizes: Sizes, bias: bool, bias_hh_gates: tuple[str, ...]
    ) -> dict[str, torch.Size]:
        """Shapes of one direction's parameters by name; ``cell`` as :meth:`applied` gives it."""
        shapes = parameter_shapes(cell, sizes, bias, bias_hh_gates)
        if self.in_equations:
            shapes.pop("bias_ih", None)
        if self.kind == "batch":
            shapes["bn_weight"] = torch.Size([len(cell.input_gates) * sizes.hidden])
        return shapes

    def buffers(self, cell: Cell, sizes: Sizes) -> dict[str, Tensor]:
        """What one direction remembers of training batches, by name, as ``torch.nn.BatchNorm1d`` has it."""
        if self.kind != "batch":
            return {}
        rows = len(cell.input_gates) * sizes.hidden
        return {
            "bn_running_mean": torch.zeros(rows),
            "bn_running_var": torch.ones(rows),
            "bn_num_batches_tracked": torch.tensor(0),
        }

    def folded(self, weights: Weights, find: Callable[[str], Tensor | None], batch: Batch | None) -> Weights:
        """One direction's weights as backends get them; ``find`` gives parameters and buffers by name.

        ``batch`` is the input in training; without it what is remembered normalises.
        """
        gain = find("bn_weight")
        return weights if gain is None else folded(weights, gain, _running(find), batch)

    def reset(self, find: Callable[[str], Tensor | None]) -> None:
        """Gains as at first, nothing remembered."""
        gain = find("bn_weight")
        if gain is not None:
            torch.nn.init.constant_(gain, self.gain)
            _running(find).reset()


def _running(find: Callable[[str], Tensor | None]) -> Running:
    mean, var, batches = (find(f"bn_{name}") for name in ("running_mean", "running_var", "num_batches_tracked"))
    assert mean is not None
    assert var is not None
    assert batches is not None
    return Running(mean, var, batches)


NO_NORMALISATION = Normalisation()


@functools.lru_cache(maxsize=256)
def _applied(cell: Cell, normalisation: Normalisation, bias: bool) -> Cell:
    made = normalise_units(cell.graph, gain=normalisation.gain, bias=bias)
    for name in made.weights:
        if name in cell.weights:
            raise OptionError(
                f"normalisation={normalisation.kind!r} needs the name {name!r}, which a weight per unit of cell "
                f"{cell.name!r} has already; call that one something else"
            )
    return dataclasses.replace(cell, graph=made.graph, weights=dict(cell.weights) | dict(made.weights))
