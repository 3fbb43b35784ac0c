"""The simple recurrent network."""

from typing import Literal

from undertow.lang import cell, relu, tanh

__all__ = ["rnn"]


@cell(gates="a", state=dict(h=0), roles=dict(candidate="a"))
def rnn(x, s, *, nonlinearity: Literal["tanh", "relu"] = "tanh"):
    """Elman network: the new state is one squashed sum of the input and the state before.

    Source: Elman 1990, "Finding structure in time", Cognitive Science 14(2); relu with identity
    initialisation: Le, Jaitly and Hinton 2015, arXiv:1504.00941.
    """
    squash = {"tanh": tanh, "relu": relu}[nonlinearity]
    return s.next(h=squash(x.a))
