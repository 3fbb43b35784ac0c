"""``RNN``, ``LSTM`` and ``GRU``: :class:`Recurrent` under the names, signatures and parameters of ``torch.nn``.

Parameters are torch's by name and shape, unless a ``normalisation`` inside the equations puts gains and biases in the
place of ``bias_ih``. They are not subclasses of torch's layers: ``torch.compile`` breaks its graph on those.
"""

from __future__ import annotations

from typing import Any, Unpack

import torch

from undertow import cells
from undertow.nn.recurrent import Recurrent
from undertow.nn.shaping.options import Options, Shaping, Takes, UngatedOptions
from undertow.nn.sharing import Sharing
from undertow.nn.sizes import Plan

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

    _takes = Takes(Shaping.names(cell=cells.rnn))

    @_takes
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
        backend: str = "auto",
        **options: Unpack[UngatedOptions],
    ) -> None:
        shaping = RNN._takes.asked(options)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        if proj_size:
            raise ValueError(_ONLY_LSTM)
        self.nonlinearity = nonlinearity
        plan = Plan(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)
        self._make(cells.rnn.bind(nonlinearity=nonlinearity), plan, shaping, backend, device, dtype)

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

    _takes = Takes(Shaping.names(cell=cells.lstm))

    @_takes
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
        backend: str = "auto",
        **options: Unpack[Options],
    ) -> None:
        shaping = LSTM._takes.asked(options)
        plan = Plan(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size)
        self._make(cells.lstm, plan, shaping, backend, device, dtype)


class GRU(_DropIn):
    """GRU with reset after the product, a drop-in for ``torch.nn.GRU``; further arguments as in :class:`Recurrent`."""

    mode = "GRU"
    options_code = "undertow.GRU(..., {})"
    _torch_name = "GRU"
    _torch_options = _LAYERED

    _takes = Takes(Shaping.names(cell=cells.gru))

    @_takes
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
        backend: str = "auto",
        **options: Unpack[Options],
    ) -> None:
        shaping = GRU._takes.asked(options)
        if proj_size:
            raise ValueError(_ONLY_LSTM)
        plan = Plan(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)
        self._make(cells.gru, plan, shaping, backend, device, dtype)
