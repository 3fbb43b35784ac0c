"""Real watches, one of each kind: what is told of them must not hang on the words that it is told in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from safetensors.torch import load, save
from torch import nn

import undertow
from undertow.flow.schedule import Schedule, at, every, never
from undertow.flow.watching import Watch
from undertow.nn import Recurrent

WATCHES: dict[str, Callable[[], Watch]] = {}


def _named(make: Callable[[], Watch]) -> Callable[[], Watch]:
    WATCHES[make.__name__.replace("_", " ")] = make
    return make


def _seen(
    model: nn.Module, steps: int = 40, *, reach: int | None = 20, scale: float = 1.0, examine: Schedule | None = None
) -> Watch:
    torch.manual_seed(1)
    with undertow.watch(model, reach=reach, examine=examine or every(1)) as watch:
        model(scale * torch.randn(steps, 4, 3))[0][-1].sum().backward()
    return watch


def _lstm(*layers: int, **options) -> undertow.LSTM:
    torch.manual_seed(0)
    return undertow.LSTM(3, 16, *layers, **options)


def _rnn(weight: float, **options) -> undertow.RNN:
    torch.manual_seed(0)
    model = undertow.RNN(3, 16, **options)
    with torch.no_grad():
        model.weight_hh_l0.copy_(weight * torch.eye(16))
    return model


def _spoilt(x: torch.Tensor) -> torch.Tensor:
    x[7, 2, 1] = torch.nan
    return x


@_named
def healthy() -> Watch:
    return _seen(_lstm(2, bidirectional=True), reach=5)


@_named
def vanishing() -> Watch:
    return _seen(_lstm(), 60, reach=50)


@_named
def no_reach() -> Watch:
    return _seen(_lstm(), reach=None)


@_named
def exploding() -> Watch:
    return _seen(_rnn(1.5, nonlinearity="relu"), scale=0.1)


@_named
def exploding_beyond_numbers() -> Watch:
    return _seen(_rnn(20, bias=False), 50, scale=0.0)


@_named
def states_that_are_no_numbers() -> Watch:
    return _seen(_rnn(20, nonlinearity="relu"), 50)


@_named
def weights_that_are_no_numbers() -> Watch:
    model = _lstm()
    with torch.no_grad():
        model.weight_hh_l0[0, 0] = torch.nan
    return _seen(model)


@_named
def nan_input() -> Watch:
    model = _lstm(2)
    torch.manual_seed(1)
    with undertow.watch(model, reach=5, examine=every(1)) as watch:
        model(_spoilt(torch.randn(40, 4, 3)))[0].sum().backward()
    return watch


@_named
def nan_input_and_more_windows() -> Watch:
    model = _lstm()
    torch.manual_seed(1)
    with undertow.watch(model, reach=5, examine=every(1)) as watch:
        for spoil in (_spoilt, lambda x: x):
            model(spoil(torch.randn(40, 4, 3)))[0].sum().backward()
    return watch


@_named
def a_loss_that_is_no_number() -> Watch:
    model = _lstm(2)
    with undertow.watch(model, reach=5, examine=every(1)) as watch:
        (torch.nan * model(torch.randn(40, 4, 3))[0][-1].sum()).backward()
    return watch


@_named
def no_backward() -> Watch:
    torch.manual_seed(0)
    model = nn.ModuleDict({"used": undertow.LSTM(3, 16), "idle": undertow.GRU(3, 16)})
    with undertow.watch(model, reach=5) as watch:
        model["idle"](torch.randn(12, 4, 3))
        model["used"](torch.randn(40, 4, 3))[0].sum().backward()
    return watch


@_named
def nothing_examined() -> Watch:
    return _seen(_lstm(), examine=never)


@_named
def one_step() -> Watch:
    return _seen(_lstm(), 1)


@_named
def samples_of_one_step_in_longer_windows() -> Watch:
    model = _lstm()
    with undertow.watch(model, reach=5, examine=every(1)) as watch:
        model(torch.randn(9, 4, 3), lengths=torch.ones(4, dtype=torch.long))[0].sum().backward()
    return watch


@_named
def too_short_a_window() -> Watch:
    return _seen(_lstm(), 12, reach=50)


@_named
def saturated() -> Watch:
    torch.manual_seed(0)
    return _seen(Recurrent("lstm", 3, 16, forget_bias=9.0), reach=5)


@_named
def dead_units() -> Watch:
    model = _rnn(0.1, nonlinearity="relu")
    with torch.no_grad():
        model.bias_ih_l0[:12] = -30
    return _seen(model)


@_named
def a_large_input() -> Watch:
    return _seen(_lstm(), scale=100.0, reach=5)


@_named
def a_cell_without_gates() -> Watch:
    @undertow.cell(gates="a", state=dict(h=0))
    def plain(x, s):
        return s.next(h=0.5 * s.h + x.a.input)

    return _seen(Recurrent(plain, 3, 16), reach=5)


@_named
def statistics_by_step() -> Watch:
    torch.manual_seed(0)
    return _seen(Recurrent("lstm", 3, 16, normalisation="recurrent batch"), reach=5)


@_named
def refused_by_torchs_kernels() -> Watch:
    return _seen(_lstm(2, backend="vendor"))


@_named
def refused_twice_differentiated() -> Watch:
    model = _lstm()
    with undertow.watch(model, reach=5) as watch:
        loss = model(torch.randn(12, 4, 3))[0].sum()
        torch.autograd.grad(loss, model.weight_hh_l0, create_graph=True)
    return watch


@_named
def refused_batched() -> Watch:
    model = _lstm(backend="reference")
    with undertow.watch(model, reach=5) as watch:
        x = torch.randn(12, 4, 3, requires_grad=True)
        output = model(x)[0].sum((0, 1))
        torch.autograd.grad(output, x, torch.eye(16), is_grads_batched=True)
    return watch


@_named
def refused_in_reverse() -> Watch:
    torch.manual_seed(0)
    model = Recurrent("lstm", 3, 16, bidirectional=True, normalisation="recurrent batch")
    return _seen(model, reach=5)


def workers() -> tuple[Watch, Watch]:
    """Two workers that have looked at one window each and not told of it; the second one's has a NaN in it."""
    torch.manual_seed(1)
    made = []
    for spoil in (lambda x: x, _spoilt):
        model = _lstm()
        watch = undertow.watch(model, reach=5, examine=at([0])).start()
        model(spoil(torch.randn(40, 4, 3)))[0].sum().backward()
        watch._detach()  # not stop(), which would tell of it
        made.append(watch)
    return made[0], made[1]


@_named
def merged() -> Watch:
    healthy, ill = workers()
    healthy.take_in(load(save(ill.state())))
    return healthy


@_named
def restored() -> Watch:
    _, ill = workers()
    watch = undertow.watch(_lstm(), reach=5, examine=at([0]))
    watch.restore(load(save(ill.state())))
    return watch


@_named
def restored_healthy() -> Watch:
    well, _ = workers()
    watch = undertow.watch(_lstm(), reach=5, examine=at([0]))
    watch.restore(load(save(well.state())))
    return watch


def watches() -> Iterator[tuple[str, Watch]]:
    """Every one, by its name."""
    for name, make in WATCHES.items():
        yield name, make()
