"""``undertow.Forecaster``: what follows in series of numbers, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from undertow.errors import DataError
from undertow.estimators.base import Estimator, in_order
from undertow.tables.table import Table
from undertow.tasks.given import Given

__all__ = ["Forecaster"]


@in_order
@dataclass(kw_only=True, eq=False, repr=False)
class Forecaster(Estimator):
    """A recurrent forecaster of one or many series, of one or several columns.

    ``X`` is a table (the path of a .csv, .tsv, .jsonl or .parquet; a polars or pandas frame; a mapping of columns) with
    a row for each step, or an array or a list, (T,) or (T, D), of steps in order. NaN is a missing value.

    Args:
        header: ``yes`` or ``no``: whether the first line of a file names its columns; by default as it looks.
        time: the column of the time, several with commas; by default the one that looks like it, ``none`` for equal
            steps.
        series: the column that tells several series apart.
        target: the columns to forecast, several with commas (or, as everywhere here, in a list).
        inputs: columns known up to the present alone; ``all`` for every other number.
        known: columns known in advance. :meth:`predict` needs them for the steps ahead, in rows without a target.
        horizon: H, steps ahead.
        context: steps read before a forecast.
        season: steps of a season; by default as the spacing of the times says.
        quantiles: what is forecast, with commas, 0.5 among them.
        start, decoder, level, scaling, transform: see ``undertow config forecast``.
        validation, test: shares kept back at the end of each series, to choose the model by and for ``undertow
            evaluate``.
        cell, hidden, layers, widths, dropout: the model.
        steps, batch, learning_rate, seed: training.
        options: any other option of ``undertow config forecast``, such as ``{"training.clip_norm": 0.5}``.
        run: folder of the run, which must not exist; None takes a temporary one.

    Attributes, after ``fit``:
        run_: the run's folder, for ``undertow report`` and the like.
        described_: what was found in the data.

    >>> import undertow
    >>> wave = [3.0, 5.0, 4.0, 1.0] * 30
    >>> forecaster = undertow.Forecaster(horizon=4, season=4, steps=20, hidden=8).fit({"sales": wave})
    >>> forecaster.predict({"sales": wave}).columns
    ['step', 'target', 'forecast', 'q10', 'q50', 'q90']
    """

    task: ClassVar[str] = "forecast"

    time: str | Sequence[str] | None = None
    series: str | None = None
    target: str | Sequence[str] | None = None
    inputs: str | Sequence[str] | None = None
    known: str | Sequence[str] | None = None
    horizon: int | None = None
    context: int | None = None
    season: int | None = None
    quantiles: str | Sequence[float] | None = None
    start: str | None = None
    decoder: str | None = None
    level: str | None = None
    scaling: str | None = None
    transform: str | None = None
    validation: float | None = None
    test: float | None = 0.0

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on the steps of ``X``. ``y`` is not used: the targets are columns of ``X``.

        Raises:
            OptionError: an option cannot be used.
            DataError: the table cannot; names line and column.
        """
        if isinstance(X, (str, Path)):
            self._train(Given(str(X)))
        else:
            table = self._table(X)
            self._train(Given(memory=table.frame), notes=table.notes)
        return self

    def predict(self, X: Any) -> pl.DataFrame:
        """The H steps after each series' last target in ``X``: a row for each step and target, with its quantiles.

        Columns are the time (or ``step``, from the start of ``X``), the series if there is a column of them,
        ``target``, ``forecast``, which is the median, and ``q10`` and the like.
        """
        made: pl.DataFrame = self._model.predict(self._table(X))
        return made

    def _table(self, data: Any) -> Table:
        if isinstance(data, list | tuple):
            try:
                data = np.asarray(data, dtype=np.float64)
            except (TypeError, ValueError) as error:
                raise DataError(f"a list has a number a step, or equally many numbers each: {error}") from error
        return super()._table(data)

    def score(self, X: Any, y: Any = None) -> float:
        """Minus the mean absolute scaled error (MASE) of a rolling-origin backtest over ``X``: 0 is perfect."""
        return -float(self._model.evaluate(self._table(X)).figures["mase"])
