"""What a layer keeps for its backward pass: hooked, offloaded, made again, edited, and differentiated again."""

import pytest
import torch
from torch import nn
from torch.autograd.graph import save_on_cpu, saved_tensors_hooks
from torch.utils.checkpoint import checkpoint

import undertow
from beside import DOUBLE, assert_close, assert_same, draw, each_kind, first, gradients, pair

X = draw(5, 2, 3)


def of_both(layer, output, final, x):
    """Gradients of a loss on the output and the final state."""
    loss = (output.sin() * draw(*output.shape, seed=5)).sum() + (first(final) * 2).cos().sum()
    return torch.autograd.grad(loss, [x, *layer.parameters()])


HOOKS = {
    "other strides": (lambda t: t.transpose(0, -1).contiguous(), lambda t: t.transpose(0, -1)),
    "another copy": (torch.clone, torch.clone),
    "negated twice": (torch.neg, torch._neg_view),
    "in a file's bytes": (lambda t: t.contiguous().numpy().tobytes(), None),
    "every other number": (lambda t: torch.stack([t, t], -1), lambda t: t[..., 0]),
}


@pytest.mark.parametrize("twice", [False, True], ids=["once", "kept"])
@pytest.mark.parametrize("hooks", HOOKS)
@each_kind
def test_hooks_may_hand_back_another_layout(kind, hooks, twice):
    shapes = []

    def pack(t):
        shapes.append(t.shape)
        return len(shapes) - 1, HOOKS[hooks][0](t.detach()) if t.dtype == DOUBLE else (t,)

    def unpack(packed):
        number, value = packed
        if isinstance(value, tuple):  # lengths, masks
            return value[0]
        if isinstance(value, bytes):
            return torch.frombuffer(bytearray(value), dtype=DOUBLE).view(shapes[number])
        return HOOKS[hooks][1](value)

    def run(layer):
        x = X.clone().requires_grad_()
        with saved_tensors_hooks(pack, unpack):
            output, final = layer(x)
        loss = (output.sin() * draw(*output.shape, seed=5)).sum() + (first(final) * 2).cos().sum()
        inputs = [x, *layer.parameters()]
        found = [torch.autograd.grad(loss, inputs, retain_graph=True)] if twice else []
        return [*found, torch.autograd.grad(loss, inputs)]

    layer, reference = pair(kind)
    x = X.clone().requires_grad_()
    expected = of_both(reference, *reference(x), x)
    assert_close(run(layer), [expected] * (1 + twice))


def test_what_hooks_hold_is_not_written_over():
    held = []
    layer, _ = pair("LSTM")
    with saved_tensors_hooks(lambda t: held.append((t, t.clone())), lambda _: held.pop(0)[0]):
        output, _ = layer(X.clone().requires_grad_())
    kept = list(held)
    output.sum().backward()
    for tensor, before in kept:
        assert torch.equal(tensor, before)


@pytest.mark.parametrize("shape", [(5, 2, 3), (5, 1, 3), (1, 1, 3)])
@each_kind
def test_offloaded(kind, shape):
    def run(layer):
        x = draw(*shape).requires_grad_()
        with save_on_cpu():
            output, final = layer(x)
        return of_both(layer, output, final, x)

    assert_same(kind, run)


@pytest.mark.parametrize("hooked", [False, True])
@pytest.mark.parametrize("reentrant", [False, True])
@each_kind
def test_checkpointed(kind, reentrant, hooked):
    transposing = saved_tensors_hooks(*HOOKS["other strides"])

    def run(layer):
        x = X.clone().requires_grad_()

        def part(x):
            output, final = layer(x)
            return output, first(final)

        if hooked:
            with transposing:
                output, final = checkpoint(part, x, use_reentrant=reentrant)
        else:
            output, final = checkpoint(part, x, use_reentrant=reentrant)
        loss = (output.sin() * draw(*output.shape, seed=5)).sum() + (final * 2).cos().sum()
        loss.backward()  # the reentrant kind knows no other way
        found = [x.grad, *(p.grad for p in layer.parameters())]
        layer.zero_grad()
        return found

    assert_same(kind, run)


def test_noise_is_the_same_when_a_checkpoint_runs_again():
    layer = undertow.LSTM(3, 4, dtype=DOUBLE, zoneout=0.5)
    results = []
    for through in (lambda f, x: f(x), lambda f, x: checkpoint(f, x, use_reentrant=False)):
        torch.manual_seed(3)
        x = X.clone().requires_grad_()
        output = through(lambda x: layer(x)[0], x)
        results.append([output, *gradients(layer, output, x)])
    assert_close(*results)


# ---- edits in place, between forward and backward


def edit_output(output, final):
    output[:, 0] = 0


def edit_state(output, final):
    first(final).mul_(2)


def edit_all(output, final):
    output.relu_()
    for part in final if isinstance(final, tuple) else (final,):
        part.add_(1)


def edit_view(output, final):
    output[-1].mul_(3)
    first(final)[0].neg_()


@pytest.mark.parametrize("edit", [edit_output, edit_state, edit_all, edit_view])
@each_kind
def test_results_may_be_edited_in_place(kind, edit):
    def run(layer):
        x = X.clone().requires_grad_()
        output, final = layer(x)
        edit(output, final)
        return of_both(layer, output, final, x)

    def expected(layer):
        """Without edits in place, whatever backend runs."""
        x = X.clone().requires_grad_()
        output, final = layer(x)
        output = output * 1
        final = tuple(f * 1 for f in final) if isinstance(final, tuple) else final * 1
        edit(output, final)
        return of_both(layer, output, final, x)

    layer, reference = pair(kind)
    assert_close(run(layer), expected(reference))


