"""Forecasts: what comes next in series of numbers, as quantiles, many steps ahead.

``kind`` · ``options`` · ``reading`` (table to series on an even grid) · ``calendar`` · ``scaling`` · ``baselines`` ·
``scores`` · ``windows`` (what the network reads of a window) · ``model`` · ``backtest`` (rolling origin) and
``examining`` · ``task`` (in training) · ``trained`` (in use). Torch is imported when it is used: the options need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from undertow.tasks.base import Setup
    from undertow.tasks.forecast.task import ForecastTask
    from undertow.tasks.forecast.trained import TrainedForecaster

__all__ = ["load", "prepare"]


def prepare(setup: Setup) -> ForecastTask:
    """The task with its series, and its model, made anew.

    Raises:
        DataError: the table cannot be used: names the file, and where in it.
    """
    from undertow.tasks.forecast.task import ForecastTask

    return ForecastTask(setup)


def load(data: bytes) -> TrainedForecaster:
    """A trained forecaster from the bytes of its file. Runs no code from it."""
    from undertow.tasks.forecast.trained import load as load_trained

    return load_trained(data)
