"""Layers in float64 beside others whose numbers are known to be right: the reference backend's, or torch's."""

import copy

import pytest
import torch
from torch.utils._pytree import tree_leaves

import undertow

__all__ = ["DOUBLE", "KINDS", "assert_close", "assert_same", "draw", "each_kind", "first", "gradients", "pair"]

DOUBLE = torch.float64


class Padded(undertow.LSTM):
    """Two layers, both directions, every other sample two steps shorter."""

    def __init__(self, *sizes, **options):
        super().__init__(*sizes, num_layers=2, bidirectional=True, **options)

    def forward(self, input, hx=None, lengths=None, states=False):
        steps, batch = input.shape[:2]
        return super().forward(input, hx, lengths=[steps - 2 * (n % 2) for n in range(batch)], states=states)


class Peephole(undertow.Recurrent):
    """A cell that torch lacks."""

    def __init__(self, *sizes, **options):
        super().__init__("peephole_lstm", *sizes, **options)


KINDS = {"LSTM": undertow.LSTM, "GRU": undertow.GRU, "peephole": Peephole, "padded": Padded}

each_kind = pytest.mark.parametrize("kind", KINDS)


def draw(*shape, seed=1):
    return torch.randn(*shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))


def pair(kind, **options):
    """A layer of 3 inputs and 4 units, and its copy on the reference backend."""
    torch.manual_seed(0)
    layer = KINDS[kind](3, 4, dtype=DOUBLE, **options)
    other = copy.deepcopy(layer)
    other.backend = "reference"
    return layer, other


def first(state):
    """The first component of a state."""
    return state[0] if isinstance(state, tuple) else state


def gradients(layer, output, x):
    """Of a loss on every number of ``output``, for x and the parameters."""
    weight = draw(*output.shape, seed=5)
    return torch.autograd.grad((output.sin() * weight).sum(), [x, *layer.parameters()])


def assert_close(a, b, **options):
    """All tensors of two nests of them, in order."""
    mine, theirs = tree_leaves(a), tree_leaves(b)
    assert len(mine) == len(theirs) > 0
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one, other, **({"rtol": 1e-8, "atol": 1e-10} | options))


def assert_same(kind, run, **options):
    """What ``run(layer)`` gives is the same as with the reference backend."""
    layer, reference = pair(kind, **options)
    assert_close(run(layer), run(reference))
