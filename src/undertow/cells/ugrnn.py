"""Update gate RNN."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["ugrnn"]


@cell(gates="g n", state=dict(h=0), roles=dict(forget="g", candidate="n"))
def ugrnn(x, s):
    """UGRNN: a simple recurrent network with one gate that keeps its state.

    Source: Collins, Sohl-Dickstein and Sussillo 2017, "Capacity and trainability in recurrent neural networks",
    arXiv:1611.09913, sec. 2 (UGRNN).
    """
    g = sigmoid(x.g)
    n = tanh(x.n)
    return s.next(h=g * s.h + (1 - g) * n)
