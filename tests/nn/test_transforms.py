"""Derivatives and batches that torch.func and autograd take of a layer as a whole, against the reference backend."""

import warnings

import pytest
import torch
import torch.autograd.forward_ad as forward
from torch import nn
from torch.func import (
    functional_call,
    functionalize,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    stack_module_state,
    vjp,
    vmap,
)
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn.utils._per_sample_grad import call_for_per_sample_grads

import undertow
from beside import DOUBLE, KINDS, assert_close, draw, each_kind, first, pair
from undertow.errors import BackendError
from undertow.nn.engines import backends
from undertow.nn.engines.reference import Reference

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*this runs on the reference backend"),
    pytest.mark.filterwarnings("ignore:.*torch.jit.script.* is deprecated"),  # in torch's own forward mode
    pytest.mark.filterwarnings("ignore:Attempted to insert a get_attr Node"),  # by torch's own linearize
]

X = draw(5, 2, 3)
MANY = draw(3, 5, 2, 3, seed=2)


def parameters(layer):
    return {name: p.detach() for name, p in layer.named_parameters()}


def loss(layer, weights, x):
    return functional_call(layer, weights, (x,))[0].pow(2).sum()


def trained(layer, x):
    """x as a leaf, and what the layer gives."""
    x = x.clone().requires_grad_()
    output, final = layer(x)
    return x, output, first(final)


# ---- a batch of cotangents, and a batch of calls


def is_grads_batched(layer):
    x, output, final = trained(layer, X)
    cotangents = [draw(7, *output.shape, seed=3), draw(7, *final.shape, seed=4)]
    return torch.autograd.grad([output, final], [x, *layer.parameters()], cotangents, is_grads_batched=True)


def jacobian_vectorised(layer):
    return torch.autograd.functional.jacobian(lambda x: layer(x)[0], X, vectorize=True)


def hessian_vectorised(layer):
    return torch.autograd.functional.hessian(lambda x: layer(x)[0].pow(3).sum(), X[:2, :1], vectorize=True)


def batch_of_inputs(layer):
    return vmap(lambda x: layer(x))(MANY)


def batch_of_inputs_without_gradients(layer):
    with torch.no_grad():
        return vmap(lambda x: layer(x), in_dims=3)(MANY.permute(1, 2, 3, 0))


def batch_of_batches(layer):
    return vmap(vmap(lambda x: layer(x)[0]))(torch.stack([MANY, MANY * 2]))


def batch_of_states(layer):
    shape = first(layer(X)[1]).shape
    states = draw(3, *shape, seed=4)
    many = len(layer.cell.state) > 1

    def run(h):
        return layer(X, (h, h * 0.5) if many else h)

    return vmap(run)(states)


def gradients_of_a_batch_of_calls(layer):
    output = vmap(lambda x: layer(x)[0])(MANY)
    return torch.autograd.grad((output * draw(*output.shape, seed=5)).sum(), list(layer.parameters()))


def ensemble(layer):
    stacked = {name: torch.stack([p, p * 2, -p]) for name, p in parameters(layer).items()}
    return vmap(lambda weights, x: functional_call(layer, weights, (x,)), in_dims=(0, None))(stacked, X)


def ensemble_of_inputs_each(layer):
    stacked = {name: torch.stack([p, p * 2, -p]) for name, p in parameters(layer).items()}
    return vmap(lambda weights, x: functional_call(layer, weights, (x,)))(stacked, MANY)


# ---- torch.func's derivatives


def func_grad(layer):
    return grad(lambda weights: loss(layer, weights, X))(parameters(layer))


def func_vjp(layer):
    output, back = vjp(lambda x: layer(x)[0], X)
    return output, back(draw(*output.shape, seed=3))


def func_jacrev(layer):
    return jacrev(lambda x: layer(x)[0])(X)


def func_jacrev_in_chunks(layer):
    return jacrev(lambda x: layer(x)[0], chunk_size=3)(X)


