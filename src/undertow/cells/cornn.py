"""Coupled oscillatory network."""

from undertow.lang import cell, tanh

__all__ = ["cornn"]


@cell(gates="a w", state=dict(h=0, z=0), roles=dict(candidate="a"))
def cornn(x, s, U, *, dt=0.04, gamma=2.7, eps=4.7):
    """coRNN: units are driven, damped oscillators with position h and velocity z; gradients stay bounded.

    Source: Rusch and Mishra 2021, "Coupled oscillatory recurrent neural network (coRNN)", arXiv:2010.00951, eq. 3
    (damping taken explicitly).
    """
    z = s.z + dt * (tanh(x.a + U.w(s.z)) - gamma * s.h - eps * s.z)
    return s.next(h=s.h + dt * z, z=z)
