"""The LSTM without its output gate."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["lstm_no_output_gate"]


@cell(gates="i f g", state=dict(h=0, c=0), roles=dict(forget="f", input="i", candidate="g"))
def lstm_no_output_gate(x, s):
    """LSTM without output gate (NOG): the whole memory is shown at every step.

    Source: Greff, Srivastava, Koutnik, Steunebrink and Schmidhuber 2017, "LSTM: a search space odyssey", IEEE TNNLS
    28(10), variant NOG (without peepholes here).
    """
    i, f = sigmoid(x.i), sigmoid(x.f)
    g = tanh(x.g)
    c = f * s.c + i * g
    return s.next(h=tanh(c), c=c)
