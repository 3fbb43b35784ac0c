"""Layers inside models that torch compiles as one graph, or exports: the plain layer's numbers, forward and back."""

import subprocess
import sys

import pytest
import torch
from torch import nn

import undertow
from processes import ENVIRONMENT
from undertow.errors import BackendError, OptionError
from undertow.nn import Recurrent
from undertow.nn.engines.fused import operation

BACKENDS = ["eager", "aot_eager"]


class Model(nn.Module):
    """A layer between other modules."""

    def __init__(self, layer):
        super().__init__()
        width = layer.hidden_size * (2 if layer.bidirectional else 1)
        self.before, self.layer, self.after = nn.Linear(3, layer.input_size), layer, nn.Linear(width, 2)

    def forward(self, x, hx=None, lengths=None):
        output, final = self.layer(self.before(x).relu(), hx, lengths=lengths)
        finals = final if isinstance(final, tuple) else (final,)
        return self.after(output), finals


class States(Model):
    """Every component after every step."""

    def forward(self, x):
        output, final, states = self.layer(self.before(x).relu(), states=True)
        return self.after(output), (*final, *(s for name in states for s in states[name]))


@pytest.fixture(autouse=True)
def _fresh():
    torch.manual_seed(0)


def compiled(model, backend="aot_eager", **options):
    torch.compiler.reset()  # one class for all tests: its recompilations would be counted together
    return torch.compile(model, fullgraph=True, backend=backend, **options)


def trained(model, parameters, *inputs):
    """What the model gives, and the gradients of a loss on all of it."""
    leaves = [t for t in inputs if isinstance(t, torch.Tensor) and t.is_floating_point()]
    leaves += [t for h in inputs if isinstance(h, tuple) for t in h]
    for leaf in leaves:
        leaf.requires_grad_()
    output, finals = model(*inputs)
    loss = output.square().sum() + sum((f.sin() * (1 + i)).sum() for i, f in enumerate(finals))
    return [output, *finals, *torch.autograd.grad(loss, [*leaves, *parameters])]


def assert_same(model, backend, *inputs):
    """The compiled model's numbers are the plain one's: without gradients, and with."""
    quick, parameters = compiled(model, backend), list(model.parameters())
    with torch.no_grad():
        torch.testing.assert_close(quick(*inputs), model(*inputs), rtol=0, atol=0)
    for a, b in zip(trained(quick, parameters, *inputs), trained(model, parameters, *inputs), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)


def layer_of(cell, *sizes, **options):
    return Recurrent(cell, *(sizes or (4, 5)), dtype=torch.float64, backend="fused", **options)


def double(model):
    return model.double()


def hx_of(layer, batch, directions=1):
    shape = (layer.num_layers * directions, batch, layer.hidden_size)
    state = tuple(torch.randn(shape, dtype=torch.float64) for _ in layer.cell.state)
    return state if len(state) > 1 else state[0]


def x_of(*shape):
    return torch.randn(*(shape or (6, 2, 3)), dtype=torch.float64)


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_graph_gives_the_same_numbers(backend):
    assert_same(double(Model(layer_of("lstm"))), backend, x_of())


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", ["rnn", "peephole_lstm", "layer_norm_lstm", "sru", "slstm", "min_gru"])
def test_every_kind_of_cell(kind, backend):
    assert_same(double(Model(layer_of(kind, 5, 5))), backend, x_of())


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "options",
    [
        dict(num_layers=2, bidirectional=True),
        dict(batch_first=True),
        dict(bias=False),
        dict(num_layers=2, residual=True),
    ],
    ids=lambda o: " ".join(o),
)
@pytest.mark.parametrize("given", ["nothing", "hx", "lengths", "both"])
def test_options_and_arguments(options, given, backend):
    layer = layer_of("lstm", 4, 5, **options)
    lengths = torch.tensor([3, 6]) if given in ("lengths", "both") else None
    hx = hx_of(layer, 2, 2 if layer.bidirectional else 1) if given in ("hx", "both") else None
    x = x_of(2, 6, 3) if layer.batch_first else x_of()
    assert_same(double(Model(layer)), backend, x, hx, lengths)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_unbatched_lists_of_lengths_and_torchs_layers(backend):
    assert_same(double(Model(layer_of("gru"))), backend, x_of(6, 3))
    assert_same(double(Model(layer_of("gru"))), backend, x_of(), None, [6, 2])
    for layer in (undertow.LSTM(4, 5), undertow.GRU(4, 5, 2), undertow.RNN(4, 5, nonlinearity="relu")):
        assert_same(double(Model(layer)), backend, x_of())


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_all_states(backend):
    assert_same(double(States(layer_of("lstm", 4, 5, 2, bidirectional=True))), backend, x_of())


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_some_parameters_frozen(backend):
    model = double(Model(layer_of("lstm")))
    for name in ("weight_ih_l0", "bias_ih_l0"):
        getattr(model.layer, name).requires_grad_(False)
    inputs, wanted = x_of(), [p for p in model.parameters() if p.requires_grad]
    for a, b in zip(trained(compiled(model, backend), wanted, inputs), trained(model, wanted, inputs), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_noise_draws_the_masks_of_the_plain_layer(backend):
    model = double(Model(layer_of("lstm", zoneout=0.3, recurrent_dropout=0.2, candidate_dropout=0.2)))
    quick, x, results = compiled(model, backend), x_of(), []
    for run in (quick, model):
        torch.manual_seed(7)
        results.append(trained(run, list(model.parameters()), x))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b)
    again = trained(quick, list(model.parameters()), x)
    assert not torch.equal(again[0], results[0][0]), "masks are drawn anew in every run"
    model.eval()
    assert_same(model, backend, x)


