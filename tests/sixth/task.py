"""Counting in training (see :class:`undertow.tasks.base.Task`)."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812

from sixth.examining import examined, figures
from sixth.model import CountModel
from sixth.options import CountOptions
from sixth.reading import answers, encoded, read
from sixth.trained import TrainedCounter
from undertow.errors import DataError
from undertow.tables.splits import by_key
from undertow.tasks.base import Carried, Evaluation, Measured, Setup
from undertow.tasks.batches import batches, padded
from undertow.tasks.files import restored

__all__ = ["CountTask"]


class CountTask:
    """A counter and the texts it is trained on."""

    unit, figure = "sample", "error"

    def __init__(self, setup: Setup) -> None:
        own: CountOptions = setup.own
        table = setup.data.table(own.header)
        self._setup, self.digest, self._header = setup, table.digest, table.header
        self.texts = read(table, own)
        self.parts = dict(by_key(self.texts, own.validation, own.test, own.seed_of_parts(setup.seed)).items())
        self._encoded, self._truth = encoded(self.texts), answers(self.texts, own)
        self.model = CountModel(setup.model)
        self._trained = TrainedCounter(self.model, setup.model, own)

    def describe(self) -> list[str]:
        """What was found in the data."""
        return [", ".join(f"{len(rows)} {part}" for part, rows in self.parts.items())]

    def facts(self) -> dict[str, Any]:
        """What config.toml says of them."""
        return {"header": self._header, "texts": len(self.texts)}

    def plan(self, epoch: int) -> Sequence[NDArray[Any]]:
        """Batches of the training part."""
        rows = self.parts["train"]
        lengths = [len(self._encoded[int(row)]) for row in rows]
        return [rows[batch] for batch in batches(lengths, self._setup.batch, epoch, self._setup.seed)]

    def loss(self, piece: NDArray[Any], carried: Carried) -> Measured:
        """The mean squared error of a batch."""
        return Measured(F.mse_loss(self.model(*padded(self._encoded, piece)), self._truth[piece]), len(piece))

    def evaluate(self, part: str) -> dict[str, float]:
        """Figures on a part."""
        return figures(self._trained.counted(self._of(part)), answers(self._of(part), self._setup.own))

    def examine(self, part: str) -> Evaluation:
        """The same with the texts that were counted worst."""
        return examined(self._trained.counted(self._of(part)), answers(self._of(part), self._setup.own), self._of(part))

    def _of(self, part: str) -> list[str]:
        if not len(self.parts[part]):
            raise DataError(f"there is no {part} part: count.{part} is 0")
        return [self.texts[int(row)] for row in self.parts[part]]

    def sample(self, length: int, seed: int) -> None:
        """Nothing: a counter does not write."""

    def serialise(self) -> bytes:
        """The model's file."""
        return self._trained.serialise()

    def restore(self, data: bytes) -> None:
        """Make the model what it is in its file."""
        restored(self.model, data)
