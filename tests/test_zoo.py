"""The cells, each against a step written down from its paper by hand, in NumPy, with nothing of the language."""

import numpy as np
import pytest

from undertow.cells import CELLS
from undertow.lang import evaluate

B, H = 3, 5


def sigma(a):
    return 1 / (1 + np.exp(-a))


def normed(a, gain=1.0, bias=0.0):
    """Layer normalisation over the last axis."""
    return (a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + 1e-5) * gain + bias


class Step:
    """Parts of gates for one step: ``i(gate)`` the input's, ``r(gate, v)`` the recurrent one of v, ``a`` their sum."""

    def __init__(self, parameters, x, state):
        self.P, self.x, self.s = parameters, x, state

    def i(self, gate):
        return self.x @ self.P.W[gate].T + self.P.b[gate]

    def r(self, gate, v=None):
        return (self.s["h"] if v is None else v) @ self.P.U[gate].T + self.P.d.get(gate, 0.0)

    def a(self, gate):
        return self.i(gate) + self.r(gate)


def rnn(q):
    return {"h": np.tanh(q.a("a"))}


def lstm(q):
    c = sigma(q.a("f")) * q.s["c"] + sigma(q.a("i")) * np.tanh(q.a("g"))
    return {"h": sigma(q.a("o")) * np.tanh(c), "c": c}


def lstm_1997(q):
    c = q.s["c"] + sigma(q.a("i")) * np.tanh(q.a("g"))
    return {"h": sigma(q.a("o")) * np.tanh(c), "c": c}


def peephole_lstm(q):
    c0, p = q.s["c"], q.P.p
    c = sigma(q.a("f") + p["f"] * c0) * c0 + sigma(q.a("i") + p["i"] * c0) * np.tanh(q.a("g"))
    return {"h": sigma(q.a("o") + p["o"] * c) * np.tanh(c), "c": c}


def coupled_lstm(q):
    f = sigma(q.a("f"))
    c = f * q.s["c"] + (1 - f) * np.tanh(q.a("g"))
    return {"h": sigma(q.a("o")) * np.tanh(c), "c": c}


def lstm_no_input_gate(q):
    c = sigma(q.a("f")) * q.s["c"] + np.tanh(q.a("g"))
    return {"h": sigma(q.a("o")) * np.tanh(c), "c": c}


def lstm_no_output_gate(q):
    c = sigma(q.a("f")) * q.s["c"] + sigma(q.a("i")) * np.tanh(q.a("g"))
    return {"h": np.tanh(c), "c": c}


def layer_norm_lstm(q):
    p, gates = q.P.p, "ifgo"
    gain = {kind: np.concatenate([p[kind + g] for g in gates]) for kind in "wub"}
    inputs = normed(np.concatenate([q.i(g) for g in gates], -1), gain["w"], gain["b"])
    past = normed(np.concatenate([q.r(g) for g in gates], -1), gain["u"])
    i, f, g, o = np.split(inputs + past, 4, -1)
    c = sigma(f) * q.s["c"] + sigma(i) * np.tanh(g)
    return {"h": sigma(o) * np.tanh(normed(c, p["cgain"], p["cbias"])), "c": c}


def gru(q):
    r, z, h = sigma(q.a("r")), sigma(q.a("z")), q.s["h"]
    n = np.tanh(q.i("n") + r * q.r("n"))
    return {"h": (1 - z) * n + z * h}


def gru_reset_before(q):
    r, z, h = sigma(q.a("r")), sigma(q.a("z")), q.s["h"]
    return {"h": (1 - z) * np.tanh(q.i("n") + q.r("n", r * h)) + z * h}


def layer_norm_gru(q):
    p, h = q.P.p, q.s["h"]
    gain = {kind: np.concatenate([p[kind + g] for g in "rz"]) for kind in "wub"}
    both = normed(np.concatenate([q.i("r"), q.i("z")], -1), gain["w"], gain["b"])
    both = both + normed(np.concatenate([q.r("r"), q.r("z")], -1), gain["u"])
    r, z = np.split(sigma(both), 2, -1)
    n = np.tanh(normed(q.i("n"), p["wn"], p["bn"]) + r * normed(q.r("n"), p["un"]))
    return {"h": (1 - z) * n + z * h}


