"""The original long short-term memory."""

from undertow.lang import cell, sigmoid, stop_gradient, tanh

__all__ = ["lstm_1997"]


@cell(gates="i g o", state=dict(h=0, c=0), roles=dict(input="i", candidate="g"))
def lstm_1997(x, s, U, *, truncate: bool = False):
    """The original LSTM, without a forget gate: c only ever adds (f = 1).

    With ``truncate`` the gradient leaves the cell as in the original: no error flows back through the
    recurrent connections into the gates; along c alone it flows on unchanged ("constant error carousel").

    Source: Hochreiter and Schmidhuber 1997, "Long short-term memory", Neural Computation 9(8), sec. 4 and
    appendix A.1 (truncated backprop); squashing functions g, h as tanh.
    """
    past = stop_gradient(s.h) if truncate else s.h
    i, o = sigmoid(x.i.input + U.i(past)), sigmoid(x.o.input + U.o(past))
    g = tanh(x.g.input + U.g(past))
    c = s.c + i * g
    return s.next(h=o * tanh(c), c=c)
