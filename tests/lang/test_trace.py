"""What tracing makes of a cell: its graph, the names in it, and what two cells have in common."""

import copy
import pickle
import sys

import numpy as np
import pytest

from undertow.cells import CELLS, gru, lstm, lstm_1997, rnn
from undertow.errors import OptionError
from undertow.lang import Graph, Node, Rank, cell, evaluate, layer_norm, mean, sigmoid, stack, tanh, where

from .cells_for_tests import ALL, BOUND, EXTRA, cornn, one_value_many_names


def _squash(value):
    squashed = tanh(value)
    return squashed * 2


@cell(gates="a", state=dict(h=0))
def with_helper(x, s):
    inner = _squash(x.a)
    return s.next(h=inner + s.h)


# ---- names


def test_local_variables_name_the_nodes():
    graph = lstm.graph
    assert set(graph.names) == set("ifgoc")
    assert {n: graph.names[n].op for n in "ifgoc"} == dict(i="sigmoid", f="sigmoid", g="tanh", o="sigmoid", c="add")
    pre_activation = graph.names["f"].args[0]
    assert {(n.op, n.name) for n in pre_activation.args} == {("input", "f"), ("product", "f")}
    assert graph.names["c"] is graph.outputs["c"]


def test_names_are_those_of_the_cell_and_not_of_functions_it_calls():
    assert set(with_helper.graph.names) == {"inner"}
    assert with_helper.graph.names["inner"].op == "mul"


def test_names_of_leaves_arguments_and_unused_values_are_left_out():
    @cell(gates="a", state=dict(h=0))
    def k(x, s, *, dt=0.1):
        before = s.h
        spare = tanh(x.a)  # noqa: F841
        used = tanh(before * dt + x.a)
        text, number = "text", 3  # noqa: F841
        return s.next(h=used)

    assert set(k.graph.names) == {"used"}


def test_one_value_keeps_all_its_names():
    names = one_value_many_names.graph.names
    assert names["first"] is names["second"]
    assert one_value_many_names.graph.outputs["h"] is one_value_many_names.graph.outputs["c"]


def test_node_remembers_its_line():
    place = lstm.graph.names["c"].place
    assert place.text.strip() == "c = f * s.c + i * g"
    assert place.text[place.column - 1 : place.column - 1 + place.width] == "f * s.c + i * g"
    assert place.file.endswith("lstm.py")


# ---- sharing


def test_equal_expressions_are_shared():
    @cell(gates="a", state=dict(h=0))
    def twice(x, s):
        return s.next(h=tanh(x.a) * sigmoid(x.a) + tanh(x.a))

    ops = [node.op for node in twice.graph.nodes]
    assert ops.count("tanh") == ops.count("input") == ops.count("product") == 1


@pytest.mark.parametrize("name", ALL)
def test_no_two_nodes_of_a_merged_graph_are_equal(name):
    for graph in (ALL[name].graph, ALL[name].adjoint.graph):
        seen = {(n.op, tuple(map(id, n.args)), n.name, repr(n.value)) for n in graph.nodes}
        assert len(seen) == len(graph.nodes)


def test_merging_keeps_apart_what_differs():
    a, b = Node("state", name="a"), Node("state", name="b")
    nodes = [
        Node("sub", (a, b)), Node("sub", (b, a)), Node("add", (a, b)), Node("product", (a,), "g"),
        Node("product", (a,), "k"), Node("literal", value=0.0), Node("literal", value=-0.0), Node("weight", name="a"),
    ]  # fmt: skip
    merged = Graph({str(n): node for n, node in enumerate(nodes)}, {}).merged()
    assert len(set(merged.outputs.values())) == len(nodes)


def test_merging_changes_no_number():
    a = Node("state", name="h")
    many = Node("mul", (Node("tanh", (a,)), Node("add", (Node("tanh", (a,)), Node("state", name="h")))))
    graph = Graph({"h": many}, {"same": Node("tanh", (a,)), "gone": Node("exp", (a,))})
    merged = graph.merged()
    assert len(graph.nodes) == 6
    assert len(merged.nodes) == 4
    assert merged.names["same"] is merged.outputs["h"].args[0]
    assert "gone" not in merged.names
    assert merged.merged().key == merged.key


