"""``undertow.Autoencoder``: sequences to vectors and back, and what cannot be rebuilt, as scikit-learn's estimators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError, OptionError, RunError
from undertow.estimators.base import OfSymbols, in_order
from undertow.estimators.samples import frame_of, is_table, samples_of
from undertow.runs import RunFolder
from undertow.tasks.given import Given

if TYPE_CHECKING:
    from undertow.tasks.reconstruct.recalibrating import ThresholdRecalibration

__all__ = ["Autoencoder"]


@in_order
@dataclass(kw_only=True, eq=False, repr=False)
class Autoencoder(OfSymbols):
    """A recurrent encoder that folds sequences into vectors, and a decoder that rebuilds them from those.

    ``X`` is one of these; NaN is a missing value:

    - a table: the path of a .csv, .tsv, .jsonl or .parquet, a polars or pandas frame, or a mapping of columns. Its rows
      are sequences, or steps of long series, which are cut into windows (see ``layout``);
    - a list of texts;
    - an array (N, F) of whole series with a value (or ``features`` values) a step, or an array (N, T, I);
    - a list of arrays (T_i,) or (T_i, I).

    Args:
        header: ``yes`` or ``no``: whether the first line of a file names its columns; by default as it looks.
        layout, text, columns, features, id, series, time: which columns of a table are what; by default as they look.
        window, stride: how long series are cut.
        label: a column that colours the vectors in the report. anomaly: one of 0 and 1, known anomalies, which are
            never trained on. group: one whose values are never in two parts.
        scaling: ``together``, or each ``series`` by its own mean and spread.
        code: width of the vector. bidirectional, reverse, teacher_forcing, denoising, noise: how it is read and
            rebuilt (see ``undertow config reconstruct``).
        false_alarms: share of normal steps that the threshold lets through as anomalies.
        validation, test: shares kept back, to choose the model and to learn what is normal, and for ``undertow
            evaluate``.
        split_seed: of what goes into which part; -1 takes ``seed``.
        cell, hidden, layers, widths, embedding, dropout: encoder and decoder alike.
        steps, batch, learning_rate, seed: training.
        options: any other option of ``undertow config reconstruct``, such as ``{"training.clip_norm": 0.5}``.
        run: folder of the run, which must not exist; None takes a temporary one.

    Attributes, after ``fit``:
        run_: the run's folder, for ``undertow report`` and the like.
        described_: what was found in the data.

    >>> import undertow
    >>> names = undertow.Autoencoder(code=2, hidden=8, steps=10, validation=0.2)
    >>> names.fit_transform(["anna", "otto", "lena", "udo", "ada", "bob", "eve", "ida"]).shape
    (8, 2)
    """

    task: ClassVar[str] = "reconstruct"

    layout: str | None = None
    text: str | None = None
    columns: str | Sequence[str] | None = None
    features: int | None = None
    id: str | None = None
    series: str | None = None
    time: str | None = None
    window: int | None = None
    stride: int | None = None
    label: str | None = None
    anomaly: str | None = None
    group: str | None = None
    scaling: str | None = None
    code: int | None = None
    bidirectional: bool | None = None
    reverse: bool | None = None
    teacher_forcing: bool | None = None
    denoising: float | None = None
    noise: float | None = None
    false_alarms: float | None = None
    validation: float | None = None
    test: float | None = 0.0
    split_seed: int = -1

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on ``X``. ``y`` is passed over: it is there for pipelines.

        Raises:
            OptionError: an option or ``X`` cannot be used.
            DataError: a file cannot; names line and column.
        """
        if isinstance(X, (str, Path)):
            self._train(Given(str(X)))
            return self
        frame, notes = samples_of(X)
        settings = {} if is_table(X) or self.layout else {"reconstruct.layout": _layout(X)}
        try:
            self._train(Given(memory=frame), settings, notes)
        except DataError as error:  # data in memory is an argument
            raise OptionError(str(error)) from error
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """The vectors (N, Z): one a sequence, or one a window of long series, in their order."""
        vectors = self.embed(X).select(pl.col("^v[0-9]+$"))
        return vectors.to_numpy().astype(np.float32)

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[np.float32]:
        """:meth:`fit`, and the vectors of the same data."""
        return self.fit(X, y).transform(X)

    def embed(self, X: Any) -> pl.DataFrame:
        """The vectors with what each is of: row and text, or series, first and last row. Rows count from 0."""
        vectors: pl.DataFrame = self._model.embed(self._read(X))
        return vectors

    def predict(self, X: Any) -> pl.DataFrame:
        """``score``, ``anomaly`` and what was rebuilt, a row for each of the table's, in their order."""
        told: pl.DataFrame = self._model.predict(self._read(X))
        return told.drop("row", "text", strict=False)

    def evaluate(self, X: Any) -> dict[str, float]:
        """How well ``X`` is rebuilt, and what is found of its known anomalies, as figures by name."""
        figures: dict[str, float] = self._model.evaluate(self._read(X)).figures
        return figures

    def recalibrate(self, X: Any = None, *, force: bool = False, undo: bool = False) -> dict[str, Any]:
        """Learn anew what is normal from ``X``, a recent stretch that is believed to be: the thresholds, no weight.

        The run's model is written anew too, if its folder is there.

        Args:
            X: what :meth:`fit` takes, 20 windows or sequences at least; those with known anomalies are left out.
            force: learn from ``X`` though most of it is flagged.
            undo: go back to what training learned, without ``X``.

        Returns:
            ``calibration`` has the thresholds in force from now on, the share of normal windows and steps that they
            flag (``rate``), and the data that they were ``learned_on``. ``before`` has the same of the earlier ones.
            Two shares say how much of the windows and steps of ``X`` was flagged until now. ``last_third_flagged`` is
            the share of the last third of ``X`` that would be flagged if the rest alone were learned from: far more
            than ``rate`` if normal is still moving.

        Raises:
            OptionError: not fitted, or ``X`` with ``undo``, or neither.
            DataError: ``X`` cannot be used, is too little, or most of it is flagged.
            RunError: nothing to undo, or the run's model is another than this one by now.
        """
        from undertow.tasks.reconstruct.recalibrating import recalibrated
        from undertow.training.session import change_model

        _ = self._model
        if (X is None) != undo:
            raise OptionError("recalibrate wants X, what is normal now, or undo=True and no X")
        data, run = None if X is None else self._read(X), RunFolder(self.run_)

        def change(model: bytes) -> tuple[bytes, tuple[bytes, ThresholdRecalibration]]:
            if model != self._bytes:
                raise RunError(
                    f"the model of {run.path} is another by now; undertow.load({str(run.path)!r}) takes that"
                )
            changed, made = recalibrated(model, data, force=force)
            return changed, (changed, made)

        # an unpickled estimator may have its model alone
        self._bytes, made = change_model(run, change) if run.path.is_dir() else change(self._bytes)[1]
        self._loaded = None
        return made.said

    def _read(self, X: Any) -> Any:
        return self._table(X if isinstance(X, (str, Path)) else frame_of(X))


def _layout(X: Any) -> str:
    """An array (N, F) has a sequence in each row; texts and series in lists show what they are."""
    return "auto" if isinstance(next(iter(X)), str) else "rows"
