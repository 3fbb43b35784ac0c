"""``swap``: in anybody's model, sharing its parameters, and back."""

import doctest

import pytest
import torch
from torch import nn
from torch.nn.utils import prune, weight_norm
from torch.nn.utils.parametrizations import weight_norm as parametrized_norm
from torch.nn.utils.rnn import pack_sequence

import undertow
from undertow.errors import OptionError
from undertow.nn import Recurrent, swapping


class Own(nn.LSTM):
    """Somebody's subclass, which may do anything."""


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.LSTM(3, 4, 2, bidirectional=True, dropout=0.3)
        self.inner = nn.ModuleDict(
            {"gru": nn.GRU(8, 5, batch_first=True), "list": nn.ModuleList([nn.RNN(5, 4, 1, "relu")])}
        )
        self.again = self.inner["gru"]
        self.own = Own(4, 4)
        self.normed = parametrized_norm(nn.LSTM(4, 4), "weight_hh_l0")
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        x, _ = self.first(x)
        x, _ = self.inner["gru"](x.transpose(0, 1))
        x, _ = self.inner["list"][0](x.transpose(0, 1))
        return self.out(self.normed(self.own(x)[0])[0])


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Model()


X = torch.randn(6, 2, 3, generator=torch.Generator().manual_seed(1))


def test_what_is_swapped_and_what_is_not(model):
    before = dict(model.named_parameters())
    keys = list(model.state_dict())
    expected = model.eval()(X)
    done = undertow.swap(model)
    assert set(done.swapped) == {"first", "inner.gru", "again", "inner.list.0", "normed"}
    assert set(done.skipped) == {"own"}
    assert "subclass" in done.skipped["own"]
    assert isinstance(model.first, undertow.LSTM)
    assert model.again is model.inner["gru"]
    assert all(parameter is before[name] for name, parameter in model.named_parameters())
    assert list(model.state_dict()) == keys
    assert not model.first.training
    torch.testing.assert_close(model(X), expected)


