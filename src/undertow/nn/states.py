"""States on their way from one call to another: taken apart, put together, selected, whatever their form.

The form (:data:`undertow.nn.arguments.State`) depends on how many components the cell's state has and on whether all
layers are of one width: a tuple may be of components or of layers. All here are for batches, (T, B, I).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from undertow.lang import Cell
from undertow.nn.arguments import BATCHED, Nested, State, write_state

__all__ = ["joined", "select", "split", "state_after", "top_output"]


def split(cell: Cell, state: State, directions: int = 1) -> Nested:
    """A state of layers of ``cell``, by layer and component, (D, B, H) each."""
    parts: Any = (state,) if len(cell.state) == 1 else state
    layered = [torch.split(part, directions) if isinstance(part, Tensor) else part for part in parts]
    return [dict(zip(cell.state, layer, strict=True)) for layer in zip(*layered, strict=True)]


def joined(nested: Nested) -> State:
    """The state that :func:`split` takes apart."""
    return write_state(nested, BATCHED)


def top_output(cell: Cell, state: State, directions: int = 1) -> Tensor:
    """The last layer's output (D, B, H) in a state of layers of ``cell``."""
    output: Any = state if len(cell.state) == 1 else state[0]  # a cell's output is its first component
    top: Tensor = output[-directions:] if isinstance(output, Tensor) else output[-1]
    return top


def select(state: Any, samples: Tensor) -> Any:
    """The state of ``samples`` (N,), by number; one may stand there several times. None stays None."""
    if state is None or isinstance(state, Tensor):
        return state if state is None else state.index_select(-2, samples)
    return tuple(select(part, samples) for part in state)


def state_after(states: Mapping[str, tuple[Tensor, ...]], steps: int) -> State:
    """The state after the first ``steps``, from ``states`` of one direction: every component's (T, B, H) of each layer,
    as :meth:`undertow.nn.recurrent.Recurrent.forward` gives them."""
    layers = zip(*states.values(), strict=True)
    return joined([{n: s[steps - 1 : steps] for n, s in zip(states, layer, strict=True)} for layer in layers])