def test_nodes_come_after_their_arguments():
    for one in ALL.values():
        for graph in (one.graph, one.adjoint.graph):
            number = {node: n for n, node in enumerate(graph.nodes)}
            assert all(number[a] < number[node] for node in graph.nodes for a in node.args)


# ---- keys


def _gru_like(names: str, *, order=("h",), minus=False, gate="r", literal=1.0, heads=1):
    def first(x, s):
        r, z = sigmoid(getattr(x, gate)), sigmoid(x.z)
        n = tanh(x.n.input + r * x.n.recurrent)
        return s.next(h=(literal - z) * n - z * s.h if minus else (literal - z) * n + z * s.h)

    def second(x, s):
        reset = sigmoid(getattr(x, gate))
        update = sigmoid(x.z)
        candidate = tanh(x.n.input + reset * x.n.recurrent)
        kept = update * s.h
        return s.next(h=(literal - update) * candidate + kept)

    return cell(gates=f"{gate} z n", state=dict.fromkeys(order, 0), heads=heads)({"a": first, "b": second}[names])


def test_key_is_that_of_the_equations_whatever_they_are_called():
    assert _gru_like("a").graph.key == _gru_like("b").graph.key == gru.graph.key
    assert _gru_like("a").adjoint.graph.key == gru.adjoint.graph.key
    assert _gru_like("a").graph.names.keys() != _gru_like("b").graph.names.keys()


@pytest.mark.parametrize("change", [dict(minus=True), dict(gate="q"), dict(literal=2.0)], ids=str)
def test_key_tells_other_equations_apart(change):
    assert _gru_like("a", **change).graph.key != gru.graph.key


def test_keys_of_all_cells_differ():
    keys = {name: (one.graph.key, one.heads) for name, one in ALL.items()}
    assert len(set(keys.values())) == len(keys)


def test_key_depends_on_which_component_gets_which_value():
    @cell(gates="a", state=dict(h=0, c=0))
    def straight(x, s):
        return s.next(h=tanh(x.a), c=s.c)

    @cell(gates="a", state=dict(h=0, c=0))
    def crossed(x, s):
        return s.next(h=s.c, c=tanh(x.a))

    assert straight.graph.key != crossed.graph.key


def test_key_depends_on_outputs_that_need_no_node_of_their_own():
    @cell(gates="a", state=dict(h=0, c=0))
    def same(x, s):
        return s.next(h=tanh(x.a), c=tanh(x.a))

    @cell(gates="a", state=dict(h=0, c=0))
    def before_tanh(x, s):
        return s.next(h=tanh(x.a), c=x.a)

    assert [n.op for n in same.graph.nodes] == [n.op for n in before_tanh.graph.nodes]
    assert same.graph.key != before_tanh.graph.key


# ---- meanings


def test_gate_is_the_sum_of_its_halves():
    rng = np.random.default_rng(0)

    @cell(gates="a", state=dict(h=0))
    def whole(x, s):
        return s.next(h=x.a)

    @cell(gates="a", state=dict(h=0))
    def halves(x, s):
        return s.next(h=x.a.input + x.a.recurrent)

    assert whole.recurrent_bias_gates == ()
    assert halves.recurrent_bias_gates == ("a",)
    parameters = evaluate.Parameters.random(halves, 2, 3, rng)
    x, state = rng.normal(size=(2, 2, 2)), {"h": rng.normal(size=(2, 3))}
    apart = evaluate.forward(halves, x, parameters, state)["h"]
    parameters.b["a"] += parameters.d.pop("a")
    np.testing.assert_allclose(evaluate.forward(whole, x, parameters, state)["h"], apart, rtol=1e-12)


