"""An LSTM whose gates and candidate see only the input."""

from undertow.lang import cell, sigmoid

__all__ = ["min_lstm"]


@cell(gates="f i n", state=dict(h=0), roles=dict(forget="f", input="i", candidate="n"))
def min_lstm(x, s):
    """minLSTM: no recurrent product; forget and input gate share one unit of weight between past and present.

    Source: Feng, Tung, Ahmed, Bengio and Hajimirsadeghi 2024, "Were RNNs all we needed?", arXiv:2410.01201,
    sec. 3.2 (with the gates normalised to sum to one).
    """
    f, i = sigmoid(x.f.input), sigmoid(x.i.input)
    n = x.n.input
    return s.next(h=(f * s.h + i * n) / (f + i))
