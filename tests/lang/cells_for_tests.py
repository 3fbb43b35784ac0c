"""Cells that use every part of the language, beside the ones that Undertow ships."""

from undertow.cells import CELLS, cornn, lstm_1997, rnn, slstm
from undertow.lang import (
    Cell,
    cell,
    exp,
    log,
    log_sigmoid,
    maximum,
    mean,
    minimum,
    relu,
    sigmoid,
    softplus,
    sqrt,
    stop_gradient,
    tanh,
    where,
)
from undertow.lang.operations import OPERATIONS

__all__ = ["ALL", "BOUND", "EXTRA", "STOPS_GRADIENTS"]


@cell(gates="a b k", state=dict(h=0.1, v=-0.2), weights=dict(w=1.0))
def every_operation(x, s, U, p, *, gamma=0.7):
    """Every operation of the grammar, each where its derivative is not zero."""
    a = minimum(tanh(x.a), 0.5 * s.h) + maximum(x.b.input, p.w * s.v) - abs(s.h)
    small = where(a < 0.1, a, gamma) + where(x.b <= s.v, -s.h, 0.3 / (1.5 + sigmoid(a)))
    large = where(a > s.h, softplus(a), relu(s.v)) * where(s.h >= -0.2, 1.0, p.w)
    roots = sqrt(a**2 + 0.3) + log(exp(tanh(s.v)) + 1) + (small**3) / 4 + (large * large + 0.1) ** 0.5
    h = tanh(0.3 * roots + U.k(log_sigmoid(small)) - where(s.h == s.v, 1.0, large))
    return s.next(h=h, v=0.5 * tanh(mean(roots) * small + x.k.recurrent) - h)


@cell(gates="a", state=dict(h=0.1))
def every_function(x, s):
    """Every function of one value that the language has, of a value above 0, where all of them have slopes."""
    a = 0.3 + tanh(x.a) ** 2 + s.h * s.h
    functions = [one.function for one in OPERATIONS.values() if one.function and one.pointwise and one.arity == 1]
    return s.next(h=tanh(sum((0.1 * function(a) for function in functions), s.h)))


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
    "slstm-heads": slstm.bind(heads=2),
}

EXTRA: dict[str, Cell] = {
    c.name: c
    for c in (
        every_operation, every_function, shared_matrix, means_of_means, halves,
        straight_through, one_value_many_names,
    )
}  # fmt: skip

ALL: dict[str, Cell] = {**CELLS, **BOUND, **EXTRA}

#: Their backward pass is meant to differ from the slope of their forward pass.
STOPS_GRADIENTS = frozenset(["lstm_1997-truncate", "straight_through"])
