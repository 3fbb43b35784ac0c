"""What people read is what is computed: the text, evaluated as written, gives the oracle's numbers.

Golden files in ``tests/golden`` hold the three classic cells; run these tests with ``UNDERTOW_UPDATE_GOLDEN=1`` in the
environment to write them again.
"""

import math
import operator
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

from undertow.cells import CELLS, gru, layer_norm_lstm, lstm, rnn, slstm
from undertow.errors import LanguageError
from undertow.lang import Cell, cell, evaluate, tanh
from undertow.lang.interpret import interpret
from undertow.lang.operations import OPERATIONS
from undertow.lang.show import bptt_latex, bptt_text, equations_latex, equations_text, parameters_text
from undertow.lang.values import lift

from .cells_for_tests import ALL, EXTRA

GOLDEN = Path(__file__).parents[1] / "golden"


# ---- golden files


def _page(one: Cell) -> str:
    parts = {
        "equations": "\n".join(equations_text(one)),
        "one step of BPTT": "\n".join(bptt_text(one)),
        "parameters": "\n".join("  ".join(row) for row in parameters_text(one)),
        "equations in LaTeX": equations_latex(one),
        "one step of BPTT in LaTeX": bptt_latex(one),
    }
    return "\n\n".join(f"# {title}\n\n{text}" for title, text in parts.items()) + "\n"


@pytest.mark.parametrize("one", [lstm, gru, rnn], ids=lambda one: one.name)
def test_page_is_the_golden_one(one):
    path = GOLDEN / f"{one.name}.txt"
    if os.environ.get("UNDERTOW_UPDATE_GOLDEN") == "1":
        path.write_text(_page(one), encoding="utf-8")
    assert _page(one) == path.read_text(encoding="utf-8")


# ---- the text, evaluated


class Matrix:
    """A recurrent matrix in a written equation: ``a * U.i h`` scales the rows of ``U.i h``."""

    __array_ufunc__ = None

    def __init__(self, one: Cell, parameters: evaluate.Parameters, gate: str, transposed: bool, scale=1.0) -> None:
        self.arguments, self.scale = (one, parameters, gate, transposed), scale

    def __rmul__(self, scale):
        return Matrix(*self.arguments, scale=scale * self.scale)

    def __matmul__(self, operand):
        _, parameters, gate, transposed = self.arguments
        matrix = parameters.U[gate]
        size = matrix.shape[1]
        whole = np.zeros((len(matrix), len(matrix)))
        for unit, row in enumerate(matrix):
            first = unit // size * size
            whole[unit, first : first + size] = row
        return self.scale * (operand @ (whole if transposed else whole.T))


FUNCTIONS = {**{name: one.meaning for name, one in OPERATIONS.items()}, "inf": math.inf}


class Numbers:
    """A cell with numbers for one step, by the names that its equations are written with."""

    def __init__(self, one: Cell, seed: int) -> None:
        rng = np.random.default_rng(seed)
        hidden = 2 * one.heads
        self.one, self.parameters = one, evaluate.Parameters.random(one, hidden, hidden, rng)
        self.x = rng.normal(size=(3, hidden))
        self.state = {n: rng.uniform(0.3, 1.3, (3, hidden)) for n in one.state}
        self.cotangents = {n: rng.normal(size=(3, hidden)) for n in one.state}
        self.step = evaluate._Step(one, self.parameters, self.x, self.state, self.cotangents)
        self.known = {
            **FUNCTIONS,
            **one.constants,
            **{f"{n}__before": a for n, a in self.state.items()},
            **{f"d_{n}__after": a for n, a in self.cotangents.items()},
            "x": self.x,
            "H": float(hidden),
        }
        for kind, name, array in self.parameters.items():
            if kind == "U":
                self.known[f"U__{name}"] = Matrix(one, self.parameters, name, False)
                self.known[f"Ut__{name}"] = Matrix(one, self.parameters, name, True)
            else:
                self.known[f"{kind}__{name}"] = array.T if kind == "W" else array
        self.given: set[str] = set(self.known)

    def define(self, name: str, value: np.ndarray) -> None:
        assert name not in self.given, f"{name!r} is given to the step and defined again"
        self.given.add(name)
        self.known[name] = value

    def read(self, lines: list[str]) -> dict[str, np.ndarray]:
        """Evaluate written equations from top to bottom; every name is defined once and before it is used."""
        results = {}
        for line in lines:
            left, _, right = line.partition(" = ")
            value = eval(_python(right), {"__builtins__": {}}, self.known)
            self.define(_python(left), value)
            results[left] = value
        return results