@pytest.mark.parametrize("torch_class", [nn.GRU, nn.RNN], ids=lambda c: c.__name__)
def test_edits_that_torch_allows(torch_class):
    theirs = torch_class(3, 4, dtype=DOUBLE)
    ours = getattr(undertow, torch_class.__name__).from_torch(theirs)
    found = []
    for layer in (theirs, ours):
        x = X.clone().requires_grad_()
        output, _ = layer(x)
        output[:, 0] = 0
        found.append(gradients(layer, output, x))
    assert_close(*found)


@each_kind
def test_an_edit_that_autograd_does_not_see_is_none_of_the_layers(kind):
    """Numbers written through ``detach`` count, as wherever autograd keeps an output."""
    layer, reference = pair(kind)
    found = []
    for one in (layer, reference):
        x = X.clone().requires_grad_()
        output, _ = one(x)
        cotangent = draw(*output.shape, seed=5)
        output.detach().zero_()
        if one is reference:
            found.append(None)
            continue
        found.append(torch.autograd.grad(output, [x, *one.parameters()], cotangent))
    x = X.clone().requires_grad_()
    output, _ = reference(x)
    expected = torch.autograd.grad(output, [x, *reference.parameters()], draw(*output.shape, seed=5))
    assert_close(found[0], expected)


@pytest.mark.parametrize("what", ["input", "weight", "state"])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "peephole"])
def test_edits_of_what_was_given_are_told(kind, what):
    layer, _ = pair(kind)
    x = X.clone()
    shape = first(layer(x)[1]).shape
    h = draw(*shape, seed=3)
    loss = layer(x, (h, h * 0.5) if len(layer.cell.state) > 1 else h)[0].pow(2).sum()
    {"input": x, "weight": layer.weight_hh_l0.detach(), "state": h}[what].add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@each_kind
def test_a_final_state_is_a_tensor_of_its_own(kind):
    """Truncated BPTT detaches it in place."""
    layer, reference = pair(kind)
    found = []
    for one in (layer, reference):
        hx, of_weights = None, []
        for part in range(3):
            output, hx = one(draw(5, 2, 3, seed=part), hx)
            of_weights.append(torch.autograd.grad(output.pow(2).sum(), list(one.parameters())))
            for state in hx if isinstance(hx, tuple) else (hx,):
                state.detach_()
        found.append(of_weights)
    assert_close(*found)


@pytest.mark.parametrize("torch_class", [nn.LSTM, nn.GRU, nn.RNN], ids=lambda c: c.__name__)
def test_detach_in_place_as_torch(torch_class):
    layer = getattr(undertow, torch_class.__name__)(3, 4)
    for one in (layer, layer.to_torch()):
        _, final = one(torch.randn(5, 2, 3))
        for state in final if isinstance(final, tuple) else (final,):
            state.detach_()
            assert not state.requires_grad


# ---- gradients of gradients


@each_kind
def test_gradients_of_gradients_of_everything(kind):
    def run(layer):
        x = X[:3].clone().requires_grad_()
        shape = first(layer(x)[1]).shape
        h = draw(*shape, seed=3).requires_grad_()
        output, final = layer(x, (h, h * 0.5) if len(layer.cell.state) > 1 else h)
        inputs = [x, h, *layer.parameters()]
        loss = output.pow(3).sum() + first(final).sin().sum()
        found = torch.autograd.grad(loss, inputs, create_graph=True)
        return [*found, *torch.autograd.grad(sum(g.pow(2).sum() for g in found), inputs)]

    assert_same(kind, run)


@pytest.mark.parametrize("order", ["x from the state", "the state from x", "weights from the state"])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "peephole"])
def test_gradients_of_gradients_where_arguments_are_made_of_each_other(kind, order):
    """No argument's gradient counts in another's."""

    def run(layer):
        h = draw(1, 2, 4, seed=3).requires_grad_()
        x = X[:3].clone().requires_grad_()
        weights = dict(layer.named_parameters())
        given, state = x, h
        if order == "x from the state":
            given = x * 0.5 + h[..., :3].sin()
        elif order == "the state from x":
            state = h + torch.cat([x[:1], x[:1, :, :1]], -1)
        else:
            weights["weight_hh_l0"] = weights["weight_hh_l0"] * h.sum()
        many = len(layer.cell.state) > 1
        output, _ = torch.func.functional_call(layer, weights, (given, (state, state * 0.5) if many else state))
        inputs = [x, h, *layer.parameters()]
        found = torch.autograd.grad(output.pow(3).sum(), inputs, create_graph=True)
        return [*found, *torch.autograd.grad(sum(g.pow(2).sum() for g in found), inputs)]

    assert_same(kind, run)


@each_kind
def test_gradients_of_gradients_through_hooks_and_after_edits(kind):
    def run(layer):
        x = X[:3].clone().requires_grad_()
        with saved_tensors_hooks(*HOOKS["other strides"]):
            output, _ = layer(x)
        inputs = [x, *layer.parameters()]
        found = torch.autograd.grad(output.pow(3).sum(), inputs, create_graph=True)
        return torch.autograd.grad(sum(g.pow(2).sum() for g in found), inputs)

    layer, reference = pair(kind)
    x = X[:3].clone().requires_grad_()
    inputs = [x, *reference.parameters()]
    found = torch.autograd.grad(reference(x)[0].pow(3).sum(), inputs, create_graph=True)
    expected = torch.autograd.grad(sum(g.pow(2).sum() for g in found), inputs)
    assert_close(run(layer), expected)
