"""Initialisation by name: what each promises of the numbers."""

import pytest
import torch

import undertow
from undertow import cell as define, tanh
from undertow.errors import OptionError
from undertow.nn import Recurrent
from undertow.nn.engines.layer import by_gate


def bias(layer, gate, index=0):
    """The whole bias of a gate, b + d."""
    b, d = layer.layer(index).biases(layer.weights(index))
    return (b[gate] + d[gate] if gate in d else b[gate]).detach()


def blocks(layer, count, index=0):
    return layer.weights(index).weight_hh.detach().chunk(count)


def test_orthogonal():
    layer = Recurrent("lstm", 3, 16, 2, init="orthogonal")
    for index in (0, 1):
        for block in blocks(layer, 4, index):
            torch.testing.assert_close(block @ block.T, torch.eye(16), atol=1e-5, rtol=0)
    assert not any(bias(layer, g).any() for g in "ifgo")


def test_orthogonal_in_heads():
    @define(gates="a b", state=dict(h=0), heads=4)
    def in_heads(x, s):
        return s.next(h=tanh(x.a) * tanh(x.b))

    for gate in blocks(Recurrent(in_heads, 3, 16, init="orthogonal"), 2):
        for head in gate.chunk(4):
            torch.testing.assert_close(head @ head.T, torch.eye(4), atol=1e-5, rtol=0)


def test_identity_is_the_irnn():
    layer = undertow.RNN(50, 40, nonlinearity="relu", init="identity")
    assert torch.equal(layer.weight_hh_l0, torch.eye(40))
    assert not layer.bias_ih_l0.any()
    assert not layer.bias_hh_l0.any()
    assert layer.weight_ih_l0.std().item() == pytest.approx(0.001, rel=0.1)


@pytest.mark.parametrize("layer_class", [undertow.LSTM, lambda *a, **k: Recurrent("lstm", *a, **k)])
def test_chrono_spreads_time_scales_up_to_memory(layer_class):
    layer = layer_class(3, 4000, init="chrono", memory=200)
    scales = bias(layer, "f").exp()
    assert scales.min() >= 1 - 1e-4
    assert scales.max() <= 199 + 1e-2
    assert scales.mean() == pytest.approx(100, rel=0.05)
    assert scales.std() == pytest.approx(198 / 12**0.5, rel=0.05)
    torch.testing.assert_close(bias(layer, "i"), -bias(layer, "f"))


def test_chrono_by_the_gates_there_are():
    assert (bias(undertow.GRU(3, 64, init="chrono", memory=50), "z") >= -1e-6).all()
    assert (bias(Recurrent("min_gru", 3, 64, init="chrono", memory=50), "z") <= 1e-6).all()


GATED = ["lstm", "peephole_lstm", "coupled_lstm", "lstm_no_input_gate", "lstm_no_output_gate", "gru"]
GATED += ["gru_reset_before", "mgu", "ugrnn", "janet", "min_gru", "min_lstm", "sru"]


@pytest.mark.parametrize("normalisation", ["none", "layer"])
@pytest.mark.parametrize("name", GATED)
def test_chrono_units_forget_one_part_in_t_with_t_uniform_up_to_memory(name, normalisation):
    """Tallec and Ollivier 2018, sec. 2: without input a unit keeps 1 - 1/T of its memory, T in [2, memory]."""
    torch.manual_seed(0)
    options = dict(init="chrono", memory=50, normalisation=normalisation, dtype=torch.float64)
    layer = Recurrent(name, 800, 800, **options)
    with torch.no_grad():
        for key, parameter in layer.named_parameters():
            if "weight" in key or (normalisation == "none" and key.startswith("p_")):
                parameter.zero_()
        weights, candidate = layer.weights(0), layer.cell.roles["candidate"]
        if weights.bias_ih is not None:
            by_gate(weights.bias_ih, layer.cell.input_gates)[candidate].zero_()
        if weights.bias_hh is not None:
            weights.bias_hh.zero_()
    memory = list(layer.cell.state)[-1]
    start = tuple(torch.ones(1, 1, 800, dtype=torch.float64) for _ in layer.cell.state)
    x = torch.zeros(1, 1, 800, dtype=torch.float64)
    _, _, states = layer(x, start if len(start) > 1 else start[0], states=True)
    scale = 1 / (1 - states[memory][0].detach().flatten())
    assert scale.min() >= 2 - 1e-6
    assert scale.max() <= 50 + 1e-6
    assert scale.mean() == pytest.approx(26, rel=0.06)
    assert scale.std() == pytest.approx(48 / 12**0.5, rel=0.06)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: undertow.LSTM(3, 8, 2, forget_bias=1.5),
        lambda: Recurrent("lstm", 3, 8, 2, forget_bias=1.5, init="orthogonal"),
        lambda: Recurrent("peephole_lstm", 3, 8, 2, forget_bias=1.5),
    ],
)
def test_forget_bias_is_the_whole_bias(layer):
    for index in (0, 1):
        assert torch.equal(bias(layer(), "f", index), torch.full((8,), 1.5))


def test_weights_per_unit_start_where_the_cell_says():
    @define(gates="a", state=dict(h=0), weights=dict(gain=0.25))
    def scaled(x, s, p):
        return s.next(h=p.gain * tanh(x.a))

    layer = Recurrent(scaled, 3, 5)
    assert torch.equal(layer.p_gain_l0, torch.full((5,), 0.25))


def test_reset_parameters_draws_again():
    layer = Recurrent("gru", 3, 4, init="chrono", memory=9)
    before = {k: v.clone() for k, v in layer.state_dict().items()}
    layer.reset_parameters()
    assert not any(torch.equal(before[k], v) for k, v in layer.state_dict().items())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: undertow.LSTM(3, 4, init="chrono"), "needs memory="),
        (lambda: undertow.LSTM(3, 4, init="chrono", memory=2), "3 or more; got 2"),
        (lambda: undertow.LSTM(3, 4, memory=20), "belongs to init='chrono'"),
        (lambda: undertow.RNN(3, 4, init="chrono", memory=20), "neither a forget nor an input gate"),
        (lambda: Recurrent("min_gru", 3, 4, forget_bias=1.0), "declares no forget gate"),
        (lambda: undertow.LSTM(3, 4, bias=False, forget_bias=1.0), "need bias=True"),
    ],
)
def test_options_that_do_not_go_together(make, message):
    with pytest.raises(OptionError, match=message):
        make()
