"""Cells that use every part of the language, beside the ones that Undertow ships."""

import math

from undertow.cells import CELLS, lstm_1997, rnn
from undertow.lang import (
    Cell,
    cell,
    exp,
    layer_norm,
    log,
    log_sigmoid,
    maximum,
    mean,
    minimum,
    relu,
    sigmoid,
    softplus,
    sqrt,
    stack,
    stop_gradient,
    tanh,
    where,
)

__all__ = ["ALL", "BOUND", "EXTRA", "STOPS_GRADIENTS"]


@cell(gates="a w", state=dict(h=0, z=0))
def cornn(x, s, U, *, dt=0.04, gamma=2.7, eps=4.7):
    """Coupled oscillators: named constants, a recurrent product on a component that is not the output.

    Source: Rusch and Mishra 2021, arXiv:2010.00951, eq. 3.
    """
    z = s.z + dt * (tanh(x.a + U.w(s.z)) - gamma * s.h - eps * s.z)
    return s.next(h=s.h + dt * z, z=z)


@cell(
    gates="i f z o",
    state=dict(h=0, c=0, n=0, m=-math.inf),
    heads=2,
    roles=dict(forget="f", input="i", candidate="z"),
)
def slstm(x, s):
    """Exponential gates with a stabiliser that starts at minus infinity, and block-diagonal recurrence.

    Source: Beck et al. 2024, arXiv:2405.04517, sec. 2.2.
    """
    kept = log_sigmoid(x.f) + s.m
    m = maximum(kept, x.i)
    i, f = exp(x.i - m), exp(kept - m)
    z, o = tanh(x.z), sigmoid(x.o)
    c = f * s.c + i * z
    n = f * s.n + i
    return s.next(h=o * c / n, c=c, n=n, m=m)


@cell(
    gates="i f g o",
    state=dict(h=0, c=0),
    weights=dict(wi=1, wf=1, wg=1, wo=1, ui=1, uf=1, ug=1, uo=1, bi=0, bf=0, bg=0, bo=0, cgain=1, cbias=0),
    roles=dict(forget="f", input="i", candidate="g"),
)
def layer_norm_lstm(x, s, p):
    """Stacked parts normalised together, the input's and the recurrent ones apart, and c.

    Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450, eq. 20-22.
    """
    biases = stack(p.bi, p.bf, p.bg, p.bo)
    inputs = layer_norm(stack(x.i.input, x.f.input, x.g.input, x.o.input), stack(p.wi, p.wf, p.wg, p.wo), biases)
    past = stack(x.i.recurrent, x.f.recurrent, x.g.recurrent, x.o.recurrent)
    ai, af, ag, ao = inputs + layer_norm(past, stack(p.ui, p.uf, p.ug, p.uo))
    c = sigmoid(af) * s.c + sigmoid(ai) * tanh(ag)
    return s.next(h=sigmoid(ao) * tanh(layer_norm(c, p.cgain, p.cbias)), c=c)


@cell(gates="z f r", state=dict(h=0, c=0), weights=dict(vf=0.5, vr=-0.5))
def sru(x, s, p):
    """No recurrent product, and a highway that reads the input itself.

    Source: Lei et al. 2018, arXiv:1709.02755, eq. 1-4.
    """
    f = sigmoid(x.f.input + p.vf * s.c)
    c = f * s.c + (1 - f) * x.z.input
    r = sigmoid(x.r.input + p.vr * s.c)
    return s.next(h=r * c + (1 - r) * x.raw, c=c)


@cell(gates="a", state=dict(h=0), weights=dict(u=0.9))
def indrnn(x, s, p):
    """A recurrent weight per unit in place of a matrix. Source: Li et al. 2018, arXiv:1803.04831, eq. 3."""
    return s.next(h=relu(x.a.input + p.u * s.h))


@cell(gates="a b k", state=dict(h=0.1, v=-0.2), weights=dict(w=1.0))
def every_operation(x, s, U, p, *, gamma=0.7):
    """Every operation of the grammar, each where its derivative is not zero."""
    a = minimum(tanh(x.a), 0.5 * s.h) + maximum(x.b.input, p.w * s.v) - abs(s.h)
    small = where(a < 0.1, a, gamma) + where(x.b <= s.v, -s.h, 0.3 / (1.5 + sigmoid(a)))
    large = where(a > s.h, softplus(a), relu(s.v)) * where(s.h >= -0.2, 1.0, p.w)
    roots = sqrt(a**2 + 0.3) + log(exp(tanh(s.v)) + 1) + (small**3) / 4 + (large * large + 0.1) ** 0.5
    h = tanh(0.3 * roots + U.k(log_sigmoid(small)) - where(s.h == s.v, 1.0, large))
    return s.next(h=h, v=0.5 * tanh(mean(roots) * small + x.k.recurrent) - h)


@cell(gates="a b", state=dict(h=0, v=0))
def shared_matrix(x, s, U):
    """One recurrent matrix on three operands, two of them in one sum, one of them new in this step."""
    h = tanh(x.a + U.a(s.v * s.h))
    inner = sigmoid(x.b.input) * s.v + U.a(h)
    return s.next(h=h, v=tanh(inner))


@cell(gates="a", state=dict(h=0), weights=dict(w=0.5))
def means_of_means(x, s, p):
    """A mean per sample that feeds values per unit that feed a mean again, and a mean of weights alone."""
    first = mean(s.h * s.h + x.a.input)
    y = s.h - first * p.w
    second = mean(y * exp(-(y * y))) * first
    return s.next(h=tanh(x.a * (1 + second) + second * y + mean(p.w)))


@cell(gates="a b", state=dict(h=0, c=0, kept=0.5))
def halves(x, s):
    """A gate used whole and by halves, a component that only moves, and one that never changes."""
    a = tanh(x.a) * sigmoid(x.a.recurrent) + x.a.input * s.kept
    return s.next(h=a + s.c * relu(x.b.recurrent), c=s.h, kept=s.kept)


@cell(gates="a", state=dict(h=0), weights=dict(w=0.5))
def straight_through(x, s, p):
    """A step function whose gradient is that of tanh: forward sees the step, backward does not."""
    soft = tanh(x.a + p.w * s.h)
    step = where(soft > 0, 1.0, -1.0)
    return s.next(h=soft + stop_gradient(step - soft))


@cell(gates="i g", state=dict(h=0, c=0))
def one_value_many_names(x, s):
    """Two names for one value, and one value as both components."""
    first = sigmoid(x.i)
    second = first
    kept = second * tanh(x.g) + (1 - first) * s.c
    return s.next(h=kept, c=kept)


#: Shipped cells with options other than their defaults, by a name for the test's id.
BOUND: dict[str, Cell] = {
    "rnn-relu": rnn.bind(nonlinearity="relu"),
    "lstm_1997-truncate": lstm_1997.bind(truncate=True),
    "cornn-dt": cornn.bind(dt=0.3, gamma=1),
}

EXTRA: dict[str, Cell] = {
    c.name: c
    for c in (
        cornn, slstm, layer_norm_lstm, sru, indrnn, every_operation, shared_matrix, means_of_means, halves,
        straight_through, one_value_many_names,
    )
}  # fmt: skip

ALL: dict[str, Cell] = {**CELLS, **BOUND, **EXTRA}

#: Their backward pass is meant to differ from the slope of their forward pass.
STOPS_GRADIENTS = frozenset(["lstm_1997-truncate", "straight_through"])
