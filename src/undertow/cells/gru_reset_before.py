"""Gated recurrent unit as first published."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["gru_reset_before"]


@cell(gates="r z n", state=dict(h=0), roles=dict(forget="z", candidate="n"))
def gru_reset_before(x, s, U):
    """GRU, reset before the product: r scales h, and the recurrent matrix sees what is left.

    Source: Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder for statistical machine
    translation", arXiv:1406.1078, eq. 5-8.
    """
    r, z = sigmoid(x.r), sigmoid(x.z)
    n = tanh(x.n.input + U.n(r * s.h))
    return s.next(h=(1 - z) * n + z * s.h)
