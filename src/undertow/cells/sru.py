"""Simple recurrent unit."""

from undertow.lang import cell, sigmoid

__all__ = ["sru"]


@cell(
    gates="z f r",
    state=dict(h=0, c=0),
    weights=dict(vf=0.0, vr=0.0),
    roles=dict(forget="f", candidate="z"),
)
def sru(x, s, p):
    """SRU: no recurrent matrix, and a highway from the input to the output (so I must equal H).

    Source: Lei, Zhang, Wang, Dai and Artzi 2018, "Simple recurrent units for highly parallelizable recurrence",
    arXiv:1709.02755, eq. 1-4.
    """
    f = sigmoid(x.f.input + p.vf * s.c)
    c = f * s.c + (1 - f) * x.z.input
    r = sigmoid(x.r.input + p.vr * s.c)
    return s.next(h=r * c + (1 - r) * x.raw, c=c)
