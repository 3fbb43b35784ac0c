"""The derived BPTT step against finite differences and against torch's autograd, for every cell."""

import zlib
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings, strategies as st

from undertow.cells import lstm_1997
from undertow.lang import Cell, Graph, Node, cell, evaluate
from undertow.lang.interpret import interpret
from undertow.lang.operations import COMPARISONS, OPERATIONS, POINTWISE
from undertow.lang.values import Value
from undertow.nn import Recurrent
from undertow.nn.engines import reference

from .cells_for_tests import ALL, STOPS_GRADIENTS, slstm

SIZES = dict(
    steps=st.integers(1, 5),
    batch=st.integers(1, 3),
    inputs=st.integers(1, 3),
    blocks=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
)
each_cell = pytest.mark.parametrize("name", ALL)


class Problem:
    """A cell with random numbers everywhere, and the loss: a random weighted sum over all states.

    ``blocks`` units a head, so that H is ``blocks`` times the heads. With ``declared`` the sequence starts from the
    state that the cell declares, else from a random one.
    """

    def __init__(
        self, cell: Cell, steps: int, batch: int, inputs: int, blocks: int, seed: int, *, declared: bool = False
    ) -> None:
        rng = np.random.default_rng(seed)
        hidden = blocks * cell.heads
        inputs = hidden if cell.reads_raw else inputs
        self.cell = cell
        self.x = rng.normal(size=(steps, batch, inputs))
        self.parameters = evaluate.Parameters.random(cell, inputs, hidden, rng)
        self.state = {name: rng.normal(size=(batch, hidden)) for name in cell.state}
        if declared:
            self.state = {n: a.astype(float) for n, a in evaluate.initial_state(cell, batch, hidden).items()}
        elif "n" in self.state:  # the normaliser of exponential gates is a sum of positive numbers
            self.state["n"] = np.abs(self.state["n"]) + 0.5
        self.cotangents = {name: rng.normal(size=(steps, batch, hidden)) for name in cell.state}
        self.rng = rng

    def states(self) -> dict[str, np.ndarray]:
        return evaluate.forward(self.cell, self.x, self.parameters, self.state)

    def loss(self) -> float:
        states = self.states()
        return sum(float(np.sum(states[name] * weight)) for name, weight in self.cotangents.items())

    def gradients(self) -> evaluate.Gradients:
        return evaluate.backward(self.cell, self.x, self.parameters, self.state, self.states(), self.cotangents)

    def leaves(self, gradients: evaluate.Gradients) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """(name, array, its gradient) for everything that the loss depends on."""
        yield "x", self.x, gradients.x
        for name, array in self.state.items():
            yield f"initial {name}", array, gradients.state[name]
        for kind, name, array in self.parameters.items():
            yield f"{kind}.{name}", array, getattr(gradients.parameters, kind)[name]

    def layer(self) -> Recurrent:
        """The reference layer with the same parameters."""
        hidden = next(iter(self.state.values())).shape[1]
        layer = Recurrent(self.cell, self.x.shape[2], hidden, backend="reference", dtype=torch.float64)
        kinds = {"weight_ih_l0": "W", "weight_hh_l0": "U", "bias_ih_l0": "b", "bias_hh_l0": "d"}
        with torch.no_grad():
            for name, parameter in layer.named_parameters():
                parameter.copy_(torch.from_numpy(_rows(self.cell, self.parameters, kinds.get(name, name))))
        return layer

    def compare_parameters(self, layer: Recurrent, gradients: evaluate.Gradients) -> None:
        kinds = {"weight_ih_l0": "W", "weight_hh_l0": "U", "bias_ih_l0": "b", "bias_hh_l0": "d"}
        for name, parameter in layer.named_parameters():
            close(_rows(self.cell, gradients.parameters, kinds.get(name, name)), _grad(parameter), name)


def _rows(cell: Cell, parameters: evaluate.Parameters, kind: str) -> np.ndarray:
    """The arrays of one kind, gates in declared order, in the layout of a layer's parameter."""
    if kind.startswith("p_"):
        return parameters.p[kind.removeprefix("p_").removesuffix("_l0")]
    arrays = getattr(parameters, kind)
    return np.concatenate([arrays[gate] for gate in cell.gates if gate in arrays])


def _grad(tensor: torch.Tensor) -> np.ndarray:
    return np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()


