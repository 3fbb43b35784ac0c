"""``undertow.Classifier``: texts and series to labels, as scikit-learn's estimators are used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError, OptionError
from undertow.estimators.base import OfSymbols, in_order
from undertow.estimators.samples import SERIES, frame_of, is_table, labels_of, samples_of, series_frame
from undertow.tasks.given import Given

__all__ = ["Classifier"]

#: The column that is made of the labels.
_LABEL = "label"


@in_order
@dataclass(kw_only=True, eq=False, repr=False)
class Classifier(OfSymbols):
    """A recurrent classifier of texts or series.

    ``X`` is one of these; NaN is a missing value:

    - a table: the path of a .csv, .tsv, .jsonl or .parquet, a polars or pandas frame, or a mapping of columns;
    - a list of texts;
    - an array (N, F) of series with a value (or ``features`` values) a step, or an array (N, T, I);
    - a list of arrays (T_i,) or (T_i, I) of unequal length. Lists of equally many numbers are an array.

    Args:
        header: ``yes`` or ``no``: whether the first line of a file names its columns; by default as it looks.
        label, text, series, id, order, features: which columns of a table are what; by default as they look.
        tokens: what texts are cut into: ``characters``, ``words``, ``symbols`` or ``bpe``.
        fold_case: read capital and small letters as the same.
        ngrams: beside each symbol read the n-grams that end there, up to so many symbols.
        validation, test: shares kept back, to watch training and for ``undertow evaluate``; equal samples are never in
            two parts. ``group`` is a column whose values never are.
        split_seed: of what goes into which part; -1 takes ``seed``.
        pooling: ``last``, ``mean``, ``max`` or ``attention``.
        bidirectional, cell, hidden, layers, widths, embedding, dropout: the model.
        class_weights: ``none``, or ``balanced``.
        encoder: folder of a run to start from; ``freeze`` keeps its encoder as it is.
        steps, batch, learning_rate, seed: training.
        options: any other option of ``undertow config classify``, such as ``{"training.clip_norm": 0.5}``.
        run: folder of the run, which must not exist; None takes a temporary one.

    Attributes, after ``fit``:
        classes_: (C,) the labels, in order.
        run_: the run's folder, for ``undertow report`` and the like.
        described_: what was found in the data.
        n_features_in_: F, if ``X`` was (N, F).

    >>> import undertow
    >>> names = undertow.Classifier(steps=30, hidden=8, validation=0.0)
    >>> _ = names.fit(["anna", "otto", "lena", "udo"] * 5, ["f", "m", "f", "m"] * 5)
    >>> names.classes_.tolist(), names.predict_proba(["nina"]).shape
    (['f', 'm'], (1, 2))
    """

    task: ClassVar[str] = "classify"

    label: str | None = None
    text: str | None = None
    series: str | Sequence[str] | None = None
    id: str | None = None
    order: str | None = None
    features: int | None = None
    tokens: str | None = None
    fold_case: bool | None = None
    ngrams: int | None = None
    group: str | None = None
    validation: float | None = None
    test: float | None = 0.0
    split_seed: int = -1
    pooling: str | None = None
    bidirectional: bool | None = None
    class_weights: str | None = None
    encoder: str | Path | None = None
    freeze: bool | None = None

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on ``X`` with its labels in the table, or in ``y`` (N,).

        Raises:
            OptionError: an option, ``X`` or ``y`` cannot be used.
            DataError: a file cannot; names line and column.
        """
        if isinstance(X, (str, Path)):
            if y is not None:
                raise OptionError("the labels of a file stand in the file: name their column with label=..., not y")
            self._train(Given(str(X)))
            self._name_classes(None)
            return self
        frame, notes = samples_of(X)
        classes = None
        settings: dict[str, Any] = {}
        if y is not None:
            classes, names = _classes(y, len(frame))
            if _LABEL in frame.columns:
                raise OptionError("the table has a column `label` already; leave y out, or the column")
            frame = frame.with_columns(names.alias(_LABEL))
            settings["classify.label"] = _LABEL
        elif not is_table(X):
            raise OptionError("the labels are missing: fit(X, y) requires y to be passed, but the target y is None")
        try:
            self._train(Given(memory=frame), settings, notes)
        except DataError as error:  # data in memory is an argument
            raise OptionError(str(error)) from error
        self._name_classes(classes)
        if not is_table(X) and "x1" in frame.columns:
            self.n_features_in_: int = sum(name != _LABEL for name in frame.columns)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities (N, C) in the order of ``classes_``."""
        told = self._model.predict(self._read(X))
        columns = [told[f"probability_{name}"].to_numpy() for name in map(str, self.classes_)]
        return np.stack(columns, 1)

    def predict(self, X: Any) -> NDArray[Any]:
        """The likeliest label (N,) of each sample."""
        probabilities = self.predict_proba(X)
        likeliest: NDArray[Any] = self.classes_[probabilities.argmax(1)]
        return likeliest

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Accuracy against ``y`` (N,), or against the labels in the table."""
        if y is None:
            return float(self._model.evaluate(self._read(X)).figures["accuracy"])
        return float(np.average(self.predict(X) == np.asarray(y), weights=sample_weight))

    def embed(self, X: Any) -> NDArray[np.float32]:
        """The vector (N, V) that each sample is folded to before its label is read from it."""
        vectors: pl.DataFrame = self._model.embed(self._read(X))
        return vectors.select(pl.col("^v[0-9]+$")).to_numpy().astype(np.float32)

    def _read(self, X: Any) -> Any:
        layout = self._model.layout
        if isinstance(X, (str, Path)):
            return self._table(X)
        frame, wanted = frame_of(X), getattr(self, "n_features_in_", 0)
        if wanted and not is_table(X) and frame.width != wanted:
            raise OptionError(f"X has {frame.width} features, but Classifier is expecting {wanted} features as input")
        if layout.columns == (SERIES,) and "x1" in frame.columns:
            frame = series_frame(list(frame.to_numpy()))  # fitted on series of unequal length, these are equally long
        return self._table(frame)

    def _name_classes(self, classes: NDArray[Any] | None) -> None:
        """``classes`` as they were given, or as their names read."""
        self.classes_: NDArray[Any] = classes if classes is not None else _natural(self._model.classes)
        self.__dict__.pop("n_features_in_", None)

    def _adopt(self, folder: Path) -> None:
        super()._adopt(folder)
        self._name_classes(None)

    def __sklearn_tags__(self) -> Any:
        import importlib

        tags, found = super().__sklearn_tags__(), importlib.import_module("sklearn.utils")
        tags.estimator_type, tags.classifier_tags = "classifier", found.ClassifierTags()
        tags.target_tags.required = False  # a table can hold the labels
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.three_d_array = True
        return tags


