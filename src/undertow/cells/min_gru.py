"""A gated unit whose gate and candidate see only the input."""

from undertow.lang import cell, sigmoid

__all__ = ["min_gru"]


@cell(gates="z n", state=dict(h=0), roles=dict(input="z", candidate="n"))
def min_gru(x, s):
    """minGRU: no recurrent product at all; the state is a weighted running mean of the candidates.

    Source: Feng, Tung, Ahmed, Bengio and Hajimirsadeghi 2024, "Were RNNs all we needed?", arXiv:2410.01201,
    sec. 3.1 (the form without the log-space parametrisation).
    """
    z = sigmoid(x.z.input)
    n = x.n.input
    return s.next(h=(1 - z) * s.h + z * n)
