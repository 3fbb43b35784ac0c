"""The scalar LSTM of xLSTM."""

from undertow.lang import cell, exp, log_sigmoid, maximum, sigmoid, tanh

__all__ = ["slstm"]


@cell(
    gates="i f z o",
    state=dict(h=0, c=0, n=0, m=-float("inf")),
    roles=dict(forget="f", input="i", candidate="z"),
)
def slstm(x, s):
    """sLSTM: exponential input gate, a normaliser n, and a stabiliser m that keeps exponentials small.

    ``slstm.bind(heads=4)`` makes the recurrent matrices block-diagonal, as in the paper.

    Source: Beck et al. 2024, "xLSTM: extended long short-term memory", arXiv:2405.04517, eq. 8-17 (forget gate by
    sigmoid).
    """
    kept = log_sigmoid(x.f) + s.m
    m = maximum(kept, x.i)
    i, f = exp(x.i - m), exp(kept - m)
    z, o = tanh(x.z), sigmoid(x.o)
    c = f * s.c + i * z
    n = f * s.n + i
    return s.next(h=o * c / n, c=c, n=n, m=m)