def close(actual: np.ndarray, expected: np.ndarray, what: str, *, tolerance: float = 1e-10) -> None:
    assert np.all(np.isfinite(actual)), f"{what} is not finite: {actual}"
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance, err_msg=what)


@pytest.mark.parametrize("name", sorted(set(ALL) - set(STOPS_GRADIENTS)))  # the others differ from it on purpose
@settings(max_examples=4, deadline=None, derandomize=True)
@given(**SIZES)
@example(steps=4, batch=2, inputs=3, blocks=3, seed=1)
def test_adjoint_is_the_slope_of_the_loss(name, steps, batch, inputs, blocks, seed):
    """Along one random direction for each array: a wrong entry anywhere shows in the sum."""
    problem = Problem(ALL[name], steps, batch, inputs, blocks, seed)
    for what, array, gradient in problem.leaves(problem.gradients()):
        direction = problem.rng.normal(size=array.shape)
        start = array.copy()
        slopes = []
        for step in (1e-5, 5e-6):
            losses = []
            for sign in (1, -1):
                array[...] = start + sign * step * direction
                losses.append(problem.loss())
            slopes.append((losses[0] - losses[1]) / (2 * step))
        array[...] = start
        slope = (4 * slopes[1] - slopes[0]) / 3  # Richardson: the error of second order cancels
        assert np.sum(gradient * direction) == pytest.approx(slope, rel=2e-6, abs=2e-7), what


@each_cell
@settings(max_examples=5, deadline=None, derandomize=True)
@given(**SIZES, declared=st.booleans())
@example(steps=4, batch=2, inputs=3, blocks=3, seed=1, declared=False)
@example(steps=4, batch=2, inputs=3, blocks=3, seed=1, declared=True)
def test_adjoint_is_torchs_gradient(name, steps, batch, inputs, blocks, seed, declared):
    problem = Problem(ALL[name], steps, batch, inputs, blocks, seed, declared=declared)
    layer = problem.layer()
    x = torch.from_numpy(problem.x).requires_grad_()
    initial = {n: torch.from_numpy(a)[None].requires_grad_() for n, a in problem.state.items()}
    hx = tuple(initial.values())
    _, _, states = layer(x, hx if len(hx) > 1 else hx[0], states=True)
    for component, sequence in problem.states().items():
        close(states[component][0].detach().numpy(), sequence, component)

    sum((states[n][0] * torch.from_numpy(c)).sum() for n, c in problem.cotangents.items()).backward()
    gradients = problem.gradients()
    close(gradients.x, _grad(x), "x")
    for component, tensor in initial.items():
        close(gradients.state[component], _grad(tensor)[0], f"initial {component}")
    problem.compare_parameters(layer, gradients)


@each_cell
@settings(max_examples=3, deadline=None, derandomize=True)
@given(**SIZES)
@example(steps=5, batch=2, inputs=2, blocks=2, seed=2)
def test_carried_gradient_is_what_arrives_from_later_steps(name, steps, batch, inputs, blocks, seed):
    """An unrolled loop in which each step reads a copy of the state: the copy's gradient is the carried one."""
    problem = Problem(ALL[name], steps, batch, inputs, blocks, seed)
    layer, x = problem.layer(), torch.from_numpy(problem.x)
    copies = [{n: torch.from_numpy(a)[None].requires_grad_() for n, a in problem.state.items()}]
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(steps):
        hx = tuple(copies[t].values())
        _, after = layer(x[t : t + 1], hx if len(hx) > 1 else hx[0])
        after = dict(zip(problem.cell.state, after if len(hx) > 1 else (after,), strict=True))
        loss = loss + sum((after[n][0] * torch.from_numpy(c[t])).sum() for n, c in problem.cotangents.items())
        copies.append({n: value.clone() for n, value in after.items()})
        for copy in copies[-1].values():
            if copy.requires_grad:  # with no gradient to x, a component that only depends on it has none
                copy.retain_grad()
    loss.backward()
    gradients = problem.gradients()
    for component in problem.cell.state:
        close(gradients.state[component], _grad(copies[0][component])[0], f"initial {component}")
        for t in range(steps):
            close(gradients.carried[component][t], _grad(copies[t + 1][component])[0], f"{component} after step {t}")
        assert not gradients.carried[component][-1].any()


