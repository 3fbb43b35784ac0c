"""Which engine runs a layer: the protocol, the ones there are, and how ``auto`` chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from torch import Tensor

from undertow.errors import BackendError, known
from undertow.nn.fused import Fused
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


def check_backend(name: str) -> str:
    """``name`` if there is such a backend (or ``auto``).

    Raises:
        OptionError: there is none; the nearest is suggested.
    """
    return known("backend", name, ["auto", *BACKENDS])


def choose(name: str, layer: Layer, *, states: bool, given: Sequence[Tensor] = ()) -> Backend:
    """The backend called ``name``, or for ``auto`` the fastest that can run ``layer`` on what is ``given``.

    Raises:
        BackendError: the one asked for cannot, with the reason.
    """
    if name == "auto":
        for backend in BACKENDS.values():
            if backend.refusal(layer, states=states, given=given) is None:
                return backend
    reason = BACKENDS[name].refusal(layer, states=states, given=given)
    if reason is not None:
        raise BackendError(f"backend {name!r} cannot run this layer: {reason}. Use backend='auto' or 'reference'.")
    return BACKENDS[name]
