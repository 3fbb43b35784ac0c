"""What came of layers in odd uses, each once as numbers or in words: torch's shapes, traces, transforms."""

import warnings

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad
from torch.nn.utils.rnn import pack_sequence

import undertow
from undertow.errors import OptionError


@pytest.mark.parametrize("options", [{}, {"normalisation": "layer"}, {"normalisation": "layer", "init": "orthogonal"}])
def test_a_torch_layer_with_a_weight_of_another_shape_is_not_taken_over(options):
    theirs = nn.GRU(3, 4)
    theirs.weight_hh_l0.data = theirs.weight_hh_l0.data.t().contiguous()
    before = {name: p.clone() for name, p in theirs.named_parameters()}
    model = nn.Sequential(theirs)
    with pytest.raises(OptionError, match=r"weight_hh_l0 .* shape \(4, 12\).* \(12, 4\)"):
        undertow.swap(model, **options)
    with pytest.raises(OptionError, match="weight_hh_l0"):
        undertow.GRU.from_torch(theirs, **options)
    assert model[0] is theirs
    assert all(torch.equal(before[name], p) for name, p in theirs.named_parameters())


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "mgu"])
def test_a_trace_of_many_layers_gives_states_as_the_layer_does(kind):
    layer = getattr(undertow, kind)(2, 3, 2) if hasattr(undertow, kind) else undertow.Recurrent(kind, 2, 3, 2)
    x = torch.randn(4, 2, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(layer, (x,))
    output, state = traced(x)
    wanted_output, wanted = layer(x)
    torch.testing.assert_close(output, wanted_output)
    torch.testing.assert_close(state, wanted)


def test_an_empty_list_of_lengths_goes_with_a_batch_of_no_samples():
    output, _ = undertow.LSTM(2, 3)(torch.randn(4, 0, 2), lengths=[])
    assert output.shape == (4, 0, 3)
    with pytest.raises(OptionError, match="one entry a sample"):
        undertow.LSTM(2, 3)(torch.randn(4, 1, 2), lengths=4)


@pytest.mark.parametrize("lengths", [None, [4, 2]])
def test_batch_normalisation_in_training_under_transforms_and_traces(lengths):
    torch.manual_seed(0)
    layer = undertow.GRU(2, 3, normalisation="batch").double()
    x = torch.randn(4, 2, 2, dtype=torch.double)
    parameters = {name: p.detach() for name, p in layer.named_parameters()}

    def loss(own, buffers, x):
        return functional_call(layer, (own, buffers), (x, None, lengths))[0].square().sum()

    def buffers():
        return {name: b.clone() for name, b in layer.named_buffers()}

    wanted = torch.autograd.grad(layer(x, None, lengths)[0].square().sum(), list(layer.parameters()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = grad(loss)(parameters, buffers(), x)
        layer.requires_grad_(False)
        traced = torch.jit.trace(lambda x: layer(x, None, lengths)[0], (x,), check_trace=False)
    for gradient, name in zip(wanted, parameters, strict=True):
        torch.testing.assert_close(found[name], gradient)
    torch.testing.assert_close(traced(x), layer(x, None, lengths)[0])


def test_a_stream_reads_zeros_that_have_no_memory():
    layer = undertow.GRU(2, 3)
    zeros = torch._efficientzerotensor((4, 2))
    flow, other = layer.stream(4), layer.stream(4)
    flow.reset(torch._efficientzerotensor((1, 4, 3)))
    torch.testing.assert_close(flow.step(zeros), other.step(torch.zeros(4, 2)))


def test_a_state_of_another_width_beside_a_packed_input():
    """torch's own LSTM takes it: it is not asked here, since it may end the process."""
    packed = pack_sequence([torch.randn(2, 3), torch.randn(1, 3)])
    wide = torch.randn(1, 2, 8)
    with pytest.raises(RuntimeError, match=r"Expected hidden\[0\] size \(1, 2, 4\), got \[1, 2, 8\]"):
        undertow.LSTM(3, 4)(packed, (wide, wide))