def test_a_component_that_is_left_out_gets_no_cotangent():
    problem = Problem(ALL["lstm"], 4, 2, 3, 3, 5)
    problem.cotangents["c"][...] = 0.0
    expected = problem.gradients()
    del problem.cotangents["c"]
    actual = problem.gradients()
    assert np.array_equal(actual.x, expected.x)
    assert np.array_equal(actual.carried["c"], expected.carried["c"])
    assert actual.carried["c"].any()


def test_truncated_lstm_carries_nothing_along_h_and_everything_along_c():
    problem = Problem(lstm_1997.bind(truncate=True), 6, 3, 2, 4, 7)
    gradients = problem.gradients()
    assert not gradients.carried["h"].any()
    assert not gradients.state["h"].any()

    problem.cotangents = {"c": np.zeros((6, 3, 4))}
    problem.cotangents["c"][-1] = rng_ones = problem.rng.normal(size=(3, 4))
    alone = problem.gradients()
    for t in range(5):
        assert np.array_equal(alone.carried["c"][t], rng_ones), "the constant error carousel multiplies by exactly 1"
    assert np.array_equal(alone.state["c"], rng_ones)


def test_truncation_changes_the_gradient_and_not_the_states():
    whole = Problem(lstm_1997, 5, 2, 3, 3, 11)
    truncated = Problem(lstm_1997.bind(truncate=True), 5, 2, 3, 3, 11)
    assert all(np.array_equal(whole.states()[n], truncated.states()[n]) for n in "hc")
    assert whole.gradients().carried["h"][:-1].any()
    assert not np.allclose(whole.gradients().x, truncated.gradients().x)


def test_stabiliser_that_starts_at_minus_infinity_gives_finite_gradients():
    """slstm's m: exp(-inf) is 0 and stays 0 backwards; m itself cancels out of h."""
    problem = Problem(slstm, 5, 2, 3, 2, 3, declared=True)
    problem.cotangents = {"h": problem.cotangents["h"]}
    gradients = problem.gradients()
    for what, _, gradient in problem.leaves(gradients):
        assert np.isfinite(gradient).all(), what
    assert not gradients.state["m"].any()
    for name, gradient in gradients.carried.items():
        assert np.isfinite(gradient).all(), name


def test_stabiliser_changes_no_output():
    """(c, n, m) and (c exp(-3), n exp(-3), m + 3) are the same memory, written at two scales."""
    problem = Problem(slstm, 5, 2, 3, 2, 3)
    before = problem.states()["h"]
    for name, scale in (("c", np.exp(-3.0)), ("n", np.exp(-3.0)), ("m", 1.0)):
        problem.state[name] = problem.state[name] * scale + (3.0 if name == "m" else 0.0)
    np.testing.assert_allclose(problem.states()["h"], before, rtol=1e-12)


def test_adjoint_reads_only_what_the_forward_step_has():
    """Leaves and named nodes of the BPTT step are the forward step's own, so that a plan can keep them."""
    for name, one in ALL.items():
        forward = set(one.graph.nodes)
        given = {"input", "recurrent_bias", "weight", "state", "raw"}
        for node in one.adjoint.graph.nodes:
            assert node.op not in given or node in forward, (name, node)
        for product in one.adjoint.products:
            assert product.operand in forward, (name, product)


# ---- the derivative table, a line at a time

DIFFERENTIABLE = sorted(set(POINTWISE) - COMPARISONS)
MEANINGS = {name: one.meaning for name, one in OPERATIONS.items()}
POSITIVE = {"log": (0,), "sqrt": (0,)}


def _table(op: str, arguments: list[np.ndarray], cotangent: np.ndarray) -> list[np.ndarray | None]:
    """The rule of ``op`` alone, applied to numbers."""
    leaves = [Node("state", name=str(n)) for n in range(len(arguments))]
    if op == "where":
        leaves[0] = Node("greater", (Node("state", name="0"), Node("literal", value=0.0)))
    result, cot = Node(op, tuple(leaves)), Node("cotangent", name="g")
    rule = OPERATIONS[op].rule(Value(cot), Value(result), *(Value(leaf) for leaf in leaves))
    graph = Graph({str(n): v.node for n, v in enumerate(rule) if v is not None}, {})
    numbers = {str(n): a for n, a in enumerate(arguments)} | {"g": cotangent}

    class Numbers:
        operations = MEANINGS

        def leaf(self, node):
            return np.float64(node.value) if node.op == "literal" else numbers[node.name]

    values = interpret(graph.nodes, Numbers())
    shape = cotangent.shape
    return [None if v is None else np.broadcast_to(values[graph.outputs[str(n)]], shape) for n, v in enumerate(rule)]


