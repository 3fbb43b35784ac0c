"""Cells called step by step, against ``torch.nn``'s, and any cell against the layer over the whole sequence."""

import copy

import pytest
import torch
from torch import nn

import undertow
from undertow.errors import BackendError, OptionError
from undertow.nn.engines.backends import BACKENDS

DOUBLE = torch.float64
PAIRS = [
    (undertow.RNNCell, nn.RNNCell, {}), (undertow.RNNCell, nn.RNNCell, {"nonlinearity": "relu"}),
    (undertow.LSTMCell, nn.LSTMCell, {}), (undertow.GRUCell, nn.GRUCell, {}),
    (undertow.GRUCell, nn.GRUCell, {"bias": False}),
]  # fmt: skip
#: Few samples, which torch's own step computes, and enough for the kernels.
BATCHES = [3, 200]


def unrolled(cell, x, state=None):
    """Every output (T, B, H), and gradients of x and of the parameters for a loss on all of them."""
    x, outputs = x.clone().requires_grad_(), []
    for x_t in x:
        state = cell(x_t, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    output = torch.stack(outputs)
    weights = torch.linspace(-1, 1, output.numel(), dtype=x.dtype).view_as(output)
    return [output, *torch.autograd.grad((output * weights).sum(), [x, *cell.parameters()])]


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize(("ours", "theirs", "options"), PAIRS)
@pytest.mark.parametrize("backend", ["auto", *BACKENDS])
def test_a_loop_is_torchs(ours, theirs, options, batch, backend):
    torch.manual_seed(0)
    cell = theirs(3, 24, **options).double()
    own = ours.from_torch(cell, backend=backend)
    assert own.state_dict().keys() == cell.state_dict().keys()
    x = torch.randn(6, batch, 3, dtype=DOUBLE)
    for a, b in zip(unrolled(own, x), unrolled(cell, x), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-11)


def test_the_same_seed_draws_the_same_weights():
    for ours, theirs, options in PAIRS:
        torch.manual_seed(3)
        own = ours(4, 5, **options)
        torch.manual_seed(3)
        for a, b in zip(own.state_dict().values(), theirs(4, 5, **options).state_dict().values(), strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize("batch", BATCHES)
def test_any_cell_steps_as_its_layer_runs(cell, batch):
    torch.manual_seed(0)
    layer = undertow.Recurrent(cell, 3, 24, dtype=DOUBLE)
    step = undertow.RecurrentCell(cell, 3, 24, dtype=DOUBLE)
    for name, parameter in step.named_parameters():
        parameter.data = getattr(layer, f"{name}_l0").data.clone()
    x = torch.randn(5, batch, 3, dtype=DOUBLE)
    found, *gradients = unrolled(step, x)
    x.requires_grad_()
    output, _ = layer(x)
    weights = torch.linspace(-1, 1, output.numel(), dtype=DOUBLE).view_as(output)
    expected = torch.autograd.grad((output * weights).sum(), [x, *layer.parameters()])
    for a, b in zip([found, *gradients], [output, *expected], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("batch", BATCHES)
def test_states_in_every_form(batch):
    cell = undertow.LSTMCell(3, 24)
    h, c = cell(torch.randn(batch, 3))
    assert h.shape == c.shape == (batch, 24)
    h.detach_()
    again = cell(torch.randn(batch, 3), [h, c.detach()])
    assert isinstance(again, tuple)
    alone = cell(torch.randn(3))
    assert [part.shape for part in alone] == [(24,), (24,)]
    assert undertow.GRUCell(3, 4)(torch.randn(3), torch.zeros(4)).shape == (4,)


@pytest.mark.parametrize(("input", "state", "message"), [
    (torch.zeros(2, 3, 1), None, "LSTMCell: Expected input to be 1D or 2D, got 3D instead"),
    (torch.zeros(2, 4).double(), None, "input has inconsistent input_size: got 4 expected 3"),
    (torch.zeros(2, 3), (torch.zeros(3, 5), torch.zeros(2, 5)), "size 2 doesn't match hidden0 batch size 3"),
    (torch.zeros(2, 3).double(), None, "does not match weight dtype"),
    (torch.zeros(2, 3), torch.zeros(2, 5), r"expected a state of 2 \(h, c\), got 1"),
    (torch.zeros(2, 3), (torch.zeros(5), torch.zeros(5)), "to be 2D as the input, got 1D"),
    (torch.zeros(2, 3), (torch.zeros(2, 5), torch.zeros(2, 4)), "hidden1 has inconsistent hidden_size: got 4,"),
    (torch.zeros(2, 3), (torch.zeros(2, 5), torch.zeros(2, 5).double()), "hidden tensor 'c' with torch.float64"),
    (torch.zeros(2, 3), (torch.zeros(2, 5, device="meta"), torch.zeros(2, 5)), "not at the same device"),
])  # fmt: skip
def test_what_does_not_fit_is_told(input, state, message):
    with pytest.raises((RuntimeError, ValueError), match=message):
        undertow.LSTMCell(3, 5)(input, state)


def test_options():
    cell = undertow.LSTMCell(3, 5, normalisation="layer", forget_bias=2.0)
    assert "normalisation='layer'" in repr(cell)
    assert cell(torch.randn(2, 3))[0].shape == (2, 5)
    with pytest.raises(OptionError, match="no normalisation of single steps 'batch'"):
        undertow.LSTMCell(3, 5, normalisation="batch")
    with pytest.raises(OptionError, match="torch has no such layer"):
        cell.to_torch()
    with pytest.raises(BackendError, match="torch ships no kernel"):
        undertow.RecurrentCell("peephole_lstm", 3, 5, backend="vendor")


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize(("ours", "theirs", "options"), PAIRS)
def test_swapped_in_a_model_and_taken_out_again(ours, theirs, options, batch):
    torch.manual_seed(0)
    model = nn.ModuleDict({"step": theirs(3, 24, **options)}).double()
    x = torch.randn(4, batch, 3, dtype=DOUBLE)
    expected = unrolled(model["step"], x)
    parameters = list(model.parameters())
    done = undertow.swap(model)
    assert type(model["step"]) is ours
    assert [id(p) for p in model.parameters()] == [id(p) for p in parameters]
    for a, b in zip(unrolled(model["step"], x), expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-11)
    back = model["step"].to_torch()
    assert type(back) is theirs
    assert all(p is q for p, q in zip(back.parameters(), parameters, strict=True))
    done.undo()
    assert type(model["step"]) is theirs


def test_copies_and_what_is_saved():
    cell = undertow.GRUCell(3, 24)
    other = copy.deepcopy(cell)
    other.load_state_dict(nn.GRUCell(3, 24).state_dict())
    x = torch.randn(200, 3)
    assert not torch.equal(cell(x), other(x))
    assert torch.equal(cell(x), cell(x))


def test_a_cell_of_no_units():
    with pytest.raises(ValueError, match="hidden_size must be greater than zero"):
        undertow.RNNCell(3, 0)


def test_a_bias_is_whatever_is_true_as_in_torchs_cells():
    assert undertow.GRUCell(3, 4, "yes").bias is True
    assert undertow.GRUCell(3, 4, 0).state_dict().keys() == nn.GRUCell(3, 4, 0).state_dict().keys()
