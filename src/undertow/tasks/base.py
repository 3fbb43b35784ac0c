"""What a task offers to training (data in pieces, a loss, figures, pictures), and the trained model that remains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from torch import Tensor, nn

from undertow.tasks.given import Given
from undertow.tasks.model_options import ModelOptions

if TYPE_CHECKING:
    import polars

__all__ = ["Carried", "Carrying", "Evaluation", "Measured", "Piece", "Recalibration", "Setup", "Task", "Trained"]

#: The state that a piece of the data hands to the next one: what the layers return, detached. None: start anew.
Carried = Any


@dataclass(frozen=True)
class Setup:
    """What a task is made from: its own options (``own``), the model's, and those of training that shape the data.

    ``given`` are data in place of the file that its own options name.
    """

    own: Any
    model: ModelOptions
    batch: int
    window: int = 0
    bptt: int = 0
    seed: int = 0
    given: Given | None = None

    @property
    def data(self) -> Given:
        """The data, whether they are a file or in memory."""
        return self.given or Given(self.own.data)


@runtime_checkable
class Carrying(Protocol):
    """A model that goes on from a state, from piece to piece."""

    def check_state(self, state: Carried, streams: int) -> None:
        """Whether it can go on from a state of this many ``streams``; raises what a call with that state raises."""
        ...


class Piece(Protocol):
    """What one step of training is made on: samples, or streams, side by side. Arrays of their numbers are pieces."""

    def __len__(self) -> int:
        """B, how many there are."""
        ...

    def __getitem__(self, samples: slice, /) -> Self:
        """The piece of some of them alone."""
        ...


@dataclass(frozen=True)
class Measured:
    """The loss of a piece: its mean over ``count`` scored things (symbols, samples, steps), and the state to go on.

    Where the mean is taken over something else than what is counted, ``weight`` says what it was divided by: means of
    parts of a piece, weighed by that, make the mean of the whole.
    """

    loss: Tensor
    count: int
    carried: Carried = None
    weight: float | None = None

    @property
    def divisor(self) -> float:
        """What the mean was divided by."""
        return self.count if self.weight is None else self.weight


@dataclass(frozen=True)
class Evaluation:
    """A closer look at a part of the data.

    ``figures`` are numbers by name, ``lines`` what a terminal prints, ``pictures`` plain data that the report draws.
    """

    figures: dict[str, float]
    lines: list[str] = field(default_factory=list)
    pictures: dict[str, Any] = field(default_factory=dict)


class Task(Protocol):
    """A task, seen by training."""

    @property
    def unit(self) -> str:
        """What speed is counted in: ``char``, ``byte``, ``sample`` ..."""
        ...

    @property
    def figure(self) -> str:
        """The figure of :meth:`evaluate` that people read: ``bits``, ``accuracy`` ..."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of the data, by which a changed file is known."""
        ...

    @property
    def model(self) -> nn.Module:
        """The model to train."""
        ...

    def describe(self) -> list[str]:
        """What was found in the data, a line each, for people."""
        ...

    def facts(self) -> dict[str, Any]:
        """What config.toml says of the data under ``[made]``."""
        ...

    def plan(self, epoch: int) -> Sequence[Piece]:
        """The pieces of one pass over the training data, in order: the same for the same ``epoch``, always."""
        ...

    def loss(self, piece: Any, carried: Carried) -> Measured:
        """The loss of a piece of the plan, or of some of its samples; ``carried`` is the state of those samples."""
        ...

    def evaluate(self, part: str) -> dict[str, float]:
        """Figures on a part of the data; ``loss`` is among them. Consumes no training randomness."""
        ...

    def examine(self, part: str) -> Evaluation:
        """A closer look at a part of the data, when training has ended. Consumes no training randomness."""
        ...

    def sample(self, length: int, seed: int) -> str | None:
        """Something the model writes, for people to look at, if it writes. Consumes no training randomness."""
        ...

    def serialise(self) -> bytes:
        """The model as a sealed safetensors file, with all that is needed to use it."""
        ...

    def restore(self, data: bytes) -> None:
        """Make the model what it is in a file that :meth:`serialise` gave."""
        ...


class Recalibration(Protocol):
    """What is normal, learned anew."""

    @property
    def lines(self) -> list[str]:
        """What a terminal prints."""
        ...

    @property
    def said(self) -> dict[str, Any]:
        """For machines."""
        ...


class Trained(Protocol):
    """A trained model in use, from its file alone. ``data`` is a table, or for text the path of a file."""

    def predict(self, data: Any) -> polars.DataFrame:
        """What the model says of each row, in the order of the data; ``row`` is the row's number, from 0."""
        ...

    def evaluate(self, data: Any) -> Evaluation:
        """How right it is on data that holds the answers."""
        ...
