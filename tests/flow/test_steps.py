"""Steps that are called one by one are watched as one window, with the numbers of the layer over the whole sequence."""

import numpy as np
import pytest
import torch

import undertow

X = torch.randn(30, 4, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def twins(name="lstm", hidden=8):
    """The same weights as a layer and as a cell."""
    torch.manual_seed(0)
    layer = undertow.Recurrent(name, 3, hidden, dtype=torch.float64)
    cell = undertow.RecurrentCell(name, 3, hidden, dtype=torch.float64)
    for key, parameter in cell.named_parameters():
        parameter.data = getattr(layer, f"{key}_l0").data.clone()
    return layer, cell


def loop(cell, x, state=None, between=lambda state: state):
    outputs = []
    for x_t in x:
        state = cell(x_t, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
        state = between(state)
    return torch.stack(outputs), state


def seen(module, losses):
    """The only glance of every backward pass."""
    with undertow.watch(module, reach=20, examine=undertow.flow.schedule.every(1)) as watching:
        for loss in losses:
            loss(module).backward()
    return watching.history


def numbers(value):
    if isinstance(value, dict):
        return [n for key in sorted(value) for n in numbers(value[key])]
    if isinstance(value, list):
        return [n for one in value for n in numbers(one)]
    return [value] if isinstance(value, int | float) else []


#: What follows from random probes, whose numbers another name of a layer draws otherwise.
PROBED = {"lag_profile", "horizon"}


@pytest.mark.parametrize("name", ["lstm", "gru", "peephole_lstm"])
@pytest.mark.parametrize("every_step", [False, True])
def test_a_loop_is_one_window_with_the_layers_numbers(name, every_step):
    layer, cell = twins(name)
    loss = (lambda o: o.square().sum()) if every_step else (lambda o: o[-1].sum())
    (of_layer,) = seen(layer, [lambda m: loss(m(X)[0])])
    (of_loop,) = seen(cell, [lambda m: loss(loop(m, X)[0])])
    assert (of_loop.steps, of_loop.batch, of_loop.windows) == (30, 4, 1)
    assert of_loop.quantities.keys() == of_layer.quantities.keys()
    assert not of_loop.unavailable.keys() - of_layer.unavailable.keys()
    for key in of_layer.quantities.keys() - PROBED:
        np.testing.assert_allclose(
            numbers(of_loop.quantities[key]), numbers(of_layer.quantities[key]), rtol=1e-6, atol=1e-12, err_msg=key
        )  # fmt: skip
    assert len(of_loop.quantities["lag_profile"]["joint"]) == len(of_layer.quantities["lag_profile"]["joint"])


def test_a_state_that_is_shown_otherwise_goes_on_and_one_that_is_changed_does_not():
    _, cell = twins()
    same = seen(cell, [lambda m: loop(m, X, between=lambda s: tuple(p.unsqueeze(0).squeeze(0) for p in s))[0].sum()])
    assert [g.steps for g in same] == [30]
    cut = seen(cell, [lambda m: loop(m, X, between=lambda s: tuple(p.detach() for p in s))[0].sum()])
    assert {g.steps for g in cut} == {1}
    masked = seen(cell, [lambda m: loop(m, X, between=lambda s: tuple(p * 1.0 for p in s))[0].sum()])
    assert {g.steps for g in masked} == {1}


def test_h_and_c_handed_on_in_each_others_place_are_another_network():
    _, cell = twins()
    (glance,) = seen(cell, [lambda m: loop(m, X, between=lambda s: s[::-1])[0].sum()])
    assert glance.steps == 1


def test_two_backward_passes_are_two_windows_and_truncated_ones_go_on_from_a_detached_state():
    _, cell = twins()

    def truncated(module):
        _, state = loop(module, X[:10])
        return loop(module, X[10:], tuple(part.detach() for part in state))[0].sum()

    history = seen(cell, [lambda m: loop(m, X)[0].sum(), truncated])
    assert [(g.step, g.steps) for g in history] == [(1, 30), (2, 20)]


def test_training_is_the_same_to_the_bit_watched_or_not():
    _, cell = twins()
    found = []
    for watched in (False, True):
        cell.zero_grad()
        if watched:
            with undertow.watch(cell):
                loop(cell, X)[0].square().sum().backward()
        else:
            loop(cell, X)[0].square().sum().backward()
        found.append([p.grad.clone() for p in cell.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_layers_that_are_called_one_step_at_a_time_are_one_window_too(name, layers):
    torch.manual_seed(0)
    whole = undertow.Recurrent(name, 3, 8, layers, dtype=torch.float64)

    def steps(module):
        state, outputs = None, []
        for x_t in X:
            output, state = module(x_t[None], state)
            outputs.append(output)
        return torch.cat(outputs)

    of_layer = seen(whole, [lambda m: m(X)[0].square().sum()])
    of_steps = seen(whole, [lambda m: steps(m).square().sum()])
    assert [g.layer for g in of_steps] == [g.layer for g in of_layer]
    for a, b in zip(of_steps, of_layer, strict=True):
        assert (a.steps, a.windows) == (30, 1)
        for key in b.quantities:  # probes, too, as the layers have the same names
            np.testing.assert_allclose(
                numbers(a.quantities[key]), numbers(b.quantities[key]), rtol=1e-6, atol=1e-12, err_msg=key
            )  # fmt: skip


def test_what_draws_masks_in_every_call_is_seen_step_by_step():
    layer = undertow.LSTM(3, 8, zoneout=0.1).double()
    state, outputs = None, []
    with undertow.watch(layer) as watching:
        for x_t in X[:4]:
            output, state = layer(x_t[None], state)
            outputs.append(output)
        torch.cat(outputs).sum().backward()
    assert {g.steps for g in watching.history} == {1}


def test_torchs_cells_in_a_model_are_watched_after_a_swap():
    class Decoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.step = torch.nn.LSTMCell(3, 8)

        def forward(self, x):
            return loop(self.step, x)[0]

    model = Decoder().double()
    undertow.swap(model)
    with undertow.watch(model, reach=20) as watching:
        model(X)[-1].sum().backward()
    assert [f.kind for f in watching.verdict.findings] == ["vanishing"]
    assert watching.history[0].layer == "step.0"
    assert watching.history[0].steps == 30
