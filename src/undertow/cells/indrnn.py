"""Independently recurrent network."""

from undertow.lang import cell, relu

__all__ = ["indrnn"]


@cell(gates="a", state=dict(h=0), weights=dict(u=1.0), roles=dict(candidate="a"))
def indrnn(x, s, p):
    """IndRNN: each unit sees its own past alone, through one weight; layers mix the units.

    Source: Li, Li, Cook, Zhu and Gao 2018, "Independently recurrent neural network (IndRNN)", arXiv:1803.04831, eq. 2.
    """
    return s.next(h=relu(x.a.input + p.u * s.h))
