"""States handed on from call to call: one form taken apart and put together, whatever cell and widths."""

import pytest
import torch

from undertow.nn import Recurrent
from undertow.nn.states import joined, select, split, state_after, top_output

FORMS = [(cell, widths) for cell in ("lstm", "gru", "slstm") for widths in ([4, 4], [8, 4], [4])]


def tensors(state):
    return [state] if isinstance(state, torch.Tensor) else [t for part in state for t in tensors(part)]


@torch.no_grad()
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize(("name", "widths"), FORMS)
def test_a_state_comes_apart_and_together(name, widths, directions):
    torch.manual_seed(0)
    layers = Recurrent(name, 3, widths, bidirectional=directions == 2)
    x = torch.randn(5, 6, 3)
    output, state = layers(x)
    parts = split(layers.cell, state, directions)
    assert [layer[layers.cell.output].shape for layer in parts] == [(directions, 6, w) for w in widths]
    again = joined(parts)
    assert type(again) is type(state)
    assert all(torch.equal(a, b) for a, b in zip(tensors(again), tensors(state), strict=True))

    top = top_output(layers.cell, state, directions)
    assert torch.equal(top[0], output[-1, :, : widths[-1]])
    assert torch.equal(top[-1], output[0 if directions == 2 else -1, :, -widths[-1] :])

    chosen = torch.tensor([4, 0, 4])
    torch.testing.assert_close(select(state, chosen), layers(x[:, chosen])[1])


@torch.no_grad()
@pytest.mark.parametrize(("name", "widths"), FORMS)
def test_the_state_after_some_steps_is_that_of_these_steps_alone(name, widths):
    torch.manual_seed(0)
    layers, x = Recurrent(name, 3, widths), torch.randn(5, 6, 3)
    torch.testing.assert_close(state_after(layers(x, states=True)[2], 2), layers(x[:2])[1])
