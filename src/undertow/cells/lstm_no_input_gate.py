"""The LSTM without its input gate."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["lstm_no_input_gate"]


@cell(gates="f g o", state=dict(h=0, c=0), roles=dict(forget="f", candidate="g"))
def lstm_no_input_gate(x, s):
    """LSTM without input gate (NIG): whatever the candidate says is written.

    Source: Greff, Srivastava, Koutnik, Steunebrink and Schmidhuber 2017, "LSTM: a search space odyssey", IEEE TNNLS
    28(10), variant NIG (without peepholes here).
    """
    f, o = sigmoid(x.f), sigmoid(x.o)
    g = tanh(x.g)
    c = f * s.c + g
    return s.next(h=o * tanh(c), c=c)
