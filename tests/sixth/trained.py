"""A trained counter in use, from its file alone (see :class:`undertow.tasks.base.Trained`)."""

import json
from dataclasses import asdict, dataclass
from typing import Self

import polars as pl
import torch
from torch import Tensor

from sixth.examining import examined
from sixth.model import CountModel
from sixth.options import CountOptions
from sixth.reading import answers, encoded, read
from undertow.documents import fact
from undertow.tables.table import Table
from undertow.tasks.base import Evaluation
from undertow.tasks.batches import padded
from undertow.tasks.files import opened, own_options, rebuilt, written
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.rest import at_rest

__all__ = ["TrainedCounter"]

_FORMAT = "count/1"


@dataclass
class TrainedCounter:
    """A model with its options, and those of the task."""

    model: CountModel
    options: ModelOptions
    own: CountOptions

    @torch.no_grad()
    def counted(self, texts: list[str]) -> Tensor:
        """What the model says of each text (N,)."""
        with at_rest(self.model):
            return self.model(*padded(encoded(texts), range(len(texts))))

    def predict(self, data: Table) -> pl.DataFrame:
        """A row for each of the table's: ``row``, ``text`` and ``count``."""
        texts = read(data, self.own)
        return pl.DataFrame({"row": range(len(texts)), "text": texts, "count": self.counted(texts).tolist()})

    def evaluate(self, data: Table) -> Evaluation:
        """How far off it is on a table."""
        texts = read(data, self.own)
        return examined(self.counted(texts), answers(texts, self.own), texts)

    def serialise(self) -> bytes:
        """The model as a sealed safetensors file; which file it learned from is not in it."""
        return written(_FORMAT, self.model, self.options, {"own": json.dumps(asdict(self.own) | {"data": ""})})

    @classmethod
    def load(cls, data: bytes) -> Self:
        """From the bytes that :meth:`serialise` made.

        Raises:
            RunError: they are another kind of model.
        """
        metadata, options, weights = opened(data, _FORMAT)
        own = own_options(CountOptions(), fact(metadata, "own", dict), "count.")
        return cls(rebuilt(lambda: CountModel(options), weights), options, own)
