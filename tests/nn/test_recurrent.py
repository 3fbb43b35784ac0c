"""``Recurrent`` over every cell: against the NumPy oracle, in pieces, stacked, and learning."""

import copy
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import nn
from torch.nn import functional

import undertow
from oracle import parameters_of, parts
from undertow import cell as define, sigmoid, tanh
from undertow.cells import CELLS
from undertow.errors import BackendError, OptionError
from undertow.lang import evaluate
from undertow.nn import Recurrent

SOME = settings(max_examples=8, deadline=None, derandomize=True)


def test_equals_the_oracle_in_both_directions(cell, backend):
    torch.manual_seed(0)
    layer = Recurrent(cell, 3, 4, bidirectional=True, dtype=torch.float64, backend=backend)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(0, 0.5)
    x = torch.randn(6, 2, 3, dtype=torch.float64)
    output, final = layer(x)
    for direction, series in ((0, x.numpy()), (1, x.numpy()[::-1])):
        start = evaluate.initial_state(cell, 2, 4)
        states = evaluate.forward(cell, series, parameters_of(layer, direction), start)
        expected = states[cell.output] if direction == 0 else states[cell.output][::-1]
        np.testing.assert_allclose(
            output[..., 4 * direction : 4 * direction + 4].detach(), expected, rtol=1e-9, atol=1e-12
        )
        for name, part in zip(cell.state, parts(final), strict=True):
            np.testing.assert_allclose(part[direction].detach(), states[name][-1], rtol=1e-9, atol=1e-12)


