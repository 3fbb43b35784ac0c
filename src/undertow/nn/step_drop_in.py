"""``RNNCell``, ``LSTMCell`` and ``GRUCell``: :class:`RecurrentCell` under the names and signatures of ``torch.nn``."""

from __future__ import annotations

from typing import Any, Unpack

import torch

from undertow import cells
from undertow.nn.shaping.options import GatedStepOptions, Shaping, StepOptions, Takes
from undertow.nn.sharing import Sharing
from undertow.nn.sizes import Plan
from undertow.nn.step import RecurrentCell

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]


class _DropInCell(Sharing, RecurrentCell):
    """A layer that takes one step at a time."""

    _options = Shaping.names(steps=True)


class RNNCell(_DropInCell):
    """One step of an Elman network, a drop-in for ``torch.nn.RNNCell``; see :class:`RecurrentCell`."""

    options_code = "undertow.RNNCell(..., {})"
    _torch_name = "RNNCell"
    _torch_options = ("bias", "nonlinearity")

    _takes = Takes(Shaping.names(steps=True, cell=cells.rnn))

    @_takes
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        backend: str = "auto",
        **options: Unpack[StepOptions],
    ) -> None:
        shaping = RNNCell._takes.asked(options)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity: {nonlinearity}")
        self.nonlinearity = nonlinearity
        cell = cells.rnn.bind(nonlinearity=nonlinearity)
        self._make(cell, Plan(input_size, hidden_size, 1, bool(bias)), shaping, backend, device, dtype)


class LSTMCell(_DropInCell):
    """One step of an LSTM, a drop-in for ``torch.nn.LSTMCell``; see :class:`RecurrentCell`."""

    options_code = "undertow.LSTMCell(..., {})"
    _torch_name = "LSTMCell"
    _torch_options = ("bias",)

    _takes = Takes(Shaping.names(steps=True, cell=cells.lstm))

    @_takes
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        backend: str = "auto",
        **options: Unpack[GatedStepOptions],
    ) -> None:
        shaping = LSTMCell._takes.asked(options)
        self._make(cells.lstm, Plan(input_size, hidden_size, 1, bool(bias)), shaping, backend, device, dtype)


class GRUCell(_DropInCell):
    """One step of a GRU, a drop-in for ``torch.nn.GRUCell``; see :class:`RecurrentCell`."""

    options_code = "undertow.GRUCell(..., {})"
    _torch_name = "GRUCell"
    _torch_options = ("bias",)

    _takes = Takes(Shaping.names(steps=True, cell=cells.gru))

    @_takes
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        backend: str = "auto",
        **options: Unpack[GatedStepOptions],
    ) -> None:
        shaping = GRUCell._takes.asked(options)
        self._make(cells.gru, Plan(input_size, hidden_size, 1, bool(bias)), shaping, backend, device, dtype)
