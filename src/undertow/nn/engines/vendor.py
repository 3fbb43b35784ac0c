"""The vendor backend: torch's own kernels (oneDNN, MKL, cuDNN) for the cells that torch ships.

A cell is recognised by its equations, not by its name: whoever writes the LSTM's equations
with the LSTM's gates gets the LSTM's kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from undertow import cells
from undertow.lang import Cell
from undertow.nn.engines.gate import differentiated, there
from undertow.nn.engines.layer import Layer, Outcome, Weights
from undertow.nn.engines.observe import Observer
from undertow.reasons import Reason, Why

__all__ = ["Vendor"]


def _identity(cell: Cell) -> tuple[Any, ...]:
    return cell.graph.key, cell.gates, tuple(cell.state.items()), cell.heads


_KERNELS: Mapping[tuple[Any, ...], Callable[..., Any]] = {
    _identity(cells.lstm): torch.lstm,
    _identity(cells.gru): torch.gru,
    _identity(cells.rnn): torch.rnn_tanh,
    _identity(cells.rnn.bind(nonlinearity="relu")): torch.rnn_relu,
}


#: The same, one step at a time.
_STEPS: Mapping[tuple[Any, ...], Callable[..., Any]] = {
    _identity(cells.lstm): torch.lstm_cell,
    _identity(cells.gru): torch.gru_cell,
    _identity(cells.rnn): torch.rnn_tanh_cell,
    _identity(cells.rnn.bind(nonlinearity="relu")): torch.rnn_relu_cell,
}


class Vendor:
    """Runs the layers torch has kernels for; see :mod:`undertow.nn.engines.backends` for the protocol."""

    name = "vendor"

    def refusal(self, layer: Layer, *, states: bool, given: Sequence[Tensor] = ()) -> str | None:
        """Why this backend cannot run ``layer``, or None."""
        cell = layer.cell
        if layer.statistics:
            return "normalisation='recurrent batch' changes what torch's kernels compute"
        if _identity(cell) not in _KERNELS:
            known = cells.CELLS.get(cell.name)
            changed = known is not None and _identity(known) in _KERNELS
            why = " as its arguments, normalisation or noise change them" if changed else ""
            return f"torch ships no kernel for the equations of {cell.name!r}{why}"
        if states and len(cell.state) > 1:
            return "torch's kernel does not give every state component at every step (states=True)"
        if layer.sizes.proj and _KERNELS[_identity(cell)] is not torch.lstm:
            return "torch projects the output of the LSTM only"
        return None if torch.compiler.is_compiling() else differentiated((*given, *layer.tensors))

    def run(
        self,
        layer: Layer,
        x: Tensor,
        state: Mapping[str, Tensor],
        lengths: Tensor | None,
        *,
        states: bool,
        observer: Observer | None = None,
    ) -> Outcome:
        """Run ``x`` (T, B, I) from ``state`` ((D, B, H) by component)."""
        layer.check_shapes()
        x, state = there(x), {name: there(part) for name, part in state.items()}
        if observer:
            observer.refused(Reason(Why.OTHERS_KERNELS))
        kernel = _KERNELS[_identity(layer.cell)]
        biased = layer.directions[0].bias_ih is not None
        flat = [tensor for weights in layer.directions for tensor in _flat(layer, weights)]
        starts = [state[name] for name in layer.cell.state]
        start = starts if len(starts) > 1 else starts[0]
        bidirectional = len(layer.directions) == 2
        if lengths is None:
            output, *finals = kernel(x, start, flat, biased, 1, 0.0, False, bidirectional, False)
        else:
            packed = pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
            start = [_permuted(s, packed) for s in starts] if len(starts) > 1 else _permuted(starts[0], packed)
            data, *finals = kernel(packed.data, packed.batch_sizes, start, flat, biased, 1, 0.0, False, bidirectional)
            output, _ = pad_packed_sequence(_like(packed, data), total_length=x.shape[0])
            finals = [f.index_select(1, packed.unsorted_indices) for f in finals]
        by_name = dict(zip(layer.cell.state, finals, strict=True))
        return Outcome(output, by_name, {layer.cell.output: output} if states else None)

    def step(self, layer: Layer, x: Tensor, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """One step from ``x`` (B, I) and ``state`` (B, H), by torch's own single steps; what comes after it."""
        layer.check_shapes()
        x, start = there(x), tuple(there(state[name]) for name in layer.cell.state)
        new = _STEPS[_identity(layer.cell)](
            x, start if len(start) > 1 else start[0], *_flat(layer, layer.directions[0])
        )  # fmt: skip
        return dict(zip(layer.cell.state, (new,) if isinstance(new, Tensor) else new, strict=True))


def _flat(layer: Layer, weights: Weights) -> list[Tensor]:
    """One direction's tensors in the order that torch's kernels take them."""
    assert weights.weight_ih is not None
    assert weights.weight_hh is not None
    flat = [weights.weight_ih, weights.weight_hh]
    if weights.bias_ih is not None:
        flat += [weights.bias_ih, _full_bias_hh(layer, weights)]
    if weights.weight_hr is not None:
        flat.append(weights.weight_hr)
    return flat


def _full_bias_hh(layer: Layer, weights: Weights) -> Tensor:
    """``bias_hh`` with a row block for every gate: zeros where the layer has none."""
    gates = layer.cell.recurrent_gates
    if weights.bias_hh is not None and layer.bias_hh_gates == gates:
        return weights.bias_hh
    assert weights.bias_ih is not None
    zeros = weights.bias_ih.new_zeros(layer.sizes.hidden)
    _, alone = layer.biases(weights)
    return torch.cat([alone.get(gate, zeros) for gate in gates])


def _permuted(state: Tensor, packed: PackedSequence) -> Tensor:
    assert packed.sorted_indices is not None
    return state.index_select(1, packed.sorted_indices)


def _like(packed: PackedSequence, data: Tensor) -> PackedSequence:
    return PackedSequence(data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)
