"""One step at a time equals the whole sequence."""

import numpy as np
import pytest
import torch

import undertow
from undertow.errors import OptionError
from undertow.nn import Recurrent


@pytest.mark.parametrize(("batch", "threads"), [(1, 1), (3, 1), (3, 2)])
def test_steps_are_the_sequence(cell, backend, batch, threads):
    torch.manual_seed(0)
    layer = Recurrent(cell, 5, [6, 9], backend=backend) if not cell.reads_raw else Recurrent(cell, 5, 5, 2)
    x = torch.randn(7, batch, 5)
    with torch.no_grad():
        expected, final = layer(x)
    stream = layer.stream(batch, threads=threads)
    got = torch.stack([stream.step(x_t) for x_t in x])
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-6)
    for a, b in zip(_flat(stream.state), _flat(final), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    stream.reset()
    again = torch.stack([stream.step(x_t) for x_t in x])
    assert (again == got).all()


def _flat(state):
    return [state] if isinstance(state, torch.Tensor) else [t for part in state for t in _flat(part)]


@pytest.mark.parametrize("backend", ["auto", "reference"])
def test_begins_from_a_given_state(backend):
    layer = undertow.LSTM(3, 4, 2, backend=backend)
    x, hx = torch.randn(5, 1, 3), (torch.randn(2, 1, 4), torch.randn(2, 1, 4))
    with torch.no_grad():
        expected, _ = layer(x, hx)
    stream = layer.stream()
    stream.reset(hx)
    torch.testing.assert_close(torch.stack([stream.step(x_t) for x_t in x]), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("backend", ["auto", "reference"])
def test_numpy_vectors_and_a_place_for_the_output(backend):
    layer = undertow.GRU(3, 4, backend=backend)
    a, b = layer.stream(), layer.stream()
    x = np.ones(3, np.float32)
    result = a.step(x)
    assert isinstance(result, np.ndarray)
    assert result.shape == (4,)
    out = np.empty(4, np.float32)
    assert b.step(x, out=out) is out
    np.testing.assert_array_equal(out, result)
    place = torch.empty(1, 4)
    b.reset()
    assert b.step(torch.ones(1, 3), out=place) is place
    np.testing.assert_array_equal(place[0], result)
    first = a.step(x)
    kept = first.copy()
    a.step(x)
    np.testing.assert_array_equal(first, kept)


def test_new_weights_count_from_the_next_step():
    layer = undertow.LSTM(3, 20)
    stream = layer.stream()
    x = torch.ones(1, 3)
    stream.step(x)
    for change in (
        lambda: layer.load_state_dict({k: v + 0.1 for k, v in layer.state_dict().items()}),
        lambda: torch.optim.SGD(layer.parameters(), 0.1).step(),
        lambda: layer.weight_hh_l0.detach().add_(0.05),
        lambda: (layer.bias_ih_l0.data.add_(0.3), stream.refresh()),
    ):
        layer(torch.ones(2, 1, 3))[0].sum().backward()
        change()
        hx = stream.state
        with torch.no_grad():
            expected, _ = layer(x[None], hx)
        torch.testing.assert_close(stream.step(x), expected[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("backend", ["auto", "reference"])
def test_wrong_shapes_are_told(backend):
    stream = undertow.LSTM(3, 4, backend=backend).stream(2)
    with pytest.raises(ValueError, match=r"expected an input of shape \(2, 3\), got \(2, 4\)"):
        stream.step(torch.ones(2, 4))
    with pytest.raises(ValueError, match=r"got \(3,\)"):
        stream.step(torch.ones(3))
    with pytest.raises(OptionError, match="bidirectional"):
        undertow.LSTM(3, 4, bidirectional=True).stream()
    with pytest.raises(OptionError, match="1 or more"):
        undertow.LSTM(3, 4).stream(0)
