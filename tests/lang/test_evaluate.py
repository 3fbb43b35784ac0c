"""The oracle: its table against torch's, its forward pass against torch.nn."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st

from undertow.cells import CELLS, gru, lstm, rnn
from undertow.errors import LanguageError
from undertow.lang import Graph, Node, cell, evaluate, tanh
from undertow.lang.check import check_graph
from undertow.lang.expr import GRADIENTS, LEAVES
from undertow.lang.notation import LATEX, TEXT
from undertow.lang.operations import COMPARISONS, OPERATIONS, POINTWISE
from undertow.nn.engines import reference

from .cells_for_tests import ALL, BOUND, EXTRA, every_operation

FLOATS = st.floats(allow_nan=False, width=64)
MODERATE = st.floats(-50, 50)


def _numbers(op: str, count: int, draw) -> list[np.ndarray]:
    return [np.array(draw(st.lists(FLOATS | MODERATE, min_size=count, max_size=count))) for _ in range(POINTWISE[op])]


@pytest.mark.parametrize("op", sorted(POINTWISE))
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_numpy_and_torch_mean_the_same(op, data):
    arguments = _numbers(op, 8, data.draw)
    tensors = [torch.from_numpy(a) for a in arguments]
    if op == "where":
        arguments[0], tensors[0] = arguments[0] > 0, tensors[0] > 0
    with np.errstate(all="ignore"):
        ours = OPERATIONS[op].meaning(*arguments)
    theirs = reference.OPERATIONS[op](*tensors)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-13, atol=5e-324, equal_nan=True)
    assert (np.asarray(ours).dtype == np.bool_) == (op in COMPARISONS)


@pytest.mark.parametrize(
    ("op", "at", "expected"),
    [
        ("log_sigmoid", -1000.0, -1000.0),
        ("log_sigmoid", 1000.0, 0.0),
        ("log_sigmoid", 40.0, -np.exp(-40.0)),
        ("softplus", 1000.0, 1000.0),
        ("softplus", -1000.0, 0.0),
        ("softplus", -40.0, np.exp(-40.0)),
        ("sigmoid", -700.0, np.exp(-700.0)),
        ("sigmoid", -1000.0, 0.0),
        ("sigmoid", 1000.0, 1.0),
        ("tanh", 1e-300, 1e-300),
        ("exp", -np.inf, 0.0),
        ("relu", -np.inf, 0.0),
        ("log", 0.0, -np.inf),
    ],
)
def test_extreme_values_keep_their_digits(op, at, expected):
    """No overflow on the way, and no answer rounded to 0 that double precision can tell from 0."""
    with np.errstate(divide="ignore", over="raise", invalid="raise", under="ignore"):
        ours = OPERATIONS[op].meaning(np.array([at]))[0]
    assert ours == pytest.approx(expected, rel=1e-12, abs=0)
    theirs = reference.OPERATIONS[op](torch.tensor([at], dtype=torch.float64))[0].item()
    assert theirs == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("op", sorted(set(POINTWISE) - {"where"} - COMPARISONS))
def test_nan_goes_through(op):
    """A value that went wrong must not look healthy later, in either backend."""
    nan = [np.array([np.nan, 1.0])] + [np.array([1.0, np.nan])] * (POINTWISE[op] - 1)
    wrong = [True, POINTWISE[op] == 2]
    with np.errstate(invalid="ignore"):
        assert np.isnan(OPERATIONS[op].meaning(*nan)).tolist() == wrong
    assert reference.OPERATIONS[op](*map(torch.from_numpy, nan)).isnan().tolist() == wrong


def test_tables_cover_the_grammar_and_nothing_else():
    grammar = {*POINTWISE, "sum", "spread", "stop_gradient"}
    step = evaluate._Step(rnn, evaluate.Parameters.zeros(rnn, 1, 1), np.zeros((1, 1)), {"h": np.zeros((1, 1))})
    assert set(OPERATIONS) == set(step.operations) == grammar
    assert set(reference.OPERATIONS) == grammar - {"spread"}, "torch runs forward steps, where no spread occurs"
    assert {name for name, one in OPERATIONS.items() if one.rule} == grammar - COMPARISONS
    for notation in (TEXT, LATEX):
        assert set(notation.operations) == {*grammar, "product", "transposed_product"}
        for leaf in LEAVES:
            assert notation.leaf(Node(leaf, name="k"))[0]


MADE_BY_PASSES = {"valid", "draw", "draw_once", *GRADIENTS}


def test_every_grammar_node_is_in_some_test_cell():
    used = {node.op for one in ALL.values() for node in one.graph.nodes}
    assert used >= {*POINTWISE, *LEAVES, "sum", "stop_gradient", "product"} - MADE_BY_PASSES


def test_forward_steps_have_no_spread_and_every_graph_passes_the_checker():
    for one in ALL.values():
        assert not {"spread", "transposed_product", "cotangent"} & {node.op for node in one.graph.nodes}
        check_graph(one.graph)
        check_graph(one.adjoint.graph)


# ---- the cells that torch.nn has


def _from_torch(cell, layer) -> evaluate.Parameters:
    """Parameters with torch's numbers; biases are summed where the cell has one and torch two."""
    arrays = {n: p.detach().numpy() for n, p in layer.named_parameters()}
    count = len(cell.gates)
    w, u = np.split(arrays["weight_ih_l0"], count), np.split(arrays["weight_hh_l0"], count)
    b, d = np.split(arrays["bias_ih_l0"], count), np.split(arrays["bias_hh_l0"], count)
    alone = cell.recurrent_bias_gates
    return evaluate.Parameters(
        dict(zip(cell.gates, w, strict=True)),
        {g: b[n] if g in alone else b[n] + d[n] for n, g in enumerate(cell.gates)},
        dict(zip(cell.gates, u, strict=True)),
        {g: d[cell.gates.index(g)] for g in alone},
        {},
    )


