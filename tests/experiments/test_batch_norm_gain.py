"""The loop by hand of the gain's experiment is the layer's recurrent batch normalisation, forward and back."""

import pytest
import torch

import batch_norm_gain
import undertow
from undertow.flow.schedule import at


@pytest.mark.parametrize("gain", [0.1, 0.7])
def test_the_loop_by_hand_is_the_layer(gain):
    torch.manual_seed(0)
    layer = undertow.Recurrent(
        "rnn", 2, 5, init="orthogonal", normalisation="recurrent batch", normalisation_gain=gain, dtype=torch.float64
    )
    x = torch.randn(7, 11, 2, dtype=torch.float64)
    with undertow.watch(layer, 6, examine=at({0})) as seen:
        output, _ = layer(x)
        output[-1].sum().backward()
    start = torch.zeros(11, 5, dtype=torch.float64, requires_grad=True)
    states = batch_norm_gain.loop(x, layer.weight_hh_l0, layer.weight_ih_l0, start, gain, whole=False)
    for state in states:
        state.retain_grad()
    states[-1].sum().backward()
    torch.testing.assert_close(torch.stack(states), output)
    watched = seen.history[0].quantities["gradient"]["total_by_age"]["h"]
    by_hand = [state.grad.square().mean().sqrt().item() for state in states]
    assert watched == pytest.approx(by_hand, rel=1e-3)


def test_whole_normalises_the_sum():
    torch.manual_seed(0)
    x, start = torch.randn(3, 50, 2), torch.zeros(50, 4)
    states = batch_norm_gain.loop(x, torch.eye(4), torch.randn(4, 2), start, 0.5, whole=True)
    for state in states:
        torch.testing.assert_close(torch.atanh(state).std(0, unbiased=False), torch.full((4,), 0.5), rtol=1e-3, atol=0)
