"""Which engine runs a layer: the protocol, the ones there are, and how ``auto`` chooses."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.jit._trace import TracerWarning

from undertow.errors import BackendError, check_known
from undertow.nn.fused import Fused
from undertow.nn.gate import differentiated, recorded
from undertow.nn.layer import Layer, Outcome
from undertow.nn.observe import Observer
from undertow.nn.reference import Reference
from undertow.nn.vendor import Vendor

__all__ = ["BACKENDS", "Backend", "check_backend", "choose"]


class Backend(Protocol):
    """An engine that runs one layer, all directions, over a whole sequence, differentiably."""

    @property
    def name(self) -> str:
        """The name users choose it by."""
        ...

    def refusal(self, layer: Layer, *, states: bool, given: Sequence[Tensor] = ()) -> str | None:
        """Why it cannot run ``layer`` (``states``: giving every state component at every step), or None; ``given`` are
        the tensors of the call at hand, if there is one."""
        ...

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
        """Run ``x`` (T, B, I) from ``state`` ((D, B, H) by component).

        ``lengths`` (B,) counts the valid steps of each sample; what lies beyond changes nothing, and outputs there
        are zero. ``observer`` is told of its backward passes.
        """
        ...


#: Every backend by name, fastest first: ``auto`` takes the first that can.
BACKENDS: Mapping[str, Backend] = {"fused": Fused(), "vendor": Vendor(), "reference": Reference()}


#: Reasons for the slow way that were told already.
_told: set[str] = set()


def check_backend(name: str) -> str:
    """``name`` if there is such a backend (or ``auto``).

    Raises:
        OptionError: there is none; the nearest is suggested.
    """
    return check_known("backend", name, ["auto", *BACKENDS])


def choose(name: str, layer: Layer, *, states: bool, given: Sequence[Tensor] = ()) -> Backend:
    """The backend called ``name``, or for ``auto`` the fastest that can run ``layer`` on what is ``given``.

    Raises:
        BackendError: the one asked for cannot, with the reason.
    """
    if name == "auto":
        for backend in BACKENDS.values():
            if backend.refusal(layer, states=states, given=given) is None:
                if backend.name == "reference" and given and not torch.compiler.is_compiling():
                    _tell_of_the_slow_way(given, layer)
                return backend
    reason = BACKENDS[name].refusal(layer, states=states, given=given)
    if reason is not None:
        raise BackendError(f"backend {name!r} cannot run this layer: {reason}. Use backend='auto' or 'reference'.")
    return BACKENDS[name]


def _tell_of_the_slow_way(given: Sequence[Tensor], layer: Layer) -> None:
    """Say, once for each reason, that a call goes step by step through Python for what is done to its tensors."""
    tensors = (*given, *layer.tensors)
    reason = recorded(tensors) or differentiated(tensors)
    if torch._C._get_tracing_state() is not None:
        warnings.warn(
            f"{reason}, and torch has none for cell {layer.cell.name!r}: the loop over the steps of this input is "
            "recorded, and what comes out is right for inputs of so many steps alone. torch.export takes any number",
            TracerWarning,
            stacklevel=2,
        )
    elif reason is not None and reason not in _told:
        _told.add(reason)
        warnings.warn(
            f"{reason}: this runs on the reference backend, a Python loop over the steps. With backend='reference' "
            "this is not told",
            stacklevel=2,
        )