class Dropped(nn.Module):
    """Weight drop: the recurrent matrix is set from outside, before each call."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 4)
        self.raw = nn.Parameter(self.rnn.weight_hh_l0.detach().clone())
        del self.rnn._parameters["weight_hh_l0"]

    def forward(self, x):
        self.rnn.weight_hh_l0 = self.raw * 0.5
        return self.rnn(x)


def computing(how):
    model = nn.Sequential(nn.LSTM(3, 4))
    if how == "pruned":
        prune.random_unstructured(model[0], "weight_hh_l0", 0.5)
    elif how == "parametrized":
        parametrized_norm(model[0], "weight_hh_l0")
    elif how == "normed":
        weight_norm(model[0], "weight_hh_l0")
    else:
        model = Dropped()
    return model


@pytest.mark.parametrize("how", ["pruned", "parametrized", "normed", "dropped"])
@pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated")
def test_what_computes_a_weight_goes_on_computing_it(how):
    torch.manual_seed(0)
    model = computing(how)
    parameters = dict(model.named_parameters())
    expected = model(X)[0]
    expected.sum().backward()
    gradients = {name: p.grad.clone() for name, p in parameters.items()}
    model.zero_grad()
    done = undertow.swap(model)
    assert len(done.swapped) == 1
    assert all(p is parameters[name] for name, p in model.named_parameters())
    found = model(X)[0]
    found.sum().backward()
    torch.testing.assert_close(found, expected)
    for name, p in parameters.items():
        torch.testing.assert_close(p.grad, gradients[name], msg=name)
    with torch.no_grad():
        for p in parameters.values():
            p.mul_(1.5)
    trained = model(X)[0]
    done.undo()
    torch.testing.assert_close(model(X)[0], trained)
    assert (trained - found).abs().max() > 0.01


def test_a_weight_that_is_set_from_outside_goes_with_what_sets_it():
    model = Dropped()
    with pytest.raises(OptionError, match=r"something around the layer sets it.*undertow\.swap\(model\)"):
        undertow.LSTM.from_torch(model.rnn)
    with pytest.raises(OptionError, match=r"^rnn: init: weight_hh_l0 of this LSTM is computed anew in every call"):
        undertow.swap(model, init="orthogonal")


@pytest.mark.parametrize(("model", "skipped"), [
    (nn.Sequential(nn.Linear(3, 4)), {"": "Sequential has no recurrent layer"}),
    (nn.Sequential(undertow.LSTM(3, 4)), {"": "Sequential has no recurrent layer but ours"}),
    (nn.Sequential(undertow.LSTMCell(3, 4)), {"": "Sequential has no recurrent layer but ours"}),
])  # fmt: skip
def test_where_there_is_nothing_to_swap_the_reason_is_told(model, skipped):
    done = undertow.swap(model)
    assert not done.swapped
    assert done.skipped == skipped


def test_an_optimizer_made_before_trains_on_as_if_nothing_happened(model):
    twin = Model()
    twin.load_state_dict(model.state_dict())
    curves = []
    for one, swapped in ((model, True), (twin, False)):
        optimizer = torch.optim.Adam(one.parameters(), lr=0.01)
        if swapped:
            undertow.swap(one)
        torch.manual_seed(5)  # the same dropout
        losses = []
        for _ in range(5):
            loss = one(X).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        curves.append(losses)
    assert curves[0] == pytest.approx(curves[1], rel=1e-5)
    assert curves[0][-1] != curves[0][0]


def test_undo_brings_back_the_modules_and_keeps_what_was_trained(model):
    originals = dict(model.named_modules())
    done = undertow.swap(model)
    with torch.no_grad():
        model.first.weight_hh_l0.zero_()
    swapped = model.eval()(X)
    done.undo()
    assert dict(model.named_modules()) == originals
    assert not model.first.weight_hh_l0.any()
    torch.testing.assert_close(model(X), swapped)


def test_undo_keeps_parameters_that_were_replaced_meanwhile(model):
    with undertow.swap(model):
        model.double()
        model.first.bias_ih_l0 = nn.Parameter(torch.ones(16, dtype=torch.float64))
        expected = model.eval()(X.double())
    assert type(model.first) is nn.LSTM
    torch.testing.assert_close(model(X.double()), expected)


def test_hooks_move_along(model):
    seen = []
    model.first.register_forward_hook(lambda module, args, output: seen.append(type(module)))
    undertow.swap(model)
    model(X)
    assert seen == [undertow.LSTM]


def test_packed_input_through_a_swapped_layer():
    model = nn.Sequential(nn.GRU(3, 4))
    packed = pack_sequence([X[:2, 0], X[:, 1]], enforce_sorted=False)
    expected = model(packed)[0].data
    undertow.swap(model, backend="reference")
    assert isinstance(model[0], Recurrent)
    torch.testing.assert_close(model(packed)[0].data, expected)


def test_a_bare_layer_has_no_place_to_put_another_into():
    with pytest.raises(OptionError, match=r"this is a bare LSTM\. Use undertow\.LSTM\.from_torch\(layer\)"):
        undertow.swap(nn.LSTM(3, 4))
    with pytest.raises(OptionError, match="there is no backend 'fast'"):
        undertow.swap(nn.Sequential(), backend="fast")


def test_from_torch_shares_parameters():
    theirs = nn.LSTM(3, 6, 2, bias=False, bidirectional=True, proj_size=2, batch_first=True).double()
    ours = undertow.LSTM.from_torch(theirs)
    assert all(a is b for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))
    torch.testing.assert_close(ours(X.double())[0], theirs(X.double())[0])


# ---- with remedies


def stack(layer=nn.LSTM, **options):
    torch.manual_seed(0)
    return nn.ModuleDict({"rnn": layer(3, 4, 2, **options), "out": nn.Linear(4, 2)})


def gates(model, index):
    """Whole biases b + d of an LSTM's gates, by name."""
    found = (model["rnn"]._parameters[f"bias_{part}_l{index}"].detach().clone() for part in ("ih", "hh"))
    return dict(zip("ifgo", sum(found).chunk(4), strict=True))


def test_chrono_and_forget_bias_set_their_gates_biases_and_nothing_else():
    model = stack()
    parameters, before = dict(model.named_parameters()), {k: v.clone() for k, v in model.state_dict().items()}
    others = [gates(model, index) for index in (0, 1)]
    undertow.swap(model, init="chrono", memory=20).undo()
    for index in (0, 1):
        own = gates(model, index)
        assert ((own["f"].exp() > 0.99) & (own["f"].exp() < 19.01)).all()
        torch.testing.assert_close(own["i"], -own["f"])
        assert all(torch.equal(own[gate], others[index][gate]) for gate in "go")
    undertow.swap(model, forget_bias=2.0)
    assert torch.equal(gates(model, 1)["f"], torch.full((4,), 2.0))
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items() if "bias" not in name)
    assert all(parameter is parameters[name] for name, parameter in model.named_parameters())


def test_any_other_initialisation_draws_all_parameters_anew_in_place():
    model = stack(nn.RNN)
    parameters, before = dict(model.named_parameters()), {k: v.clone() for k, v in model.state_dict().items()}
    undertow.swap(model, init="orthogonal")
    assert all(parameter is parameters[name] for name, parameter in model.named_parameters())
    matrix = model["rnn"].weight_hh_l1.detach()
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(4))
    changed = {name for name, value in model.state_dict().items() if not torch.equal(before[name], value)}
    assert changed == {name for name in before if name.startswith("rnn")}


