"""Attention: against the papers' formulas one pair at a time, padding, and gradients."""

import math

import pytest
import torch
from hypothesis import given, settings, strategies as st

from undertow.nn.attention import Additive, General

T, B, S, H, M, K = 3, 4, 5, 6, 7, 2
LENGTHS = torch.tensor([5, 1, 3, 4])


def general(layer, h, m):
    """h' W m (Luong et al. 2015, eq. 8)."""
    return h @ layer.keys.weight @ m


def additive(layer, h, m):
    """v' tanh(W h + U m) (Bahdanau et al. 2015, sec. A.1.2)."""
    return layer.direction.weight[0] @ torch.tanh(layer.query.weight @ h + layer.keys.weight @ m)


BOTH = [(lambda: General(H, M), general), (lambda: Additive(H, M, K), additive)]


@pytest.fixture(params=BOTH, ids=["general", "additive"])
def case(request):
    torch.manual_seed(3)
    make, formula = request.param
    return make().double(), formula, torch.randn(T, B, H).double(), torch.randn(S, B, M).double()


@torch.no_grad()
def test_weights_and_context_by_the_formula_one_pair_at_a_time(case):
    layer, formula, query, values = case
    context, weights = layer(query, layer.remember(values, LENGTHS))
    for t in range(T):
        for b in range(B):
            own = int(LENGTHS[b])
            scores = [float(formula(layer, query[t, b], values[s, b])) for s in range(own)]
            total = sum(math.exp(score) for score in scores)
            by_hand = [math.exp(score) / total for score in scores]
            assert weights[t, b, :own].tolist() == pytest.approx(by_hand, rel=1e-9)
            assert context[t, b].tolist() == pytest.approx(
                sum(w * values[s, b] for s, w in enumerate(by_hand)).tolist(), rel=1e-9
            )


def test_padding_changes_nothing_and_gets_no_gradient(case):
    layer, _, query, values = case
    other = values.clone()
    for b, own in enumerate(LENGTHS.tolist()):
        other[own:, b] = 1e6
    other.requires_grad_()
    context, weights = layer(query, layer.remember(values, LENGTHS))
    changed, same = layer(query, layer.remember(other, LENGTHS))
    torch.testing.assert_close(changed, context, rtol=0, atol=0)
    torch.testing.assert_close(same, weights, rtol=0, atol=0)
    changed.sum().backward()
    for b, own in enumerate(LENGTHS.tolist()):
        assert not weights[:, b, own:].any()
        assert not other.grad[own:, b].any()
        assert other.grad[:own, b].any()


def test_gradients_against_finite_differences(case):
    layer, _, query, values = case

    def through(query, values):
        return layer(query, layer.remember(values, LENGTHS))

    assert torch.autograd.gradcheck(through, (query.requires_grad_(), values.requires_grad_()))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, B - 1), min_size=1, max_size=6))
def test_the_memory_of_chosen_samples(chosen):
    torch.manual_seed(4)
    layer, values, query = General(H, M), torch.randn(S, B, M), torch.randn(T, B, H)
    memory = layer.remember(values, LENGTHS)
    every, _ = layer(query, memory)
    some, _ = layer(query[:, chosen], memory.select(torch.tensor(chosen)))
    torch.testing.assert_close(some, every[:, chosen])
