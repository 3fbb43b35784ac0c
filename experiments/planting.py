"""Ways to make a network ill before it is trained."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from problems import Problem
from training import Model, Network
from undertow import Recurrent
from undertow.nn.engines.layer import by_gate

__all__ = ["Cut", "Spoil", "plant"]


@dataclass(frozen=True)
class Spoil:
    """``bias``: add ``value`` to the bias of ``gate``. ``scale``: multiply the recurrent matrices by ``value``."""

    kind: str
    gate: str
    value: float


@torch.no_grad()
def plant(layer: Recurrent, spoil: Spoil) -> None:
    """Do it to a layer.

    Raises:
        ValueError: there is no such kind of spoil, or no such gate.
    """
    weights, gates = layer.weights(0), layer.cell.input_gates
    if spoil.kind == "scale" and weights.weight_hh is not None:
        weights.weight_hh.mul_(spoil.value)
    elif spoil.kind == "bias" and spoil.gate in gates:
        by_gate(weights.bias_ih, gates)[spoil.gate].add_(spoil.value)
    else:
        raise ValueError(f"cannot plant {spoil} in cell {layer.cell.name!r} with gates {', '.join(gates)}")


class Cut(Model):
    """A model whose gradient stops ``window`` steps before the end, as truncated BPTT cuts it."""

    def __init__(self, network: Network, problem: Problem, window: int) -> None:
        super().__init__(network, problem)
        self.window = window

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, I) to (B, O)."""
        with torch.no_grad():
            _, state = self.recurrent(x[: -self.window])
        output, _ = self.recurrent(x[-self.window :], state)
        answer: Tensor = self.readout(output[-1])
        return answer