def test_noise_and_residual_connections_are_those_of_a_layer_made_with_them():
    options = dict(zoneout=0.2, recurrent_dropout=0.3, candidate_dropout=0.1, residual=True)
    model, made = stack(bidirectional=True), undertow.LSTM(3, 4, 2, bidirectional=True, **options)
    made.load_state_dict(model["rnn"].state_dict())
    drawn = torch.get_rng_state()
    undertow.swap(model, **options)
    assert torch.equal(torch.get_rng_state(), drawn)
    outputs = []
    for layer in (made, model["rnn"]):
        torch.manual_seed(3)
        outputs += [layer.train()(X)[0], layer.eval()(X)[0]]
    assert torch.equal(outputs[0], outputs[2])
    assert torch.equal(outputs[1], outputs[3])


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("kind", ["layer", "batch"])
def test_a_normalisation_goes_on_from_the_numbers_there_are(layer, kind):
    """Before a batch was seen nothing is scaled; over the units of a sample, sums that are 0 stay 0."""
    model = stack(layer, bidirectional=True).double().eval()
    if kind == "layer":
        for name, parameter in model.named_parameters():
            if "weight" in name:
                nn.init.zeros_(parameter)
    matrices = {name: p for name, p in model.named_parameters() if "weight" in name}
    expected = model["rnn"](X.double())[0]
    undertow.swap(model, normalisation=kind)
    assert all(dict(model.named_parameters())[name] is matrix for name, matrix in matrices.items())
    torch.testing.assert_close(model["rnn"](X.double())[0], expected, rtol=1e-4, atol=1e-5)


def test_undo_takes_a_normalisation_out_and_keeps_the_matrices():
    model = stack(nn.GRU)
    keys, biases = list(model.state_dict()), model["rnn"].bias_hh_l0.detach().clone()
    with undertow.swap(model.double(), normalisation="layer", normalisation_gain=0.5):
        assert model["rnn"].p_gain_z_l0[0] == 0.5
        with torch.no_grad():
            model.float()["rnn"].weight_hh_l0.fill_(0.25)
    assert list(model.state_dict()) == keys
    assert (model["rnn"].weight_hh_l0 == 0.25).all()
    torch.testing.assert_close(model["rnn"].bias_hh_l0.detach(), biases)
    model["rnn"](X)  # everything is float32 again


@pytest.mark.parametrize(
    ("layers", "options", "message"),
    [
        ([nn.LSTM(3, 4)], dict(zoneuot=0.1), "^there is no remedy 'zoneuot'; did you mean 'zoneout'"),
        ([nn.LSTM(3, 4)], dict(init="chrono"), "^0: chrono initialisation needs memory="),
        ([nn.LSTM(3, 4)], dict(init="chrno"), "^0: there is no initialisation 'chrno'; did you mean 'chrono'"),
        ([nn.LSTM(3, 4)], dict(residual=True), "^0: residual=True needs two layers or more"),
        ([nn.LSTM(3, 4, bias=False)], dict(forget_bias=1.0), "^0: .* need bias=True"),
        ([nn.LSTM(3, 4), nn.RNN(4, 4)], dict(forget_bias=1.0), r"^1: .*no forget gate.*undertow\.RNN\.from_torch\(\)"),
        ([nn.LSTMCell(3, 4)], dict(zoneout=0.1), "^0: zoneout: LSTMCell takes one step at a time"),
        ([undertow.LSTM(3, 4)], dict(zoneout=0.1), "^zoneout: Sequential has no layer or cell of torch's"),
    ],
)
def test_remedies_that_a_model_cannot_have_leave_it_as_it_was(layers, options, message):
    model = nn.Sequential(*layers)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(OptionError, match=message):
        undertow.swap(model, **options)
    assert list(model) == layers
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())


def test_from_torch_takes_remedies():
    ours = undertow.GRU.from_torch(nn.GRU(3, 4), zoneout=0.25, forget_bias=1.5)
    assert "zoneout of h 0.25" in repr(ours)
    assert torch.equal(ours.layer(0).biases(ours.weights(0))[0]["z"], torch.full((4,), 1.5))


def test_the_example():
    assert doctest.testmod(swapping).failed == 0


def test_options_for_layers_that_were_swapped_in_already():
    model = nn.Sequential(nn.LSTM(3, 4))
    undertow.swap(model)
    with pytest.raises(OptionError, match=r"swapped in already, and take these options there.*or undo\(\) it first"):
        undertow.swap(model, init="chrono", memory=20)
