"""GRU with layer normalisation inside the step."""

from undertow.lang import cell, layer_norm, sigmoid, stack, tanh

__all__ = ["layer_norm_gru"]


@cell(
    gates="r z n",
    state=dict(h=0),
    weights=dict(wr=1, wz=1, wn=1, ur=1, uz=1, un=1, br=0, bz=0, bn=0),
    roles=dict(forget="z", candidate="n"),
)
def layer_norm_gru(x, s, p):
    """LayerNorm GRU: the input parts of both gates are normalised together, and so are the recurrent ones.

    The candidate is normalised apart.

    Source: Ba, Kiros and Hinton 2016, "Layer normalization", arXiv:1607.06450, supplementary eq. 23-26 (there z is one
    minus ours, as in the GRU of this library).
    """
    ir, iz = layer_norm(stack(x.r.input, x.z.input), stack(p.wr, p.wz), stack(p.br, p.bz))
    hr, hz = layer_norm(stack(x.r.recurrent, x.z.recurrent), stack(p.ur, p.uz))
    r, z = sigmoid(ir + hr), sigmoid(iz + hz)
    n = tanh(layer_norm(x.n.input, p.wn, p.bn) + r * layer_norm(x.n.recurrent, p.un))
    return s.next(h=(1 - z) * n + z * s.h)
