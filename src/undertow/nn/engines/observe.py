"""Watching a layer: what its backward pass shows, and who is told.

An :class:`Observer` that was attached to a layer (:func:`attach`) is told of every backward pass through
it, once a direction: before the gradient is carried back, while all that the forward pass kept is there, and after.
Layers without one do no more than look whether they have one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Protocol
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from undertow.errors import OptionError
from undertow.nn.engines.layer import Layer
from undertow.reasons import Reason

__all__ = ["Observer", "Record", "Sweep", "attach", "detach", "observer_of", "task", "within"]


class Record(Enum):
    """What a sweep writes down, as sums of squares over units by step, sample and component of the state.

    ``GRADIENT`` the carried gradient and the total one; ``HIGHWAY`` these, and the carried one's part that came
    with all gates held constant, and its rest (an engine that cannot tell them apart records as for ``GRADIENT``).
    """

    NOTHING = 0
    GRADIENT = 2
    HIGHWAY = 4


@dataclass(frozen=True, eq=False)
class Sweep(ABC):
    """One direction of one layer, in the middle of a backward pass. Steps are counted in the order of time.

    Attributes:
        layer: cell, sizes and weights.
        direction: 0, or 1 for the direction that reads the sequence from its end.
        lengths: (B,) steps of each sample that are its own; None: all of them.
        x: (T, B, I) the input.
        start: (B, H) each component of the state before the first step.
        states: (T, B, H) each component after every step (beyond a sample's end, as it was there).
        direct: (T, B, H) what enters the gradient at each step's own output, by component; absent ones are zero.
        final: (B, H) what arrives at the state after the last step, by component; absent ones are zero.
    """

    #: The backend's name.
    engine: ClassVar[str]

    layer: Layer
    direction: int
    lengths: Tensor | None
    x: Tensor
    start: Mapping[str, Tensor]
    states: Mapping[str, Tensor]
    direct: Mapping[str, Tensor]
    final: Mapping[str, Tensor]

    @abstractmethod
    def probe(self, step: int, cotangent: Tensor) -> Tensor:
        """Backpropagation through time from one step alone, and no gradients of weights.

        Args:
            step: the step, counted in the order in which this direction processes them.
            cotangent: (B, H) on the layer's output after that step.

        Returns:
            (step + 1, B, C, 2) sums of squares over units of the carried and of the total gradient, by component, in
            the order of processing. Where the probe starts its cotangent counts as carried.
        """


class Observer(Protocol):
    """Whoever watches one layer."""

    def before(self, sweep: Sweep) -> Record:
        """What to write down in the sweep that is about to begin. Probes run here."""
        ...

    def after(self, sweep: Sweep, records: Tensor | None) -> None:
        """The sweep is done; ``records`` (T, B, C, 2 or 4), in the order of processing, is what was asked for."""
        ...

    def refused(self, reason: Reason) -> None:
        """A backward pass will go by unseen."""
        ...


_task: int | None = None


@contextmanager
def within(task: int) -> Iterator[None]:
    """What is shown meanwhile belongs to the backward pass ``task``, though it has one of its own."""
    global _task
    before, _task = _task, task
    try:
        yield
    finally:
        _task = before


def task() -> int:
    """The backward pass that is at hand, by autograd's number; -1 if there is none."""
    return torch._C._current_graph_task_id() if _task is None else _task


#: Observers by layer; held outside of modules, so that copies and saved models know nothing of them.
_observers: WeakKeyDictionary[nn.Module, Callable[[int], Observer]] = WeakKeyDictionary()


def attach(module: nn.Module, observer_of_layer: Callable[[int], Observer]) -> None:
    """Let every layer of a ``Recurrent`` be watched, by the observer of its number.

    Raises:
        OptionError: somebody else watches it.
    """
    if _observers.get(module, observer_of_layer) != observer_of_layer:
        raise OptionError("this model is being watched already; leave that `with` block, or call .stop(), first")
    _observers[module] = observer_of_layer


def detach(module: nn.Module, observer_of_layer: Callable[[int], Observer]) -> None:
    """Stop watching by these observers; those of another watch go on."""
    if _observers.get(module) == observer_of_layer:
        del _observers[module]


def observer_of(module: nn.Module, index: int) -> Observer | None:
    """Who watches layer ``index`` of a ``Recurrent``."""
    found = _observers.get(module) if _observers else None
    return found(index) if found else None
