"""Every tensor on its way to an address: what is read, what goes another way, what is refused and in which words."""

import ast
import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.func import functional_call
from torch.fx.experimental.proxy_tensor import make_fx
from torch.testing._internal.two_tensor import TwoTensor
from torch.utils.flop_counter import FlopCounterMode

import undertow
from beside import DOUBLE, KINDS, assert_close, assert_same, draw, each_kind, first, gradients, pair
from undertow.errors import BackendError

SOURCE = Path(undertow.__file__).parent

with_and_without_gradients = pytest.mark.parametrize("training", [False, True], ids=["no_grad", "grad"])
own_kinds = pytest.mark.parametrize("kind", ["LSTM", "GRU", "peephole"])


def test_nothing_but_the_gate_asks_for_an_address():
    asking = {"data_ptr", "mutable_data_ptr", "const_data_ptr"}
    for path in SOURCE.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        words = {n.attr for n in nodes if isinstance(n, ast.Attribute)}
        words |= {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        asks = bool(asking & words)
        assert asks == (path.relative_to(SOURCE) == Path("nn/engines/gate.py")), path


# ---- states that do not fit

STATES = {
    "float32": (lambda s: s.float(), r"same dtype.*torch\.float32.*\.to\(torch\.float64\)"),
    "bfloat16": (lambda s: s.bfloat16(), "same dtype"),
    "float16": (lambda s: s.half(), "same dtype"),
    "int64": (lambda s: s.long(), "same dtype"),
    "complex64": (lambda s: s.to(torch.complex64), "same dtype"),
    "bool": (lambda s: s.bool(), "same dtype"),
    "meta": (lambda s: s.to("meta"), "same device.*meta"),
    "another batch": (lambda s: s[:, :1], r"Expected hidden.*size \(1, 2, 4\), got \[1, 1, 4\]"),
    "fewer units": (lambda s: s[..., :3], "Expected hidden.*size"),
    "storage resized": (lambda s: (s.untyped_storage().resize_(8), s)[1], "only 8 bytes"),
}


def state_of(layer, one, change=lambda s: s):
    """A state of ones, but for component ``one``."""
    parts = [change(torch.ones(1, 2, 4, dtype=DOUBLE)) if n == one else torch.ones(1, 2, 4, dtype=DOUBLE)
             for n in range(len(layer.cell.state))]  # fmt: skip
    return tuple(parts) if len(parts) > 1 else parts[0]


@pytest.mark.parametrize(("change", "message"), STATES.values(), ids=STATES)
@with_and_without_gradients
@own_kinds
def test_a_state_that_does_not_fit_is_refused(kind, change, message, training):
    layer, _ = pair(kind)
    for component in range(len(layer.cell.state)):
        for backend in ("auto", "fused"):
            layer.backend = backend
            with torch.set_grad_enabled(training), pytest.raises(RuntimeError, match=message):
                layer(draw(5, 2, 3), state_of(layer, component, change))


def test_the_natural_ways_to_such_a_state():
    layer = undertow.GRU(3, 5)
    with pytest.raises(RuntimeError, match=r"Convert it: h\.to\(torch\.float32\)"):
        layer(torch.randn(4, 2, 3), torch.from_numpy(np.zeros((1, 2, 5))))
    with torch.autocast("cpu", torch.bfloat16):
        h = nn.Linear(5, 5)(torch.randn(1, 2, 5))
        assert h.dtype == torch.bfloat16
        layer(torch.randn(4, 2, 3), h)  # autocast casts it, as torch's does
    with pytest.raises(RuntimeError, match="same dtype"):
        layer(torch.randn(4, 2, 3), h)
    large = undertow.GRU(3, 4096)
    with torch.no_grad(), pytest.raises(RuntimeError, match="same dtype"):
        large(torch.randn(1, 64, 3), torch.ones(1, 64, 4096, dtype=torch.bool))


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_state_of_another_dtype_in_a_compiled_model(backend):
    torch.compiler.reset()
    layer = undertow.GRU(3, 4)
    with pytest.raises(Exception, match="same dtype"):
        torch.compile(layer, backend=backend)(torch.randn(5, 2, 3), torch.zeros(1, 2, 4, dtype=DOUBLE))


@pytest.mark.parametrize("backend", ["auto", "reference"])
def test_a_stream_checks_what_it_is_given(backend):
    stream = undertow.GRU(3, 4, backend=backend).stream(2)
    with pytest.raises((ValueError, RuntimeError), match=r"float64"):
        stream.step(torch.ones(2, 3, dtype=DOUBLE))

    def begin(hx):
        stream.reset(hx)
        stream.step(torch.ones(2, 3))

    with pytest.raises(RuntimeError, match="same dtype"):
        begin(torch.ones(1, 2, 4, dtype=DOUBLE))


# ---- weights that do not fit


def _data(value):
    def change(layer, name):
        parameter = getattr(layer, name)
        parameter.data = value(parameter.data)

    return change


def _parameter(value):
    def change(layer, name):
        setattr(layer, name, nn.Parameter(value(getattr(layer, name).detach())))

    return change


def _resize(layer, name):
    getattr(layer, name).untyped_storage().resize_(4)


def _computed(value):
    def change(layer, name):
        weight = getattr(layer, name).detach()
        del layer._parameters[name]
        setattr(layer, name, value(weight))

    return change


WEIGHTS = {
    "dtype by .data": (_data(lambda w: w.float()), "float32"),
    "bool": (_computed(lambda w: w.bool()), "bool"),
    "transposed by .data": (_data(lambda w: w.t().contiguous()), "has shape"),
    "small by .data": (_data(lambda w: w[:2, :2].clone()), "has shape"),
    "small Parameter": (_parameter(lambda w: w[:2]), "has shape"),
    "large Parameter": (_parameter(lambda w: torch.cat([w, w])), "has shape"),
    "meta Parameter": (_parameter(lambda w: w.to("meta")), "meta"),
    "float32 Parameter": (_parameter(lambda w: w.float()), "float32"),
    "resized storage": (_resize, "only 4 bytes of memory; its storage was resized"),
    "computed, of another dtype": (_computed(lambda w: w.float()), "float32"),
    "computed, of another shape": (_computed(lambda w: w[:2]), "has shape"),
}


@pytest.mark.parametrize("name", ["weight_ih_l0", "weight_hh_l0"])
@pytest.mark.parametrize(("change", "message"), WEIGHTS.values(), ids=WEIGHTS)
@with_and_without_gradients
@own_kinds
def test_weights_that_do_not_fit_are_refused(kind, change, message, name, training):
    layer, _ = pair(kind)
    x = draw(5, 2, 3)
    layer(x)  # warm: what was prepared must not outlive the change
    change(layer, name)
    with torch.set_grad_enabled(training), pytest.raises((RuntimeError, ValueError), match=message):
        layer(x)


def test_a_bias_or_a_peephole_that_does_not_fit_is_refused():
    for kind, name in (("LSTM", "bias_ih_l0"), ("GRU", "bias_hh_l0"), ("peephole", "p_f_l0")):
        layer, _ = pair(kind)
        if name not in layer._parameters:
            name = next(n for n in layer._parameters if n.startswith("p_"))
        setattr(layer, name, nn.Parameter(torch.ones(1, dtype=DOUBLE)))
        with pytest.raises(RuntimeError, match="has shape"):
            layer(draw(5, 2, 3))


def test_weights_much_smaller_than_the_layer_are_refused_before_they_are_read():
    layer = undertow.GRU(3, 1024)
    layer.weight_hh_l0.data = torch.randn(4, 4)
    for training in (False, True):
        with torch.set_grad_enabled(training), pytest.raises(RuntimeError, match=r"\(4, 4\).*needs \(3072, 1024\)"):
            layer(torch.randn(5, 2, 3))


def test_rows_pruned_away_are_refused():
    """Torch goes by the weights that it finds; this layer by the sizes that it was made with."""
    layer = undertow.LSTM(3, 400)
    for name in ("weight_ih_l0", "bias_ih_l0", "bias_hh_l0"):
        setattr(layer, name, nn.Parameter(getattr(layer, name)[:8]))
    layer.weight_hh_l0 = nn.Parameter(layer.weight_hh_l0[:8, :2])
    with pytest.raises(RuntimeError, match="has shape"):
        layer(torch.randn(5, 2, 3))


def test_a_weight_changed_between_forward_and_backward():
    for change, message in (
        (lambda w: setattr(w, "data", w.data.float()), "float32"),
        (lambda w: setattr(w, "data", w.data[:2].clone()), "shape"),
        (lambda w: w.untyped_storage().resize_(4), "bytes"),
    ):
        layer, _ = pair("LSTM")
        loss = layer(draw(5, 2, 3))[0].sum()
        change(layer.weight_hh_l0)
        with pytest.raises(RuntimeError, match=message):
            loss.backward()


def test_a_stream_whose_weights_stop_to_fit():
    for change, message in (
        (_data(lambda w: w.double()), "float64"),
        (_data(lambda w: w[:2]), "has shape"),  # over the same memory
        (_parameter(lambda w: w[:2]), "has shape"),
    ):
        layer = undertow.LSTM(3, 4)
        stream = layer.stream()
        stream.step(torch.ones(1, 3))
        change(layer, "weight_hh_l0")
        with pytest.raises(RuntimeError, match=message):
            stream.step(torch.ones(1, 3))


def test_a_stream_of_weights_turned_around_over_the_same_memory():
    layer, x = undertow.RNN(4, 4), torch.ones(1, 4)
    stream = layer.stream()
    stream.step(x)
    layer.weight_hh_l0.data = layer.weight_hh_l0.data.t()
    with torch.no_grad():
        expected, _ = layer(x[None], stream.state)
    torch.testing.assert_close(stream.step(x), expected[0])


def test_a_stream_of_computed_weights_reads_them_as_they_are():
    layer = undertow.LSTM(3, 4)
    torch.nn.utils.parametrizations.weight_norm(layer, "weight_hh_l0")
    stream, x = layer.stream(), torch.ones(1, 3)
    stream.step(x)
    with torch.no_grad():
        layer.parametrizations.weight_hh_l0.original0.mul_(3)
        expected, _ = layer(x[None], stream.state)
    torch.testing.assert_close(stream.step(x), expected[0])


# ---- x, states, weights and gradients that mean something else than their memory says

ODD = {
    "negative bit": lambda t: torch._neg_view(t),
    "imaginary part of a conjugate": lambda t: torch.complex(t, t).conj().imag,
    "no memory, all zeros": lambda t: torch._efficientzerotensor(t.shape, dtype=t.dtype),
    "expanded": lambda t: t[..., :1].expand(t.shape),
    "every other number": lambda t: torch.stack([t, t], -1).flatten(-2)[..., ::2],
    "last dimension first": lambda t: t.permute(2, 0, 1).contiguous().permute(1, 2, 0) if t.dim() == 3 else t,
    "inside another": lambda t: torch.cat([t.flatten(), t.flatten()])[t.numel() :].view(t.shape),
}
each_odd = pytest.mark.parametrize("odd", ODD.values(), ids=ODD)


@each_odd
@with_and_without_gradients
@each_kind
def test_an_odd_input(kind, odd, training):
    def run(layer):
        x = odd(draw(5, 2, 3)).requires_grad_(training)
        output, final = layer(x)
        return output, final, *(gradients(layer, output, x) if training else ())

    assert_same(kind, run)


def test_one_odd_number():
    """A tensor of one number has no strides to be looked at."""
    for odd in ODD.values():
        layer = undertow.LSTM(1, 1, dtype=DOUBLE)
        x = odd(torch.full((1, 1, 1), 0.5, dtype=DOUBLE))
        torch.testing.assert_close(layer(x)[0], layer(x.resolve_neg().clone())[0])


@each_odd
@own_kinds
def test_an_odd_state(kind, odd):
    def run(layer):
        x = draw(5, 2, 3).requires_grad_()
        output, final = layer(x, state_of(layer, 0, odd))
        return output, final, gradients(layer, output, x)

    assert_same(kind, run)


@each_odd
@each_kind
def test_an_odd_gradient_arrives(kind, odd):
    def run(layer):
        x = draw(5, 2, 3).requires_grad_()
        output, final = layer(x)
        arriving = [odd(draw(*output.shape, seed=3)), odd(draw(*first(final).shape, seed=4))]
        return torch.autograd.grad([output, first(final)], [x, *layer.parameters()], arriving)

    assert_same(kind, run)


@each_odd
@own_kinds
def test_odd_weights(kind, odd):
    def run(layer):
        weights = {n: odd(p.detach()) if p.dim() == 2 else p.detach() for n, p in layer.named_parameters()}
        return functional_call(layer, weights, (draw(5, 2, 3),))

    assert_same(kind, run)


REFUSED = {
    "meta": (lambda x: x.to("meta"), RuntimeError, "not at the same device.*meta"),
    "float32": (lambda x: x.float(), ValueError, r"input\.to\(torch\.float64\)"),
    "complex": (lambda x: x.to(torch.complex128), ValueError, "does not match weight dtype"),
    "int64": (lambda x: x.long(), ValueError, "does not match weight dtype"),
    "sparse": (lambda x: x.to_sparse(), RuntimeError, r"to_dense\(\)"),
    "nested": (lambda x: torch.nested.nested_tensor(list(x)), BackendError, "to_padded_tensor.*lengths="),
    "jagged": (
        lambda x: torch.nested.nested_tensor(list(x), layout=torch.jagged), BackendError, "to_padded_tensor.*lengths=",
    ),
    "storage resized": (lambda x: (x.untyped_storage().resize_(8), x)[1], RuntimeError, "only 8 bytes"),
    "NumPy array": (lambda x: x.numpy(), TypeError, r"torch\.as_tensor\(input\)"),
    "list": (lambda x: x.tolist(), TypeError, r"torch\.as_tensor\(input\)"),
    "None": (lambda x: None, TypeError, "NoneType"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize(("odd", "error", "message"), REFUSED.values(), ids=REFUSED)
@with_and_without_gradients
@own_kinds
def test_an_input_that_is_refused(kind, odd, error, message, training):
    layer, _ = pair(kind)
    with torch.set_grad_enabled(training), pytest.raises(error, match=message):
        layer(odd(draw(5, 2, 3)))


def test_inference_tensors_as_torch_has_them():
    with torch.inference_mode():
        x = torch.randn(5, 2, 3)
    for layer in (undertow.LSTM(3, 4), nn.LSTM(3, 4)):
        with torch.no_grad():
            layer(x)
        with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
            layer(x)[0].sum().backward()
    with torch.inference_mode():
        layer = undertow.LSTM(3, 4)
        other = nn.LSTM(3, 4)
        other.load_state_dict(layer.state_dict())
        torch.testing.assert_close(layer(x), other(x))
        layer.stream().step(x[0, :1])
    with torch.no_grad():
        torch.testing.assert_close(layer(x), other(x))


# ---- tensors with a meaning of their own


@each_kind
@with_and_without_gradients
def test_fake_tensors_have_shapes(kind, training):
    with FakeTensorMode(), torch.set_grad_enabled(training):
        layer = KINDS[kind](3, 4)
        output, final = layer(torch.empty(5, 2, 3))
        if training:
            output.sum().backward()
            assert layer.weight_hh_l0.grad.shape == layer.weight_hh_l0.shape
    wide = kind == "padded"
    assert output.shape == (5, 2, 8 if wide else 4)
    assert first(final).shape == (4 if wide else 1, 2, 4)


@pytest.mark.parametrize("mode", ["real", "fake", "symbolic"])
@each_kind
def test_make_fx_gives_a_graph_with_the_layers_numbers(kind, mode):
    layer, reference = pair(kind)
    parameters = {n: p.detach() for n, p in layer.named_parameters()}

    def run(weights, x):
        return functional_call(layer, weights, (x,))[0]

    for training in (False, True):
        with torch.set_grad_enabled(training):
            graph = make_fx(run, tracing_mode=mode)(parameters, draw(5, 2, 3))
            other = draw(5, 2, 3, seed=7)
            assert_close(graph(parameters, other), reference(other)[0])
    assert_close(make_fx(lambda x: layer(x)[0])(draw(5, 2, 3))(other), reference(other)[0])


class Plain(torch.Tensor):
    """Nothing but a name."""


class Watching(torch.Tensor):
    """Sees which functions of torch are called on it."""

    seen: list = []  # noqa: RUF012

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.seen.append(func)
        return super().__torch_function__(func, types, args, kwargs)


@each_kind
def test_a_plain_subclass_keeps_its_type(kind):
    layer, reference = pair(kind)
    x = draw(5, 2, 3)
    for training in (False, True):
        with torch.set_grad_enabled(training):
            output, final = layer(x.as_subclass(Plain))
        assert type(output) is Plain
        assert type(first(final)) is Plain
        assert_close(output.as_subclass(torch.Tensor), reference(x)[0])


@pytest.mark.filterwarnings("ignore:.*this runs on the reference backend")
@each_kind
def test_a_class_that_knows_functions_is_shown_them(kind):
    layer, reference = pair(kind)
    Watching.seen.clear()
    output, _ = layer(draw(5, 2, 3).as_subclass(Watching))
    assert type(output) is Watching
    assert_close(output.as_subclass(torch.Tensor), reference(draw(5, 2, 3))[0])
    expected = {"LSTM": torch.lstm, "padded": torch.lstm, "GRU": torch.gru, "peephole": torch.sigmoid}[kind]
    assert expected in Watching.seen or any("sigmoid" in str(f) for f in Watching.seen)


class Wrapper:
    """No tensor, but something that torch's functions take."""

    def __init__(self, data):
        self.data = data

    def __getattr__(self, name):
        return getattr(self.data, name)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        def bare(value):
            if isinstance(value, list | tuple):
                return type(value)(map(bare, value))
            return value.data if isinstance(value, Wrapper) else value

        return func(*bare(args), **{k: bare(v) for k, v in (kwargs or {}).items()})


@pytest.mark.filterwarnings("ignore:.*this runs on the reference backend")
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_what_is_no_tensor_but_has_torch_function(kind):
    layer, reference = pair(kind)
    x = draw(5, 2, 3)
    assert_close(layer(Wrapper(x))[0], reference(x)[0])


@each_kind
def test_a_subclass_with_two_inner_tensors(kind):
    layer, reference = pair(kind)
    two = TwoTensor(draw(5, 2, 3), draw(5, 2, 3, seed=2)).requires_grad_()
    output, _ = layer(two)
    assert type(output) is TwoTensor
    output.sum().backward()
    for inner, gradient in ((two.a, two.grad.a), (two.b, two.grad.b)):
        x = inner.detach().clone().requires_grad_()
        expected, _ = reference(x)
        assert_close(output.a if inner is two.a else output.b, expected)
        assert_close(gradient, torch.autograd.grad(expected.sum(), x))


def test_distributed_weights(tmp_path):
    from torch import distributed
    from torch.distributed.tensor import DTensor, Replicate, distribute_tensor, init_device_mesh

    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    try:
        mesh = init_device_mesh("cpu", (1,))
        layer, reference = pair("LSTM")
        for name, parameter in list(layer.named_parameters()):
            setattr(layer, name, nn.Parameter(distribute_tensor(parameter.detach(), mesh, [Replicate()])))
        x = DTensor.from_local(draw(5, 2, 3), mesh, [Replicate()])
        with pytest.raises(NotImplementedError, match=r"undertow\.layer"):
            layer(x)
        layer.backend = "reference"
        assert_close(layer(x)[0].to_local(), reference(draw(5, 2, 3))[0])
    finally:
        distributed.destroy_process_group()


@pytest.mark.parametrize("device", ["meta", "cpu"])
@with_and_without_gradients
@each_kind
def test_a_default_device_around_a_call(kind, training, device):
    def run(layer):
        x = draw(5, 2, 3).requires_grad_(training)
        with torch.device(device):
            output, final = layer(x)
        return output, final, *(gradients(layer, output, x) if training else ())

    assert_same(kind, run)


@own_kinds  # torch.nn itself cannot pad a packed sequence there
def test_layers_on_meta(kind):
    layer = KINDS[kind](3, 4, device="meta")
    output, _ = layer(torch.empty(5, 2, 3, device="meta"))
    assert output.device.type == "meta"
    assert output.shape == (5, 2, 4)


def test_copies_made_by_torch_while_a_call_is_prepared():
    """A layer whose weights were moved by ``to`` and ``swap_module_params``: always the ones that are there now."""
    layer, reference = pair("LSTM")
    x = draw(5, 2, 3)
    layer(x)
    before = torch.__future__.get_swap_module_params_on_conversion()
    try:
        for swap in (False, True):
            torch.__future__.set_swap_module_params_on_conversion(swap)
            moved = copy.deepcopy(layer).float()
            torch.testing.assert_close(moved(x.float())[0], reference(x)[0].float(), rtol=1e-4, atol=1e-5)
    finally:
        torch.__future__.set_swap_module_params_on_conversion(before)


def test_a_call_by_name_of_the_fused_backend_says_why_it_cannot():
    layer, _ = pair("LSTM", backend="fused")
    with pytest.raises(BackendError, match=r"torch\.func.*Use backend='auto' or 'reference'"):
        torch.func.grad(lambda x: layer(x)[0].sum())(draw(5, 2, 3))
    with pytest.raises(BackendError, match=r"Watching\.__torch_function__"):
        layer(draw(5, 2, 3).as_subclass(Watching))


def test_a_counter_of_operations_counts_nothing():
    for layer in (undertow.LSTM(3, 4), undertow.GRU(3, 4), nn.LSTM(3, 4)):
        with FlopCounterMode(display=False) as counted:
            layer(torch.randn(5, 2, 3))
        assert counted.get_total_flops() == 0
