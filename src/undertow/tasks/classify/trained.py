"""A trained classifier in use, from its file alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from undertow.documents import fact
from undertow.errors import DataError, check_known
from undertow.forms import MisfitError, Number
from undertow.tables.table import Table
from undertow.tasks.base import Evaluation
from undertow.tasks.batches import in_order, padded
from undertow.tasks.classify.coding import Coding
from undertow.tasks.classify.examining import examined
from undertow.tasks.classify.layout import SampleLayout
from undertow.tasks.classify.model import SequenceClassifier
from undertow.tasks.classify.options import POOLINGS
from undertow.tasks.classify.reading import Samples, numbered, read_samples
from undertow.tasks.files import opened, rebuilt, written
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.rest import at_rest

__all__ = ["TrainedClassifier", "all_logits"]

_FORMAT = "undertow-classifier/1"
#: The most symbols that an n-gram can have in a file.
_LONGEST = Number(1, 64, whole=True)
_BATCH = 256


@torch.no_grad()
def all_logits(model: SequenceClassifier, sequences: Sequence[Tensor], which: NDArray[np.int64]) -> Tensor:
    """Logits (N, C) of the sequences ``which`` (N,), without noise; the model is left as it was."""
    return _each(model, sequences, which, vectors=False)


def _each(model: SequenceClassifier, sequences: Sequence[Tensor], which: NDArray[np.int64], *, vectors: bool) -> Tensor:
    run = model.vectors if vectors else model.logits
    made: Tensor | None = None
    with at_rest(model):
        for batch in in_order([len(sequences[int(i)]) for i in which], _BATCH):
            x, lengths = padded(sequences, which[batch])
            outputs = run(model.steps(x), lengths)
            made = outputs.new_empty(len(which), outputs.shape[1]) if made is None else made
            made[torch.from_numpy(batch)] = outputs
    if made is None:
        raise DataError("there are no samples to classify")
    return made


@dataclass(frozen=True)
class TrainedClassifier:
    """A model with how it reads tables, ``layout`` and ``coding``, and the names of its ``classes``."""

    model: SequenceClassifier
    options: ModelOptions
    layout: SampleLayout
    coding: Coding
    classes: tuple[str, ...]

    def predict(self, data: Table) -> pl.DataFrame:
        """A row a sample: ``label``, its ``probability``, and ``probability_NAME`` of every class.

        In the order of the table, with the ``row`` of each first (counting from 0), and its ``text`` if it is one;
        where rows are steps, with the id of each series.
        """
        samples = read_samples(data, self.layout, labelled=False)
        probabilities = self._probabilities(samples)
        said = probabilities.argmax(1)
        return pl.DataFrame(
            [
                *self._whose(samples),
                pl.Series("label", [self.classes[n] for n in said]),
                pl.Series("probability", probabilities.max(1)),
                *(pl.Series(f"probability_{name}", probabilities[:, n]) for n, name in enumerate(self.classes)),
            ]
        )

    def evaluate(self, data: Table) -> Evaluation:
        """How right it is on a table with labels.

        Raises:
            DataError: a label is missing, or was not seen in training.
        """
        samples = read_samples(data, self.layout, labelled=True)
        truth = numbered(samples, self.classes)
        found = examined(self._probabilities(samples), truth, samples, np.arange(len(samples)), self.classes)
        return replace(found, lines=[*self.coding.missing(samples.contents), *found.lines])

    def embed(self, data: Table) -> pl.DataFrame:
        """A row a sample: which it is, as :meth:`predict` says, and the vector that the readout sees, ``v1`` ..."""
        samples = read_samples(data, self.layout, labelled=False)
        with torch.no_grad():
            vectors = _each(self.model, self.coding.encode(samples), np.arange(len(samples)), vectors=True).numpy()
        return pl.DataFrame([*self._whose(samples), *(pl.Series(f"v{n + 1}", v) for n, v in enumerate(vectors.T))])

    def _probabilities(self, samples: Samples) -> NDArray[np.float64]:
        logits = all_logits(self.model, self.coding.encode(samples), np.arange(len(samples)))
        probabilities: NDArray[np.float64] = logits.double().softmax(-1).numpy()
        return probabilities

    def _whose(self, samples: Samples) -> list[pl.Series]:
        """What says which sample an answer is about."""
        if self.layout.id:
            return [samples.table.frame[self.layout.id].gather(samples.rows)]
        texts = [pl.Series("text", samples.contents)] if self.layout.kind == "text" else []
        return [pl.Series("row", samples.rows), *texts]

    def written(self) -> bytes:
        """The model as a sealed safetensors file, with all that is needed to use it."""
        facts = {
            "bidirectional": json.dumps(self.model.encoder.bidirectional),
            "pooling": json.dumps(self.model.pooling.kind),
            "ngrams": json.dumps(self.model.ngrams.longest if self.model.ngrams else 1),
            "layout": json.dumps(self.layout.plain()),
            "classes": json.dumps(self.classes),
            **self.coding.plain(),
        }
        return written(_FORMAT, self.model, self.options, facts)

    @classmethod
    def read(cls, data: bytes) -> TrainedClassifier:
        """What :meth:`written` wrote. Runs no code from it.

        Raises:
            RunError: it is another kind of model.
        """
        metadata, options, weights = opened(data, _FORMAT)
        coding, classes = Coding.from_plain(metadata), fact(metadata, "classes", tuple[str, ...])
        if len(set(classes)) < max(2, len(classes)):
            raise MisfitError("has fewer than two classes, or two of one name")
        pooling, ngrams = fact(metadata, "pooling", str), fact({"ngrams": "1", **metadata}, "ngrams", _LONGEST)
        bidirectional = fact(metadata, "bidirectional", bool)
        model = rebuilt(
            lambda: SequenceClassifier(
                options,
                coding.inputs,
                len(classes),
                symbols=coding.tokens is not None,
                pooling=check_known("pooling", pooling, POOLINGS),
                bidirectional=bidirectional,
                ngrams=ngrams,
            ),
            weights,
        )
        layout = SampleLayout.from_plain(fact(metadata, "layout", dict))
        if (layout.kind == "text") != (coding.tokens is not None):
            raise MisfitError("reads tables otherwise than it codes them")
        return cls(model, options, layout, coding, classes)
