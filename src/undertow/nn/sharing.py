"""Layers that share the parameters of torch's: taken over, given back, and with what torch's layers do not have."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Self, TypeAlias, Unpack, cast

import torch
from torch import nn
from torch.nn.utils import parametrize

from undertow.errors import OptionError, check_known
from undertow.lang.normalise import bias_name
from undertow.nn.engines.layer import by_gate
from undertow.nn.shaping.initialise import check_initialisation, set_gates, set_units
from undertow.nn.shaping.normalise import NO_NORMALISATION
from undertow.nn.shaping.options import AS_IT_IS, Options, Shaping, Takes
from undertow.nn.stack import Stack

__all__ = ["Sharing", "Theirs", "computed", "given"]

#: A recurrent layer of torch's, or a cell.
Theirs: TypeAlias = nn.RNNBase | nn.RNNCellBase

#: Options that set weights or put others in their place.
_TOUCHING = ("normalisation", "init", "forget_bias")


def given(options: Options) -> Options:
    """Those that are given.

    Raises:
        OptionError: there is none of that name; the nearest is suggested.
    """
    for name in options:
        check_known("remedy", name, Shaping.names())
    return cast(Options, {name: value for name, value in options.items() if value is not AS_IT_IS})


def computed(module: Theirs) -> list[str]:
    """Weights of a torch layer that are no parameters of it: they are computed from others, by pruning for one."""
    cell_names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"][: 4 if module.bias else 2]
    names = [n for part in module._all_weights for n in part] if isinstance(module, nn.RNNBase) else cell_names
    return [name for name in names if name not in module._parameters]


class Sharing(Stack):
    """A stack in the place of a layer of torch's, with its options and its very parameters."""

    _torch_biases = True
    _tells_cell = False
    #: What torch calls it, and the options that torch's has after the sizes.
    _torch_name = ""
    _torch_options: tuple[str, ...] = ()
    #: The options that it takes besides.
    _options = Shaping.names()

    @classmethod
    @Takes(Shaping.names(), init=AS_IT_IS)
    def from_torch(cls, module: Theirs, *, backend: str = "auto", **options: Unpack[Options]) -> Self:
        """A layer that shares the very parameters of a torch layer: what trains one trains the other.

        Args:
            module: a ``torch.nn.RNN``, ``LSTM`` or ``GRU``.
            backend: as in :class:`Recurrent`.
            options: further options of :class:`Recurrent`. Weights stay as they are, but: ``init="chrono"`` and
                ``forget_bias`` set the biases of the gates that they are about, every other ``init`` draws all
                parameters anew, both in place. A normalisation adds gains, and one of kind ``layer`` or ``recurrent
                batch`` reads biases of its own, which begin as torch's.

        Raises:
            OptionError: an option is unknown, this layer cannot have it, or it does not go with another; or something
                outside the layer sets a weight.
            BackendError: the backend asked for by name cannot run the layer.
        """
        options = given(options)
        if (names := computed(module)) and not (parametrize.is_parametrized(module) or module._forward_pre_hooks):
            raise OptionError(
                f"{names[0]} of this {type(module).__name__} is no parameter: something around the layer sets it. Swap "
                "the layer inside that: undertow.swap(model)"
            )
        layer = cls._outline(module, backend, options)
        layer._adopt(module, drawn=cls._draws(options))
        layer.options_code = f"undertow.{cls.__name__}.from_torch(layer, {{}})"
        return layer

    def to_torch(self) -> Any:
        """Torch's layer with the very parameters of this one: the way back of :meth:`from_torch`.

        Raises:
            OptionError: the layer has options that torch's has not, or weights that are no parameters.
        """
        hidden = self.hidden_size
        other = self.residual or self.noise.is_some or self.normalisation != NO_NORMALISATION
        if other or not isinstance(hidden, int):
            raise OptionError(f"torch has no such layer: {self}")
        for name in self._flat_weights_names:
            if name not in self._parameters:
                raise OptionError(f"{name} of this {type(self).__name__} is no parameter, so it cannot be shared")
        options = {name: getattr(self, name) for name in self._torch_options}
        theirs: Callable[..., nn.Module] = getattr(nn, self._torch_name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of dropout in a single layer: that was told when this one was made
            module = theirs(self.input_size, hidden, device="meta", **options)
        if isinstance(module, nn.RNNBase):
            module.dropout = self.dropout
        for name in self._flat_weights_names:
            setattr(module, name, self._parameters[name])
        return module.train(self.training)

    @classmethod
    def _outline(cls, module: Theirs, backend: str, options: Options) -> Self:
        """A layer of a torch layer's shape, without numbers: what can be refused is refused before any is touched."""
        for name in options:
            if name not in cls._options:
                raise OptionError(f"{name}: {cls.__name__} takes one step at a time; undertow.Recurrent has that")
            if name in _TOUCHING and (names := computed(module)):
                raise OptionError(f"{name}: {names[0]} of this {type(module).__name__} is computed anew in every call")
        start = Shaping.names(start=True)
        made: dict[str, Any] = {name: value for name, value in options.items() if name not in start}
        made |= {name: getattr(module, name) for name in ("input_size", "hidden_size", *cls._torch_options)}
        layer = cls(**made, device="meta", backend=backend)
        if isinstance(module, nn.RNNBase):
            layer.dropout = module.dropout
        layer._keep(shaping := Shaping(**options))
        check_initialisation(shaping, layer.layer(0), bias=layer.bias)
        # A normalisation may have biases of other shapes than torch's, which are made; what torch's layer has must fit.
        (cls._outline(module, backend, {}) if layer.normalisation.in_equations else layer)._check_shapes(module)
        return layer.train(module.training)

    @staticmethod
    def _draws(options: Options) -> bool:
        """Whether these options draw all weights anew."""
        return options.get("init", "chrono") != "chrono"

    def _check_shapes(self, module: Theirs) -> None:
        for name, own in self._parameters.items():
            theirs = module._parameters.get(name)
            if own is not None and theirs is not None and own.shape != theirs.shape:
                raise OptionError(
                    f"{name} of this {type(module).__name__} has shape {tuple(theirs.shape)}; with its sizes it must "
                    f"be {tuple(own.shape)}"
                )

    @torch.no_grad()
    def _adopt(self, module: Theirs, *, drawn: bool) -> None:
        """Take the torch layer's parameters, make those that it does not have, and set what the options are about, or
        have all ``drawn`` anew."""
        some = next(module.parameters())
        for name, parameter in list(self.named_parameters()):
            theirs = module._parameters.get(name)
            if theirs is None or theirs.shape != parameter.shape:
                made = torch.empty_like(parameter, device=some.device, dtype=some.dtype)
                theirs = nn.Parameter(made, requires_grad=some.requires_grad)
            self._parameters[name] = theirs
        self._adopt_computed(module)
        for name, buffer in list(self._buffers.items()):
            if buffer is None or name in module._buffers:
                continue
            dtype = some.dtype if buffer.is_floating_point() else None
            self._buffers[name] = torch.empty_like(buffer, device=some.device, dtype=dtype)
        if drawn:
            self.reset_parameters()
            return
        for layer, weights, find in self._places():
            set_units(layer, weights)
            self.normalisation.reset(find)
        if self.normalisation.in_equations:
            self._take_over_biases(type(self).from_torch(module))
        shaping = self.shaping
        for layer, weights, _ in self._places():
            set_gates(shaping, layer, weights)

    def _adopt_computed(self, module: Theirs) -> None:
        """Let what computes weights of a torch layer (pruning, weight drop, parametrizations) compute them here."""
        names = computed(module)
        if not names:
            return
        for name in names:
            self._parameters.pop(name, None)
            if name in module.__dict__:
                self.__dict__[name] = module.__dict__[name]
        self._parameters |= {name: p for name, p in module._parameters.items() if name not in self._parameters}
        self._buffers |= {name: b for name, b in module._buffers.items() if name not in self._buffers}
        self._forward_pre_hooks = module._forward_pre_hooks
        if parametrize.is_parametrized(module):
            parametrize._inject_new_class(self)
            given = module.parametrizations
            assert isinstance(given, nn.ModuleDict)
            self.parametrizations = given
            for name in given:
                parametrize._inject_property(self, name)

    def _take_over_biases(self, plain: Self) -> None:
        """Begin with the biases of the same layer without normalisation."""
        for (layer, weights, _), (theirs, their_weights, _) in zip(self._places(), plain._places(), strict=True):
            b, d = theirs.biases(their_weights)
            for gate, bias in b.items():
                weights.p[bias_name(gate)].copy_(bias)
            for gate, rows in by_gate(weights.bias_hh, layer.bias_hh_gates).items():
                rows.copy_(d[gate])
