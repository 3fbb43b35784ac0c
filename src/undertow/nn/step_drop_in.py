"""``RNNCell``, ``LSTMCell`` and ``GRUCell``: :class:`RecurrentCell` under the names and signatures of ``torch.nn``."""

from __future__ import annotations

from typing import Any

import torch

from undertow import cells
from undertow.nn.sharing import Sharing
from undertow.nn.step import RecurrentCell

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]


class _DropInCell(Sharing, RecurrentCell):
    """A layer that takes one step at a time."""

    _remedies = frozenset(["normalisation", "normalisation_gain", "init", "forget_bias", "memory"])


class RNNCell(_DropInCell):
    """One step of an Elman network, a drop-in for ``torch.nn.RNNCell``; see :class:`RecurrentCell`."""

    options_code = "undertow.RNNCell(..., {})"
    _torch_name = "RNNCell"
    _torch_options = ("bias", "nonlinearity")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        normalisation: str = "none",
        normalisation_gain: float | None = None,
        init: str = "default",
        memory: int | None = None,
        backend: str = "auto",
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity: {nonlinearity}")
        self.nonlinearity = nonlinearity
        super().__init__(
            cells.rnn.bind(nonlinearity=nonlinearity), input_size, hidden_size, bias, device, dtype,
            normalisation=normalisation, normalisation_gain=normalisation_gain, init=init, memory=memory,
            backend=backend,
        )  # fmt: skip


class LSTMCell(_DropInCell):
    """One step of an LSTM, a drop-in for ``torch.nn.LSTMCell``; see :class:`RecurrentCell`."""

    options_code = "undertow.LSTMCell(..., {})"
    _torch_name = "LSTMCell"
    _torch_options = ("bias",)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        normalisation: str = "none",
        normalisation_gain: float | None = None,
        init: str = "default",
        forget_bias: float | None = None,
        memory: int | None = None,
        backend: str = "auto",
    ) -> None:
        super().__init__(
            cells.lstm, input_size, hidden_size, bias, device, dtype, normalisation=normalisation,
            normalisation_gain=normalisation_gain, init=init, forget_bias=forget_bias, memory=memory, backend=backend,
        )  # fmt: skip


class GRUCell(_DropInCell):
    """One step of a GRU, a drop-in for ``torch.nn.GRUCell``; see :class:`RecurrentCell`."""

    options_code = "undertow.GRUCell(..., {})"
    _torch_name = "GRUCell"
    _torch_options = ("bias",)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        normalisation: str = "none",
        normalisation_gain: float | None = None,
        init: str = "default",
        forget_bias: float | None = None,
        memory: int | None = None,
        backend: str = "auto",
    ) -> None:
        super().__init__(
            cells.gru, input_size, hidden_size, bias, device, dtype, normalisation=normalisation,
            normalisation_gain=normalisation_gain, init=init, forget_bias=forget_bias, memory=memory, backend=backend,
        )  # fmt: skip
