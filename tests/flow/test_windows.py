"""What a window is: truncated BPTT, several calls before one backward pass, layers used twice, checkpoints."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import undertow
from flow.twin import network
from undertow.flow.schedule import at, every, never
from undertow.nn import Recurrent


@pytest.fixture(params=["fused", "reference"])
def layer(request):
    torch.manual_seed(0)
    return Recurrent("lstm", 3, 5, dtype=torch.float64, backend=request.param)


def gradients(seen, place=("recurrent.0", 0)):
    """Means of squares by lag of the carried and the total gradient of h, unrounded."""
    means = seen._eyes[place].quantities["gradient"].means()
    return {f"{which} {n}": means[which][n] for which in ("carried", "total") for n in "hc"}


def series(steps, batch=2, width=3):
    return torch.randn(steps, batch, width, dtype=torch.float64)


def agree(found, walks, steps):
    """Means over all samples of ``walks`` that have a step at that lag."""
    for name, values in found.items():
        which, component = name.split()
        for lag in range(steps):
            own = [w for w in walks if len(w) > lag]
            vectors = torch.stack([getattr(w, which)(len(w) - 1 - lag, component) for w in own])
            assert values[lag] == pytest.approx(float(vectors.square().mean()), rel=1e-9)


def test_truncated_windows(layer):
    """The state is carried over, detached: each window begins where the one before ended; its gradient ends there."""
    x, weight, zero = series(24), torch.randn(24, 2, 5, dtype=torch.float64), torch.zeros(1, 2, 5, dtype=torch.float64)
    state, walks = (zero, zero), []
    with undertow.watch(layer, examine=never) as seen:
        for part, own in zip(x.split(8), weight.split(8), strict=True):
            begin = tuple(s.detach() for s in state)
            output, state = layer(part, begin)
            (output * own).sum().backward()
            walks += network(layer, "lstm", part, [8, 8], own, (zero, zero), begin)[0, 0]
        found = gradients(seen)
    assert seen.step == 3
    agree(found, walks, 8)


def test_sums_over_windows_are_means_over_all_of_them(layer):
    """One record of three windows is the mean of three records."""
    windows = [(series(n), torch.randn(n, 2, 5, dtype=torch.float64)) for n in (8, 8, 5)]
    zero = tuple(torch.zeros(1, 2, 5, dtype=torch.float64) for _ in "hc")
    walks = []
    with undertow.watch(layer, examine=never) as seen:
        for x, weight in windows:
            (layer(x)[0] * weight).sum().backward()
            walks += network(layer, "lstm", x, [len(x)] * 2, weight, zero)[0, 0]
        found = gradients(seen)
        assert seen._eyes["recurrent.0", 0].windows == 3
    agree(found, walks, 8)


def test_a_window_of_two_calls_is_seen_call_by_call(layer):
    """The state is carried over and not detached: one backward pass, two sweeps. Lags are counted within a call, and
    what the second call sends into the first arrives at its final state."""
    x, weight = series(12), torch.randn(12, 2, 5, dtype=torch.float64)
    zero = tuple(torch.zeros(1, 2, 5, dtype=torch.float64) for _ in "hc")
    (walks,) = network(layer, "lstm", x, [12, 12], weight, zero).values()
    with undertow.watch(layer, examine=at([0])) as seen:
        first, state = layer(x[:7])
        second, _ = layer(x[7:], state)
        ((first * weight[:7]).sum() + (second * weight[7:]).sum()).backward()
        assert seen.step == 1
        found = gradients(seen)
        assert seen._eyes["recurrent.0", 0].windows == 2
    for name, values in found.items():
        which, component = name.split()
        for lag in range(7):
            steps = [6 - lag, *([11 - lag] if lag < 5 else [])]
            vectors = torch.stack([getattr(w, which)(t, component) for w in walks for t in steps])
            assert values[lag] == pytest.approx(float(vectors.square().mean()), rel=1e-9)


def test_accumulated_gradients_are_windows_of_their_own(layer):
    with undertow.watch(layer, examine=every(2)) as seen:
        for _ in range(4):
            layer(series(12))[0].sum().backward()
    assert seen.step == 4
    assert [(g.step, g.windows) for g in seen.history] == [(1, 1), (3, 2), (4, 1)]
    assert ["horizon" in g.quantities for g in seen.history] == [True, True, False]


def test_several_forward_passes_before_one_backward_pass(layer):
    """One window; what was seen is the mean over the passes."""
    xs, both = [series(9), series(9)], []
    for x in xs:
        with undertow.watch(layer, examine=never) as alone:
            layer(x)[0].square().sum().backward()
            both.append(gradients(alone))
    with undertow.watch(layer, examine=every(1)) as seen:
        sum(layer(x)[0].square().sum() for x in xs).backward()
        assert seen.step == 1
        found = gradients(seen)
    for name, values in found.items():
        np.testing.assert_allclose(values, (both[0][name] + both[1][name]) / 2, rtol=1e-9, atol=1e-18)
    assert seen.history[0].quantities["lag_profile"]["probes"] == 4


def test_a_layer_that_is_used_twice_in_a_model(layer):
    """Its own output goes through it again: both uses are seen, in one window."""
    layer = Recurrent("lstm", 5, 5, dtype=torch.float64, backend=layer.backend)
    model = nn.ModuleDict({"once": layer, "again": layer})
    x, weight = series(9, width=5), torch.randn(9, 2, 5, dtype=torch.float64)
    zero = tuple(torch.zeros(1, 2, 5, dtype=torch.float64) for _ in "hc")
    with undertow.watch(model, examine=never) as seen:
        inner = model["once"](x)[0]
        inner.retain_grad()
        (model["again"](inner)[0] * weight).sum().backward()
        assert seen.step == 1
        found = gradients(seen, ("once.0", 0))
    uses = [(inner.detach(), weight), (x, inner.grad)]
    walks = [w for x, g in uses for w in network(layer, "lstm", x, [9, 9], g, zero)[0, 0]]
    agree(found, walks, 9)


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpointed_layers(layer, reentrant):
    """What is computed again in the backward pass is seen once, and is the same."""
    x = series(9).requires_grad_()
    with undertow.watch(layer, examine=every(1)) as plain:
        layer(x)[0].square().sum().backward()
    with undertow.watch(layer, examine=every(1)) as seen:
        checkpoint(lambda x: layer(x)[0], x, use_reentrant=reentrant).square().sum().backward()
    assert [g.windows for g in seen.history] == [1]
    assert seen.history[0].quantities == plain.history[0].quantities


def test_a_graph_that_is_kept_is_seen_in_every_backward_pass(layer):
    loss = layer(series(12))[0].square().sum()
    with undertow.watch(layer, examine=every(1)) as seen:
        pass
    assert seen.history == []
    with undertow.watch(layer, examine=every(1)) as seen:
        loss = layer(series(12))[0].square().sum()
        loss.backward(retain_graph=True)
        loss.backward()
    first, second = seen.history
    assert first.quantities["gradient"] == second.quantities["gradient"]
    assert first.quantities["paths"] == second.quantities["paths"]
    assert first.quantities["lag_profile"] != second.quantities["lag_profile"]


def test_a_forward_pass_from_before_the_watch_is_not_seen(layer):
    loss = layer(series(12))[0].square().sum()
    with undertow.watch(layer) as seen:
        loss.backward()
    assert seen.step == 0


def test_gradients_of_gradients_on_the_reference():
    """Both backward passes are seen; the second one's gradient is that of the second loss."""
    torch.manual_seed(0)
    layer = Recurrent("lstm", 3, 5, dtype=torch.float64, backend="reference")
    x = series(9)

    def penalty():
        loss = layer(x)[0].square().sum()
        found = torch.autograd.grad(loss, list(layer.parameters()), create_graph=True)
        sum(g.square().sum() for g in found).backward()
        return [p.grad.clone() for p in layer.parameters()]

    with undertow.watch(layer, examine=every(1)) as seen:
        watched = penalty()
    layer.zero_grad()
    assert all(torch.equal(a, b) for a, b in zip(watched, penalty(), strict=True))
    with undertow.watch(layer, examine=every(1)) as plain:
        layer(x)[0].square().sum().backward()
    assert seen.step == 2
    assert seen.history[0].quantities == plain.history[0].quantities


