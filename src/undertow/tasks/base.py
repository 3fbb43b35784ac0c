"""What a task offers to training: a model, stretches of data in order, a loss, figures and samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn

__all__ = ["Carried", "Span", "Task"]

#: The state that a window hands to the next one: what the layers return, detached. None: start anew.
Carried = Any


@dataclass(frozen=True)
class Span:
    """One window of truncated BPTT in a stream: steps ``start`` to ``stop``.

    The state carried to the next window is the one after ``carry`` steps; loss counts from step ``scored`` of the
    window on; ``fresh`` windows start from the declared state.
    """

    start: int
    stop: int
    carry: int
    scored: int
    fresh: bool


class Task(Protocol):
    """A task, seen by the training loop."""

    #: What speed is counted in: ``char``, ``byte`` ...
    unit: str

    @property
    def model(self) -> nn.Module:
        """The model to train."""
        ...

    @property
    def length(self) -> int:
        """Steps in each training stream."""
        ...

    @property
    def batch(self) -> int:
        """Streams side by side."""
        ...

    def loss(self, span: Span, carried: Carried) -> tuple[Tensor, Carried]:
        """Mean loss of a window, in nats a symbol, and the state to carry on (detached)."""
        ...

    def evaluate(self, part: str) -> dict[str, float]:
        """Figures on ``validation`` or ``held_out``; ``loss`` (nats) is among them. Consumes no training randomness."""
        ...

    def sample(self, length: int, seed: int) -> str:
        """Something the model writes, for people to look at. Consumes no training randomness."""
        ...

    def serialise(self) -> bytes:
        """The model as a sealed safetensors file, with all that is needed to use it."""
        ...
