"""Learning rates, optimizers and clipping."""

import itertools
import math

import pytest
import torch
from torch import nn

from undertow.training.config import TrainingOptions
from undertow.training.optimize import clip, learning_rate, make_optimizer


def test_warmup_then_cosine():
    options = TrainingOptions(steps=100, warmup=10, learning_rate=2.0)
    rates = [learning_rate(step, options) for step in range(100)]
    assert rates[0] == pytest.approx(0.2, rel=1e-3)
    assert max(rates) == pytest.approx(2.0, rel=0.03)
    assert rates[50] == pytest.approx(1.0)
    assert rates[75] == pytest.approx(1 + math.cos(math.pi * 0.75))
    assert 0 < rates[99] < 0.001
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))


def test_constant_and_linear():
    assert learning_rate(70, TrainingOptions(steps=100, warmup=0, schedule="constant", learning_rate=0.5)) == 0.5
    assert learning_rate(75, TrainingOptions(steps=100, warmup=0, schedule="linear", learning_rate=0.4)) == 0.1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("adam", torch.optim.Adam),
        ("adamw", torch.optim.AdamW),
        ("rmsprop", torch.optim.RMSprop),
        ("sgd", torch.optim.SGD),
    ],
)
def test_optimizers_are_torchs_with_the_options(name, expected):
    options = TrainingOptions(optimizer=name, learning_rate=0.3, weight_decay=0.01, momentum=0.7)
    optimizer = make_optimizer([nn.Parameter(torch.ones(2))], options)
    assert type(optimizer) is expected
    group = optimizer.param_groups[0]
    assert (group["lr"], group["weight_decay"]) == (0.3, 0.01)
    if name in ("rmsprop", "sgd"):
        assert group["momentum"] == 0.7


def parameters(*gradients):
    made = [nn.Parameter(torch.zeros(len(g))) for g in gradients]
    for parameter, gradient in zip(made, gradients, strict=True):
        parameter.grad = torch.tensor(gradient)
    return made


def test_clip_by_norm():
    ps = parameters([3.0, 0.0], [0.0, 4.0])
    norm, acted = clip(ps, TrainingOptions(clip_norm=1.0))
    assert norm == pytest.approx(5.0)
    assert acted
    assert torch.cat([p.grad for p in ps]).norm() == pytest.approx(1.0, rel=1e-5)
    torch.testing.assert_close(ps[0].grad, torch.tensor([0.6, 0.0]), rtol=1e-5, atol=0)


def test_clip_by_value_comes_first():
    ps = parameters([3.0, -0.1], [0.2, -4.0])
    norm, acted = clip(ps, TrainingOptions(clip_norm=0.0, clip_value=0.5))
    assert norm == pytest.approx((9 + 0.01 + 0.04 + 16) ** 0.5)
    assert acted
    torch.testing.assert_close(torch.cat([p.grad for p in ps]), torch.tensor([0.5, -0.1, 0.2, -0.5]))


def test_no_clipping_changes_nothing_and_says_so():
    ps = parameters([3.0, -0.1])
    norm, acted = clip(ps, TrainingOptions(clip_norm=0.0))
    assert (float(norm), acted) == (pytest.approx(9.01**0.5), False)
    assert torch.equal(ps[0].grad, torch.tensor([3.0, -0.1]))
    assert clip(ps, TrainingOptions(clip_norm=10.0))[1] is False
