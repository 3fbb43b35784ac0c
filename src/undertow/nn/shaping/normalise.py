"""Normalisation that a layer adds to its cell: which one, what parameters and buffers it has, and where it is applied.

``layer``            every gate's summed input over the units of a sample (:mod:`undertow.lang.normalise`): equations,
                     so that every backend of the cell runs it
``batch``            what the input matrices give, over all steps and samples of a batch
                     (:mod:`undertow.nn.shaping.batch_norm`): scaled weights, so that every backend runs it
``recurrent batch``  what input and recurrent matrices give, and the memory that is shown, over the samples of each step
                     (:mod:`undertow.lang.normalise`, :mod:`undertow.nn.engines.step_statistics`): the reference alone
                     runs it

The latter two normalise by running statistics in evaluation, updated in training with momentum 0.1.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from undertow.errors import OptionError, check_known
from undertow.lang import Cell
from undertow.lang.normalise import normalise_samples, normalise_units
from undertow.nn.engines.layer import Sizes, Weights, parameter_shapes
from undertow.nn.engines.step_statistics import StepStatistics
from undertow.nn.shaping.batch_norm import InputBatch, Running, folded
from undertow.nn.shaping.options import Shaping

__all__ = ["NORMALISATIONS", "NO_NORMALISATION", "Find", "Normalisation"]

#: Every normalisation by name, and the gain that it starts with.
NORMALISATIONS: Mapping[str, float] = {"none": 1.0, "layer": 1.0, "batch": 1.0, "recurrent batch": 0.1}

_STEPS = 100

#: Gives a parameter or buffer of one direction by its name, None where there is none.
Find = Callable[[str], Tensor | None]


@dataclasses.dataclass(frozen=True)
class Normalisation:
    """``kind`` is a name of :data:`NORMALISATIONS`, ``gain`` what gains are at first, ``steps`` how many steps have
    statistics of their own."""

    kind: str = "none"
    gain: float = 1.0
    steps: int = _STEPS

    @classmethod
    def of(cls, cell: Cell, shaping: Shaping) -> Normalisation:
        """What a layer's options say.

        Raises:
            OptionError: an unknown name, options that it does not have, or a cell that has nothing to normalise.
        """
        kind, gain, steps = shaping.normalisation, shaping.normalisation_gain, shaping.normalisation_steps
        if check_known("normalisation", kind, NORMALISATIONS) == "none" and gain is not None:
            raise OptionError("normalisation_gain= belongs to a normalisation, which is 'none' here")
        if gain is not None and (isinstance(gain, bool) or not isinstance(gain, int | float) or not gain > 0):
            raise OptionError(f"normalisation_gain must be a number above 0, got {gain!r}")
        if steps is not None and kind != "recurrent batch":
            raise OptionError(f"normalisation_steps= belongs to normalisation='recurrent batch', not to {kind!r}")
        if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 1):
            raise OptionError(f"normalisation_steps must be a whole number, 1 or more, got {steps!r}")
        if kind == "batch" and not cell.input_gates:
            raise OptionError(f"normalisation='batch': cell {cell.name!r} has no input matrix")
        return cls(kind, NORMALISATIONS[kind] if gain is None else float(gain), _STEPS if steps is None else steps)

    def __str__(self) -> str:
        gain = "" if self.gain == NORMALISATIONS[self.kind] else f" with gain {self.gain:g}"
        return repr(self.kind) + gain + ("" if self.steps == _STEPS else f" of {self.steps} steps")

    __repr__ = __str__

    @property
    def in_equations(self) -> bool:
        """Whether it rewrites the cell's equations, which then add the biases themselves."""
        return self.kind in ("layer", "recurrent batch")

    @property
    def by_batch(self) -> bool:
        """Whether what backends get of a layer is another in every batch."""
        return self.kind in ("batch", "recurrent batch")

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

    def tensors(self, cell: Cell, bias: bool, bias_hh_gates: tuple[str, ...]) -> tuple[str, ...]:
        """The names of one direction's tensors as backends get them (:meth:`folded`), in torch's order."""
        first = (bias or self.kind == "batch") and not self.in_equations
        names = parameter_shapes(cell, Sizes(1, 1), True, bias_hh_gates if bias else ())
        return tuple(name for name in names if first or name != "bias_ih")

    def buffers(self, cell: Cell, sizes: Sizes) -> dict[str, Tensor]:
        """What one direction remembers of training batches, by name, as ``torch.nn.BatchNorm1d`` has it: of each row of
        the input matrices, (G H,), or of each place in the equations, step and unit, (S, T, H)."""
        shapes = {
            "batch": (len(cell.input_gates) * sizes.hidden,),
            "recurrent batch": (len(_sites(cell)), self.steps, sizes.hidden),
        }
        if self.kind not in shapes:
            return {}
        shape = shapes[self.kind]
        made = {"bn_running_mean": torch.zeros(shape), "bn_running_var": torch.ones(shape)}
        made["bn_num_batches_tracked"] = torch.tensor(0)
        return made | ({"bn_num_steps_tracked": torch.tensor(0)} if self.kind == "recurrent batch" else {})

    def folded(self, weights: Weights, find: Find, batch: InputBatch | None) -> Weights:
        """One direction's weights as backends get them; ``batch`` is the input in training, without it what is
        remembered normalises."""
        gain = find("bn_weight")
        return weights if gain is None else folded(weights, gain, _running(find), batch)

    def statistics(
        self, cell: Cell, finds: Sequence[Find], *, training: bool, first: int
    ) -> tuple[StepStatistics, ...]:
        """For each direction those of steps, if ``cell``, as :meth:`applied` gives it, needs them."""
        if self.kind != "recurrent batch":
            return ()
        found = [(_running(find), _there(find, "bn_num_steps_tracked")) for find in finds]
        sites = _sites(cell)
        return tuple(StepStatistics(sites, r.mean, r.var, r.batches, t, training, first) for r, t in found)

    def reset(self, find: Find) -> None:
        """Gains of input matrices as at first, nothing remembered."""
        gain, steps = find("bn_weight"), find("bn_num_steps_tracked")
        if gain is not None:
            torch.nn.init.constant_(gain, self.gain)
        if steps is not None:
            steps.zero_()
        if gain is not None or steps is not None:
            _running(find).reset()


NO_NORMALISATION = Normalisation()


def _sites(cell: Cell) -> tuple[str, ...]:
    return tuple(sorted(n.name for n in cell.graph.nodes if n.op == "batch_norm"))


def _there(find: Find, name: str) -> Tensor:
    tensor = find(name)
    assert tensor is not None, name
    return tensor


def _running(find: Find) -> Running:
    names = ("bn_running_mean", "bn_running_var", "bn_num_batches_tracked")
    return Running(*(_there(find, name) for name in names))


@functools.lru_cache(maxsize=256)
def _applied(cell: Cell, normalisation: Normalisation, bias: bool) -> Cell:
    normalise = normalise_units if normalisation.kind == "layer" else normalise_samples
    made = normalise(cell.graph, gain=normalisation.gain, bias=bias)
    for name in made.weights:
        if name in cell.weights:
            raise OptionError(
                f"normalisation={normalisation.kind!r} needs the name {name!r}, which a weight per unit of cell "
                f"{cell.name!r} has already; call that one something else"
            )
    return dataclasses.replace(cell, graph=made.graph, weights=dict(cell.weights) | dict(made.weights))
