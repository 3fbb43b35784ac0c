"""``RNN``, ``LSTM`` and ``GRU``: :class:`Recurrent` under the names, signatures and parameters of ``torch.nn``.

Parameters are torch's by name and shape, unless a ``normalisation`` inside the equations puts gains and biases in the
place of ``bias_ih``. They are not subclasses of torch's layers: ``torch.compile`` breaks its graph on those.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Self, TypedDict, Unpack

import torch
from torch import nn

from undertow import cells
from undertow.errors import OptionError, known
from undertow.lang.normalise import bias_name
from undertow.nn.initialise import check_initialisation, set_gates, set_units
from undertow.nn.layer import by_gate
from undertow.nn.normalise import NO_NORMALISATION
from undertow.nn.recurrent import Recurrent

__all__ = ["GRU", "LSTM", "RNN", "Remedies", "check_remedies", "computed"]

_ONLY_LSTM = "proj_size argument is only supported for LSTM, not RNN or GRU"


class Remedies(TypedDict, total=False):
    """Options that torch's layers do not have, as :class:`Recurrent` explains them."""

    residual: bool
    zoneout: float | Mapping[str, float]
    recurrent_dropout: float
    candidate_dropout: float
    normalisation: str
    normalisation_gain: float | None
    normalisation_steps: int | None
    init: str
    forget_bias: float | None
    memory: int | None


def check_remedies(remedies: Remedies) -> None:
    """Whether there are such options.

    Raises:
        OptionError: there is none of that name; the nearest is suggested.
    """
    for name in remedies:
        known("remedy", name, Remedies.__annotations__)


def computed(module: nn.RNNBase) -> list[str]:
    """Weights of a torch layer that are no parameters of it: they are computed from others, by pruning for one."""
    return [name for names in module._all_weights for name in names if name not in module._parameters]


class _DropIn(Recurrent):
    _torch_biases = True
    #: What torch calls it.
    _torch_name = ""

    @classmethod
    def from_torch(cls, module: nn.RNNBase, *, backend: str = "auto", **remedies: Unpack[Remedies]) -> Self:
        """A layer that shares the very parameters of a torch layer: what trains one trains the other.

        Args:
            module: a ``torch.nn.RNN``, ``LSTM`` or ``GRU``.
            backend: as in :class:`Recurrent`.
            remedies: further options of :class:`Recurrent`. Weights stay as they are, but: ``init="chrono"`` and
                ``forget_bias`` set the biases of the gates that they are about, every other ``init`` draws all
                parameters anew, both in place. A normalisation adds gains, and one of kind ``layer`` or ``recurrent
                batch`` reads biases of its own, which begin as torch's.

        Raises:
            OptionError: a remedy that there is not, that this layer cannot have, or that does not go with another.
            BackendError: the backend asked for by name cannot run the layer.
        """
        check_remedies(remedies)
        layer = cls._outline(module, backend, remedies)
        layer._adopt(module, remedies)
        layer.options_code = f"undertow.{cls.__name__}.from_torch(layer, {{}})"
        return layer

    def to_torch(self) -> nn.RNNBase:
        """Torch's layer with the very parameters of this one: the way back of :meth:`from_torch`.

        Raises:
            OptionError: the layer has options that torch's has not, or weights that are no parameters.
        """
        hidden = self.hidden_size
        if self.residual or self.noise.is_some or self.normalisation != NO_NORMALISATION or not isinstance(hidden, int):
            raise OptionError(f"torch has no such layer: {self}")
        for name in self._flat_weights_names:
            if name not in self._parameters:
                raise OptionError(f"{name} of this {type(self).__name__} is no parameter, so it cannot be shared")
        options: dict[str, Any] = {
            name: getattr(self, name) for name in ("num_layers", "bias", "batch_first", "dropout", "bidirectional")
        }
        if isinstance(self, RNN):
            options["nonlinearity"] = self.nonlinearity
        if self.proj_size:
            options["proj_size"] = self.proj_size
        theirs: Callable[..., nn.RNNBase] = getattr(nn, type(self)._torch_name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of dropout in a single layer: that was told when this one was made
            module = theirs(self.input_size, hidden, device="meta", **options)
        for name in self._flat_weights_names:
            setattr(module, name, self._parameters[name])
        return module.train(self.training)

    @classmethod
    def _outline(cls, module: nn.RNNBase, backend: str, remedies: Remedies) -> Self:
        """A layer of a torch layer's shape, without numbers: what can be refused is refused before any is touched."""
        for name in computed(module):
            raise OptionError(f"{name} of this {type(module).__name__} is no parameter, so it cannot be shared")
        start = ("init", "forget_bias", "memory")
        options: dict[str, Any] = {name: value for name, value in remedies.items() if name not in start}
        options |= {
            name: getattr(module, name)
            for name in ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "bidirectional")
        }
        if isinstance(module, nn.RNN):
            options["nonlinearity"] = module.nonlinearity
        if module.proj_size:
            options["proj_size"] = module.proj_size
        layer = cls(**options, device="meta", backend=backend)
        layer.dropout = module.dropout
        layer.init = remedies.get("init", "default")
        layer.forget_bias, layer.memory = remedies.get("forget_bias"), remedies.get("memory")
        check_initialisation(
            layer.init, layer.layer(0), bias=layer.bias, forget_bias=layer.forget_bias, memory=layer.memory
        )
        return layer.train(module.training)

    @torch.no_grad()
    def _adopt(self, module: nn.RNNBase, remedies: Remedies) -> None:
        """Take the torch layer's parameters, make those that it does not have, and set what the remedies are about."""
        some = next(module.parameters())
        for name, parameter in list(self.named_parameters()):
            theirs = module._parameters.get(name)
            if theirs is None or theirs.shape != parameter.shape:
                made = torch.empty_like(parameter, device=some.device, dtype=some.dtype)
                theirs = nn.Parameter(made, requires_grad=some.requires_grad)
            self._parameters[name] = theirs
        for name, buffer in list(self.named_buffers()):
            dtype = some.dtype if buffer.is_floating_point() else None
            self._buffers[name] = torch.empty_like(buffer, device=some.device, dtype=dtype)
        if remedies.get("init", "chrono") != "chrono":
            self.reset_parameters()
            return
        for layer, weights, find in self._places():
            set_units(layer, weights)
            self.normalisation.reset(find)
        if self.normalisation.in_equations:
            self._take_over_biases(type(self).from_torch(module))
        for layer, weights, _ in self._places():
            set_gates(self.init, layer, weights, forget_bias=self.forget_bias, memory=self.memory)

    def _take_over_biases(self, plain: Self) -> None:
        """Begin with the biases of the same layer without normalisation."""
        for (layer, weights, _), (theirs, their_weights, _) in zip(self._places(), plain._places(), strict=True):
            b, d = theirs.biases(their_weights)
            for gate, bias in b.items():
                weights.p[bias_name(gate)].copy_(bias)
            for gate, rows in by_gate(weights.bias_hh, layer.bias_hh_gates).items():
                rows.copy_(d[gate])


class RNN(_DropIn):
    """Elman network, a drop-in for ``torch.nn.RNN``; further arguments as in :class:`Recurrent`."""

    options_code = "undertow.RNN(..., {})"
    _torch_name = "RNN"

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
