"""Batch normalisation inside the recurrence: against a hand-written loop over torch's batch_norm."""

import copy

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

import undertow
from normalised import DOUBLE, assert_same, shaken
from oracle import parameters_of
from undertow.errors import BackendError, LanguageError, OptionError
from undertow.lang import evaluate
from undertow.nn import Recurrent

KIND = "recurrent batch"


class Remembered:
    """Running statistics by place and step, kept by torch.nn.functional.batch_norm itself."""

    def __init__(self, hidden, steps):
        self.hidden, self.steps, self.seen = hidden, steps, 0
        self.by_place = {}

    def norm(self, place, t, value, gain, training):
        known = min(t, self.steps - 1) if training else min(t, max(self.seen, 1) - 1)
        zero, one = torch.zeros(self.hidden, **DOUBLE), torch.ones(self.hidden, **DOUBLE)
        mean, var = self.by_place.setdefault((place, known), (zero, one))
        if training and t >= self.steps:
            mean, var = zero, one  # normalised by its own, and not remembered
        if training and t < self.steps:
            self.seen = max(self.seen, t + 1)
        return F.batch_norm(value, mean, var, gain, torch.zeros_like(gain), training, 0.1, 1e-5)


def lstm_by_the_paper(layer, x, kept, suffix="_l0", training=True):
    """Cooijmans et al. 2017, eq. 6-8."""
    p = {n.removesuffix(suffix): q for n, q in layer.named_parameters() if n.endswith(suffix)}
    h = c = torch.zeros(x.shape[1], layer.hidden_size, **DOUBLE)
    outputs = []
    for t, x_t in enumerate(x):
        ins, pasts = F.linear(x_t, p["weight_ih"]).chunk(4, -1), F.linear(h, p["weight_hh"]).chunk(4, -1)
        i, f, g, o = (
            kept.norm(f"{n}_recurrent", t, past, p[f"p_gain_{n}_recurrent"], training)
            + kept.norm(f"{n}_input", t, own, p[f"p_gain_{n}_input"], training)
            + p[f"p_bias_{n}"]
            for n, own, past in zip("ifgo", ins, pasts, strict=True)
        )
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * (kept.norm("c", t, c, p["p_gain_c"], training) + p["p_bias_c"]).tanh()
        outputs.append(h)
    return torch.stack(outputs), c


def gru_by_hand(layer, x, kept, suffix="_l0", training=True):
    p = {n.removesuffix(suffix): q for n, q in layer.named_parameters() if n.endswith(suffix)}
    h = torch.zeros(x.shape[1], layer.hidden_size, **DOUBLE)
    outputs = []
    for t, x_t in enumerate(x):
        ins, pasts = F.linear(x_t, p["weight_ih"]).chunk(3, -1), F.linear(h, p["weight_hh"]).chunk(3, -1)
        own = [
            kept.norm(f"{n}_input", t, a, p[f"p_gain_{n}_input"], training) + p[f"p_bias_{n}"]
            for n, a in zip("rzn", ins, strict=True)
        ]
        past = [
            kept.norm(f"{n}_recurrent", t, a, p[f"p_gain_{n}_recurrent"], training)
            for n, a in zip("rzn", pasts, strict=True)
        ]
        r, z = (own[0] + past[0]).sigmoid(), (own[1] + past[1]).sigmoid()
        n = (own[2] + r * (past[2] + p["bias_hh"])).tanh()
        h = (1 - z) * n + z * h
        outputs.append(h)
    return torch.stack(outputs), h


TWINS = {"lstm": lstm_by_the_paper, "gru": gru_by_hand}


