"""Normalisation of layers: against torch's own functions, on every engine, in training and evaluation."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch.nn import functional as F  # noqa: N812

import undertow
from normalised import DOUBLE, assert_same, shaken
from oracle import parts
from undertow.errors import BackendError, OptionError
from undertow.nn import Recurrent
from undertow.nn.shaping.batch_norm import InputBatch, _moments

CELLS = ["rnn", "lstm", "gru", "gru_reset_before", "peephole_lstm", "slstm", "min_gru", "indrnn", "cornn"]


def results(layer, x, lengths=None, hx=None):
    """Outputs, final state, gradients of x and of every parameter, and the buffers afterwards."""
    x = x.clone().requires_grad_()
    output, final = layer(x, hx, lengths=lengths)
    loss = output.sin().sum() + sum(p.cos().sum() for p in parts(final))
    gradients = torch.autograd.grad(loss, [x, *layer.parameters()])
    return [output, *parts(final), *gradients, *layer.buffers()]


@pytest.mark.parametrize("kind", ["layer", "batch"])
@pytest.mark.parametrize("name", CELLS)
@settings(max_examples=4, deadline=None, derandomize=True)
@given(st.data())
def test_engines_agree(name, kind, data):
    both, layers = data.draw(st.booleans()), data.draw(st.integers(1, 2))
    lengths = data.draw(st.sampled_from([None, [5, 2, 4], [1, 1, 5]]))
    noise = data.draw(st.sampled_from([{}, dict(zoneout=dict(h=0.2), candidate_dropout=0.3)]))
    noise |= dict(recurrent_dropout=0.2) if noise and name not in ("min_gru", "indrnn") else {}
    torch.manual_seed(0)
    fused = Recurrent(name, 3, 8, layers, bidirectional=both, normalisation=kind, backend="fused", **noise, **DOUBLE)
    shaken(fused).train(data.draw(st.booleans()))
    reference = copy.deepcopy(fused)
    reference.backend = "reference"
    x, got = torch.randn(5, 3, 3, **DOUBLE), []
    for layer in (fused, reference):
        torch.manual_seed(3)
        got.append(results(layer, x, lengths))
    assert_same(*got)


@pytest.mark.parametrize("kind", ["layer", "batch"])
@pytest.mark.parametrize("backend", ["fused", "reference"])
def test_gradients_by_finite_differences(kind, backend):
    layer = shaken(Recurrent("lstm", 3, 4, 2, normalisation=kind, backend=backend, **DOUBLE))
    names = list(dict(layer.named_parameters()))
    x = torch.randn(4, 3, 3, requires_grad=True, **DOUBLE)

    def run(x, *values):
        return torch.func.functional_call(layer, dict(zip(names, values, strict=True)), (x,))[0]

    assert torch.autograd.gradcheck(run, (x, *(p.detach().clone().requires_grad_() for p in layer.parameters())))


@pytest.mark.parametrize("make", [undertow.LSTM, undertow.GRU, undertow.RNN])
@pytest.mark.parametrize("kind", ["layer", "batch"])
@pytest.mark.parametrize("bias", [True, False])
def test_drop_ins_are_recurrent_layers_with_it(make, kind, bias):
    layer = shaken(make(3, 5, 2, bias=bias, bidirectional=True, normalisation=kind, **DOUBLE))
    reference = copy.deepcopy(layer)
    reference.backend = "reference"
    x = torch.randn(6, 4, 3, **DOUBLE)
    assert_same(results(layer, x, [6, 1, 3, 5]), results(reference, x, [6, 1, 3, 5]))


def test_layer_normalised_lstm_is_a_loop_over_torchs_layer_norm():
    layer = shaken(undertow.LSTM(3, 6, normalisation="layer", **DOUBLE))
    x = torch.randn(7, 4, 3, **DOUBLE)
    h = c = torch.zeros(4, 6, **DOUBLE)
    outputs = []
    for x_t in x:
        a = (F.linear(x_t, layer.weight_ih_l0) + F.linear(h, layer.weight_hh_l0)).chunk(4, -1)
        i, f, g, o = (
            F.layer_norm(part, (6,), getattr(layer, f"p_gain_{n}_l0"), getattr(layer, f"p_bias_{n}_l0"))
            for n, part in zip("ifgo", a, strict=True)
        )
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        outputs.append(h)
    torch.testing.assert_close(layer(x)[0], torch.stack(outputs), rtol=1e-10, atol=1e-12)


class Loop(torch.nn.Module):
    """The slow twin: torch.nn.BatchNorm1d on W x of all valid steps, then the layer without an input matrix."""

    def __init__(self, layer, direction=""):
        super().__init__()
        hidden = layer.hidden_size
        rows = len(layer.weight_ih_l0)
        self.norm = torch.nn.BatchNorm1d(rows, **DOUBLE)
        self.bare = Recurrent(layer.cell, rows, hidden, backend="reference", **DOUBLE)
        with torch.no_grad():
            self.norm.weight.copy_(getattr(layer, f"bn_weight_l0{direction}"))
            self.norm.bias.copy_(getattr(layer, f"bias_ih_l0{direction}"))
            self.norm.running_mean.copy_(getattr(layer, f"bn_running_mean_l0{direction}"))
            self.norm.running_var.copy_(getattr(layer, f"bn_running_var_l0{direction}"))
            self.bare.weight_ih_l0.copy_(torch.eye(rows))
            self.bare.weight_hh_l0.copy_(layer.weight_hh_l0)
            torch.nn.init.zeros_(self.bare.bias_ih_l0)
            if "bias_hh_l0" in dict(layer.named_parameters()):
                self.bare.bias_hh_l0.copy_(layer.bias_hh_l0)
        self.matrix = torch.nn.Parameter(layer.weight_ih_l0.detach().clone())

    def forward(self, x, lengths):
        product = F.linear(x, self.matrix)
        valid = torch.arange(len(x))[:, None] < torch.tensor(lengths)
        normal = torch.zeros_like(product).masked_scatter(valid[..., None], self.norm(product[valid]))
        return self.bare(normal, lengths=lengths)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("backend", ["fused", "reference"])
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "cornn"])
@pytest.mark.parametrize("inputs", [3, 40], ids=["covariance", "product"])
def test_batch_norm_is_torchs_on_the_product(name, backend, training, inputs):
    layer = shaken(Recurrent(name, inputs, 5, normalisation="batch", backend=backend, **DOUBLE)).train(training)
    loop = Loop(layer).train(training)
    lengths = [6, 2, 5]
    for _ in range(3):
        x = torch.randn(6, 3, inputs, **DOUBLE) + 1
        x[3:, 1] = math.nan
        ours, theirs = (t.clone().requires_grad_() for t in (x, x.nan_to_num()))
        got, wanted = layer(ours, lengths=lengths)[0], loop(theirs, lengths)[0]
        torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-11)
        cotangent = torch.randn_like(got)
        named = [layer.weight_ih_l0, layer.weight_hh_l0, layer.bn_weight_l0, layer.bias_ih_l0]
        slow = [loop.matrix, loop.bare.weight_hh_l0, loop.norm.weight, loop.norm.bias]
        a = torch.autograd.grad((got * cotangent).sum(), [ours, *named])
        b = torch.autograd.grad((wanted * cotangent).sum(), [theirs, *slow])
        assert_same(a, b)
    assert_same([layer.bn_running_mean_l0, layer.bn_running_var_l0], [loop.norm.running_mean, loop.norm.running_var])
    assert int(layer.bn_num_batches_tracked_l0) == int(loop.norm.num_batches_tracked) == 3 * training


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(2, 9), st.integers(1, 30), st.integers(1, 30), st.sampled_from([0.0, 1e3]), st.integers(0, 99))
def test_moments_follow_from_the_input_by_either_way(rows, width, gates, offset, seed):
    torch.manual_seed(seed)
    x, matrix = torch.randn(rows, 1, width, **DOUBLE) + offset, torch.randn(gates, width, **DOUBLE)
    mean, var, count = _moments(matrix, InputBatch(x, None))
    product = F.linear(x[:, 0], matrix)
    assert count == rows
    torch.testing.assert_close(mean, product.mean(0), rtol=1e-9, atol=1e-8)
    torch.testing.assert_close(var, product.var(0, correction=0), rtol=1e-7, atol=1e-9)


def test_directions_and_layers_remember_on_their_own():
    layer = Recurrent("gru", 3, 4, 2, bidirectional=True, normalisation="batch")
    names = [n for n, _ in layer.named_buffers() if "mean" in n]
    assert names == [f"bn_running_mean_l{i}{d}" for i in (0, 1) for d in ("", "_reverse")]
    layer(torch.randn(5, 2, 3) + 2)
    values = [getattr(layer, n) for n in names]
    assert all(v.any() for v in values)
    assert not torch.allclose(values[0], values[1])
    layer.reset_parameters()
    assert not any(getattr(layer, n).any() for n in names)
    assert not int(layer.bn_num_batches_tracked_l1)


def test_evaluation_remembers_nothing_and_does_not_see_its_batch():
    layer = shaken(Recurrent("lstm", 3, 4, normalisation="batch")).eval()
    before = copy.deepcopy(layer.state_dict())
    x = torch.randn(5, 4, 3)
    together, alone = layer(x)[0], layer(x[:, 1:2])[0]
    torch.testing.assert_close(together[:, 1:2], alone)
    assert all(torch.equal(before[n], t) for n, t in layer.state_dict().items())


@pytest.mark.parametrize("kind", ["layer", "batch"])
@pytest.mark.parametrize("backend", ["auto", "reference"])
@pytest.mark.parametrize("bias", [True, False])
def test_streaming_is_evaluation_and_follows_the_layer(kind, backend, bias):
    layer = shaken(Recurrent("gru", 5, 7, 2, bias=bias, normalisation=kind, backend=backend))
    x, stream = torch.randn(6, 2, 5), layer.stream(2)
    for _ in range(2):
        with torch.no_grad():
            expected = layer.eval()(x)[0]
        layer.train()
        stream.reset()
        torch.testing.assert_close(torch.stack([stream.step(x_t) for x_t in x]), expected, rtol=1e-5, atol=1e-6)
        shaken(layer)
        with torch.no_grad():
            layer.weight_ih_l0.mul_(1.5)


@pytest.mark.parametrize("kind", ["layer", "batch"])
def test_state_dict_copies_and_pickles(kind):
    layer = shaken(Recurrent("gru", 3, 4, 2, bidirectional=True, normalisation=kind, normalisation_gain=0.5))
    layer.eval()
    x = torch.randn(4, 2, 3)
    other = Recurrent("gru", 3, 4, 2, bidirectional=True, normalisation=kind)
    assert other.load_state_dict(layer.state_dict()) == torch.nn.modules.module._IncompatibleKeys([], [])
    for twin in (other.eval(), copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(twin(x)[0], layer(x)[0])
    assert f"normalisation={kind!r} with gain 0.5" in repr(layer)
    assert len({len(w) for w in layer.all_weights}) == 1
    assert sum(map(len, layer.all_weights)) == len(list(layer.parameters()))
    double = layer.double()
    assert double(x.double())[0].dtype == torch.float64


def test_nothing_changes_where_it_is_off():
    assert list(undertow.LSTM(3, 4).state_dict()) == list(torch.nn.LSTM(3, 4).state_dict())
    assert "normalisation" not in repr(undertow.LSTM(3, 4))
    layer = undertow.LSTM(3, 4)
    assert layer.layer(0).cell is layer.cell


@pytest.mark.parametrize("kind", ["layer", "batch"])
def test_first_values(kind):
    layer = Recurrent("lstm", 3, 40, normalisation=kind, forget_bias=1.0, init="orthogonal")
    gains = [p for n, p in layer.named_parameters() if "gain" in n or "bn_weight" in n]
    assert gains
    assert all((g == 1).all() for g in gains)
    biases = [layer.p_bias_f_l0, layer.p_bias_i_l0] if kind == "layer" else layer.bias_ih_l0.view(4, -1)[[1, 0]]
    assert (biases[0] == 1).all()
    assert (biases[1] == 0).all()


def test_chrono_sets_the_biases_after_normalisation():
    layer = Recurrent("lstm", 3, 400, normalisation="layer", init="chrono", memory=100)
    scales = layer.p_bias_f_l0.detach().exp()
    assert 1 <= scales.min() < 5
    assert 95 < scales.max() <= 99.01
    torch.testing.assert_close(layer.p_bias_i_l0, -layer.p_bias_f_l0)


@pytest.mark.parametrize("kind", ["layer", "batch"])
def test_gradients_of_gradients(kind):
    layer = shaken(Recurrent("gru", 2, 3, normalisation=kind, **DOUBLE))
    x = torch.randn(3, 3, 2, requires_grad=True, **DOUBLE)
    assert torch.autograd.gradgradcheck(lambda x: layer(x)[0], (x,))


def test_vendor_runs_folded_weights_and_refuses_changed_equations():
    vendor = shaken(undertow.LSTM(3, 4, 2, bidirectional=True, normalisation="batch", backend="vendor", **DOUBLE))
    fused = copy.deepcopy(vendor)
    fused.backend = "fused"
    x = torch.randn(5, 4, 3, **DOUBLE)
    assert_same(results(vendor, x, [5, 1, 2, 3]), results(fused, x, [5, 1, 2, 3]))
    with pytest.raises(BackendError, match="equations of 'lstm' as its arguments, normalisation or noise change them"):
        undertow.LSTM(3, 4, normalisation="layer", backend="vendor")


def test_projected_output():
    layer = shaken(undertow.LSTM(3, 6, proj_size=2, normalisation="layer", **DOUBLE))
    assert layer(torch.randn(4, 2, 3, **DOUBLE))[0].shape == (4, 2, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(normalisation="bach"), "no normalisation 'bach'; did you mean 'batch'"),
        (dict(normalisation_gain=0.1), "normalisation_gain= belongs to a normalisation"),
        (dict(normalisation="layer", normalisation_gain=-1.0), "must be a number above 0, got -1.0"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(OptionError, match=message):
        Recurrent("lstm", 2, 3, **options)


def test_a_name_that_is_taken():
    own = undertow.cell(gates="a", state=dict(h=0), weights=dict(gain_a=1.0))(_scaled)
    with pytest.raises(OptionError, match="needs the name 'gain_a'"):
        Recurrent(own, 2, 3, normalisation="layer")


def _scaled(x, s, p):
    return s.next(h=p.gain_a * undertow.tanh(x.a))


def test_a_batch_of_one_row():
    layer = Recurrent("lstm", 2, 3, normalisation="batch")
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        layer(torch.randn(1, 1, 2))
    assert layer.eval()(torch.randn(1, 1, 2))[0].shape == (1, 1, 3)


def test_large_offsets_do_not_drown_the_variance():
    """In float32: the variance is taken of centred inputs."""
    x = torch.randn(200, 1, 6) + 300
    matrix = torch.randn(40, 6)
    _, var, _ = _moments(matrix, InputBatch(x, None))
    expected = F.linear(x[:, 0].double(), matrix.double()).var(0, correction=0)
    np.testing.assert_allclose(var.numpy(), expected.numpy(), rtol=1e-4)
