"""Watching changes nothing: the same bits after training, the same random numbers, models as they were."""

import copy
import gc
import tracemalloc
from contextlib import ExitStack

import pytest
import torch
from torch import nn

import undertow
from undertow.cells import CELLS
from undertow.flow.schedule import every
from undertow.nn import Recurrent
from undertow.nn.engines import observe


class Model(nn.Module):
    def __init__(self, cell, backend="auto", **options):
        super().__init__()
        self.recurrent = Recurrent(cell, 5, 5, 2, backend=backend, **options)
        self.head = nn.LazyLinear(2, dtype=options.get("dtype"))

    def forward(self, x, lengths=None):
        return self.head(self.recurrent(x, lengths=lengths)[0])


def trained(cell, watching, steps=4, **options):
    """Weights after some steps of Adam, and the next random number."""
    torch.manual_seed(0)
    model, lengths = Model(cell, **options), torch.tensor([9, 4, 1])
    dtype = options.get("dtype")
    model(torch.randn(9, 3, 5, dtype=dtype))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    watch = undertow.watch(model, examine=every(2)).start() if watching else None
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(9, 3, 5, dtype=dtype), lengths).square().mean().backward()
        optimizer.step()
    if watch:
        watch.stop()
        assert watch.step == steps
        assert len(watch.history) >= 4
    return [p.detach() for p in model.parameters()], torch.rand(())


def same(cell, **options):
    plain, number = trained(cell, False, **options)
    watched, again = trained(cell, True, **options)
    for a, b in zip(plain, watched, strict=True):
        assert torch.equal(a, b)
    assert torch.equal(number, again)


@pytest.mark.parametrize("name", CELLS)
def test_the_same_bits_on_the_kernels(name):
    # In both precisions for some; for the others in the one whose kernels other tests have made.
    same(name, backend="fused", dtype=torch.float64)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_the_same_bits_in_float32_in_both_directions(name):
    same(name, backend="fused", bidirectional=True)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn", "slstm", "sru"])
def test_the_same_bits_on_the_reference(name):
    same(name, backend="reference")


def test_the_same_bits_with_noise():
    """Masks are drawn from seeds that come from torch's generator: the same ones."""
    same("lstm", zoneout=0.3, recurrent_dropout=0.3, dropout=0.4)


def test_the_same_gradients_where_the_graph_is_kept():
    x = torch.randn(8, 3, 5)
    found = []
    for watching in (False, True):
        torch.manual_seed(0)
        model = Recurrent("lstm", 5, 6)
        watch = undertow.watch(model, examine=every(1))
        if watching:
            watch.start()
        loss = model(x)[0].square().sum()
        loss.backward(retain_graph=True)
        loss.backward()
        watch.stop()
        assert watch.step == (2 if watching else 0)
        found.append([p.grad for p in model.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


# ---- the model itself


def test_a_watched_model_can_be_copied_and_saved_and_knows_of_nothing():
    model = undertow.LSTM(3, 4)
    before = list(model.state_dict())
    with undertow.watch(model) as seen:
        copied = copy.deepcopy(model)
        assert list(model.state_dict()) == before
        assert list(model.__dict__) == list(undertow.LSTM(3, 4).__dict__)
        copied(torch.randn(12, 2, 3))[0].sum().backward()
        assert seen.step == 0
        model(torch.randn(12, 2, 3))[0].sum().backward()
    assert seen.step == 1


def test_after_an_exception_nothing_is_watched_any_more():
    model = undertow.LSTM(3, 4)
    seen = undertow.watch(model)

    def interrupted():
        with seen:
            model(torch.randn(12, 2, 3))[0].sum().backward()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert [glance.windows for glance in seen.history] == [1]
    model(torch.randn(12, 2, 3))[0].sum().backward()
    assert seen.step == 1


@pytest.mark.parametrize("backend", ["fused", "reference"])
def test_a_backward_pass_that_breaks_off_leaves_nothing_behind(backend):
    model = undertow.LSTM(3, 4, 2, backend=backend)

    def broken(gradient):
        raise ZeroDivisionError

    with undertow.watch(model) as seen:
        x = torch.randn(12, 2, 3, requires_grad=True)
        x.register_hook(broken)
        with pytest.raises(ZeroDivisionError):
            model(x)[0].sum().backward()
        model(torch.randn(12, 2, 3))[0].sum().backward()
    assert seen.step == 2
    assert not any(observer._open for observer in seen._observers[""])


def test_one_watch_at_a_time():
    model = nn.Sequential(undertow.LSTM(3, 4))
    with undertow.watch(model) as seen:
        with pytest.raises(undertow.UndertowError, match=r"watched already; leave that `with` block, or call .stop"):
            undertow.watch(model[0]).start()
        with seen:
            pass
    with undertow.watch(model[0]) as later:
        model(torch.randn(12, 2, 3))[0].sum().backward()
    assert (seen.step, later.step) == (0, 1)


def test_a_watch_that_is_refused_leaves_every_layer_as_it_was():
    free, taken = undertow.LSTM(3, 4), undertow.LSTM(3, 4)
    with undertow.watch(taken) as seen:
        refused = undertow.watch(nn.ModuleList([free, taken]))
        with pytest.raises(undertow.UndertowError, match="watched already"):
            refused.start()
        with undertow.watch(free):
            pass
        refused.stop()
        taken(torch.randn(12, 2, 3))[0].sum().backward()
    assert seen.step == 1


def test_hundreds_of_watches_one_after_the_other_and_inside_each_other():
    """Nothing is kept of a watch that has ended: neither memory nor who watches, and numbers are the same."""
    layers = [undertow.LSTM(3, 4) for _ in range(120)]
    x = torch.randn(12, 2, 3)

    def backward():
        layers[0].zero_grad()
        layers[0](x)[0][-1].sum().backward()
        return [p.grad.clone() for p in layers[0].parameters()]

    def watched():
        with undertow.watch(layers[0], reach=5) as seen:
            grads = backward()
        return grads, str(seen.verdict)

    plain, (_, verdict) = backward(), watched()
    tracemalloc.start()
    held = []
    try:
        for _ in range(4):
            for _ in range(60):
                grads, told = watched()
                assert told == verdict
                assert all(map(torch.equal, grads, plain))
            with ExitStack() as nested:
                for layer in layers:
                    nested.enter_context(undertow.watch(layer))
                assert all(map(torch.equal, backward(), plain))
            assert not observe._observers
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[-1] - held[1] < 60 * 400  # bytes: a watch that was kept has thousands


# ---- torch's own model, swapped


def test_a_swapped_model_and_after_it_was_put_back():
    torch.manual_seed(0)
    model = nn.ModuleDict({"encoder": nn.LSTM(3, 4, 2, batch_first=True), "head": nn.Linear(4, 1)})
    x = torch.randn(2, 12, 3)

    def backward():
        model.zero_grad()
        model["head"](model["encoder"](x)[0]).sum().backward()
        return [p.grad.clone() for p in model.parameters()]

    theirs = backward()
    swapped = undertow.swap(model)
    with undertow.watch(model) as seen:
        ours = backward()
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
        assert seen.step == 1
        swapped.undo()
        backward()
    assert seen.step == 1
    assert {glance.layer for glance in seen.history} == {"encoder.0", "encoder.1"}
    with pytest.raises(undertow.UndertowError, match="encoder is torch's own layer"):
        undertow.watch(model)