def per_sample(layer):
    samples = MANY[:, :, :1]
    return vmap(grad(lambda weights, x: loss(layer, weights, x)), in_dims=(None, 0))(parameters(layer), samples)


def gradients_of_an_ensemble(layer):
    stacked = {name: torch.stack([p, p * 2]) for name, p in parameters(layer).items()}
    return vmap(grad(lambda weights, x: loss(layer, weights, x)), in_dims=(0, None))(stacked, X)


def func_jvp(layer):
    return jvp(lambda x: layer(x), (X,), (draw(*X.shape, seed=3),))


def jvp_of_weights(layer):
    weights = parameters(layer)
    tangents = {name: draw(*p.shape, seed=3) for name, p in weights.items()}
    return jvp(lambda w: functional_call(layer, w, (X,)), (weights,), (tangents,))


def func_linearize(layer):
    output, forwards = linearize(lambda x: layer(x)[0], X)
    return output, forwards(draw(*X.shape, seed=3))


def func_jacfwd(layer):
    return jacfwd(lambda x: layer(x)[0])(X)


def func_hessian(layer):
    return hessian(lambda x: layer(x)[0].pow(3).sum())(X[:2, :1])


def gradient_of_a_gradient(layer):
    return grad(lambda x: grad(lambda x: layer(x)[0].pow(3).sum())(x).pow(2).sum())(X)


def func_functionalize(layer):
    return functionalize(lambda x: layer(x))(X)


# ---- forward mode


def dual_input(layer):
    with forward.dual_level():
        output, final = layer(forward.make_dual(X, draw(*X.shape, seed=3)))
        return [tuple(forward.unpack_dual(t)) for t in (output, first(final))]


def dual_input_without_gradients(layer):
    with torch.no_grad():
        return dual_input(layer)


def dual_input_of_a_frozen_layer(layer):
    layer.requires_grad_(False)
    return dual_input(layer)


def dual_weights(layer):
    with forward.dual_level():
        weights = {n: forward.make_dual(p, draw(*p.shape, seed=3)) for n, p in parameters(layer).items()}
        return tuple(forward.unpack_dual(functional_call(layer, weights, (X,))[0]))


def one_dual_bias(layer):
    """The first weight has no tangent."""
    with torch.no_grad(), forward.dual_level():
        weights = parameters(layer)
        name = [n for n in weights if "bias" in n][-1]
        weights[name] = forward.make_dual(weights[name], torch.ones_like(weights[name]))
        return tuple(forward.unpack_dual(functional_call(layer, weights, (X,))[0]))


def dual_state(layer):
    shape = first(layer(X)[1]).shape
    with torch.no_grad(), forward.dual_level():
        h = forward.make_dual(draw(*shape, seed=3), draw(*shape, seed=4))
        output, _ = layer(X, (draw(*shape, seed=5), h) if len(layer.cell.state) > 1 else h)
        return tuple(forward.unpack_dual(output))


def dual_cotangent(layer):
    x, output, final = trained(layer, X)
    with forward.dual_level():
        duals = [forward.make_dual(draw(*t.shape, seed=3), draw(*t.shape, seed=4)) for t in (output, final)]
        found = torch.autograd.grad([output, final], [x, *layer.parameters()], duals)
        return [tuple(forward.unpack_dual(g)) for g in found]


def one_dual_cotangent(layer):
    x, output, final = trained(layer, X)
    with forward.dual_level():
        dual = forward.make_dual(draw(*final.shape, seed=3), draw(*final.shape, seed=4))
        (found,) = torch.autograd.grad([output, final], [x], [draw(*output.shape, seed=5), dual])
        return tuple(forward.unpack_dual(found))


def torch_examines_gradients(layer):
    """Of gradients too, batched, and forward over reverse."""
    x = X[:3].clone().requires_grad_()
    torch.autograd.gradcheck(lambda x: layer(x)[0], (x,), check_batched_grad=True, check_forward_ad=True)
    torch.autograd.gradgradcheck(lambda x: layer(x)[0], (x,), check_batched_grad=True)
    return x


