"""Stackable recurrent cell."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["star"]


@cell(gates="k z", state=dict(h=0), roles=dict(input="k", candidate="z"))
def star(x, s):
    """STAR: one gate, a candidate from the input alone, and a squashed state, made for deep stacks.

    Source: Turkoglu, D'Aronco, Wegner and Schindler 2021, "Gating revisited: deep multi-layer RNNs that can be
    trained", arXiv:1911.11033, eq. 9-11.
    """
    k = sigmoid(x.k)
    z = tanh(x.z.input)
    return s.next(h=tanh((1 - k) * s.h + k * z))
