"""Minimal gated unit."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["mgu"]


@cell(gates="f n", state=dict(h=0), roles=dict(input="f", candidate="n"))
def mgu(x, s, U):
    """MGU: the reset and update gates of the GRU are one.

    Source: Zhou, Wu, Zhang and Zhou 2016, "Minimal gated unit for recurrent neural networks", arXiv:1603.09420,
    eq. 7.
    """
    f = sigmoid(x.f)
    n = tanh(x.n.input + U.n(f * s.h))
    return s.next(h=(1 - f) * s.h + f * n)