def _value_of(expression, h: np.ndarray) -> np.ndarray:
    """The next h of a cell that only reads h."""

    @cell(gates="", state=dict(h=0))
    def k(x, s):
        return s.next(h=expression(s.h))

    return evaluate.forward(k, np.zeros((1, len(h), 1)), evaluate.Parameters.zeros(k, 1, h.shape[1]), {"h": h})["h"][0]


H = np.array([[0.5, -1.5, 2.0], [3.0, 0.0, 1.0]])
ROW_MEAN = H.mean(1, keepdims=True)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (lambda h: 2 - h, 2 - H),
        (lambda h: h - 2, H - 2),
        (lambda h: 6 / (h + 4), 6 / (H + 4)),
        (lambda h: h / 4, H / 4),
        (lambda h: +h, H),
        (lambda h: abs(-h), abs(H)),
        (lambda h: h**3, H**3),
        (lambda h: h**1, H),
        (lambda h: (h + 2) ** 0.5, np.sqrt(H + 2)),
        (lambda h: where(h < 0.5, 1, 2) + 0 * h, np.where(H < 0.5, 1, 2)),
        (lambda h: where(h <= 0.5, 1, 2) + 0 * h, np.where(H <= 0.5, 1, 2)),
        (lambda h: where(h > 0.5, 1, 2) + 0 * h, np.where(H > 0.5, 1, 2)),
        (lambda h: where(h >= 0.5, 1, 2) + 0 * h, np.where(H >= 0.5, 1, 2)),
        (lambda h: where(h == 0.5, 1, 2) + 0 * h, np.where(H == 0.5, 1, 2)),
        (lambda h: where(0.5 < h, 1, 2) + 0 * h, np.where(H > 0.5, 1, 2)),  # noqa: SIM300
        (lambda h: h - mean(h), H - ROW_MEAN),
        (lambda h: h - mean(stack(h, 2 * h, h * h)), H - (3 * ROW_MEAN + (H * H).mean(1, keepdims=True)) / 3),
        (lambda h: layer_norm(h, eps=0.1), (H - ROW_MEAN) / np.sqrt(H.var(1, keepdims=True) + 0.1)),
        (lambda h: layer_norm(h, 3.0, 0.5, eps=0.1), 3 * (H - ROW_MEAN) / np.sqrt(H.var(1, keepdims=True) + 0.1) + 0.5),
    ],
)
def test_expressions_mean_what_python_writes(expression, expected):
    np.testing.assert_allclose(_value_of(expression, H), np.broadcast_to(expected, H.shape), rtol=1e-13)


def test_stack_is_normalised_together_and_taken_apart_in_order():
    def expression(h):
        a, b = layer_norm(stack(h, 3 * h + 1), stack(h, 2.0 * h), eps=1e-3)
        return a - 10 * b

    both = np.concatenate([H, 3 * H + 1], 1)
    normal = (both - both.mean(1, keepdims=True)) / np.sqrt(both.var(1, keepdims=True) + 1e-3)
    np.testing.assert_allclose(_value_of(expression, H), normal[:, :3] * H - 10 * normal[:, 3:] * 2 * H, rtol=1e-12)


def test_stack_arithmetic_goes_part_by_part():
    def expression(h):
        a, b = (1 - stack(h, 2 * h)) * stack(h, h + 1) / 2 - 3
        assert len(stack(h, h, h)) == 3
        return a + 100 * b

    np.testing.assert_allclose(
        _value_of(expression, H), ((1 - H) * H / 2 - 3) + 100 * ((1 - 2 * H) * (H + 1) / 2 - 3), rtol=1e-12
    )


def test_ranks_say_how_far_a_value_is_spread():
    graph = EXTRA["means_of_means"].graph
    assert graph.ranks[graph.names["first"]] == graph.ranks[graph.names["second"]] == Rank.SAMPLE
    assert graph.ranks[graph.names["y"]] == Rank.UNIT
    assert {graph.ranks[n] for n in graph.nodes if n.op in ("literal", "units")} == {Rank.CELL}


# ---- what a cell says of itself