@SOME
@given(st.data())
def test_chunked_is_whole(cell, backend, data):
    steps, batch, inputs, hidden, layers = (data.draw(st.integers(1, n)) for n in (9, 3, 4, 5, 3))
    cuts = sorted(data.draw(st.sets(st.integers(1, steps), max_size=4)) | {0, steps})
    torch.manual_seed(data.draw(st.integers(0, 99)))
    layer = Recurrent(cell, inputs, hidden, layers, dtype=torch.float64, backend=backend)
    x = torch.randn(steps, batch, inputs, dtype=torch.float64)
    whole, final = layer(x)
    state, pieces = None, []
    for start, stop in zip(cuts, cuts[1:], strict=False):  # noqa: RUF007
        piece, state = layer(x[start:stop], state)
        pieces.append(piece)
    torch.testing.assert_close(torch.cat(pieces), whole, rtol=1e-9, atol=1e-12)
    for a, b in zip(parts(state), parts(final), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_backends_agree_on_every_gradient(kind):
    torch.manual_seed(0)
    layer = Recurrent(kind, 3, 4, 2, bidirectional=True, dtype=torch.float64, backend="vendor")
    other = copy.deepcopy(layer)
    other.backend = "reference"
    x = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
    a, b = (torch.autograd.grad(m(x)[0].square().sum(), [x, *m.parameters()]) for m in (layer, other))
    for p, q in zip(a, b, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)


@define(gates="i f g o", state=dict(h=0, c=0))
def my_own(x, s):
    """Equal to the LSTM but for its name and its variables' names."""
    keep, write, show = sigmoid(x.f), sigmoid(x.i), sigmoid(x.o)
    c = keep * s.c + write * tanh(x.g)
    return s.next(h=show * tanh(c), c=c)


@define(gates="i f g o", state=dict(h=0, c=0))
def lstm(x, s):
    """Called lstm, but h is not squashed."""
    c = sigmoid(x.f) * s.c + sigmoid(x.i) * tanh(x.g)
    return s.next(h=sigmoid(x.o) * c, c=c)


def test_vendor_goes_by_equations_not_by_names():
    mine = Recurrent(my_own, 3, 4, dtype=torch.float64, backend="vendor")
    assert "backend=vendor" in repr(mine)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    fast, _ = mine(x)
    mine.backend = "reference"
    torch.testing.assert_close(fast, mine(x)[0], rtol=1e-10, atol=1e-12)
    with pytest.raises(BackendError, match="torch ships no kernel for the equations of 'lstm'"):
        Recurrent(lstm, 3, 4, backend="vendor")


def test_layers_of_different_widths_are_layers_stacked_by_hand(cell):
    torch.manual_seed(0)
    layer = Recurrent(cell, 3, [5, 2, 4], bidirectional=True, dtype=torch.float64)
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    output, final = layer(x)
    by_hand, inputs = x, 3
    for index, width in enumerate([5, 2, 4]):
        one = Recurrent(cell, inputs, width, bidirectional=True, dtype=torch.float64)
        names = {n: n.replace(f"_l{index}", "_l0") for n in layer.state_dict() if f"_l{index}" in n}
        one.load_state_dict({short: layer.state_dict()[long] for long, short in names.items()})
        by_hand, last = one(by_hand)
        for part, one_part in zip(parts(final) if len(cell.state) > 1 else [final], parts(last), strict=True):
            torch.testing.assert_close(part[index], one_part, rtol=1e-9, atol=1e-12)
        inputs = 2 * width
    torch.testing.assert_close(output, by_hand, rtol=1e-9, atol=1e-12)
    again, _ = layer(x, final)
    assert again.shape == output.shape
    assert not torch.equal(again, output)


def test_residual_adds_each_layers_input_from_the_second_on():
    torch.manual_seed(0)
    layer = Recurrent("gru", 3, 4, 3, residual=True, dtype=torch.float64)
    plain = [Recurrent("gru", i, 4, dtype=torch.float64) for i in (3, 4, 4)]
    for index, one in enumerate(plain):
        own = {n.replace(f"_l{index}", "_l0"): v for n, v in layer.state_dict().items() if f"_l{index}" in n}
        one.load_state_dict(own)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    first = plain[0](x)[0]
    second = plain[1](first)[0] + first
    third = plain[2](second)[0] + second
    torch.testing.assert_close(layer(x)[0], third, rtol=1e-10, atol=1e-12)


def test_dropout_acts_between_layers_in_training_only():
    layer = Recurrent("gru", 3, 4, 2, dropout=0.5)
    x = torch.randn(5, 2, 3)
    assert not torch.equal(layer(x)[0], layer(x)[0])
    assert torch.equal(layer.eval()(x)[0], layer(x)[0])
    whole = Recurrent("gru", 3, 4, 2, dropout=1.0)
    nothing = Recurrent("gru", 4, 4)
    nothing.load_state_dict({n.replace("_l1", "_l0"): v for n, v in whole.state_dict().items() if "_l1" in n})
    torch.testing.assert_close(whole(x)[0], nothing(torch.zeros(5, 2, 4))[0])


def test_layouts(cell):
    layer = Recurrent(cell, 3, 4, 2, batch_first=True)
    x = torch.randn(2, 5, 3)
    output, final = layer(x)
    turned = copy.deepcopy(layer)
    turned.batch_first = False
    torch.testing.assert_close(turned(x.transpose(0, 1))[0].transpose(0, 1), output)
    alone, last = layer(x[1])
    torch.testing.assert_close(alone, output[1])
    for a, b in zip(parts(last), parts(final), strict=True):
        torch.testing.assert_close(a, b[:, 1])
    packed = nn.utils.rnn.pack_sequence([x[0, :2], x[1]], enforce_sorted=False)
    padded, lengths = nn.utils.rnn.pad_packed_sequence(layer(packed)[0], batch_first=True)
    assert lengths.tolist() == [2, 5]
    torch.testing.assert_close(padded[1], output[1])
    torch.testing.assert_close(padded[0, :2], output[0, :2])


def test_every_cell_learns_one_short_batch_by_heart(cell):
    torch.manual_seed(3)
    ids = torch.randint(6, (13, 2))
    embedding, readout = nn.Embedding(6, 12), nn.Linear(32, 6)
    # Oscillators of the default frequency turn too slowly for twelve steps.
    layer = Recurrent(cell.bind(dt=0.4, gamma=1.0, eps=1.0) if cell.name == "cornn" else cell, 12, 32)
    optimizer = torch.optim.Adam([*embedding.parameters(), *layer.parameters(), *readout.parameters()], lr=0.02)
    for _ in range(400):
        logits = readout(layer(embedding(ids[:-1]))[0])
        loss = functional.cross_entropy(logits.flatten(0, 1), ids[1:].flatten())
        if loss < 0.05:
            return
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    pytest.fail(f"{cell.name} is at {loss.item():.3f} nats after 400 steps")


@pytest.mark.parametrize("backend", ["reference", "fused"])
@pytest.mark.parametrize("one", CELLS.values(), ids=CELLS.keys())
def test_gradients_and_gradients_of_gradients(one, backend):
    layer = Recurrent(one, 2, 2, dtype=torch.float64, backend=backend)
    x = torch.randn(3, 1, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: layer(x)[0], (x,))
    assert torch.autograd.gradgradcheck(lambda x: layer(x)[0], (x,))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_with_a_cell_of_ones_own(duplicate):
    layer = Recurrent(my_own, 3, 4, 2)
    other = duplicate(layer)
    x = torch.randn(5, 2, 3)
    assert torch.equal(layer(x)[0], other(x)[0])
    assert other.cell is my_own


WRONG = {
    "unknown cell": (("lsmt", 2, 3), {}, "did you mean 'lstm'"),
    "unknown backend": (("lstm", 2, 3), {"backend": "vender"}, "did you mean 'vendor'"),
    "unknown init": (("lstm", 2, 3), {"init": "ortogonal"}, "did you mean 'orthogonal'"),
    "no units": (("lstm", 2, 0), {}, "hidden_size must be greater than zero"),
    "no units in a layer": (("lstm", 2, [3, 0]), {}, "hidden_size must be greater than zero"),
    "no layers": (("lstm", 2, []), {}, "lists no layer"),
    "two counts": (("lstm", 2, [3, 4], 3), {}, "hidden_size lists 2 layers, num_layers says 3"),
    "residual of one": (("lstm", 2, 3), {"residual": True}, "two layers or more"),
    "residual of two widths": (("lstm", 2, [3, 4]), {"residual": True}, "all of the same width"),
    "projection of a gru": (("gru", 2, 4), {"proj_size": 2}, "reads its output 'h' outside of recurrent products"),
    "projection of reset-before": (("gru_reset_before", 2, 4), {"proj_size": 2}, "proj_size"),
}


@pytest.mark.parametrize(("arguments", "keywords", "message"), WRONG.values(), ids=WRONG.keys())
def test_wrong_options(arguments, keywords, message):
    with pytest.raises(ValueError, match=message):
        Recurrent(*arguments, **keywords)


def test_cells_that_ask_something_of_the_sizes():
    @define(gates="f", state=dict(c=0))
    def highway(x, s):
        f = sigmoid(x.f.input)
        return s.next(c=f * s.c + (1 - f) * x.raw)

    @define(gates="a", state=dict(h=0), heads=3)
    def in_heads(x, s):
        return s.next(h=tanh(x.a))

    with pytest.raises(OptionError, match=r"reads its input directly .*layer 0 has 2 and 3"):
        Recurrent(highway, 2, 3)
    assert Recurrent(highway, 3, 3)(torch.zeros(2, 1, 3))[0].shape == (2, 1, 3)
    with pytest.raises(OptionError, match="3 heads, which do not divide 4 units"):
        Recurrent(in_heads, 2, 4)


def test_projection_of_any_cell_that_reads_h_in_products_only():
    layer = undertow.Recurrent("peephole_lstm", 3, 6, proj_size=2)
    output, (h, c) = layer(torch.randn(4, 2, 3))
    assert (output.shape[-1], h.shape[-1], c.shape[-1]) == (2, 2, 6)
