"""Long short-term memory with a forget gate, as torch, cuDNN and oneDNN have it."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["lstm"]


@cell(gates="i f g o", state=dict(h=0, c=0), roles=dict(forget="f", input="i", candidate="g"))
def lstm(x, s):
    """LSTM with forget gate: c is a sum along time, which f keeps and i adds to.

    Source: Hochreiter and Schmidhuber 1997, Neural Computation 9(8); forget gate: Gers, Schmidhuber and
    Cummins 2000, Neural Computation 12(10), eq. 3-5.
    """
    i, f, o = sigmoid(x.i), sigmoid(x.f), sigmoid(x.o)
    g = tanh(x.g)
    c = f * s.c + i * g
    return s.next(h=o * tanh(c), c=c)