def _classes(y: Any, samples: int) -> tuple[NDArray[Any], pl.Series]:
    """The classes (C,) in order, and the name of each sample's class.

    Raises:
        OptionError: y is of another length, or holds no labels.
    """
    given = labels_of(y)
    if given.ndim == 2 and given.shape[1] == 1:
        given = given[:, 0]
    if given.ndim != 1 or len(given) != samples:
        raise OptionError(f"y has shape {given.shape}, X {samples} samples: y should be a 1d array, a label a sample")
    if given.dtype.kind == "f" and not (np.isfinite(given).all() and (given % 1 == 0).all()):
        raise OptionError("Unknown label type: y has numbers with fractions, NaN or infinity, which are no labels")
    if given.dtype.kind not in "iufbUO":
        raise OptionError(f"Unknown label type: y holds {given.dtype}; labels are texts, whole numbers or truths")
    for n, label in enumerate(given if given.dtype.kind == "O" else ()):
        if label is None or (isinstance(label, float) and np.isnan(label)):
            raise OptionError(f"Unknown label type: y[{n}] is {label}; leave out samples without a label")
    if given.dtype.kind == "O" and len({type(label) for label in given}) > 1:
        raise OptionError("Unknown label type: y has labels of several types; let all be texts or whole numbers")
    classes, of = np.unique(given, return_inverse=True)
    return classes, pl.Series([str(label) for label in classes]).gather(of)


def _natural(names: Sequence[str]) -> NDArray[Any]:
    """Classes as their names read: whole numbers, truths or texts, in order."""
    if set(names) <= {"False", "True"}:
        return np.array([name == "True" for name in sorted(names)])
    if all(name.lstrip("-").isdecimal() and str(int(name)) == name for name in names):
        return np.sort(np.array([int(name) for name in names]))
    return np.array(sorted(names))