@pytest.mark.parametrize(
    ("cell", "theirs"),
    [
        (lstm, torch.nn.LSTM(3, 5, dtype=torch.float64)),
        (gru, torch.nn.GRU(3, 5, dtype=torch.float64)),
        (rnn, torch.nn.RNN(3, 5, dtype=torch.float64)),
        (rnn.bind(nonlinearity="relu"), torch.nn.RNN(3, 5, nonlinearity="relu", dtype=torch.float64)),
    ],
    ids=["lstm", "gru", "rnn", "rnn-relu"],
)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(steps=st.integers(1, 12), batch=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_forward_is_that_of_torch_nn(cell, theirs, steps, batch, seed):
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(torch.from_numpy(rng.normal(0, 0.6, parameter.shape)))
    x = rng.normal(size=(steps, batch, 3))
    state = {name: rng.normal(size=(batch, 5)) for name in cell.state}
    hx = tuple(torch.from_numpy(s)[None] for s in state.values())
    with torch.no_grad():
        output, last = theirs(torch.from_numpy(x), hx if len(hx) > 1 else hx[0])
    ours = evaluate.forward(cell, x, _from_torch(cell, theirs), state)
    np.testing.assert_allclose(ours["h"], output.numpy(), rtol=1e-11, atol=1e-12)
    for name, tensor in zip(cell.state, last if len(hx) > 1 else (last,), strict=True):
        np.testing.assert_allclose(ours[name][-1], tensor[0].numpy(), rtol=1e-11, atol=1e-12)


# ---- heads, states, shapes


def _with_heads(heads: int):
    @cell(gates="a", state=dict(h=0), heads=heads)
    def blocks(x, s):
        return s.next(h=tanh(x.a))

    return blocks


@pytest.mark.parametrize("heads", [1, 2, 3, 6])
def test_heads_are_the_diagonal_blocks_of_one_matrix(heads):
    """With heads, a step is that of the plain cell with the same matrix and zeros off the diagonal blocks."""
    rng = np.random.default_rng(heads)
    split, plain = _with_heads(heads), _with_heads(1)
    parameters = evaluate.Parameters.random(split, 2, 6, rng)
    assert parameters.U["a"].shape == (6, 6 // heads)
    whole = np.zeros((6, 6))
    for unit in range(6):
        first = unit // (6 // heads) * (6 // heads)
        whole[unit, first : first + 6 // heads] = parameters.U["a"][unit]
    same = evaluate.Parameters(parameters.W, parameters.b, {"a": whole}, {}, {})
    x, state = rng.normal(size=(4, 2, 2)), {"h": rng.normal(size=(2, 6))}
    ours = evaluate.forward(split, x, parameters, state)
    theirs = evaluate.forward(plain, x, same, state)
    np.testing.assert_allclose(ours["h"], theirs["h"], rtol=1e-12)

    weights = {"h": rng.normal(size=(4, 2, 6))}
    back = evaluate.backward(split, x, parameters, state, ours, weights)
    full = evaluate.backward(plain, x, same, state, theirs, weights)
    np.testing.assert_allclose(back.x, full.x, rtol=1e-10)
    np.testing.assert_allclose(back.carried["h"], full.carried["h"], rtol=1e-10, atol=1e-14)
    for unit in range(6):
        first = unit // (6 // heads) * (6 // heads)
        wanted = full.parameters.U["a"][unit, first : first + 6 // heads]
        np.testing.assert_allclose(back.parameters.U["a"][unit], wanted, rtol=1e-10)


def test_a_head_hears_no_other_head():
    slstm = BOUND["slstm-heads"]
    rng = np.random.default_rng(1)
    parameters = evaluate.Parameters.random(slstm, 2, 6, rng)
    x, state = rng.normal(size=(4, 1, 2)), evaluate.initial_state(slstm, 1, 6)
    before = evaluate.forward(slstm, x, parameters, state)["h"]
    state["h"] = state["h"] + np.array([0, 0, 0, 1.0, 0, 0])
    after = evaluate.forward(slstm, x, parameters, state)["h"]
    assert np.array_equal(before[..., :3], after[..., :3])
    assert (before[:, :, 3:] != after[:, :, 3:]).any(axis=(1, 2)).all()


@pytest.mark.parametrize("name", ALL)
def test_parameters_are_what_the_equations_read(name):
    """Shapes are there for what is used and for nothing else: every array, when changed, changes some state."""
    one = ALL[name]
    rng = np.random.default_rng(4)
    hidden = 2 * one.heads
    parameters = evaluate.Parameters.random(one, hidden, hidden, rng)
    x, state = rng.normal(size=(4, 2, hidden)), {n: rng.uniform(0.2, 1, (2, hidden)) for n in one.state}
    before = evaluate.forward(one, x, parameters, state)
    assert list(parameters.W) == [g for g in one.gates if g in one.input_gates]
    for kind, gate, array in parameters.items():
        array += 0.5
        after = evaluate.forward(one, x, parameters, state)
        array -= 0.5
        assert any(not np.array_equal(before[n], after[n]) for n in one.state), f"{kind}.{gate} is read by nothing"


def test_states_after_each_step_are_those_of_a_longer_run_cut_there():
    rng = np.random.default_rng(0)
    for one in EXTRA.values():
        hidden = 2 * one.heads
        parameters = evaluate.Parameters.random(one, hidden, hidden, rng)
        x, state = rng.normal(size=(5, 2, hidden)), evaluate.initial_state(one, 2, hidden)
        whole = evaluate.forward(one, x, parameters, state)
        for t, x_t in enumerate(x):
            state = {n: a[0] for n, a in evaluate.forward(one, x_t[None], parameters, state).items()}
            for name in one.state:
                np.testing.assert_allclose(state[name], whole[name][t], rtol=1e-13, err_msg=f"{one.name} {name} {t}")


@pytest.mark.parametrize("name", CELLS)
def test_initial_state_is_the_declared_one_in_float64(name):
    state = evaluate.initial_state(CELLS[name], 2, 3)
    assert {n: a.shape for n, a in state.items()} == dict.fromkeys(CELLS[name].state, (2, 3))
    assert {a.dtype for a in state.values()} == {np.dtype(np.float64)}


def test_initial_state_has_the_declared_numbers():
    state = evaluate.initial_state(CELLS["slstm"], 2, 4)
    assert (state["m"] == -np.inf).all()
    assert not state["h"].any()
    assert (evaluate.initial_state(every_operation, 1, 2)["v"] == -0.2).all()


def test_product_on_a_weight_is_the_same_in_every_sample_or_refused():
    """A weight has one number a unit, as a product's operand wants it; there is only no axis for samples."""
    try:

        @cell(gates="a", state=dict(h=0), weights=dict(w=1.0))
        def on_a_weight(x, s, U, p):
            return s.next(h=x.a.input + s.h + U.a(p.w))

    except LanguageError:
        return
    rng = np.random.default_rng(0)
    parameters = evaluate.Parameters.random(on_a_weight, 2, 3, rng)
    states = evaluate.forward(on_a_weight, np.zeros((1, 2, 2)), parameters, {"h": np.zeros((2, 3))})
    expected = parameters.b["a"] + parameters.U["a"] @ parameters.p["w"]
    np.testing.assert_allclose(states["h"][0], np.stack([expected, expected]), rtol=1e-12)


def test_bound_constants_reach_the_numbers():
    cornn = CELLS["cornn"]
    rng = np.random.default_rng(0)
    parameters = evaluate.Parameters.random(cornn, 2, 3, rng)
    x, state = rng.normal(size=(1, 2, 2)), {"h": rng.normal(size=(2, 3)), "z": rng.normal(size=(2, 3))}
    for dt in (0.04, 0.5):
        states = evaluate.forward(cornn.bind(dt=dt), x, parameters, state)
        np.testing.assert_allclose(states["h"][0], state["h"] + dt * states["z"][0], rtol=1e-13)


def test_checker_knows_wrong_graphs():
    h = Node("state", name="h")
    for wrong, fact in (
        (Node("tan", (h,)), "there is no operation 'tan'; did you mean 'tanh'"),
        (Node("add", (h,)), "add takes 2 values, got 1"),
        (Node("state", (h,), "h"), "state takes 0 values, got 1"),
        (Node("product", (Node("literal", value=1.0),), "a"), "a recurrent product needs a value per unit"),
        (Node("where", (h, h, h)), "where\\(\\) needs a comparison"),
        (Node("tanh", (Node("less", (h, h)),)), "a comparison is not a number; tanh cannot take it"),
    ):
        with pytest.raises(LanguageError, match=fact):
            check_graph(Graph({"h": wrong}, {}))
