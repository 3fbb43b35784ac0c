"""Padding: what lies beyond ``lengths`` changes nothing, whatever it is."""

import pytest
import torch
from hypothesis import given, settings, strategies as st

from oracle import parts
from undertow.errors import OptionError
from undertow.nn import Recurrent


@settings(max_examples=6, deadline=None, derandomize=True)
@given(st.data())
def test_what_lies_beyond_changes_nothing(cell, backend, data):
    """Outputs, final states and every gradient equal those of each sample alone, run to its own length."""
    lengths = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    layers, both = data.draw(st.integers(1, 2)), data.draw(st.booleans())
    garbage = data.draw(st.sampled_from([float("nan"), float("inf"), 1e30, -7.0]))
    torch.manual_seed(data.draw(st.integers(0, 99)))
    layer = Recurrent(cell, 3, 4, layers, bidirectional=both, dtype=torch.float64, backend=backend)
    steps = max(lengths) + data.draw(st.integers(0, 2))
    samples = [torch.randn(n, 3, dtype=torch.float64) for n in lengths]
    x = torch.full((steps, len(lengths), 3), garbage, dtype=torch.float64)
    for index, sample in enumerate(samples):
        x[: len(sample), index] = sample
    x.requires_grad_()
    start = [torch.randn(layers * (1 + both), len(lengths), 4, dtype=torch.float64) for _ in cell.state]
    hx = tuple(start) if len(start) > 1 else start[0]
    output, final = layer(x, hx, lengths=lengths)
    cotangents = [torch.randn_like(t) for t in (output, *parts(final))]

    alone, alone_loss = [], torch.zeros((), dtype=torch.float64)
    inputs = [s.clone().requires_grad_() for s in samples]
    for index, sample in enumerate(inputs):
        own = [s[:, index : index + 1] for s in start]
        out, last = layer(sample[:, None], tuple(own) if len(own) > 1 else own[0])
        alone.append((out, last))
        n = len(sample)
        alone_loss = alone_loss + (out[:, 0] * cotangents[0][:n, index]).sum()
        for part, cotangent in zip(parts(last), cotangents[1:], strict=True):
            alone_loss = alone_loss + (part[:, 0] * cotangent[:, index]).sum()
    for index, (out, last) in enumerate(alone):
        n = lengths[index]
        torch.testing.assert_close(output[:n, index], out[:, 0], rtol=1e-9, atol=1e-11)
        assert torch.equal(output[n:, index], torch.zeros_like(output[n:, index]))
        for a, b in zip(parts(final), parts(last), strict=True):
            torch.testing.assert_close(a[:, index], b[:, 0], rtol=1e-9, atol=1e-11)
    loss = sum((t * c).sum() for t, c in zip((output, *parts(final)), cotangents, strict=True))
    together = torch.autograd.grad(loss, [x, *layer.parameters()])
    apart = torch.autograd.grad(alone_loss, [*inputs, *layer.parameters()])
    for index, gradient in enumerate(apart[: len(inputs)]):
        n = lengths[index]
        torch.testing.assert_close(together[0][:n, index], gradient, rtol=1e-8, atol=1e-10)
        assert torch.equal(together[0][n:, index], torch.zeros_like(together[0][n:, index]))
    for a, b in zip(together[1:], apart[len(inputs) :], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("given_as", [list, tuple, torch.tensor, lambda v: torch.tensor(v, dtype=torch.int32)])
def test_lengths_come_in_many_forms(given_as):
    layer, x = Recurrent("gru", 3, 4), torch.randn(5, 2, 3)
    torch.testing.assert_close(layer(x, lengths=given_as([5, 2]))[0], layer(x, lengths=[5, 2])[0])


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([5, 0], r"lengths\[1\] is 0; it must be between 1 and the 5 steps"),
        ([6, 1], r"lengths\[0\] is 6; it must be between 1 and the 5 steps"),
        ([5, -1], r"lengths\[1\] is -1"),
        ([5], r"one entry a sample, shape \(2,\); got \(1,\)"),
        ([[5, 2]], r"got \(1, 2\)"),
        ([5.0, 2.0], r"whole numbers, got torch\.float32"),
        (torch.tensor([True, False]), r"whole numbers, got torch\.bool"),
    ],
)
def test_wrong_lengths(lengths, message):
    with pytest.raises(OptionError, match=message):
        Recurrent("gru", 3, 4)(torch.randn(5, 2, 3), lengths=lengths)


def test_lengths_do_not_go_with_packed_or_unbatched_input():
    layer = Recurrent("gru", 3, 4)
    packed = torch.nn.utils.rnn.pack_sequence([torch.randn(2, 3)])
    with pytest.raises(OptionError, match="PackedSequence, which has its own"):
        layer(packed, lengths=[2])
    with pytest.raises(OptionError, match="unbatched"):
        layer(torch.randn(2, 3), lengths=[2])
