"""LSTM that only forgets."""

from undertow.lang import cell, sigmoid, tanh

__all__ = ["janet"]


@cell(gates="f g", state=dict(h=0), roles=dict(forget="f", candidate="g"))
def janet(x, s, *, beta=1.0):
    """JANET: just another network with a forget gate; what is written is what is forgotten, a little less.

    Source: van der Westhuizen and Lasenby 2018, "The unreasonable effectiveness of the forget gate",
    arXiv:1804.04849, eq. 5-9 (beta = 1).
    """
    past = x.f
    kept, written = sigmoid(past), 1 - sigmoid(past - beta)
    return s.next(h=kept * s.h + written * tanh(x.g))
