"""Gated recurrent unit, reset after the product, as torch and cuDNN have it."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["gru"]


@cell(gates="r z n", state=dict(h=0), roles=dict(forget="z", candidate="n"))
def gru(x, s):
    """GRU, reset after the product: r scales what the recurrent matrix has made of h.

    Source: Cho et al. 2014, arXiv:1406.1078, with the reset moved behind the product as in cuDNN and
    torch.nn.GRU (Chung et al. 2014, arXiv:1412.3555, footnote on equivalence).
    """
    r, z = sigmoid(x.r), sigmoid(x.z)
    n = tanh(x.n.input + r * x.n.recurrent)
    return s.next(h=(1 - z) * n + z * s.h)
