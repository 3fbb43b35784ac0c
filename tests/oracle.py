"""Layers and the NumPy oracle side by side: states as tuples, parameters in the oracle's form."""

import torch

from undertow.lang import evaluate
from undertow.nn.engines.layer import by_gate


def parts(state):
    """The components of a state, as a tuple also where there is one."""
    return (state,) if isinstance(state, torch.Tensor) else state


def parameters_of(layer, direction=0):
    """The oracle's parameters with the numbers of a layer's first layer."""
    weights, made = layer.weights(0, direction), layer.layer(0)
    cell = made.cell
    b, d = made.biases(weights)
    b |= {g: torch.zeros(made.sizes.hidden) for g in cell.input_gates if g not in b}
    tensors = (
        by_gate(weights.weight_ih, cell.input_gates),
        b,
        by_gate(weights.weight_hh, cell.recurrent_gates),
        d,
        weights.p,
    )
    return evaluate.Parameters(*({k: t.detach().numpy() for k, t in group.items()} for group in tensors))
