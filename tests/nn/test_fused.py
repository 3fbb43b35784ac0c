"""The bridge from autograd to the kernels: what users do to graphs, weights, threads and memory."""

import copy
import pickle
import threading

import pytest
import torch
from torch import nn

import undertow
from undertow.errors import BackendError
from undertow.kernels import arena
from undertow.nn import Recurrent

DOUBLE = torch.float64


def pair(cell="lstm", *sizes, **options):
    """The same layer on the kernels and on the reference."""
    torch.manual_seed(0)
    fused = Recurrent(cell, *(sizes or (3, 5)), dtype=DOUBLE, backend="fused", **options)
    reference = copy.deepcopy(fused)
    reference.backend = "reference"
    return fused, reference


def loss_of(layer, x, **options):
    output, final = layer(x, **options)
    finals = final if isinstance(final, tuple) else (final,)
    weights = torch.linspace(-1, 1, output.numel(), dtype=output.dtype).view_as(output)
    return (output * weights).sum() + sum((f**2).sum() for f in finals)


def gradients(layer, x, **options):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(loss_of(layer, x, **options), [x, *layer.parameters()])


def assert_same(a, b):
    for p, q in zip(a, b, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("lengths", [None, [4, 7, 1]])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_every_gradient_is_the_references(cell, lengths, bidirectional):
    fused, reference = pair(cell, 3, 5, 2, bidirectional=bidirectional)
    x = torch.randn(7, 3, 3, dtype=DOUBLE)
    assert_same(gradients(fused, x, lengths=lengths), gradients(reference, x, lengths=lengths))


def test_sru_whose_input_is_read_itself():
    fused, reference = pair("sru", 5, 5, 2)
    x = torch.randn(6, 3, 5, dtype=DOUBLE)
    assert_same(gradients(fused, x), gradients(reference, x))


@pytest.mark.parametrize("kind", ["slstm", "lstm"])
def test_diagonal_blocks(kind):
    cell = undertow.cells.get(kind).bind(heads=3)
    fused, reference = pair(cell, 4, 21)
    x = torch.randn(5, 4, 4, dtype=DOUBLE)
    assert_same(gradients(fused, x), gradients(reference, x))


@pytest.mark.parametrize("loss_on", ["h", "c", "both"])
def test_cotangents_on_every_component_at_every_step(loss_on):
    results = []
    for layer in pair("lstm", 3, 4, 2, bidirectional=True):
        x = torch.randn(5, 2, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(1)).requires_grad_()
        _, _, states = layer(x, states=True)
        chosen = {"h": ["h"], "c": ["c"], "both": ["h", "c"]}[loss_on]
        loss = sum((s.sin() * (1 + i)).sum() for n in chosen for i, s in enumerate(states[n]))
        results.append(torch.autograd.grad(loss, [x, *layer.parameters()]))
    assert_same(*results)


# ---- graphs


def test_backward_twice_with_retain_graph():
    layer, _ = pair()
    x = torch.randn(4, 2, 3, dtype=DOUBLE, requires_grad=True)
    loss = loss_of(layer, x)
    first = torch.autograd.grad(loss, [x, *layer.parameters()], retain_graph=True)
    second = torch.autograd.grad(loss, [x, *layer.parameters()], retain_graph=True)
    third = torch.autograd.grad(loss, [x, *layer.parameters()])
    for a, b, c in zip(first, second, third, strict=True):
        assert torch.equal(a, b)
        assert torch.equal(a, c)


def test_backward_twice_without_is_told():
    layer, _ = pair()
    loss = loss_of(layer, torch.randn(4, 2, 3, dtype=DOUBLE))
    loss.backward()
    with pytest.raises(RuntimeError, match=r"second time|retain_graph"):
        loss.backward()


def test_a_graph_whose_first_part_was_kept_alive_elsewhere():
    """Two losses on one run of the layer, the first without retain_graph: the second is refused, never wrong."""
    layer, _ = pair()
    output, _ = layer(torch.randn(4, 2, 3, dtype=DOUBLE))
    output.sum().backward()
    with pytest.raises(RuntimeError):
        (output**2).sum().backward()


@pytest.mark.parametrize("what", ["output", "input", "weight"])
def test_edits_in_place_before_backward_are_told(what):
    layer, _ = pair()
    x = torch.randn(4, 2, 3, dtype=DOUBLE)
    output, _ = layer(x)
    loss = (output**2).sum()
    edited = {"output": output.detach(), "input": x, "weight": layer.weight_hh_l0.detach()}[what]
    edited.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("kind", ["lstm", "gru", "layer_norm_lstm"])
def test_gradients_of_gradients(kind):
    results = []
    for layer in pair(kind):
        x = torch.randn(3, 2, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(1)).requires_grad_()
        (of_x,) = torch.autograd.grad(loss_of(layer, x), [x], create_graph=True)
        results.append(torch.autograd.grad((of_x**2).sum(), [x, *layer.parameters()]))
    assert_same(*results)


@pytest.mark.parametrize("frozen", ["x", "weight_ih_l0", "bias_ih_l0", "weight_hh_l0", "all weights", "state"])
def test_gradients_of_some_inputs_only(frozen):
    results = []
    for layer in pair():
        x = torch.randn(3, 2, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(1))
        hx = [torch.ones(1, 2, 5, dtype=DOUBLE).requires_grad_(frozen != "state") for _ in range(2)]
        x.requires_grad_(frozen != "x")
        for name, parameter in layer.named_parameters():
            parameter.requires_grad_(frozen not in (name, "all weights"))
        wanted = [t for t in (x, *hx, *layer.parameters()) if t.requires_grad]
        results.append(torch.autograd.grad(layer(x, tuple(hx))[0].sin().sum(), wanted))
    assert_same(*results)


# ---- tensors of every form


def test_views_strides_and_empty_batches():
    for layer in pair("lstm", 3, 5, bidirectional=True):
        base = torch.randn(2, 6, 5, dtype=DOUBLE)
        strided = base.permute(1, 0, 2)[::2, :, 1:4]
        torch.testing.assert_close(layer(strided)[0], layer(strided.contiguous())[0])
        output, (h, _) = layer(torch.zeros(4, 0, 3, dtype=DOUBLE))
        assert output.shape == (4, 0, 10)
        assert h.shape == (2, 0, 5)
        output.sum().backward()
    fused, _ = pair()
    expanded = torch.randn(4, 1, 3, dtype=DOUBLE).expand(4, 3, 3)
    torch.testing.assert_close(fused(expanded)[0], fused(expanded.clone())[0])


def test_results_are_the_users_own():
    """Outputs lie in memory that is used again: not before the user lets go of them."""
    layer, _ = pair()
    x = torch.randn(4, 2, 3, dtype=DOUBLE)
    with torch.no_grad():
        first, _ = layer(x)
        kept = first.clone()
        for _ in range(5):
            layer(x * 2)
    assert torch.equal(first, kept)
    view = layer(x)[0][1:2].detach()
    kept = view.clone()
    layer(x * 3)
    assert torch.equal(view, kept)


def test_what_it_cannot_run_is_told():
    with pytest.raises(BackendError, match="does not project"):
        undertow.LSTM(3, 5, proj_size=2, backend="fused")
    with pytest.raises(BackendError, match="float32 and float64"):
        undertow.LSTM(3, 5, dtype=torch.bfloat16, backend="fused")


def test_without_fused_multiply_add_torch_and_the_reference_run(monkeypatch):
    monkeypatch.setattr("undertow.nn.engines.fused.engine._RUNS_HERE", False)
    assert "backend=auto: vendor" in repr(undertow.LSTM(3, 5))
    assert "backend=auto: reference" in repr(Recurrent("peephole_lstm", 3, 5))
    with pytest.raises(BackendError, match="no fused multiply-add"):
        undertow.LSTM(3, 5, backend="fused")


def test_small_numbers_are_flushed_inside_and_nowhere_else():
    layer = undertow.RNN(1, 20, bias=False)
    nn.init.constant_(layer.weight_ih_l0, 1e-20)
    with torch.no_grad():
        output, _ = layer(torch.full((1, 1, 1), 1e-20))
    assert (output == 0).all(), "1e-40 has not full precision in float32"
    assert torch.tensor([1e-39]) * 0.5 > 0


# ---- weights


@pytest.mark.parametrize(
    "change",
    [
        lambda m: torch.optim.SGD(m.parameters(), 0.5).step(),
        lambda m: torch.optim.Adam(m.parameters(), 0.5, foreach=True).step(),
        lambda m: m.load_state_dict({k: v + 1 for k, v in m.state_dict().items()}),
        lambda m: m.weight_hh_l0.data.add_(0.5),
        lambda m: m.weight_hh_l0.data[0, 0].add_(9.0),
        lambda m: setattr(m.bias_ih_l0, "data", torch.ones_like(m.bias_ih_l0)),
        lambda m: setattr(m, "weight_ih_l0", nn.Parameter(torch.ones_like(m.weight_ih_l0))),
    ],
    ids=["sgd", "adam", "load_state_dict", "data", "one number", "data replaced", "parameter replaced"],
)
@pytest.mark.parametrize("training", [False, True])
def test_weights_are_never_stale(change, training):
    layer, reference = pair()
    x = torch.randn(4, 2, 3, dtype=DOUBLE)
    with torch.set_grad_enabled(training):
        before = layer(x)[0]
    layer(x)[0].sum().backward()
    change(layer)
    reference.load_state_dict(layer.state_dict())
    with torch.set_grad_enabled(training):
        after = layer(x)[0]
    torch.testing.assert_close(after, reference(x)[0])
    assert not torch.equal(before, after)


def test_what_is_remembered_of_a_layer_follows_its_tensors():
    """Copied, moved to another format, computed from others, passed in by a call, given other strides: always seen."""
    layer, reference = pair("lstm", 5, 5)
    x = torch.randn(4, 2, 5, dtype=DOUBLE)

    def assert_seen(*inputs):
        reference.load_state_dict({k: v.to(DOUBLE) for k, v in layer.state_dict().items()})
        torch.testing.assert_close(layer(*inputs)[0], reference(x)[0], check_dtype=False, rtol=1e-4, atol=1e-5)

    assert_seen(x)
    other = copy.deepcopy(layer)
    with torch.no_grad():
        other.weight_hh_l0.mul_(2)
    assert not torch.equal(other(x)[0], layer(x)[0])
    pickled = pickle.loads(pickle.dumps(other))
    assert torch.equal(pickled(x)[0], other(x)[0])
    layer.weight_ih_l0.data = layer.weight_ih_l0.data.clone()
    layer.weight_hh_l0.data = layer.weight_hh_l0.data.flip(0)
    assert_seen(x)
    layer.float()
    assert_seen(x.float())
    layer.double()
    assert_seen(x)
    passed = {k: v * 0.5 for k, v in layer.named_parameters()}
    output, _ = torch.func.functional_call(layer, passed, (x,))
    torch.testing.assert_close(output, torch.func.functional_call(reference, passed, (x,))[0])
    assert_seen(x)


def test_strides_that_change_under_the_same_address():
    layer = Recurrent("rnn", 5, 5, dtype=DOUBLE, backend="fused")
    x = torch.randn(4, 2, 5, dtype=DOUBLE)
    layer(x)
    layer.weight_hh_l0.data = layer.weight_hh_l0.data.t()
    reference = copy.deepcopy(layer)
    reference.backend = "reference"
    torch.testing.assert_close(layer(x)[0], reference(x)[0])


def test_a_weight_that_is_computed_from_others():
    layer = Recurrent("gru", 3, 5, dtype=DOUBLE, backend="fused")
    torch.nn.utils.parametrizations.weight_norm(layer, "weight_hh_l0")
    x = torch.randn(4, 2, 3, dtype=DOUBLE)
    before = layer(x)[0]
    with torch.no_grad():
        layer.parametrizations.weight_hh_l0.original0.mul_(3)
    after = layer(x)[0]
    assert not torch.equal(before, after)
    layer.backend = "reference"
    torch.testing.assert_close(layer(x)[0], after)


# ---- threads


def test_many_python_threads_at_once(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    fused, _ = pair("lstm", 16, 64)
    xs = [torch.randn(20, 20, 16, dtype=DOUBLE) for _ in range(6)]
    expected = [gradients(fused, x) for x in xs]
    wrong = []

    def work(number):
        for _ in range(5):
            for a, b in zip(gradients(fused, xs[number]), expected[number], strict=True):
                if not torch.equal(a, b):
                    wrong.append(number)

    running = [threading.Thread(target=work, args=(number,)) for number in range(len(xs))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert wrong == []


def test_the_number_of_threads_is_torchs():
    fused, _ = pair("lstm", 16, 64)
    x = torch.randn(30, 12, 16, dtype=DOUBLE)
    before = torch.get_num_threads()
    try:
        results = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            results.append(gradients(fused, x))
    finally:
        torch.set_num_threads(before)
    for a, b in zip(*results, strict=True):
        assert torch.equal(a, b)


# ---- memory


def test_memory_lies_idle_within_its_bound_and_can_be_given_back():
    layer = undertow.LSTM(8, 64)
    x = torch.randn(50, 16, 8)
    layer(x)[0].sum().backward()
    assert arena.idle() > 0
    arena.release()
    assert arena.idle() == 0
    arena.limit(100_000)
    try:
        layer(x)[0].sum().backward()
        assert arena.idle() <= 100_000
    finally:
        arena.limit(1 << 30)


def test_a_training_step_takes_no_new_memory():
    layer = undertow.LSTM(8, 64, 2)
    x = torch.randn(50, 16, 8)

    def step():
        for parameter in layer.parameters():
            parameter.grad = None
        layer(x)[0].sum().backward()

    for _ in range(3):
        step()
    before = arena.idle()
    for _ in range(5):
        step()
    assert arena.idle() == before


def test_a_loss_that_is_kept_does_not_keep_the_activations():
    layer = undertow.LSTM(8, 64)
    x = torch.randn(50, 16, 8)
    arena.release()
    loss = layer(x)[0].sum()
    before = arena.idle()
    loss.backward()
    kept = 50 * 16 * 5 * 64 * 4  # four planes, and c
    assert arena.idle() - before >= kept
    assert loss.grad_fn is not None