CASES = {
    run.__name__: run
    for run in (
        is_grads_batched, jacobian_vectorised, hessian_vectorised, batch_of_inputs, batch_of_inputs_without_gradients,
        batch_of_batches, batch_of_states, gradients_of_a_batch_of_calls, ensemble, ensemble_of_inputs_each, func_grad,
        func_vjp, func_jacrev, func_jacrev_in_chunks, per_sample, gradients_of_an_ensemble, func_jvp, jvp_of_weights,
        func_linearize, func_jacfwd, func_hessian, gradient_of_a_gradient, func_functionalize, dual_input,
        dual_input_without_gradients, dual_input_of_a_frozen_layer, dual_weights, one_dual_bias, dual_state,
        dual_cotangent, one_dual_cotangent, torch_examines_gradients,
    )
}  # fmt: skip


@each_kind
@pytest.mark.parametrize("run", CASES.values(), ids=CASES)
def test_a_transform_gives_the_references_numbers(run, kind):
    layer, reference = pair(kind)
    assert_close(run(layer), run(reference))


@pytest.mark.parametrize("run", [batch_of_inputs, batch_of_batches, gradients_of_a_batch_of_calls, ensemble])
def test_samples_that_differ_in_lengths(run):
    """A tensor of lengths, the same for all calls of a batch."""

    class Uneven(undertow.LSTM):
        def forward(self, input, hx=None, lengths=None, states=False):
            return super().forward(input, hx, torch.tensor([2, 5]), states)

    layer = Uneven(3, 4, 2, bidirectional=True, dtype=DOUBLE)
    other = Uneven(3, 4, 2, bidirectional=True, dtype=DOUBLE, backend="reference")
    other.load_state_dict(layer.state_dict())
    assert_close(run(layer), run(other))


def test_a_batch_of_lengths():
    layer, reference = pair("LSTM")
    lengths = torch.tensor([[5, 2], [1, 5], [4, 4]])
    results = [vmap(lambda x, n, one=one: one(x, lengths=n)[0])(MANY, lengths) for one in (layer, reference)]
    expected = torch.stack([reference(x, lengths=n)[0] for x, n in zip(MANY, lengths, strict=True)])
    for result in results:
        assert_close(result, expected)


KERNELS = [batch_of_inputs, batch_of_inputs_without_gradients, batch_of_batches, ensemble, func_functionalize]


@pytest.mark.parametrize("run", KERNELS, ids=lambda run: run.__name__)
def test_a_batch_of_calls_goes_through_the_kernels(run, monkeypatch):
    layer, _ = pair("peephole")
    monkeypatch.setattr(Reference, "run", lambda *_, **__: pytest.fail("by the reference"))
    run(layer)