def mgu(q):
    f, h = sigma(q.a("f")), q.s["h"]
    return {"h": (1 - f) * h + f * np.tanh(q.i("n") + q.r("n", f * h))}


def ugrnn(q):
    g = sigma(q.a("g"))
    return {"h": g * q.s["h"] + (1 - g) * np.tanh(q.a("n"))}


def janet(q):
    past = q.a("f")
    return {"h": sigma(past) * q.s["h"] + (1 - sigma(past - 1)) * np.tanh(q.a("g"))}


def star(q):
    k = sigma(q.a("k"))
    return {"h": np.tanh((1 - k) * q.s["h"] + k * np.tanh(q.i("z")))}


def slstm(q):
    """Without the stabiliser, which changes nothing but the size of numbers on the way (eq. 8-14)."""
    s = q.s
    i, f, z, o = np.exp(q.a("i")), sigma(q.a("f")), np.tanh(q.a("z")), sigma(q.a("o"))
    c0, n0 = s["c"] * np.exp(s["m"]), s["n"] * np.exp(s["m"])
    c, n = f * c0 + i * z, f * n0 + i
    m = np.maximum(np.log(f) + s["m"], q.a("i"))
    return {"h": o * c / n, "c": c / np.exp(m), "n": n / np.exp(m), "m": m}


def min_gru(q):
    z = sigma(q.i("z"))
    return {"h": (1 - z) * q.s["h"] + z * q.i("n")}


def min_lstm(q):
    f, i = sigma(q.i("f")), sigma(q.i("i"))
    return {"h": f / (f + i) * q.s["h"] + i / (f + i) * q.i("n")}


def indrnn(q):
    return {"h": np.maximum(q.i("a") + q.P.p["u"] * q.s["h"], 0)}


def sru(q):
    c0, p = q.s["c"], q.P.p
    f, r = sigma(q.i("f") + p["vf"] * c0), sigma(q.i("r") + p["vr"] * c0)
    c = f * c0 + (1 - f) * q.i("z")
    return {"h": r * c + (1 - r) * q.x, "c": c}


def cornn(q):
    h, z, dt, gamma, eps = q.s["h"], q.s["z"], 0.04, 2.7, 4.7
    z = z + dt * (np.tanh(q.a("a") + q.r("w", z)) - gamma * h - eps * z)
    return {"h": h + dt * z, "z": z}


PAPERS = {
    step.__name__: step
    for step in (
        rnn, lstm, lstm_1997, peephole_lstm, coupled_lstm, lstm_no_input_gate, lstm_no_output_gate, layer_norm_lstm,
        gru, gru_reset_before, layer_norm_gru, mgu, ugrnn, janet, star, slstm, min_gru, min_lstm, indrnn, sru, cornn,
    )
}  # fmt: skip


def test_every_cell_has_a_twin():
    assert set(PAPERS) == set(CELLS)


@pytest.mark.parametrize("name", CELLS)
def test_three_steps_are_the_papers(name):
    cell = CELLS[name]
    rng = np.random.default_rng(0)
    inputs = H if cell.reads_raw else 4
    parameters = evaluate.Parameters.random(cell, inputs, H, rng)
    x = rng.normal(size=(3, B, inputs))
    state = {n: rng.normal(size=(B, H)) for n in cell.state}
    if "n" in state:
        state["n"] = np.abs(state["n"]) + 1
    states = evaluate.forward(cell, x, parameters, state)
    for t in range(3):
        state = PAPERS[name](Step(parameters, x[t], state))
        for component, value in state.items():
            np.testing.assert_allclose(states[component][t], value, rtol=1e-9, atol=1e-12, err_msg=component)


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_names_its_paper_and_its_roles(name):
    assert CELLS[name].source
    assert CELLS[name].summary.endswith(".")
    assert set(CELLS[name].roles) <= {"forget", "input", "candidate"}
