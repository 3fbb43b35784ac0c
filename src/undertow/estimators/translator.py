"""``undertow.Translator``: sequences to sequences, as scikit-learn's estimators are used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import polars as pl

from undertow.errors import DataError, OptionError
from undertow.estimators.base import OfSymbols, in_order
from undertow.estimators.samples import is_table
from undertow.tasks.given import Given

__all__ = ["Translator"]

#: Names of columns that are made from what is in memory.
_SOURCE, _TARGET = "source", "target"


@in_order
@dataclass(kw_only=True, eq=False, repr=False)
class Translator(OfSymbols):
    """A recurrent encoder and decoder: sentences to their translations, words to their sounds.

    ``X`` is a table with both sides (the path of a .csv, .tsv, .jsonl or .parquet; a polars or pandas frame; a mapping
    of columns), or a list of sources, whose translations are ``y``.

    Args:
        header: ``yes`` or ``no``: whether the first line of a file names its columns; by default as it looks.
        source, target: columns of a table; by default the first two.
        group: column whose values are never in two parts; by default equal sources are not.
        source_tokens, target_tokens: what texts are cut into: ``characters``, ``words``, ``symbols`` (whatever stands
            between spaces) or ``bpe``.
        attention: ``luong``, ``bahdanau`` or ``none``.
        bidirectional, reverse: how the encoder reads the source.
        teacher_forcing, label_smoothing: of training.
        beam, length_penalty: of the search.
        longest: most tokens a side; longer pairs are left out.
        validation, test: shares kept back, to choose the model by and for ``undertow evaluate``.
        split_seed: of what goes into which part; -1 takes ``seed``.
        cell, hidden, layers, widths, embedding, dropout: the model, encoder and decoder alike.
        steps, batch, learning_rate, seed: training.
        options: any other option of ``undertow config translate``, such as ``{"training.clip_norm": 0.5}``.
        run: folder of the run, which must not exist; None takes a temporary one.

    Attributes, after ``fit``:
        run_: the run's folder, for ``undertow report`` and the like.
        described_: what was found in the data.

    >>> import undertow
    >>> sounds = undertow.Translator(source_tokens="characters", target_tokens="symbols", steps=5, hidden=8)
    >>> _ = sounds.fit(["ba", "ab", "aa", "bb", "a", "b"] * 2, ["B A", "A B", "A A", "B B", "A", "B"] * 2)
    >>> len(sounds.predict(["ab", "ba"]))
    2
    """

    task: ClassVar[str] = "translate"

    source: str | None = None
    target: str | None = None
    group: str | None = None
    source_tokens: str | None = None
    target_tokens: str | None = None
    attention: str | None = None
    bidirectional: bool | None = None
    reverse: bool | None = None
    teacher_forcing: float | None = None
    label_smoothing: float | None = None
    beam: int | None = None
    length_penalty: float | None = None
    longest: int | None = None
    validation: float | None = None
    test: float | None = 0.0
    split_seed: int = -1

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on a table ``X`` with both sides, or on sources ``X`` and their translations ``y``.

        Raises:
            OptionError: an option, ``X`` or ``y`` cannot be used.
            DataError: a file cannot; names line and column.
        """
        if isinstance(X, (str, Path)):
            if y is not None:
                raise OptionError("the targets of a file stand in the file: name their column with target=..., not y")
            self._train(Given(str(X)))
            return self
        settings: dict[str, Any] = {}
        notes: tuple[str, ...] = ()
        if y is not None:
            frame = _pairs(X, y)
            settings = {"translate.source": _SOURCE, "translate.target": _TARGET}
        elif is_table(X):
            table = self._table(X)
            frame, notes = table.frame, table.notes
        else:
            raise OptionError("the translations are missing: fit(X, y), or a table with a column of each side")
        try:
            self._train(Given(memory=frame), settings, notes)
        except DataError as error:  # data in memory is an argument
            raise OptionError(str(error)) from error
        return self

    def predict(self, X: Any) -> list[str]:
        """The best translation of each source: of a list of sources, or of the sources of a table."""
        found: list[str] = self._model.predict(self._read(X))["translation"].to_list()
        return found

    def predict_best(self, X: Any, count: int) -> list[list[tuple[str, float]]]:
        """The ``count`` best translations of each source with their scores, best first; fewer where the beam is
        narrower."""
        told = self._model.predict(self._read(X), max(2, count))
        best: list[list[tuple[str, float]]] = [[] for _ in range(told["row"].n_unique())]
        for row, rank, text, score in told.select("row", "rank", "translation", "score").iter_rows():
            if rank <= count:
                best[row].append((text, score))
        return best

    def score(self, X: Any, y: Any = None) -> float:
        """BLEU, 0 to 1; for ``symbols`` 1 less their error rate. Against ``y``, or the targets in the table."""
        table = self._read(X) if y is None else self._table(self._named(_pairs(X, y)))
        figures = self._model.evaluate(table).figures
        return float(figures["bleu"] / 100 if "bleu" in figures else 1 - figures["error_rate"])

    def _read(self, X: Any) -> Any:
        if isinstance(X, (str, Path)) or is_table(X):
            return self._table(X)
        return self._table(self._named(pl.DataFrame({_SOURCE: _texts(X, "X")})))

    def _named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """``frame`` with the names that the model knows its columns by."""
        own = self._model.system.own
        names = {_SOURCE: own.source or _SOURCE, _TARGET: own.target or _TARGET}
        return frame.rename({name: new for name, new in names.items() if name in frame.columns})


def _texts(given: Any, name: str) -> list[str]:
    """A list of texts.

    Raises:
        OptionError: it is none, or is empty.
    """
    if isinstance(given, (str, bytes)) or not (isinstance(given, Sequence) or hasattr(given, "__iter__")):
        raise OptionError(f"{name} is a list of texts, not {type(given).__name__}")
    texts = list(given)
    for at, text in enumerate(texts):
        if not isinstance(text, str):
            raise OptionError(f"{name}[{at}] is {text!r:.40}, not a text")
    if not texts:
        raise OptionError(f"{name} is empty")
    return texts


def _pairs(X: Any, y: Any) -> pl.DataFrame:
    sources, targets = _texts(X, "X"), _texts(y, "y")
    if len(sources) != len(targets):
        raise OptionError(f"X has {len(sources)} sources and y {len(targets)} translations; a pair needs both")
    return pl.DataFrame({_SOURCE: sources, _TARGET: targets})
