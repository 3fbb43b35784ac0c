"""A layer's options beside torch's: one value, spelled here alone, and what writes it out in signatures."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, TypedDict, TypeVar, cast

from undertow.lang import Cell

__all__ = [
    "AS_IT_IS", "GatedStepOptions", "Options", "Shaping", "StepOptions", "Takes", "UngatedOptions",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


def _option(default: Any, *, steps: bool = False, role: str = "", part: str = "", start: bool = False) -> Any:
    """A field of :class:`Shaping`: whether single ``steps`` have it, which ``role`` of a gate it is about, which
    ``part`` of a layer tells of it, and whether it is about weights as they ``start``."""
    return dataclasses.field(default=default, metadata=dict(steps=steps, role=role, part=part, start=start))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shaping:
    """What makes another layer of the same cell. What is not given has the neutral value that stands here, or is None.

    Args:
        zoneout: probability that a unit keeps its old value in a step of training (Krueger et al. 2017): of all
            components of the state, or by name; after training, the mean of old and new.
        recurrent_dropout: probability of zeroing what recurrent matrices read, one mask for the window (Gal and
            Ghahramani 2016).
        candidate_dropout: probability of zeroing what the candidate would write, in every step anew (Semeniuta et al.
            2016); for cells that declare a candidate.
        residual: from the second layer on, add each layer's input to its output.
        normalisation: ``none``; ``layer``, every gate's summed input over the units of a sample (Ba et al. 2016), its
            gains and biases among the weights per unit, in place of ``bias_ih``; ``batch``, what the input matrices
            give over all steps and samples of a batch (Laurent et al. 2015); or ``recurrent batch``, what both give
            over the samples of each step (Cooijmans et al. 2017), on the reference alone. The latter two use running
            statistics in evaluation (see :mod:`undertow.nn.shaping.normalise`).
        normalisation_gain: what its gains are at first; 1 if it is not given, 0.1 for ``recurrent batch``.
        normalisation_steps: for ``recurrent batch``, how many steps have running statistics of their own; 100 if it is
            not given.
        init: ``default``, ``orthogonal``, ``identity`` or ``chrono`` (see :mod:`undertow.nn.shaping.initialise`).
        forget_bias: the forget gate's whole bias, at the start.
        memory: for ``chrono``, the longest dependency in steps.
    """

    residual: bool = _option(False)
    zoneout: float | Mapping[str, float] = _option(0.0, part="noise")
    recurrent_dropout: float = _option(0.0, part="noise")
    candidate_dropout: float = _option(0.0, part="noise")
    normalisation: str = _option("none", part="normalisation", steps=True)
    normalisation_gain: float | None = _option(None, part="normalisation", steps=True)
    normalisation_steps: int | None = _option(None, part="normalisation")
    init: str = _option("default", steps=True, start=True)
    forget_bias: float | None = _option(None, steps=True, start=True, role="forget")
    memory: int | None = _option(None, steps=True, start=True)

    def __post_init__(self) -> None:
        if isinstance(self.zoneout, Mapping):
            object.__setattr__(self, "zoneout", dict(self.zoneout))  # nobody else's

    @property
    def in_config(self) -> dict[str, Any]:
        """As a config writes it, which knows no None: 0 there."""
        return {f.name: 0 if (value := getattr(self, f.name)) is None else value for f in dataclasses.fields(self)}

    def overlaid(self, attributes: Mapping[str, Any]) -> Shaping:
        """The options as ``attributes`` of a layer, which may have been set since, tell them."""
        own = {name: attributes[name] for name in self.names(told=True) if name in attributes}
        set_since = {name: value for name, value in own.items() if value is not getattr(self, name)}
        return dataclasses.replace(self, **set_since) if set_since else self

    def parts(self) -> dict[str, tuple[Any, Any]]:
        """What of a layer tells of the options, by name: values and their defaults, of an option that no part is made
        of by itself."""
        fields = dataclasses.fields(self)
        return {f.metadata["part"] or f.name: (getattr(self, f.name), f.default) for f in fields}

    @staticmethod
    def from_config(table: Mapping[str, Any]) -> Options:
        """The options in a table of a config, as keyword arguments: without those that are 0, not given, there."""
        absent = {f.name for f in dataclasses.fields(Shaping) if f.default is None}
        return cast(Options, {name: value for name, value in table.items() if value or name not in absent})

    @staticmethod
    @functools.cache
    def names(
        *, steps: bool = False, start: bool = False, told: bool = False, cell: Cell | None = None
    ) -> tuple[str, ...]:
        """The names of options: of all, or of those that single ``steps`` have, that are about weights at the
        ``start``, that a layer has ``told`` itself, no part of it, or that are about no gate that ``cell`` has not."""
        return tuple(
            f.name
            for f in dataclasses.fields(Shaping)
            if (f.metadata["steps"] or not steps)
            and (f.metadata["start"] or not start)
            and not (f.metadata["part"] and told)
            and (cell is None or not f.metadata["role"] or f.metadata["role"] in cell.roles)
        )

    @staticmethod
    def explained(document: str | None) -> str | None:
        """A docstring with what this one says of the options, in the place of its line that refers to it."""
        told = (Shaping.__doc__ or "").partition("Args:\n")[2].rstrip(" ")
        return document and re.sub(" *options: as :class:`[^`]*Shaping` explains them.\n", lambda _: told, document)


# What type checkers and editors know of the same options, as keyword arguments: tests hold that they are the same.


class StepOptions(TypedDict, total=False):
    """Those of single steps of a cell that forgets nothing."""

    normalisation: str
    normalisation_gain: float | None
    init: str
    memory: int | None


class GatedStepOptions(StepOptions, total=False):
    """Those of single steps."""

    forget_bias: float | None


class UngatedOptions(StepOptions, total=False):
    """Those of a cell that forgets nothing."""

    residual: bool
    zoneout: float | Mapping[str, float]
    recurrent_dropout: float
    candidate_dropout: float
    normalisation_steps: int | None


class Options(UngatedOptions, GatedStepOptions, total=False):
    """All."""


class _AsItIs:
    """In signatures, what an option is that is not given where a layer is there already."""

    def __repr__(self) -> str:
        return "<as it is>"


AS_IT_IS = _AsItIs()


class Takes:
    """A decorator of a function that takes options by these ``names``: it writes its ``**options`` out in its
    signature, where ``help`` and editors look, with ``defaults`` of their own."""

    def __init__(self, names: tuple[str, ...], **defaults: Any) -> None:
        self._names, self._defaults = names, defaults

    def __call__(self, function: F) -> F:
        """``function``, its signature written out."""
        self._function = function
        fields = {f.name: f for f in dataclasses.fields(Shaping)}
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        written = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=self._defaults.get(name, fields[name].default),
                annotation=fields[name].type,
            )
            for name in self._names
        ]
        at = next(i for i, p in enumerate(own) if p.kind is p.KEYWORD_ONLY)
        function.__signature__ = signature.replace(parameters=[*own[:at], *written, *own[at:]])  # type: ignore[attr-defined]
        return function

    def asked(self, options: Mapping[str, Any]) -> Shaping:
        """The value of ``options`` that the function was given.

        Raises:
            TypeError: one that it does not take, in Python's own words.
        """
        for name in options:
            if name not in self._names:
                self._refuse(name)
        return Shaping(**options)

    def _refuse(self, name: str) -> None:
        """Let Python say that there is no such argument, and what may have been meant, as later ones do."""
        owner = self._function.__qualname__.rpartition(".")[0]
        own = [one for one in inspect.signature(self._function).parameters if one != "self"]
        dataclasses.make_dataclass(owner, [(one, Any, None) for one in own])(**{name: None})