def _python(written: str) -> str:
    """An equation as Python: ``U.i' v`` as a matrix product, ``h[t-1]`` and ``d_x.i`` as plain names."""
    written = re.sub(r"\bd_[xpU]\.[\w.#]+", lambda m: re.sub(r"[.#]", "_", m[0]), written)
    written = re.sub(r"\bW\.(\w+) x\b", r"x @ W__\1", written)
    written = re.sub(r"\bU\.(\w+)' ", r"Ut__\1 @ ", written)
    written = re.sub(r"\bU\.(\w+) ", r"U__\1 @ ", written)
    written = re.sub(r"\b([bdp])\.(\w+)", r"\1__\2", written)
    return written.replace("[t-1]", "__before").replace("[t]", "__after")


def _full(value, like: np.ndarray) -> np.ndarray:
    return np.broadcast_to(value, like.shape)


@pytest.mark.parametrize("name", ALL)
def test_written_equations_give_the_numbers_of_the_graph(name):
    numbers = Numbers(ALL[name], 1)
    graph = ALL[name].graph
    values = interpret(graph.nodes, numbers.step)
    results = numbers.read(equations_text(ALL[name]))
    assert set(results) >= set(graph.outputs)
    for component, node in graph.outputs.items():
        np.testing.assert_allclose(_full(results[component], numbers.x), _full(values[node], numbers.x), rtol=1e-11)
    for written in results.keys() & graph.names.keys():
        np.testing.assert_allclose(results[written], values[graph.names[written]], rtol=1e-11, err_msg=written)


@pytest.mark.parametrize("name", ALL)
def test_written_bptt_step_gives_the_numbers_of_the_adjoint(name):
    """Read after the equations, of which it uses the names that they define, and no other."""
    one = ALL[name]
    numbers = Numbers(one, 2)
    # The step reads d_h[t-1] of the result and h[t-1] of the state: apart, since only one of them begins with d_.
    named = {*one.graph.names, *one.graph.outputs}
    forward = numbers.read(equations_text(one))
    for written in forward.keys() - named:  # v1, v2: each text has its own
        del numbers.known[written]
        numbers.given.discard(written)
    values = interpret(one.adjoint.graph.nodes, numbers.step)
    results = numbers.read(bptt_text(one))
    assert set(results) >= set(one.adjoint.graph.outputs)
    for gradient, node in one.adjoint.graph.outputs.items():
        expected = _full(values[node], numbers.x)
        np.testing.assert_allclose(_full(results[gradient], numbers.x), expected, rtol=1e-10, atol=1e-13)