def _torch_table(op: str, arguments: list[np.ndarray], cotangent: np.ndarray) -> list[np.ndarray]:
    tensors = [torch.from_numpy(a).requires_grad_() for a in arguments]
    first = tensors[0] > 0 if op == "where" else tensors[0]
    reference.OPERATIONS[op](first, *tensors[1:]).backward(torch.from_numpy(cotangent))
    return [_grad(t) for t in tensors]


def _apply(op: str, arguments: list[np.ndarray]) -> np.ndarray:
    first = arguments[0] > 0 if op == "where" else arguments[0]
    return OPERATIONS[op].meaning(first, *arguments[1:])


@pytest.mark.parametrize("op", DIFFERENTIABLE)
def test_derivative_is_the_slope(op):
    rng = np.random.default_rng(zlib.crc32(op.encode()))
    arguments = [rng.normal(0, 2, 60) for _ in range(POINTWISE[op])]
    arguments = [np.where(np.abs(a) < 0.05, 0.05, a) for a in arguments]  # off the kinks and poles
    arguments = [np.abs(a) if n in POSITIVE.get(op, ()) else a for n, a in enumerate(arguments)]
    cotangent = rng.normal(size=60)
    derived = _table(op, arguments, cotangent)
    assert len(derived) == POINTWISE[op]
    for n, gradient in enumerate(derived):
        slopes = []
        for step in (1e-4, 5e-5):
            ends = [_apply(op, [*arguments[:n], arguments[n] + s * step, *arguments[n + 1 :]]) for s in (1, -1)]
            slopes.append(cotangent * (ends[0] - ends[1]) / (2 * step))
        slope = (4 * slopes[1] - slopes[0]) / 3
        np.testing.assert_allclose(0.0 if gradient is None else gradient, slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("op", DIFFERENTIABLE)
def test_derivative_is_torchs_at_zeros_ties_and_extremes(op):
    """Subgradients are a convention; ours is torch's: 0 at relu's and abs's corner, halves at ties."""
    points = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 30.0, -30.0, 200.0, -200.0, 1e-12, -1e-12])
    if op in POSITIVE:
        points = points[points > 0]
    grids = np.meshgrid(*[points] * POINTWISE[op])
    arguments = [g.ravel().copy() for g in grids]
    if op == "div":
        arguments = [a[arguments[1] != 0] for a in arguments]
    if op == "exp":
        arguments = [arguments[0][arguments[0] < 100]]
    cotangent = np.random.default_rng(0).normal(size=arguments[0].shape)
    for ours, theirs in zip(_table(op, arguments, cotangent), _torch_table(op, arguments, cotangent), strict=True):
        np.testing.assert_allclose(0.0 if ours is None else ours, theirs, rtol=1e-12, atol=1e-15)


def test_ties_of_minimum_and_maximum_share_the_gradient():
    tie, cotangent = [np.array([2.0])] * 2, np.array([3.0])
    for op in ("minimum", "maximum"):
        assert [float(g[0]) for g in _table(op, tie, cotangent)] == [1.5, 1.5]
    assert float(_table("relu", [np.zeros(1)], cotangent)[0][0]) == 0.0
    assert float(_table("abs", [np.zeros(1)], cotangent)[0][0]) == 0.0


def test_sqrt_at_zero_has_no_finite_slope_in_torch_either():
    with np.errstate(divide="ignore"):
        ours = _table("sqrt", [np.zeros(1)], np.ones(1))[0]
    assert ours[0] == _torch_table("sqrt", [np.zeros(1)], np.ones(1))[0][0] == np.inf


def test_gradient_through_a_power_counts_every_factor():
    @cell(gates="a", state=dict(h=0))
    def cubed(x, s):
        return s.next(h=x.a.input**3)

    problem = Problem(cubed, 1, 2, 2, 2, 0)
    a = problem.x[0] @ problem.parameters.W["a"].T + problem.parameters.b["a"]
    expected = (3 * a**2 * problem.cotangents["h"][0]).sum(0)
    close(problem.gradients().parameters.b["a"], expected, "b")