@pytest.mark.slow
def test_sizes_that_change_are_compiled_once():
    model = double(Model(layer_of("lstm", 4, 5, 2, bidirectional=True)))
    quick, parameters = compiled(model, dynamic=True), list(model.parameters())
    trained(quick, parameters, x_of(6, 4, 3))
    with torch.compiler.set_stance("fail_on_recompile"):
        for steps, batch in ((9, 7), (12, 8)):
            x = x_of(steps, batch, 3)
            for a, b in zip(trained(quick, parameters, x), trained(model, parameters, x), strict=True):
                torch.testing.assert_close(a, b)


@pytest.mark.slow
def test_weights_that_change_are_seen():
    model, x = double(Model(layer_of("lstm"))), x_of()
    quick = compiled(model)
    quick(x)
    model.layer.weight_hh_l0.data.add_(0.5)
    torch.testing.assert_close(quick(x), model(x))
    model.load_state_dict({k: v + 0.1 for k, v in model.state_dict().items()})
    torch.testing.assert_close(quick(x), model(x))


@pytest.mark.slow
def test_backward_twice():
    model, x = double(Model(layer_of("lstm"))), x_of()
    loss = compiled(model, "eager")(x)[0].square().sum()
    first = torch.autograd.grad(loss, list(model.parameters()), retain_graph=True)
    for a, b in zip(torch.autograd.grad(loss, list(model.parameters())), first, strict=True):
        assert torch.equal(a, b)


@pytest.mark.slow
def test_gradients_of_gradients_in_a_graph_that_torch_runs_as_it_is():
    model, x = double(Model(layer_of("lstm"))), x_of().requires_grad_()
    found = []
    for run in (compiled(model, "eager"), model):
        (of_x,) = torch.autograd.grad(run(x)[0].square().sum(), [x], create_graph=True)
        found.append(torch.autograd.grad(of_x.square().sum(), [x, *model.parameters()], allow_unused=True))
    for a, b in zip(*found, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.slow
def test_what_does_not_work_is_told():
    model, x = double(Model(layer_of("lstm"))), x_of().requires_grad_()
    (of_x,) = torch.autograd.grad(compiled(model, "aot_eager")(x)[0].sum(), [x], create_graph=True)
    with pytest.raises(RuntimeError, match="does not currently support double backward"):
        of_x.sum().backward()


@pytest.mark.slow
def test_lengths_out_of_range_are_told_when_the_graph_runs():
    model = double(Model(layer_of("lstm")))
    with pytest.raises(OptionError, match=r"lengths\[1\] is 7; it must be between 1 and the 6 steps"):
        compiled(model, "eager")(x_of(), None, torch.tensor([3, 7]))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_inductor():
    assert_same(double(Model(layer_of("lstm", 4, 5, 2))), "inductor", x_of())


@pytest.mark.slow
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("given", ["nothing", "lengths"])
def test_export(given, strict, tmp_path):
    model, x = double(Model(layer_of("peephole_lstm", 4, 5, 2, bidirectional=True))), x_of(6, 3, 3)
    inputs = (x,) if given == "nothing" else (x, None, torch.tensor([6, 2, 5]))
    sizes = {0: torch.export.Dim("steps", min=2), 1: torch.export.Dim("batch", min=2)}
    shapes = (sizes,) if given == "nothing" else (sizes, None, {0: sizes[1]})
    program = torch.export.export(model, inputs, dynamic_shapes=shapes, strict=strict)
    torch.export.save(program, tmp_path / "model.pt2")
    again = torch.export.load(tmp_path / "model.pt2").module()
    torch.testing.assert_close(again(*inputs), model(*inputs))
    longer = (x_of(11, 3, 3), *inputs[1:])
    torch.testing.assert_close(again(*longer), model(*longer))


ELSEWHERE = """
import sys, torch, undertow
undertow.Recurrent("peephole_lstm", 1, 1)
output, _ = torch.export.load(sys.argv[1]).module()(torch.ones(6, 2, 3, dtype=torch.float64))
print(output.sum().item())
"""


@pytest.mark.slow
def test_an_exported_model_in_another_process(tmp_path):
    model = double(Model(layer_of("peephole_lstm")))
    torch.export.save(torch.export.export(model, (x_of(),)), tmp_path / "model.pt2")
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path / "model.pt2")]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert float(done.stdout) == model(torch.ones(6, 2, 3, dtype=torch.float64))[0].sum().item()


def test_a_graph_of_a_cell_that_was_not_met_is_told():
    kind = "martian-0123456789abcdef0123"
    with pytest.raises(BackendError, match="layer of cell 'martian' with equations that this process has not met"):
        operation._call(kind, x_of(), [x_of(1, 2, 5)], [], None, None, 1, False)


@pytest.mark.slow
def test_the_operation_keeps_torchs_rules():
    """Schema, autograd registration, shapes where there are no numbers: torch's own examination."""
    layer = layer_of("lstm", bidirectional=True)
    kind = layer.layer(0).kind
    weights = [t for one in layer.layer(0).directions for t in operation._tensors(one)]
    state = [x_of(2, 2, 5).requires_grad_() for _ in range(2)]
    arguments = (kind, x_of(6, 2, 4).requires_grad_(), state, weights, torch.tensor([6, 3]), None, 2, False, True)
    # Its fourth examination compares all results, and a tape has gaps in which anything may stand.
    checks = ("test_schema", "test_autograd_registration", "test_faketensor")
    torch.library.opcheck(torch.ops.undertow.layer.default, arguments, test_utils=checks)