@pytest.mark.parametrize("kind", ["LSTM", "peephole"])
@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (func_grad, "torch.func differentiates torch's own operations alone"),
        (per_sample, "torch.func differentiates torch's own operations alone"),
        (func_jacfwd, "torch.func differentiates torch's own operations alone"),
        (dual_input, "forward-mode derivatives follow torch's own operations alone"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_slow_way_is_told_once(run, reason, kind, monkeypatch):
    monkeypatch.setattr(backends, "_told", set())
    layer, reference = pair(kind)
    run(reference)
    assert not backends._told
    with warnings.catch_warnings(record=True) as told:
        warnings.filterwarnings("always", ".*this runs on the reference backend")
        run(layer)
        run(layer)
    assert len([w for w in told if reason in str(w.message)]) == len(told) == 1
    assert "backend='reference'" in str(told[0].message)


def test_a_tensor_that_outlived_its_transform():
    """torch's layers take it for the numbers that it holds."""
    layer, reference = pair("LSTM")
    kept = []
    grad(lambda x: (kept.append(x * 1), (x * x).sum())[1])(X)
    results = []
    for one in (layer, reference):
        one.zero_grad()
        output, _ = one(kept[0])
        output.sum().backward()
        results.append([output, *(p.grad for p in one.parameters())])
    assert_close(*results)


@pytest.mark.parametrize("torch_class", [nn.LSTM, nn.GRU, nn.RNN], ids=lambda c: c.__name__)
@pytest.mark.parametrize("run", [is_grads_batched, func_grad, func_vjp, func_jacrev, func_functionalize],
                         ids=lambda run: run.__name__)  # fmt: skip
def test_what_torchs_layers_do_too(run, torch_class):
    theirs = torch_class(3, 4, dtype=DOUBLE)
    ours = getattr(undertow, torch_class.__name__).from_torch(theirs)
    theirs.cell = ours.cell
    assert_close(run(ours), run(theirs))


@pytest.mark.parametrize("torch_class", [nn.LSTM, nn.GRU, nn.RNN], ids=lambda c: c.__name__)
def test_expanded_weights(torch_class):
    """Gradients of each sample as torch.nn.utils keeps them."""
    found = []
    theirs = torch_class(3, 4, batch_first=True, dtype=DOUBLE)
    ours = getattr(undertow, torch_class.__name__).from_torch(theirs)
    for layer in (theirs, ours):
        for parameter in layer.parameters():
            parameter.grad_sample = None
        output = call_for_per_sample_grads(layer, batch_first=True, loss_reduction="sum")(draw(2, 5, 3))[0]
        output.pow(2).sum().backward()
        found.append([parameter.grad_sample for parameter in layer.parameters()])
    assert_close(found[1], found[0])


def test_an_ensemble_of_modules():
    layers = [KINDS["GRU"](3, 4, dtype=DOUBLE) for _ in range(3)]
    weights, buffers = stack_module_state(layers)
    output = vmap(lambda w, b, x: functional_call(layers[0], (w, b), (x,))[0])(weights, buffers, MANY)
    assert_close(output, torch.stack([layer(x)[0] for layer, x in zip(layers, MANY, strict=True)]))


NOISE = {"zoneout": 0.5, "recurrent_dropout": 0.2}


@each_kind
def test_noise_of_a_batch_of_calls_follows_torchs_rules(kind):
    """Masks are drawn as torch draws dropout's: with randomness="different" anew for each call."""
    layer, _ = pair(kind, **NOISE)
    x = torch.stack([X, X])
    with pytest.raises(RuntimeError, match="randomness"):
        vmap(lambda x: layer(x)[0])(x)
    for randomness, equal in (("same", True), ("different", False)):
        output = vmap(lambda x: layer(x)[0], randomness=randomness)(x)
        assert torch.equal(output[0], output[1]) is equal


def test_noise_of_gradients_of_each_sample():
    layer, _ = pair("LSTM", **NOISE)
    each = grad(lambda weights, x: loss(layer, weights, x))
    samples = torch.stack([X[:, :1]] * 2)
    found = vmap(each, in_dims=(None, 0), randomness="same")(parameters(layer), samples)
    assert_close(found["weight_hh_l0"][0], found["weight_hh_l0"][1])
    with pytest.raises(BackendError, match="randomness='same'"):
        vmap(each, in_dims=(None, 0), randomness="different")(parameters(layer), samples)


@pytest.mark.parametrize("mode", ["real", "fake"])
def test_noise_in_a_graph_is_drawn_when_it_runs(mode):
    layer, _ = pair("LSTM", **NOISE)

    def plain(weights, x):
        return functional_call(layer, weights, (x,))[0]

    graph, results = make_fx(plain, tracing_mode=mode)(parameters(layer), X), []
    for run in (graph, plain):
        torch.manual_seed(3)
        results.append([run(parameters(layer), X) for _ in range(2)])
    assert_close(*results)
    assert not torch.equal(*results[0])