def test_gates_by_part_are_in_declared_order():
    assert (gru.input_gates, gru.recurrent_gates, gru.recurrent_bias_gates) == (tuple("rzn"), tuple("rzn"), ("n",))
    assert (CELLS["min_gru"].input_gates, CELLS["min_gru"].recurrent_gates) == (("z", "n"), ())
    assert (cornn.input_gates, cornn.recurrent_gates) == (("a",), ("a", "w"))
    assert EXTRA["halves"].recurrent_bias_gates == ("a", "b")
    assert [name for name, one in ALL.items() if one.reads_raw] == ["sru"]


def test_output_summary_and_source():
    assert lstm.output == "h"
    assert lstm.summary.startswith("LSTM with forget gate")
    assert cornn.source.startswith("Rusch and Mishra 2021,")
    assert EXTRA["halves"].source == ""
    for name, one in CELLS.items():
        assert one.source, f"{name} cites nothing"


# ---- constants and options


def test_bind_changes_constants_and_chooses_equations():
    bound = cornn.bind(dt=0.2)
    assert bound.constants == {"dt": 0.2, "gamma": 2.7, "eps": 4.7}
    assert cornn.constants["dt"] == 0.04
    assert bound.graph.key != cornn.graph.key
    assert {n.op for n in rnn.graph.nodes} - {n.op for n in rnn.bind(nonlinearity="relu").graph.nodes} == {"tanh"}
    assert bound.bind(dt=0.04).graph.key == cornn.graph.key
    assert "stop_gradient" in {n.op for n in lstm_1997.bind(truncate=True).graph.nodes}


def test_bind_to_what_holds_already_is_the_cell_itself():
    assert cornn.bind() is cornn
    assert cornn.bind(dt=0.04) is cornn


def test_cell_keeps_its_declaration_when_bound():
    for name, one in BOUND.items():
        origin = ALL[one.name]
        assert (one.gates, one.state, one.roles) == (origin.gates, origin.state, origin.roles)
        assert one.heads == (2 if name == "slstm-heads" else origin.heads)
        assert name not in CELLS


# ---- copies


@pytest.mark.parametrize("name", ALL)
def test_cell_comes_back_from_pickle(name):
    one = ALL[name]
    back = pickle.loads(pickle.dumps(one))
    assert (back.name, back.graph.key, back.arguments) == (one.name, one.graph.key, one.arguments)
    assert back.adjoint.graph.key == one.adjoint.graph.key
    if name not in BOUND:
        assert back is one


@pytest.mark.parametrize("name", ALL)
def test_copies_of_a_cell_are_the_cell(name):
    assert copy.deepcopy(ALL[name]) is ALL[name]
    assert copy.copy(ALL[name]) is ALL[name]
    assert copy.deepcopy([ALL[name]])[0] is ALL[name]


def test_cell_of_a_function_says_that_it_cannot_be_pickled():
    @cell(gates="a", state=dict(h=0))
    def local(x, s):
        return s.next(h=tanh(x.a))

    with pytest.raises((OptionError, pickle.PicklingError)):
        pickle.dumps(local)


# ---- tracing leaves nothing behind


def test_profile_function_is_restored():
    calls = []

    def mine(frame, event, argument):
        calls.append(event)

    before = sys.getprofile()
    sys.setprofile(mine)
    try:

        @cell(gates="a", state=dict(h=0))
        def k(x, s):
            a = tanh(x.a)
            return s.next(h=a)

        after = sys.getprofile()
    finally:
        sys.setprofile(before)
    assert after is mine
    assert set(k.graph.names) == {"a"}


def test_nodes_of_the_adjoint_stand_in_the_equations_or_nowhere():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=tanh(x.a))

    first, last = k.function.__code__.co_firstlineno, k.function.__code__.co_firstlineno + 3
    for node in k.adjoint.graph.nodes:
        assert node.place is None or (node.place.file == __file__ and first <= node.place.line <= last), node.place


def test_defining_a_cell_twice_gives_equal_graphs():
    again = cell(gates="i f g o", state=dict(h=0, c=0))(lstm.function)
    assert again.graph.key == lstm.graph.key
    assert again is not lstm
