"""LSTM whose gates see the memory."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["peephole_lstm"]


@cell(
    gates="i f g o",
    state=dict(h=0, c=0),
    weights=dict(i=0.0, f=0.0, o=0.0),
    roles=dict(forget="f", input="i", candidate="g"),
)
def peephole_lstm(x, s, p):
    """Peephole LSTM: each gate also reads its own unit's memory c; o reads the new one.

    Source: Gers, Schraudolph and Schmidhuber 2002, "Learning precise timing with LSTM recurrent networks",
    JMLR 3, eq. 1-6; diagonal peepholes as in Graves 2013, arXiv:1308.0850, eq. 7-11.
    """
    i = sigmoid(x.i + p.i * s.c)
    f = sigmoid(x.f + p.f * s.c)
    g = tanh(x.g)
    c = f * s.c + i * g
    o = sigmoid(x.o + p.o * c)
    return s.next(h=o * tanh(c), c=c)
