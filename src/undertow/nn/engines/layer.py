"""One layer as a backend sees it: a cell, its sizes and the tensors of each direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch._C._functorch import get_unwrapped, is_functorch_wrapped_tensor

from undertow.errors import OptionError
from undertow.lang import Cell
from undertow.lang.lazily import lazily
from undertow.nn.engines.gate import misshapen
from undertow.nn.engines.step_statistics import StepStatistics

__all__ = ["Layer", "Outcome", "Sizes", "Weights", "by_gate", "own_steps", "parameter_shapes"]


@dataclass(frozen=True)
class Sizes:
    """Widths of one layer: I inputs, H hidden units, and P units of a projected output (0: none)."""

    inputs: int
    hidden: int
    proj: int = 0

    @property
    def output(self) -> int:
        """Width of the output: P where the output is projected, else H."""
        return self.proj or self.hidden


@dataclass(frozen=True)
class Weights:
    """Tensors of one direction of a layer, by their names in ``torch.nn``; absent ones are None.

    ``weight_ih`` (G H, I), ``weight_hh`` (G H, H / heads), ``bias_ih``, ``bias_hh`` (G H,), ``weight_hr`` (P, H),
    ``p`` (H,) by weight; G counts the gates that have such a part.
    """

    weight_ih: Tensor | None
    weight_hh: Tensor | None
    bias_ih: Tensor | None
    bias_hh: Tensor | None
    weight_hr: Tensor | None
    p: Mapping[str, Tensor]

    @lazily
    def named(self) -> dict[str, Tensor]:
        """The tensors there are, by field; ``p.name`` for weights per unit."""
        matrices = {
            "weight_ih": self.weight_ih, "weight_hh": self.weight_hh, "bias_ih": self.bias_ih,
            "bias_hh": self.bias_hh, "weight_hr": self.weight_hr,
        }  # fmt: skip
        return {n: t for n, t in matrices.items() if t is not None} | {f"p.{n}": t for n, t in self.p.items()}

    @lazily
    def tensors(self) -> list[Tensor]:
        """The tensors there are, in the order of the fields."""
        return list(self.named.values())

    @property
    def first(self) -> Tensor | None:
        """One of the tensors, if there are any. (In words that a compiler of Python can follow.)"""
        for tensor in (self.weight_ih, self.weight_hh, *self.p.values()):
            if tensor is not None:
                return tensor
        return None

    def replaced(self, by: Callable[[Tensor], Tensor]) -> Weights:
        """The same weights with each tensor that there is replaced."""
        new = {name: by(tensor) for name, tensor in self.named.items()}
        return Weights(
            new.get("weight_ih"), new.get("weight_hh"), new.get("bias_ih"), new.get("bias_hh"), new.get("weight_hr"),
            {name: new[f"p.{name}"] for name in self.p},
        )  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One layer. ``bias_hh_gates`` are the rows of ``bias_hh``: every recurrent gate's in torch's layers, elsewhere
    only those of gates whose recurrent part stands alone. ``seed`` is for cells that draw masks (a tensor where a
    compiler traces the model, and nothing is drawn yet); the second direction draws with the next one. ``statistics``,
    one a direction, are for cells that normalise among samples. ``passes`` is a place for backends to keep
    what they have prepared for layers of these shapes. ``kind`` is the name under which a compiled graph finds
    the cell.
    """

    cell: Cell
    sizes: Sizes
    bias_hh_gates: tuple[str, ...]
    directions: tuple[Weights, ...]
    seed: int | Tensor = 0
    statistics: tuple[StepStatistics, ...] = ()
    passes: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    kind: str = ""

    @lazily
    def tensors(self) -> list[Tensor]:
        """The tensors of all directions."""
        return [t for weights in self.directions for t in weights.tensors]

    @lazily
    def shapes(self) -> dict[str, torch.Size]:
        """The shape of each tensor of a direction, by the names of :attr:`Weights.named`."""
        return {
            "p." + name.removeprefix("p_") if name.startswith("p_") else name: shape
            for name, shape in parameter_shapes(self.cell, self.sizes, True, self.bias_hh_gates).items()
        }

    def check_shapes(self) -> None:
        """Whether the tensors have the layer's shapes: torch's own kernels do not always look.

        Raises:
            RuntimeError: one has another.
        """
        for weights in self.directions:
            for name, tensor in weights.named.items():
                if name in self.shapes and tensor.shape != self.shapes[name]:
                    raise RuntimeError(misshapen(name, tensor, self.shapes[name]))

    def biases(self, weights: Weights) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """``b`` and ``d`` of the equations, by gate.

        A ``bias_hh`` of a gate whose recurrent part does not stand alone only ever adds to ``b``.
        """
        b = by_gate(weights.bias_ih, self.cell.input_gates)
        d = by_gate(weights.bias_hh, self.bias_hh_gates)
        alone = {g: d.pop(g) for g in self.cell.recurrent_bias_gates if g in d}
        for gate, bias in d.items():
            b[gate] = b[gate] + bias if gate in b else bias
        return b, alone


def own_steps(lengths: Tensor, x: Tensor) -> Tensor:
    """Which steps of a padded batch ``x`` (T, B, I) are a sample's own, (T, B, 1)."""
    steps = torch.arange(x.shape[0], device=x.device)
    return (steps[:, None] < lengths.to(x.device)).unsqueeze(-1)


def by_gate(rows: Tensor | None, gates: tuple[str, ...]) -> dict[str, Tensor]:
    """The row blocks of a stacked parameter, a view a gate; none if there is no such parameter."""
    return {} if rows is None or not gates else dict(zip(gates, rows.chunk(len(gates)), strict=True))


@dataclass(frozen=True)
class Outcome:
    """What a layer gives: ``output`` (T, B, D H), ``final`` state by component (D, B, H), and on request ``states``,
    every component after every step, (T, B, D H) each."""

    output: Tensor
    final: Mapping[str, Tensor]
    states: Mapping[str, Tensor] | None = None


def parameter_shapes(cell: Cell, sizes: Sizes, bias: bool, bias_hh_gates: tuple[str, ...]) -> dict[str, torch.Size]:
    """Shapes of one direction's parameters by name, in torch's order; ``p_name`` for weights per unit."""
    hidden = sizes.hidden
    recurrent = sizes.output // cell.heads
    shapes: dict[str, tuple[int, ...]] = {}
    if cell.input_gates:
        shapes["weight_ih"] = (len(cell.input_gates) * hidden, sizes.inputs)
    if cell.recurrent_gates:
        shapes["weight_hh"] = (len(cell.recurrent_gates) * hidden, recurrent)
    if bias and cell.input_gates:
        shapes["bias_ih"] = (len(cell.input_gates) * hidden,)
    if bias and bias_hh_gates:
        shapes["bias_hh"] = (len(bias_hh_gates) * hidden,)
    if sizes.proj:
        shapes["weight_hr"] = (sizes.proj, hidden)
    shapes |= {f"p_{name}": (hidden,) for name in cell.weights}
    return {name: torch.Size(shape) for name, shape in shapes.items()}


def check_lengths(lengths: Tensor, steps: int) -> None:
    """Refuse ``lengths`` (B,), or those of every call of a batch, out of the range of 1 to ``steps``."""
    while is_functorch_wrapped_tensor(lengths):
        lengths = get_unwrapped(lengths)
    lengths = lengths.flatten()
    wrong = ((lengths < 1) | (lengths > steps)).nonzero().flatten().tolist()
    if wrong:
        n, length = wrong[0], int(lengths[wrong[0]])
        raise OptionError(f"lengths[{n}] is {length}; it must be between 1 and the {steps} steps of the input")
