"""Initialisation by name, of one direction of one layer.

``default``     uniform in 1/sqrt(H), as torch.nn has it
``orthogonal``  orthogonal recurrent matrices (Saxe, McClelland and Ganguli 2014, arXiv:1312.6120),
                Glorot-uniform input matrices (Glorot and Bengio 2010), biases 0
``identity``    recurrent matrices the identity, input weights normal with deviation 0.001, biases 0:
                the IRNN (Le, Jaitly and Hinton 2015, arXiv:1504.00941), meant for relu
``chrono``      ``default``, then the gates' biases drawn so that their time scales spread over 1 to
                ``memory`` steps (Tallec and Ollivier 2018, arXiv:1804.11188, eq. 16):
                forget = log u, input = -log u, u uniform in [1, memory - 1]. A cell with one such gate (GRU,
                UGRNN, JANET, minGRU) gets its half: without input a unit keeps 1 - 1/T of its state in a step,
                T = u + 1 uniform in [2, memory]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import init

from undertow.errors import OptionError, check_known
from undertow.lang.normalise import bias_name
from undertow.nn.layer import Layer, Weights, by_gate

__all__ = ["INITIALISATIONS", "check_initialisation", "initialise", "set_gates", "set_units"]


def _default(layer: Layer, weights: Weights) -> None:
    bound = 1.0 / math.sqrt(layer.sizes.hidden)
    for tensor in _tensors(weights):
        init.uniform_(tensor, -bound, bound)


def _orthogonal(layer: Layer, weights: Weights) -> None:
    for block in by_gate(weights.weight_ih, layer.cell.input_gates).values():
        init.xavier_uniform_(block)
    for block in _recurrent_blocks(layer, weights):
        init.orthogonal_(block)
    if weights.weight_hr is not None:
        init.orthogonal_(weights.weight_hr)
    _zero_biases(weights)


def _identity(layer: Layer, weights: Weights) -> None:
    if weights.weight_ih is not None:
        init.normal_(weights.weight_ih, 0.0, 0.001)
    for block in _recurrent_blocks(layer, weights):
        init.eye_(block)
    if weights.weight_hr is not None:
        init.eye_(weights.weight_hr)
    _zero_biases(weights)


INITIALISATIONS: Mapping[str, Callable[[Layer, Weights], None]] = {
    "default": _default,
    "orthogonal": _orthogonal,
    "identity": _identity,
    "chrono": _default,
}


def check_initialisation(name: str, layer: Layer, *, bias: bool, forget_bias: float | None, memory: int | None) -> None:
    """Whether these options make sense together, for this cell.

    Raises:
        OptionError: an unknown name, or one that this cell has no gate for.
    """
    cell, name = layer.cell, check_known("initialisation", name, INITIALISATIONS)
    if (name == "chrono" or forget_bias is not None) and not bias:
        raise OptionError("chrono initialisation and forget_bias set biases; they need bias=True")
    if forget_bias is not None and "forget" not in cell.roles:
        raise OptionError(f"forget_bias: cell {cell.name!r} declares no forget gate (roles=dict(forget=...))")
    if name == "chrono":
        if not {"forget", "input"} & set(cell.roles):
            raise OptionError(f"chrono initialisation: cell {cell.name!r} declares neither a forget nor an input gate")
        if memory is None or memory < 3:
            raise OptionError(
                f"chrono initialisation needs memory=, the longest dependency in steps, 3 or more; got {memory}"
            )
    elif memory is not None:
        raise OptionError("memory= belongs to init='chrono'")


@torch.no_grad()
def initialise(name: str, layer: Layer, weights: Weights, *, forget_bias: float | None, memory: int | None) -> None:
    """Fill one direction's tensors."""
    INITIALISATIONS[name](layer, weights)
    set_units(layer, weights)
    set_gates(name, layer, weights, forget_bias=forget_bias, memory=memory)


@torch.no_grad()
def set_units(layer: Layer, weights: Weights) -> None:
    """Give weights per unit the values that the cell declares."""
    for weight, tensor in weights.p.items():
        tensor.fill_(layer.cell.weights[weight])


@torch.no_grad()
def set_gates(name: str, layer: Layer, weights: Weights, *, forget_bias: float | None, memory: int | None) -> None:
    """Set the biases of the gates that ``chrono`` and ``forget_bias`` are about, and nothing else."""
    if name == "chrono":
        assert memory is not None
        _chrono(layer, weights, memory)
    if forget_bias is not None:
        _set_bias(layer, weights, layer.cell.roles["forget"], torch.tensor(forget_bias))


def _chrono(layer: Layer, weights: Weights, memory: int) -> None:
    first = (*_tensors(weights), *weights.p.values())[0]
    log_scales = first.new_empty(layer.sizes.hidden).uniform_(1.0, memory - 1.0).log()
    for role, sign in (("forget", 1.0), ("input", -1.0)):
        if role in layer.cell.roles:
            _set_bias(layer, weights, layer.cell.roles[role], sign * log_scales)


def _set_bias(layer: Layer, weights: Weights, gate: str, value: Tensor) -> None:
    """Make a gate's whole bias, b + d, equal to ``value``."""
    for rows, gates, filled in (
        (weights.bias_ih, layer.cell.input_gates, value),
        (weights.bias_hh, layer.bias_hh_gates, torch.tensor(0.0)),
    ):
        block = by_gate(rows, gates).get(gate)
        if block is not None:
            block.copy_(filled)
    if weights.bias_ih is None:
        # Normalised equations add their biases themselves.
        weights.p[bias_name(gate)].copy_(value)


def _tensors(weights: Weights) -> list[Tensor]:
    named = (weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh, weights.weight_hr)
    return [tensor for tensor in named if tensor is not None]


def _recurrent_blocks(layer: Layer, weights: Weights) -> list[Tensor]:
    """One square matrix for each gate and head."""
    gates = by_gate(weights.weight_hh, layer.cell.recurrent_gates)
    return [block for gate in gates.values() for block in gate.chunk(layer.cell.heads)]


def _zero_biases(weights: Weights) -> None:
    for bias in (weights.bias_ih, weights.bias_hh):
        if bias is not None:
            init.zeros_(bias)
