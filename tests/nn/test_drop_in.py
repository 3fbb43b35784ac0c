"""``undertow.RNN``, ``LSTM`` and ``GRU`` against ``torch.nn``: torch's sample inputs, then each argument."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence
from torch.testing._internal.common_modules import module_db

import undertow

PAIRS = {nn.RNN: undertow.RNN, nn.LSTM: undertow.LSTM, nn.GRU: undertow.GRU}
INFOS = [info for info in module_db if info.module_cls in PAIRS]
BACKENDS = ["vendor", "reference"]


def flat_tensors(result):
    if isinstance(result, PackedSequence):
        return [result.data, result.batch_sizes]
    if isinstance(result, torch.Tensor):
        return [result]
    return [tensor for part in result for tensor in flat_tensors(part)]


def gradients(module, args):
    """Outputs, and gradients of a fixed random projection of them, for inputs and parameters."""
    args = copy.deepcopy(args)
    leaves = [t for t in flat_tensors(args) if t.is_floating_point()]
    for leaf in leaves:
        leaf.requires_grad_()
    outputs = [t for t in flat_tensors(module(*args)) if t.is_floating_point()]
    generator = torch.Generator().manual_seed(1)
    loss = sum((o * torch.randn(o.shape, dtype=o.dtype, generator=generator)).sum() for o in outputs)
    wanted = [*leaves, *module.parameters()]
    return outputs, torch.autograd.grad(loss, wanted, allow_unused=True)


def samples():
    for info in INFOS:
        for training in (False, True):
            inputs = info.module_inputs_func(info, "cpu", torch.float64, True, training)
            for number, sample in enumerate(inputs):
                yield pytest.param(info.module_cls, sample, training, id=f"{info.name}-{training}-{number}")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("torch_class", "sample", "training"), list(samples()))
def test_torch_sample_inputs(torch_class, sample, training, backend):
    arguments, keywords = sample.constructor_input.args, sample.constructor_input.kwargs
    torch.manual_seed(0)
    theirs = torch_class(*arguments, **keywords).double().train(training)
    torch.manual_seed(0)
    ours = PAIRS[torch_class](*arguments, **keywords, backend=backend).double().train(training)
    their_outputs, their_gradients = gradients(theirs, sample.forward_input.args)
    our_outputs, our_gradients = gradients(ours, sample.forward_input.args)
    assert len(their_outputs) == len(our_outputs)
    for a, b in zip([*their_outputs, *their_gradients], [*our_outputs, *our_gradients], strict=True):
        torch.testing.assert_close(b, a, rtol=1e-10, atol=1e-12)


def test_there_are_sample_inputs_for_all_three():
    assert {info.module_cls for info in INFOS} == set(PAIRS)
    assert len(list(samples())) > 50


@pytest.mark.parametrize("info", INFOS, ids=lambda info: info.name)
def test_torch_error_inputs(info):
    errors = list(info.module_error_inputs_func(info, "cpu", torch.float64, False, False))
    assert errors
    for error in errors:
        constructor, forward = (
            error.module_error_input.constructor_input,
            error.module_error_input.forward_input,
        )
        with pytest.raises(error.error_type, match=error.error_regex):
            PAIRS[info.module_cls](*constructor.args, **constructor.kwargs)(*forward.args, **forward.kwargs)


OPTIONS = [
    {},
    {"num_layers": 2},
    {"bias": False},
    {"batch_first": True},
    {"num_layers": 3, "dropout": 0.4},
    {"bidirectional": True},
    {"num_layers": 2, "bidirectional": True, "batch_first": True, "dropout": 0.2},
    {"dtype": torch.float64},
]


def pair(torch_class, backend, **options):
    dtype = options.pop("dtype", torch.float64)
    torch.manual_seed(7)
    theirs = torch_class(5, 6, dtype=dtype, **options)
    torch.manual_seed(7)
    ours = PAIRS[torch_class](5, 6, dtype=dtype, backend=backend, **options)
    return theirs, ours


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("torch_class", PAIRS, ids=lambda c: c.__name__)
def test_same_initialisation_outputs_and_dropout(torch_class, options, backend):
    theirs, ours = pair(torch_class, backend, **options)
    assert list(theirs.state_dict()) == list(ours.state_dict())
    for name, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value), name
    x = torch.randn(4, 3, 5, dtype=torch.float64)
    torch.manual_seed(3)
    expected = flat_tensors(theirs(x))
    torch.manual_seed(3)
    for a, b in zip(expected, flat_tensors(ours(x)), strict=True):
        torch.testing.assert_close(b, a, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "options", [{"proj_size": 3}, {"proj_size": 2, "num_layers": 2, "bidirectional": True}], ids=str
)
def test_projection(options, backend):
    theirs, ours = pair(nn.LSTM, backend, **options)
    x = torch.randn(4, 3, 5, dtype=torch.float64)
    for a, b in zip(flat_tensors(theirs(x)), flat_tensors(ours(x)), strict=True):
        torch.testing.assert_close(b, a, rtol=1e-10, atol=1e-12)


def test_nonlinearity_is_the_fourth_positional_argument():
    assert undertow.RNN(2, 3, 1, "relu").cell.arguments["nonlinearity"] == "relu"


@pytest.mark.parametrize("torch_class", PAIRS, ids=lambda c: c.__name__)
def test_state_dict_both_ways(torch_class):
    theirs, ours = torch_class(5, 6, 2, bidirectional=True), PAIRS[torch_class](5, 6, 2, bidirectional=True)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(4, 3, 5)
    torch.testing.assert_close(ours(x)[0], theirs(x)[0])
    with torch.no_grad():
        ours.weight_hh_l1_reverse.mul_(2)
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(x)[0], theirs(x)[0])


@pytest.mark.parametrize("torch_class", PAIRS, ids=lambda c: c.__name__)
def test_all_weights(torch_class):
    theirs, ours = pair(torch_class, "auto", num_layers=2, bidirectional=True)
    for a, b in zip(theirs.all_weights, ours.all_weights, strict=True):
        for c, d in zip(a, b, strict=True):
            assert torch.equal(c, d)
    ours.flatten_parameters()


@pytest.mark.parametrize("torch_class", PAIRS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("enforce_sorted", [True, False])
@pytest.mark.parametrize("backend", BACKENDS)
def test_packed_sequences_with_an_initial_state(torch_class, enforce_sorted, backend):
    theirs, ours = pair(torch_class, backend, num_layers=2, bidirectional=True)
    lengths = [4, 3, 1] if enforce_sorted else [1, 4, 3]
    packed = pack_sequence([torch.randn(n, 5, dtype=torch.float64) for n in lengths], enforce_sorted)
    parts = 2 if torch_class is nn.LSTM else 1
    state = tuple(torch.randn(4, 3, 6, dtype=torch.float64) for _ in range(parts))
    hx = state if parts > 1 else state[0]
    expected, actual = theirs(packed, hx), ours(packed, hx)
    for a, b in zip(flat_tensors(expected), flat_tensors(actual), strict=True):
        torch.testing.assert_close(b, a, rtol=1e-10, atol=1e-12)
    for field in ("sorted_indices", "unsorted_indices"):
        a, b = getattr(expected[0], field), getattr(actual[0], field)
        assert (a is None and b is None) or torch.equal(a, b)


BAD_CALLS = {
    "four dimensions": lambda m: m(torch.zeros(1, 1, 1, 5)),
    "wrong feature size": lambda m: m(torch.zeros(4, 3, 7)),
    "wrong dtype": lambda m: m(torch.zeros(4, 3, 5, dtype=torch.float64)),
    "no steps": lambda m: m(torch.zeros(0, 3, 5)),
    "state of another batch": lambda m: m(torch.zeros(4, 3, 5), state_of(m, 1, 2, 6)),
    "state of two dimensions": lambda m: m(torch.zeros(4, 3, 5), state_of(m, 1, 6)),
    "unbatched with batched state": lambda m: m(torch.zeros(4, 5), state_of(m, 1, 1, 6)),
}


def state_of(module, *shape):
    state = torch.zeros(shape)
    return (state, state) if "LSTM" in type(module).__name__ else state


@pytest.mark.parametrize("call", BAD_CALLS.values(), ids=BAD_CALLS.keys())
@pytest.mark.parametrize("torch_class", PAIRS, ids=lambda c: c.__name__)
def test_wrong_shapes_raise_what_torch_raises(torch_class, call):
    with pytest.raises((RuntimeError, ValueError)) as theirs:
        call(torch_class(5, 6))
    with pytest.raises((RuntimeError, ValueError)) as ours:
        call(PAIRS[torch_class](5, 6))
    assert type(ours.value) is type(theirs.value)
    assert str(ours.value) == str(theirs.value)


BAD_CONSTRUCTIONS = {
    "no units": {"hidden_size": 0},
    "no features": {"input_size": 0},
    "no layers": {"num_layers": 0},
    "units of a fraction": {"hidden_size": 2.5},
    "dropout over 1": {"dropout": 1.5},
    "dropout a truth value": {"dropout": True},
    "bias a number": {"bias": 1},
    "batch_first a word": {"batch_first": "yes"},
}


@pytest.mark.parametrize("options", BAD_CONSTRUCTIONS.values(), ids=BAD_CONSTRUCTIONS.keys())
@pytest.mark.parametrize("torch_class", PAIRS, ids=lambda c: c.__name__)
def test_wrong_arguments_raise_what_torch_raises(torch_class, options):
    arguments = {"input_size": 5, "hidden_size": 6} | options
    with pytest.raises((TypeError, ValueError)) as theirs:
        torch_class(**arguments)
    with pytest.raises((TypeError, ValueError)) as ours:
        PAIRS[torch_class](**arguments)
    assert type(ours.value) is type(theirs.value)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("torch_class", [nn.RNN, nn.GRU], ids=lambda c: c.__name__)
def test_projection_is_for_the_lstm_only(torch_class):
    for cls in (torch_class, PAIRS[torch_class]):
        with pytest.raises(ValueError, match="proj_size argument is only supported for LSTM, not RNN or GRU"):
            cls(5, 6, proj_size=2)


def test_dropout_with_one_layer_warns_as_torch_does():
    with pytest.warns(UserWarning, match="non-zero dropout expects num_layers greater than 1"):
        undertow.LSTM(5, 6, dropout=0.5)


@pytest.mark.parametrize("torch_class", PAIRS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_and_pickles_are_independent_and_equal(torch_class, duplicate):
    ours = PAIRS[torch_class](5, 6, 2, dropout=0.1, bidirectional=True).eval()
    other = duplicate(ours)
    x = torch.randn(4, 3, 5)
    assert torch.equal(ours(x)[0], other(x)[0])
    with torch.no_grad():
        other.weight_hh_l0.zero_()
    assert not torch.equal(ours(x)[0], other(x)[0])


def test_to_another_dtype_and_back():
    ours = undertow.GRU(5, 6).double()
    assert ours(torch.zeros(2, 1, 5, dtype=torch.float64))[0].dtype == torch.float64
    assert ours.to(torch.float32)(torch.zeros(2, 1, 5))[0].dtype == torch.float32


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("torch_class", PAIRS, ids=lambda c: c.__name__)
def test_retain_graph(torch_class, backend):
    _, ours = pair(torch_class, backend)
    loss = ours(torch.randn(4, 3, 5, dtype=torch.float64))[0].square().sum()
    first = torch.autograd.grad(loss, list(ours.parameters()), retain_graph=True)
    second = torch.autograd.grad(loss, list(ours.parameters()))
    for a, b in zip(first, second, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("torch_class", PAIRS, ids=lambda c: c.__name__)
def test_gradient_of_gradient(torch_class):
    _, ours = pair(torch_class, "reference")
    x = torch.randn(3, 2, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: ours(x)[0], (x,))


def test_repr_says_which_backend_runs():
    assert "backend=vendor" in repr(undertow.LSTM(2, 3, backend="vendor"))
    assert "backend=auto: reference" in repr(undertow.Recurrent("peephole_lstm", 2, 3, dtype=torch.bfloat16))
    assert "backend=reference" in repr(undertow.LSTM(2, 3, backend="reference"))
