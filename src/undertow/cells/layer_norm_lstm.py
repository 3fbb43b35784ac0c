"""LSTM with layer normalisation inside the step."""

from undertow.lang import cell, layer_norm, sigmoid, stack, tanh

__all__ = ["layer_norm_lstm"]


@cell(
    gates="i f g o",
    state=dict(h=0, c=0),
    weights=dict(wi=1, wf=1, wg=1, wo=1, ui=1, uf=1, ug=1, uo=1, bi=0, bf=0, bg=0, bo=0, cgain=1, cbias=0),
    roles=dict(forget="f", input="i", candidate="g"),
)
def layer_norm_lstm(x, s, p):
    """LayerNorm LSTM: input part and recurrent part of all gates are each normalised together, and so is c.

    Source: Ba, Kiros and Hinton 2016, "Layer normalization", arXiv:1607.06450, supplementary eq. 20-22.
    """
    biases = stack(p.bi, p.bf, p.bg, p.bo)
    inputs = layer_norm(stack(x.i.input, x.f.input, x.g.input, x.o.input), stack(p.wi, p.wf, p.wg, p.wo), biases)
    past = stack(x.i.recurrent, x.f.recurrent, x.g.recurrent, x.o.recurrent)
    ai, af, ag, ao = inputs + layer_norm(past, stack(p.ui, p.uf, p.ug, p.uo))
    c = sigmoid(af) * s.c + sigmoid(ai) * tanh(ag)
    return s.next(h=sigmoid(ao) * tanh(layer_norm(c, p.cgain, p.cbias)), c=c)
