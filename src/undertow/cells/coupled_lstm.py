"""LSTM with one gate for keeping and writing."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["coupled_lstm"]


@cell(gates="f g o", state=dict(h=0, c=0), roles=dict(forget="f", candidate="g"))
def coupled_lstm(x, s):
    """Coupled input-forget LSTM (CIFG): what is forgotten is what is written, i = 1 - f.

    Source: Greff, Srivastava, Koutnik, Steunebrink and Schmidhuber 2017, "LSTM: a search space odyssey", IEEE TNNLS
    28(10), variant CIFG (coupled the other way round there: f = 1 - i).
    """
    f, o = sigmoid(x.f), sigmoid(x.o)
    g = tanh(x.g)
    c = f * s.c + (1 - f) * g
    return s.next(h=o * tanh(c), c=c)