BINARY = [operator.add, operator.sub, operator.mul, operator.truediv]
EXPRESSIONS = st.recursive(
    st.sampled_from(["h", "c", "a", 2.0, -3.0]),
    lambda parts: st.tuples(st.sampled_from(BINARY), parts, parts) | st.tuples(st.just(operator.neg), parts),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(expression=EXPRESSIONS)
@example(expression=(operator.sub, "h", (operator.sub, "c", (operator.add, "h", "a"))))
@example(expression=(operator.truediv, "h", (operator.truediv, "c", (operator.mul, "h", "a"))))
def test_parentheses_are_where_they_must_be(expression):
    @cell(gates="a", state=dict(h=0, c=0))
    def k(x, s, U):
        def value(part):
            if isinstance(part, tuple):
                return part[0](*map(value, part[1:]))
            return lift(part) if isinstance(part, float) else {"h": s.h, "c": s.c, "a": U.a(s.c)}[part]

        return s.next(h=value(expression) + x.a.input, c=s.c)

    numbers = Numbers(k, 3)
    with np.errstate(all="ignore"):
        values = interpret(k.graph.nodes, numbers.step)
        written = numbers.read(equations_text(k))["h"]
    np.testing.assert_allclose(written, values[k.graph.outputs["h"]], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_text_tells_every_gradient_that_the_oracle_uses(name):
    """Each delta of a gate, weight, state and the raw input can be found in the BPTT text by its name."""
    adjoint = ALL[name].adjoint
    shown = set(adjoint.graph.outputs.values())
    assert shown >= {*adjoint.state.values(), *adjoint.inputs.values(), *adjoint.weights.values()}
    assert shown >= {*adjoint.recurrent_bias.values(), *(p.delta for p in adjoint.products)}
    assert adjoint.raw is None or adjoint.raw in shown


@pytest.mark.parametrize("literal", [1 / 3, 1.0000001, 123456789.0])
def test_written_numbers_are_the_numbers(literal):
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=literal * tanh(x.a))

    written = re.search(r"= (\S+) \*", equations_text(k)[0])[1]
    assert float(written) == literal


def test_names_of_the_text_are_not_those_of_the_cell():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        v1 = tanh(x.a) * s.h
        h2 = tanh(s.h)
        return s.next(h=v1 * tanh(v1 * s.h * h2) * tanh(v1 * s.h * h2))

    assert len({line.split(" = ")[0] for line in bptt_text(k)} & {"v1"}) == 0


def test_variable_called_like_a_gradient_is_refused_or_kept_apart():
    try:

        @cell(gates="a", state=dict(h=0, c=0))
        def k(x, s):
            d_c = tanh(x.a)
            c = d_c * s.c
            return s.next(h=d_c * tanh(c), c=c)

    except LanguageError:
        return
    left = [line.split(" = ")[0] for line in [*equations_text(k), *bptt_text(k)]]
    assert len(left) == len(set(left))


def test_parameters_have_the_shapes_of_the_oracle():
    shapes = {name: shape for name, shape, _ in parameters_text(slstm.bind(heads=2))}
    assert shapes == {"W": "(4 H, I)", "b": "(4 H,)", "U": "(4 H, H/2)"}
    shapes = {name: shape for name, shape, _ in parameters_text(rnn)}
    assert shapes == {"W": "(H, I)", "b": "(H,)", "U": "(H, H)"}
    assert [shape for name, shape, _ in parameters_text(gru) if name == "d"] == ["(H,)"]
    assert {n: m for n, _, m in parameters_text(layer_norm_lstm)}["p.cgain"].endswith("starts at 1")
    assert [row[0] for row in parameters_text(CELLS["indrnn"])] == ["W", "b", "p.u"]


# ---- LaTeX


def _balanced(latex: str) -> bool:
    depth = 0
    for sign in re.findall(r"\\[{}]|[{}]", latex):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return not depth


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("write", [equations_latex, bptt_latex])
def test_latex_balances_and_aligns(name, write):
    latex = write(ALL[name])
    assert _balanced(latex)
    assert latex.count(r"\left") == latex.count(r"\right")
    assert latex.count(r"\begin{cases}") == latex.count(r"\end{cases}")
    text = {equations_latex: equations_text, bptt_latex: bptt_text}[write](ALL[name])
    body = latex.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")
    lines = body.split(" \\\\\n")
    assert len(lines) == len(text)
    assert all(line.count("&=") == 1 for line in lines)


def test_latex_escapes_what_tex_would_read_otherwise():
    for name, one in ALL.items():
        for write in (equations_latex, bptt_latex):
            bare = re.findall(r"(?<!\\)[#%$~]", write(one))
            if name == "shared_matrix" and write is bptt_latex:
                continue  # see below
            assert not bare, (name, bare)


def test_latex_of_a_second_product_on_one_matrix_has_no_bare_number_sign():
    assert not re.findall(r"(?<!\\)#", bptt_latex(EXTRA["shared_matrix"]))


def test_latex_of_special_values_and_names():
    @cell(gates="long_name", state=dict(h=0, memory=0))
    def k(x, s, *, gamma=0.5):
        best = tanh(x.long_name) * gamma + float("-inf") * s.memory
        return s.next(h=best, memory=best / (1 + s.memory))

    latex = equations_latex(k)
    assert r"W_{\mathrm{long\_name}} x_t + b_{\mathrm{long\_name}} + U_{" in latex
    assert r"-\infty \odot \mathrm{memory}_{t-1}" in latex
    assert r"\frac{h_t}{1 + \mathrm{memory}_{t-1}}" in latex
    assert r"\mathrm{gamma}" in latex


@pytest.mark.parametrize("write", [equations_latex, bptt_latex])
def test_latex_writes_the_gate_of_a_product_as_a_word(write):
    @cell(gates="long_name", state=dict(h=0))
    def k(x, s):
        return s.next(h=tanh(x.long_name))

    assert r"U_{\mathrm{long\_name}}" in write(k)


def test_variable_called_like_a_component_that_gets_another_value_is_refused_or_kept_apart():
    try:

        @cell(gates="a", state=dict(h=0, v=0))
        def k(x, s):
            v = tanh(x.a) * s.v
            return s.next(h=v * s.h, v=tanh(v))

    except LanguageError:
        return
    left = [line.split(" = ")[0] for line in equations_text(k)]
    assert len(left) == len(set(left))


def test_small_numbers_in_latex_are_powers_of_ten():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=0.00001 * x.a + 0.5 * s.h)

    assert r"1 \cdot 10^{-5} \odot" in equations_latex(k)
    assert "0.5" in equations_latex(k)
