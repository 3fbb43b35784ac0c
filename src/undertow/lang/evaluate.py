"""The oracle: a cell and its derived BPTT step in NumPy, float64, with nothing clever in it.

Kernels and layers are tested against this module, and this module against finite
differences and torch's autograd. Shapes: ``x`` (T, B, I), states (B, H).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from undertow.lang import noise
from undertow.lang.definition import Cell
from undertow.lang.expr import Node, topological
from undertow.lang.interpret import interpret
from undertow.lang.operations import OPERATIONS

__all__ = ["Gradients", "Parameters", "backward", "forward", "initial_state"]

Array = NDArray[np.float64]


_MEANINGS = {name: one.meaning for name, one in OPERATIONS.items() if one.meaning is not None}


@dataclass
class Parameters:
    """A cell's parameters by gate: ``W`` (H, I), ``b`` (H,), ``U`` (H, H / heads), ``d`` (H,); ``p`` (H,) by weight."""

    W: dict[str, Array]
    b: dict[str, Array]
    U: dict[str, Array]
    d: dict[str, Array]
    p: dict[str, Array]

    @classmethod
    def zeros(cls, cell: Cell, inputs: int, hidden: int) -> Parameters:
        """All-zero parameters of the right shapes, I = ``inputs`` and H = ``hidden``."""
        return cls(
            {g: np.zeros((hidden, inputs)) for g in cell.input_gates},
            {g: np.zeros(hidden) for g in cell.input_gates},
            {g: np.zeros((hidden, hidden // cell.heads)) for g in cell.recurrent_gates},
            {g: np.zeros(hidden) for g in cell.recurrent_bias_gates},
            {w: np.zeros(hidden) for w in cell.weights},
        )

    @classmethod
    def random(cls, cell: Cell, inputs: int, hidden: int, rng: np.random.Generator, scale: float = 0.5) -> Parameters:
        """Normally distributed parameters with standard deviation ``scale``."""
        parameters = cls.zeros(cell, inputs, hidden)
        for _, _, array in parameters.items():
            array[...] = rng.normal(0.0, scale, array.shape)
        return parameters

    def items(self) -> Iterator[tuple[str, str, Array]]:
        """(kind, gate or weight, array) for every array; kinds are W, b, U, d, p."""
        for kind in "WbUdp":
            for name, array in getattr(self, kind).items():
                yield kind, name, array


@dataclass
class Gradients:
    """``x`` (T, B, I); ``state``, dL/d(initial state), (B, H) each; ``parameters``; and ``carried[name]`` (T, B, H),
    dL/d(state after step t) through later steps alone."""

    x: Array
    state: dict[str, Array]
    parameters: Parameters
    carried: dict[str, Array]


@dataclass
class _Step:
    """What nodes mean in one step (see :class:`undertow.lang.interpret.Interpretation`)."""

    cell: Cell
    parameters: Parameters
    x: Array
    state: Mapping[str, Array]
    cotangents: Mapping[str, Array] = field(default_factory=dict)
    t: int = 0
    seed: int = 0

    @property
    def operations(self) -> Mapping[str, Callable[..., Array]]:
        return {**_MEANINGS, "spread": lambda a: np.broadcast_to(a, self._shape)}

    @property
    def _shape(self) -> tuple[int, ...]:
        return next(iter(self.state.values())).shape

    def leaf(self, node: Node) -> Array:
        match node.op:
            case "literal":
                return np.float64(node.value)  # type: ignore[return-value]
            case "constant":
                return np.float64(self.cell.constants[node.name])  # type: ignore[return-value]
            case "units":
                return np.float64(self._shape[-1])  # type: ignore[return-value]
            case "input":
                return self.x @ self.parameters.W[node.name].T + self.parameters.b[node.name]
            case "recurrent_bias":
                return np.broadcast_to(self.parameters.d[node.name], self._shape)
            case "weight":
                return np.broadcast_to(self.parameters.p[node.name], self._shape)
            case "state":
                return self.state[node.name]
            case "raw":
                return self.x
            case "draw" | "draw_once":
                return noise.kept(node, self.seed, self.t, *self._shape)  # type: ignore[return-value]
            case _:
                return self.cotangents[node.name]

    def product(self, node: Node, operand: Array) -> Array:
        blocks = _blocks(self.parameters.U[node.name], self.cell.heads)
        split = _split(operand, self.cell.heads)
        result = np.einsum("bko,koi->bki" if node.op == "transposed_product" else "bki,koi->bko", split, blocks)
        return np.asarray(result).reshape(operand.shape)

    def batch_norm(self, node: Node, operand: Array) -> Array:
        return np.asarray((operand - operand.mean(0)) / np.sqrt(operand.var(0) + 1e-5))


def _blocks(matrix: Array, heads: int) -> Array:
    """(H, H / heads) as (heads, H / heads, H / heads): the diagonal blocks."""
    return matrix.reshape(heads, -1, matrix.shape[1])


def _split(value: Array, heads: int) -> Array:
    return value.reshape(value.shape[0], heads, -1)


def initial_state(cell: Cell, batch: int, hidden: int) -> dict[str, Array]:
    """The declared state before the first step, (B, H) each."""
    return {name: np.full((batch, hidden), float(value)) for name, value in cell.state.items()}


def forward(
    cell: Cell, x: Array, parameters: Parameters, state: Mapping[str, Array], seed: int = 0
) -> dict[str, Array]:
    """Run a sequence ``x`` (T, B, I) from ``state`` (B, H each); every component after every step, (T, B, H) each.

    ``seed`` is for steps that draw masks.
    """
    shape = next(iter(state.values())).shape
    states: dict[str, list[Array]] = {name: [] for name in cell.state}
    for t, x_t in enumerate(x):
        values = interpret(cell.graph.nodes, _Step(cell, parameters, x_t, state, t=t, seed=seed))
        state = {name: np.broadcast_to(values[node], shape) for name, node in cell.graph.outputs.items()}
        for name, value in state.items():
            states[name].append(value)
    return {name: np.stack(sequence) for name, sequence in states.items()}


def backward(
    cell: Cell,
    x: Array,
    parameters: Parameters,
    state: Mapping[str, Array],
    states: Mapping[str, Array],
    cotangents: Mapping[str, Array],
    seed: int = 0,
) -> Gradients:
    """BPTT through what :func:`forward` returned as ``states``.

    ``cotangents[name]`` (T, B, H) is what the loss puts on that component at each step; a component that is
    left out gets none.
    """
    steps, batch, inputs = x.shape
    hidden = next(iter(state.values())).shape[1]
    gradients = Gradients(
        np.zeros((steps, batch, inputs)),
        {name: np.zeros((batch, hidden)) for name in cell.state},
        Parameters.zeros(cell, inputs, hidden),
        {name: np.zeros((steps, batch, hidden)) for name in cell.state},
    )
    carried = gradients.state
    for t in reversed(range(steps)):
        before = {n: states[n][t - 1] if t else state[n] for n in cell.state}
        for name in cell.state:
            gradients.carried[name][t] = carried[name]
        total = {n: carried[n] + (cotangents[n][t] if n in cotangents else 0.0) for n in cell.state}
        step = _Step(cell, parameters, x[t], before, total, t, seed)
        carried = _backward_step(step, gradients, t)
    gradients.state = carried
    return gradients


def _backward_step(step: _Step, gradients: Gradients, t: int) -> dict[str, Array]:
    """One step of the adjoint: add to ``gradients``, return the carried gradient of the step before."""
    cell, parameters, x = step.cell, step.parameters, step.x
    adjoint, total, shape = cell.adjoint, gradients.parameters, next(iter(step.state.values())).shape
    wanted = [*adjoint.graph.outputs.values(), *(p.operand for p in adjoint.products)]
    values = interpret(topological(wanted), step)

    def full(node: Node) -> Array:
        return np.broadcast_to(values[node], shape)

    for gate, node in adjoint.inputs.items():
        delta = full(node)
        gradients.x[t] += delta @ parameters.W[gate]
        total.W[gate] += delta.T @ x
        total.b[gate] += delta.sum(0)
    for product in adjoint.products:
        delta, operand = _split(full(product.delta), cell.heads), _split(full(product.operand), cell.heads)
        total.U[product.gate] += np.einsum("bko,bki->koi", delta, operand).reshape(shape[1], -1)
    for gate, node in adjoint.recurrent_bias.items():
        total.d[gate] += full(node).sum(0)
    for weight, node in adjoint.weights.items():
        total.p[weight] += full(node).sum(0)
    if adjoint.raw is not None:
        gradients.x[t] += full(adjoint.raw)
    return {name: full(node).copy() for name, node in adjoint.state.items()}
