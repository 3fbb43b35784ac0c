"""Every value of the equations at every step of a sweep, and single BPTT steps, on tensors.

The states that a sweep carries make all steps independent of each other, so that one evaluation of the
equations gives every step's values at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from undertow.lang.expr import GRADIENTS, Node, topological
from undertow.lang.interpret import interpret
from undertow.lang.noise import kept
from undertow.nn.engines.layer import by_gate
from undertow.nn.engines.observe import Sweep
from undertow.nn.engines.reference import OPERATIONS, Direction, StepNumbers

__all__ = ["Values"]


class Values:
    """The values of a sweep, of its first ``samples`` samples (by default all), in the order of time.

    Attributes:
        samples: how many.
        forward: (T, B, H) of every node of the cell's equations ((T, B, 1) of sums, and smaller ones of constants).
    """

    def __init__(self, sweep: Sweep, samples: int | None = None) -> None:
        layer, some = sweep.layer, slice(samples)
        x = sweep.x[:, some]
        self.samples = x.shape[1]
        weights = layer.directions[sweep.direction].replaced(Tensor.detach)
        self._direction = Direction(layer, weights, x, int(layer.seed) + sweep.direction)
        self._before = {
            n: _shifted(sweep.start[n][some], states[:, some], sweep.direction) for n, states in sweep.states.items()
        }
        self._transposed = by_gate(weights.weight_hh, layer.cell.recurrent_gates)
        self._operations = OPERATIONS | {"spread": lambda a: a.expand(*a.shape[:-1], layer.sizes.hidden)}
        self._orders: dict[tuple[Node, ...], list[Node]] = {}
        everywhere = _Everywhere(self._direction, slice(None), self._before, {})  # type: ignore[arg-type]
        self.forward: dict[Node, Tensor] = interpret(layer.cell.graph.nodes, everywhere)

    def back(self, nodes: Sequence[Node], t: int, gradients: Mapping[tuple[str, str], Tensor]) -> tuple[Tensor, ...]:
        """Nodes of a BPTT step at step ``t``, given the gradients that arrive, by op and name of their leaves."""
        state = {n: before[t] for n, before in self._before.items()}
        meaning = _Back(self._direction, t, state, {}, gradients, self._transposed, self._operations)
        wanted = tuple(nodes)
        if wanted not in self._orders:
            self._orders[wanted] = list(topological(nodes, self.forward))
        order = self._orders[wanted]
        known = {n: v[t] if v.dim() == 3 else v for n in order if (v := self.forward.get(n)) is not None}
        values = interpret((n for n in order if n not in known), meaning, known)
        return tuple(values[n] for n in nodes)


def _shifted(start: Tensor, states: Tensor, direction: int) -> Tensor:
    """The state before each step."""
    return torch.cat([states[1:], start[None]] if direction else [start[None], states[:-1]])


class _Everywhere(StepNumbers):
    """What nodes mean at all steps at once: the step's number is a slice."""

    def leaf(self, node: Node) -> Tensor:
        if node.op in ("draw", "draw_once"):
            steps, batch = self.direction.x.shape[:2]
            hidden, seed = self.direction.layer.sizes.hidden, self.direction.seed
            masks = [torch.from_numpy(kept(node, seed, t, batch, hidden)) for t in range(steps)]
            return torch.stack(masks).to(self.direction.x.device)
        return super().leaf(node)


@dataclass
class _Back(StepNumbers):
    """What nodes mean in a BPTT step."""

    gradients: Mapping[tuple[str, str], Tensor]
    blocks: Mapping[str, Tensor]
    table: Mapping[str, Callable[..., Tensor]]

    @property
    def operations(self) -> Mapping[str, Callable[..., Tensor]]:
        return self.table

    def leaf(self, node: Node) -> Tensor:
        return self.gradients[node.op, node.name] if node.op in GRADIENTS else super().leaf(node)

    def product(self, node: Node, operand: Tensor) -> Tensor:
        if node.op == "product":
            return super().product(node, operand)
        heads, hidden = self.direction.cell.heads, operand.shape[-1]
        block = self.blocks[node.name].view(heads, hidden // heads, hidden // heads)
        split = operand.reshape(*operand.shape[:-1], heads, hidden // heads)
        return torch.einsum("...ko,koi->...ki", split, block).flatten(-2)