@pytest.mark.parametrize("frozen", ["all", "weight_hh_l0", "weight_ih_l0"])
def test_frozen_weights(layer, frozen):
    """Gradients pass through a layer that learns nothing; they are those of one that learns."""
    x = series(9).requires_grad_()
    with undertow.watch(layer, examine=every(1)) as seen:
        layer(x)[0].square().sum().backward()
        for name, parameter in layer.named_parameters():
            parameter.requires_grad_(frozen not in ("all", name))
        layer(x)[0].square().sum().backward()
    first, second = (g.quantities for g in seen.history)
    assert first["gradient"] == second["gradient"]
    assert first["paths"] == second["paths"]
    assert first["gates"] == second["gates"]


def test_evaluation_mode_and_noise(layer):
    """In evaluation there are no masks: what is seen is the network without them."""
    noisy = Recurrent("lstm", 3, 5, dtype=torch.float64, recurrent_dropout=0.5, backend=layer.backend)
    noisy.load_state_dict(layer.state_dict())
    x = series(12)
    found = []
    for module, training in ((layer, True), (noisy, False), (noisy, True)):
        module.train(training)
        with undertow.watch(module, examine=every(1)) as seen:
            module(x)[0].square().sum().backward()
        found.append(seen.history[0].quantities)
    assert found[0] == found[1]
    assert found[0]["gradient"] != found[2]["gradient"]


def test_a_loss_on_an_early_step_leaves_nothing_behind_it(layer):
    """Steps after it have no gradient, though probes went through them, and an earlier backward pass."""
    with undertow.watch(layer, examine=every(1)) as seen:
        output, _ = layer(series(9))
        output[-1].sum().backward(retain_graph=True)
        output[3].sum().backward()
    first, second = (g.quantities["gradient"] for g in seen.history)
    for name in "hc":
        assert all(first["carried_by_age"][name][:-1])
        assert all(second["carried_by_age"][name][:3])
        assert second["carried_by_age"][name][3:] == [0.0] * 6
    assert second["total_by_age"]["h"][3:] == [1.0] + [0.0] * 5