@pytest.mark.parametrize("steps", [3, 20])
@pytest.mark.parametrize("name", TWINS)
def test_against_a_loop_over_torchs_batch_norm(name, steps):
    layer = Recurrent(name, 3, 5, normalisation=KIND, normalisation_steps=steps, **DOUBLE)
    with torch.no_grad():
        for key, parameter in layer.named_parameters():
            if "gain" in key or "bias" in key:
                parameter.uniform_(-1, 1)
    kept = Remembered(5, steps)
    for training in (True, True, True, False):
        layer.train(training)
        x = torch.randn(6, 4, 3, **DOUBLE)
        ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
        output, final = layer(ours)
        wanted, last = TWINS[name](layer, theirs, kept, training=training)
        torch.testing.assert_close(output, wanted, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(final[-1][-1] if name == "lstm" else final[0], last, rtol=1e-10, atol=1e-12)
        cotangent, parameters = torch.randn_like(output), list(layer.parameters())
        a = torch.autograd.grad((output * cotangent).sum(), [ours, *parameters])
        b = torch.autograd.grad((wanted * cotangent).sum(), [theirs, *parameters])
        assert_same(a, b)
    sites = layer.layer(0).statistics[0].sites
    for (place, t), (mean, var) in kept.by_place.items():
        if t < steps:
            torch.testing.assert_close(layer.bn_running_mean_l0[sites.index(place), t], mean, rtol=1e-10, atol=1e-12)
            torch.testing.assert_close(layer.bn_running_var_l0[sites.index(place), t], var, rtol=1e-10, atol=1e-12)
    assert int(layer.bn_num_steps_tracked_l0) == min(6, steps)
    assert int(layer.bn_num_batches_tracked_l0) == 3


def test_every_cell_against_the_oracle(cell):
    """The interpreter's plain meaning: normalised by the samples of the step."""
    layer = shaken(Recurrent(cell, 3, 4, normalisation=KIND, **DOUBLE))
    x = torch.randn(5, 3, 3, **DOUBLE)
    _, _, states = layer(x, states=True)
    start = {n: np.full((3, 4), float(value)) for n, value in cell.state.items()}
    expected = evaluate.forward(layer.layer(0).cell, x.numpy(), parameters_of(layer), start)
    for name in cell.state:
        np.testing.assert_allclose(states[name][0].detach().numpy(), expected[name], rtol=1e-8, atol=1e-9)


def test_gains_start_at_a_tenth_and_only_the_memory_has_a_shift_of_its_own():
    layer = undertow.LSTM(3, 5, normalisation=KIND)
    gains = {n: p for n, p in layer.named_parameters() if "gain" in n}
    assert len(gains) == 9
    assert all((g == 0.1).all() for g in gains.values())
    assert {n for n, _ in layer.named_parameters() if "bias" in n} == {f"p_bias_{n}_l0" for n in "ifgoc"}
    assert (undertow.LSTM(3, 5, normalisation=KIND, normalisation_gain=0.3).p_gain_c_l0 == 0.3).all()
    assert not any("bias" in n for n, _ in Recurrent("lstm", 3, 5, bias=False, normalisation=KIND).named_parameters())


@pytest.mark.parametrize("training", [True, False])
def test_the_second_direction_is_the_first_on_the_samples_turned_round(training):
    both = shaken(Recurrent("lstm", 3, 4, bidirectional=True, normalisation=KIND, **DOUBLE)).train(training)
    one = Recurrent("lstm", 3, 4, normalisation=KIND, **DOUBLE).train(training)
    one.load_state_dict({n.replace("_reverse", ""): t for n, t in both.state_dict().items() if "_reverse" in n})
    lengths = [5, 2, 4]
    x = torch.randn(5, 3, 3, **DOUBLE)
    turned = x.clone()
    for b, n in enumerate(lengths):
        turned[:n, b] = x[:n, b].flip(0)
    expected, _ = one(turned, lengths=lengths)
    got, _ = both(x, lengths=lengths)
    for b, n in enumerate(lengths):
        torch.testing.assert_close(got[:n, b, 4:], expected[:n, b].flip(0))
        assert not got[n:, b].any()
    assert_same(list(one.buffers()), [t for n, t in both.named_buffers() if "_reverse" in n])


@pytest.mark.parametrize("training", [True, False])
def test_what_lies_beyond_a_sample_changes_nothing(training):
    layer = shaken(Recurrent("gru", 3, 4, 2, bidirectional=True, normalisation=KIND, **DOUBLE)).train(training)
    twin = copy.deepcopy(layer)
    x, lengths = torch.randn(5, 4, 3, **DOUBLE), [5, 3, 5, 1]
    longer = torch.full((8, 4, 3), float("nan"), **DOUBLE)
    for b, n in enumerate(lengths):
        longer[:n, b] = x[:n, b]
    a, b = layer(x, lengths=lengths), twin(longer, lengths=lengths)
    assert torch.equal(a[0], b[0][:5])
    assert torch.equal(a[1], b[1])
    assert all(torch.equal(s, t) for s, t in zip(layer.buffers(), twin.buffers(), strict=True))


def test_a_step_of_one_sample_uses_what_is_remembered():
    layer = shaken(Recurrent("rnn", 2, 3, normalisation=KIND, **DOUBLE))
    layer.bn_num_steps_tracked_l0.fill_(4)
    x = torch.randn(4, 2, 2, **DOUBLE)
    before = layer.bn_running_mean_l0[:, 2:].clone()
    layer(x, lengths=[4, 2])
    assert torch.equal(layer.bn_running_mean_l0[:, 2:], before)
    layer(x)
    assert not torch.equal(layer.bn_running_mean_l0[:, 2:4], before[:, :2])


def test_evaluation_beyond_what_was_seen_uses_the_last_step():
    layer = Recurrent("rnn", 2, 3, normalisation=KIND, **DOUBLE)
    layer(torch.randn(3, 8, 2, **DOUBLE))
    layer.eval()
    x = torch.randn(6, 2, 2, **DOUBLE)
    expected = layer(x)[0]
    for buffer in (layer.bn_running_mean_l0, layer.bn_running_var_l0):
        buffer[:, 3:] = buffer[:, 2:3]
    layer.bn_num_steps_tracked_l0.fill_(100)
    assert torch.equal(layer(x)[0], expected)


def test_streaming_counts_its_steps():
    layer = shaken(Recurrent("lstm", 3, 4, 2, normalisation=KIND, normalisation_steps=4))
    for index in (0, 1):
        getattr(layer, f"bn_num_steps_tracked_l{index}").fill_(4)
    x = torch.randn(6, 2, 3)
    with torch.no_grad():
        expected = layer.eval()(x)[0]
    stream = layer.train().stream(2)
    for _ in range(2):
        stream.reset()
        torch.testing.assert_close(torch.stack([stream.step(x_t) for x_t in x]), expected)


def test_zoneout_and_dropouts_go_with_it():
    noise = dict(zoneout=0.2, recurrent_dropout=0.2, candidate_dropout=0.2)
    noisy = Recurrent("lstm", 3, 4, normalisation=KIND, **noise, **DOUBLE)
    assert list(noisy.state_dict()) == list(Recurrent("lstm", 3, 4, normalisation=KIND).state_dict())
    assert len(noisy.layer(0, 1).statistics[0].sites) == len(noisy.layer(0).statistics[0].sites) == 9
    x = torch.randn(5, 3, 3, **DOUBLE)
    noisy(x)[0].sum().backward()
    assert all(p.grad is not None for p in noisy.parameters())
    assert torch.equal(noisy.eval()(x)[0], noisy(x)[0])


@pytest.mark.parametrize("training", [True, False])
def test_gradients_by_finite_differences(training):
    layer = shaken(Recurrent("peephole_lstm", 2, 3, bidirectional=True, normalisation=KIND, **DOUBLE)).train(training)
    x = torch.randn(3, 3, 2, requires_grad=True, **DOUBLE)
    assert torch.autograd.gradcheck(lambda x: layer(x, lengths=[3, 2, 3])[0], (x,))


def test_state_dict_and_reset():
    layer = shaken(undertow.GRU(3, 4, 2, normalisation=KIND, normalisation_steps=7))
    other = undertow.GRU(3, 4, 2, normalisation=KIND, normalisation_steps=7)
    other.load_state_dict(layer.state_dict())
    x = torch.randn(4, 2, 3)
    for twin in (other, copy.deepcopy(layer)):
        assert torch.equal(twin.eval()(x)[0], layer.eval()(x)[0])
    assert layer.bn_running_mean_l1.shape == (6, 7, 4)
    layer.train()(x)
    layer.reset_parameters()
    assert not layer.bn_running_mean_l0.any()
    assert (layer.bn_running_var_l0 == 1).all()
    assert not int(layer.bn_num_steps_tracked_l0)
    assert "normalisation='recurrent batch' of 7 steps, backend=auto: reference" in repr(layer)


@pytest.mark.parametrize("backend", ["fused", "vendor"])
def test_other_engines_refuse(backend):
    with pytest.raises(
        BackendError, match=f"backend '{backend}' cannot run this layer: normalisation='recurrent batch'"
    ):
        undertow.LSTM(3, 4, normalisation=KIND, backend=backend)
    assert "auto: reference" in repr(undertow.LSTM(3, 4, normalisation=KIND))


def test_a_single_sample_in_training():
    layer = undertow.LSTM(3, 4, normalisation=KIND)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        layer(torch.randn(5, 1, 3))


def test_it_has_no_bptt_step_of_its_own():
    with pytest.raises(LanguageError, match="ties the samples of a batch together"):
        _ = undertow.LSTM(3, 4, normalisation=KIND).layer(0).cell.adjoint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            dict(normalisation="layer", normalisation_steps=5),
            "belongs to normalisation='recurrent batch', not to 'layer'",
        ),
        (dict(normalisation=KIND, normalisation_steps=0), "whole number, 1 or more, got 0"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(OptionError, match=message):
        Recurrent("lstm", 2, 3, **options)
