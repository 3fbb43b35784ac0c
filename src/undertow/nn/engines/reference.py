"""The reference backend: the equations on tensors, step by step in a Python loop.

Slow and always right: any cell, any device, any dtype, every state component, and gradients
of gradients, since torch's autograd differentiates the loop itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from undertow.lang.expr import Node
from undertow.lang.interpret import interpret
from undertow.lang.noise import kept
from undertow.nn.engines.layer import Layer, Outcome, Weights, by_gate, own_steps
from undertow.nn.engines.observe import Observer
from undertow.nn.engines.seeds import number_of
from undertow.nn.engines.step_statistics import StepStatistics
from undertow.nn.engines.unrolled import Unrolled
from undertow.reasons import Reason, Why

__all__ = ["OPERATIONS", "Direction", "Reference", "StepNumbers"]

OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "neg": torch.neg,
    "sigmoid": torch.sigmoid, "log_sigmoid": F.logsigmoid, "tanh": torch.tanh, "relu": torch.relu,
    "exp": torch.exp, "log": torch.log, "softplus": lambda a: torch.logaddexp(a, torch.zeros_like(a)),
    "abs": torch.abs, "sqrt": torch.sqrt,
    "sin": torch.sin, "cos": torch.cos, "erf": torch.erf, "gelu": lambda a: 0.5 * a * torch.erfc(-math.sqrt(0.5) * a),
    "minimum": torch.minimum, "maximum": torch.maximum, "where": torch.where,
    "less": torch.lt, "less_equal": torch.le, "greater": torch.gt, "greater_equal": torch.ge, "equal": torch.eq,
    "sum": lambda a: a.sum(-1, keepdim=True),
    "stop_gradient": torch.detach,
}  # fmt: skip


class Reference:
    """Runs any layer; see :mod:`undertow.nn.engines.backends` for the protocol."""

    name = "reference"

    def refusal(self, layer: Layer, *, states: bool, given: Sequence[Tensor] = ()) -> str | None:
        """Why this backend cannot run ``layer``: never."""
        return None

    def run(
        self,
        layer: Layer,
        x: Tensor,
        state: Mapping[str, Tensor],
        lengths: Tensor | None,
        *,
        states: bool,
        observer: Observer | None = None,
    ) -> Outcome:
        """Run ``x`` (T, B, I) from ``state`` ((D, B, H) by component)."""
        layer.check_shapes()
        valid = None
        if lengths is not None:
            valid = own_steps(lengths, x)
            x = torch.where(valid, x, 0.0)
        runs = []
        for number, weights in enumerate(layer.directions):
            start = {name: part[number] for name, part in state.items()}
            watched = _watched(observer, layer, number, lengths, x)
            direction = Direction(layer, weights, x, number_of(layer.seed) + number, _statistics(layer, number, x))
            runs.append(direction.run(start, valid, watched, reverse=number == 1))
        together = {
            name: torch.cat([sequence[name] for sequence, _ in runs], -1)
            for name in (layer.cell.state if states else [layer.cell.output])
        }
        if valid is not None:
            together = {name: torch.where(valid, value, 0.0) for name, value in together.items()}
        final = {name: torch.stack([final[name] for _, final in runs]) for name in layer.cell.state}
        return Outcome(together[layer.cell.output], final, together if states else None)


class Direction:
    """One direction of a layer over one input sequence."""

    def __init__(
        self, layer: Layer, weights: Weights, x: Tensor, seed: int, statistics: StepStatistics | None = None
    ) -> None:
        self.layer, self.cell, self.weights, self.x, self.seed = layer, layer.cell, weights, x, seed
        self.statistics = statistics
        self.valid: Tensor | None = None
        b, self.d = layer.biases(weights)
        self.inputs: dict[str, Tensor] = {}
        if weights.weight_ih is not None:
            rows = F.linear(x, weights.weight_ih).chunk(len(self.cell.input_gates), -1)
            for gate, row in zip(self.cell.input_gates, rows, strict=True):
                self.inputs[gate] = row + b[gate] if gate in b else row
        self.matrices = self._matrices()

    def _matrices(self) -> dict[Node, tuple[tuple[str, ...], Tensor]]:
        """For each operand of recurrent products: the gates it goes to and their matrices in one."""
        wanted: dict[Node, list[str]] = {}
        for product in self.cell.graph.products():
            wanted.setdefault(product.args[0], []).append(product.name)
        blocks = by_gate(self.weights.weight_hh, self.cell.recurrent_gates)
        return {operand: (tuple(names), torch.cat([blocks[g] for g in names])) for operand, names in wanted.items()}

    def run(
        self, state: Mapping[str, Tensor], valid: Tensor | None, watched: Unrolled | None = None, *, reverse: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Every component after every step (T, B, H), and the final state (B, H)."""
        if reverse and self.statistics is not None:
            return self._run_turned(state, valid)
        self.valid = valid
        length = self.x.shape[0]
        sequence: dict[str, list[Tensor]] = {name: [] for name in self.cell.state}
        order = range(length - 1, -1, -1) if reverse else range(length)
        start, state = state, dict(state)
        for t in order:
            new = self._step(t, state)
            if valid is not None:
                new = {name: torch.where(valid[t], value, state[name]) for name, value in new.items()}
            # What goes on passes an identity, watched or not: gradients add up in one order, to the same bits.
            new, state = watched.step(new) if watched else (new, {n: v.view_as(v) for n, v in new.items()})
            for name, value in new.items():
                sequence[name].append(value)
        stacked = {name: torch.stack(values[::-1] if reverse else values) for name, values in sequence.items()}
        return watched.finish(start, stacked, state) if watched else (stacked, state)

    def _run_turned(
        self, state: Mapping[str, Tensor], valid: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The second direction with each sample turned round, so that statistics are of steps from its own end on."""
        turned = Direction(self.layer, self.weights, _turned(self.x, valid), self.seed, self.statistics)
        sequence, final = turned.run(state, valid, reverse=False)
        return {name: _turned(values, valid) for name, values in sequence.items()}, final

    def _step(self, t: int, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        values = interpret(self.cell.graph.nodes, StepNumbers(self, t, state, {}))
        shape = (self.x.shape[1], self.layer.sizes.hidden)
        new = {name: values[node].expand(shape) for name, node in self.cell.graph.outputs.items()}
        if self.weights.weight_hr is not None:
            new[self.cell.output] = F.linear(new[self.cell.output], self.weights.weight_hr)
        return new


@dataclass
class StepNumbers:
    """What nodes mean at step ``t`` (see :class:`undertow.lang.interpret.Interpretation`)."""

    direction: Direction
    t: int
    state: Mapping[str, Tensor]
    products: dict[Node, dict[str, Tensor]]

    @property
    def operations(self) -> Mapping[str, Callable[..., Tensor]]:
        """What pointwise operations and sums are on tensors."""
        return OPERATIONS

    def leaf(self, node: Node) -> Tensor:
        """The value of a leaf at this step."""
        run = self.direction
        match node.op:
            case "literal":
                return _number(node.value, run.x)
            case "constant":
                return _number(run.cell.constants[node.name], run.x)
            case "units":
                return _number(run.layer.sizes.hidden, run.x)
            case "input":
                return run.inputs[node.name][self.t]
            case "recurrent_bias":
                return run.d[node.name] if node.name in run.d else _number(0.0, run.x)
            case "weight":
                return run.weights.p[node.name].expand(run.x.shape[1], -1)
            case "state":
                return self.state[node.name]
            case "draw" | "draw_once":
                mask = kept(node, run.seed, self.t, run.x.shape[1], run.layer.sizes.hidden)
                return torch.from_numpy(mask).to(run.x.device)
            case _:
                return run.x[self.t]

    def product(self, node: Node, operand: Tensor) -> Tensor:
        """All gates that read ``operand`` are multiplied at once, the first time one of them is asked for."""
        source = node.args[0]
        if source not in self.products:
            gates, matrix = self.direction.matrices[source]
            together = _blockwise(operand, matrix, len(gates), self.direction.cell.heads)
            self.products[source] = dict(zip(gates, together, strict=True))
        return self.products[source][node.name]

    def batch_norm(self, node: Node, operand: Tensor) -> Tensor:
        """By the statistics of this step."""
        run = self.direction
        assert run.statistics is not None
        value = operand.expand(run.x.shape[1], run.layer.sizes.hidden)
        return run.statistics.normalised(node.name, self.t, value, None if run.valid is None else run.valid[self.t])


def _number(value: float, like: Tensor) -> Tensor:
    """A number of the format and device of ``like``, and of nothing else that it is (a negative bit, say)."""
    return torch.tensor(value, dtype=like.dtype, device=like.device)


def _watched(
    observer: Observer | None, layer: Layer, direction: int, lengths: Tensor | None, x: Tensor
) -> Unrolled | None:
    if observer and layer.statistics and direction:
        observer.refused(Reason(Why.REVERSE_STATISTICS))
        return None
    return Unrolled(observer, layer, direction, lengths, x) if observer else None


def _statistics(layer: Layer, direction: int, x: Tensor) -> StepStatistics | None:
    if not layer.statistics:
        return None
    layer.statistics[direction].begin(x.shape[1])
    return layer.statistics[direction]


def _turned(x: Tensor, valid: Tensor | None) -> Tensor:
    """Each sample of ``x`` (T, B, ...) back to front; what lies beyond its end stays."""
    if valid is None:
        return x.flip(0)
    steps = torch.arange(x.shape[0], device=x.device)[:, None, None]
    order = torch.where(valid, valid.sum(0) - 1 - steps, steps)
    return x.gather(0, order.expand_as(x))


def _blockwise(operand: Tensor, matrix: Tensor, gates: int, heads: int) -> tuple[Tensor, ...]:
    """``operand`` (..., H) times block-diagonal ``matrix`` (gates H, H / heads), one (..., H) a gate."""
    if heads == 1:
        return F.linear(operand, matrix).chunk(gates, -1)
    blocks = matrix.view(gates, heads, -1, matrix.shape[-1])
    split = operand.reshape(*operand.shape[:-1], heads, -1)
    return torch.einsum("...ki,gkoi->g...ko", split, blocks).flatten(-2).unbind(0)
