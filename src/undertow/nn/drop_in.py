"""``RNN``, ``LSTM`` and ``GRU``: :class:`Recurrent` under the names, signatures and parameters of ``torch.nn``.

Parameters are torch's by name and shape, unless a ``normalisation`` inside the equations puts gains and biases in the
place of ``bias_ih``. They are not subclasses of torch's layers: ``torch.compile`` breaks its graph on those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from undertow import cells
from undertow.nn.recurrent import Recurrent
from undertow.nn.sharing import Sharing

__all__ = ["GRU", "LSTM", "RNN"]

_LAYERED = ("num_layers", "bias", "batch_first", "bidirectional")
_ONLY_LSTM = "proj_size argument is only supported for LSTM, not RNN or GRU"


class _DropIn(Sharing, Recurrent):
    """A layer over whole sequences."""


class RNN(_DropIn):
    """Elman network, a drop-in for ``torch.nn.RNN``; further arguments as in :class:`Recurrent`."""

    options_code = "undertow.RNN(..., {})"
    _torch_name = "RNN"
    _torch_options = (*_LAYERED, "nonlinearity")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        residual: bool = False,
        zoneout: float | Mapping[str, float] = 0.0,
        recurrent_dropout: float = 0.0,
        candidate_dropout: float = 0.0,
        normalisation: str = "none",
        normalisation_gain: float | None = None,
        normalisation_steps: int | None = None,
        init: str = "default",
        memory: int | None = None,
        backend: str = "auto",
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        if proj_size:
            raise ValueError(_ONLY_LSTM)
        self.nonlinearity = nonlinearity
        super().__init__(
            cells.rnn.bind(nonlinearity=nonlinearity), input_size, hidden_size, num_layers, bias, batch_first, dropout,
            bidirectional, 0, device, dtype, residual=residual, zoneout=zoneout, recurrent_dropout=recurrent_dropout,
            candidate_dropout=candidate_dropout, normalisation=normalisation, normalisation_gain=normalisation_gain,
            normalisation_steps=normalisation_steps, init=init, memory=memory, backend=backend,
        )  # fmt: skip

    @property
    def mode(self) -> str:
        """``RNN_TANH`` or ``RNN_RELU``, as in torch."""
        return f"RNN_{self.nonlinearity.upper()}"


class LSTM(_DropIn):
    """LSTM with forget gate, a drop-in for ``torch.nn.LSTM``; further arguments as in :class:`Recurrent`."""

    mode = "LSTM"
    options_code = "undertow.LSTM(..., {})"
    _torch_name = "LSTM"
    _torch_options = (*_LAYERED, "proj_size")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        residual: bool = False,
        zoneout: float | Mapping[str, float] = 0.0,
        recurrent_dropout: float = 0.0,
        candidate_dropout: float = 0.0,
        normalisation: str = "none",
        normalisation_gain: float | None = None,
        normalisation_steps: int | None = None,
        init: str = "default",
        forget_bias: float | None = None,
        memory: int | None = None,
        backend: str = "auto",
    ) -> None:
        super().__init__(
            cells.lstm, input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size,
            device, dtype, residual=residual, zoneout=zoneout, recurrent_dropout=recurrent_dropout,
            candidate_dropout=candidate_dropout, normalisation=normalisation, normalisation_gain=normalisation_gain,
            normalisation_steps=normalisation_steps, init=init, forget_bias=forget_bias, memory=memory, backend=backend,
        )  # fmt: skip


class GRU(_DropIn):
    """GRU with reset after the product, a drop-in for ``torch.nn.GRU``; further arguments as in :class:`Recurrent`."""

    mode = "GRU"
    options_code = "undertow.GRU(..., {})"
    _torch_name = "GRU"
    _torch_options = _LAYERED

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        residual: bool = False,
        zoneout: float | Mapping[str, float] = 0.0,
        recurrent_dropout: float = 0.0,
        candidate_dropout: float = 0.0,
        normalisation: str = "none",
        normalisation_gain: float | None = None,
        normalisation_steps: int | None = None,
        init: str = "default",
        forget_bias: float | None = None,
        memory: int | None = None,
        backend: str = "auto",
    ) -> None:
        if proj_size:
            raise ValueError(_ONLY_LSTM)
        super().__init__(
            cells.gru, input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0,
            device, dtype, residual=residual, zoneout=zoneout, recurrent_dropout=recurrent_dropout,
            candidate_dropout=candidate_dropout, normalisation=normalisation, normalisation_gain=normalisation_gain,
            normalisation_steps=normalisation_steps, init=init, forget_bias=forget_bias, memory=memory, backend=backend,
        )  # fmt: skip
