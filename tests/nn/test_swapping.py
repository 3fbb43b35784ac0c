"""``swap``: in anybody's model, sharing its parameters, and back."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm
from torch.nn.utils.rnn import pack_sequence

import undertow
from undertow.errors import OptionError
from undertow.nn import Recurrent


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
        self.normed = weight_norm(nn.LSTM(4, 4), "weight_hh_l0")
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
    assert set(done.swapped) == {"first", "inner.gru", "again", "inner.list.0"}
    assert set(done.skipped) == {"own", "normed"}
    assert "subclass" in done.skipped["own"]
    assert isinstance(model.first, undertow.LSTM)
    assert model.again is model.inner["gru"]
    assert all(parameter is before[name] for name, parameter in model.named_parameters())
    assert list(model.state_dict()) == keys
    assert not model.first.training
    torch.testing.assert_close(model(X), expected)


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
