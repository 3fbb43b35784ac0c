"""A trained translator in use, from its file alone."""

from __future__ import annotations

import polars as pl

from undertow.tables.table import Table
from undertow.tasks.base import Evaluation
from undertow.tasks.translate.examining import examined
from undertow.tasks.translate.reading import read_pairs, read_sources
from undertow.tasks.translate.searching import translations
from undertow.tasks.translate.system import System

__all__ = ["TrainedTranslator", "load"]


class TrainedTranslator:
    """A translator from its file (see :class:`undertow.tasks.base.Trained`)."""

    def __init__(self, system: System) -> None:
        self.system = system

    def predict(self, data: Table, n_best: int = 1) -> pl.DataFrame:
        """Columns ``row`` (of the data, counting from 0), ``source`` as it is read, ``translation``, ``score`` and
        ``log_probability``; with ``n_best`` above 1 also ``rank``, and so many rows for each."""
        sources = read_sources(data, self.system.own)
        found = translations(self.system, self.system.encoded(sources, []).sources)
        rows = [
            (row, sources[row], rank, self.system.write.decode(h.tokens), h.score, h.log_probability)
            for row, hypotheses in enumerate(found)
            for rank, h in enumerate(hypotheses[:n_best], start=1)
        ]
        names = ["row", "source", "rank", "translation", "score", "log_probability"]
        frame = pl.DataFrame(rows, schema=names, orient="row")
        return frame if n_best > 1 else frame.drop("rank")

    def evaluate(self, data: Table) -> Evaluation:
        """Figures on other pairs. Training pairs are not in the model's file: there is no baseline of them."""
        return examined(self.system, read_pairs(data, self.system.own, grouped=False))


def load(data: bytes) -> TrainedTranslator:
    """A trained translator from the bytes of its file, unsealed.

    Raises:
        RunError: they are another kind of model.
    """
    return TrainedTranslator(System.load(data))
