"""The task forecast, as the rest of Undertow knows it."""

from __future__ import annotations

from undertow.tasks.forecast.options import ForecastOptions
from undertow.tasks.kind import SAMPLES, Kind

__all__ = ["KIND"]

KIND = Kind(
    "forecast",
    ForecastOptions,
    "undertow.tasks.forecast",
    "Train a forecaster of series of numbers, with intervals, many steps ahead.",
    "undertow train forecast weather.csv --target temp_c --inputs all --horizon 24",
    defaults={
        **SAMPLES,
        "training.optimizer": "adamw",
        "training.weight_decay": 0.01,
        "training.learning_rate": 0.002,
        "model.hidden": 64,
        "model.dropout": 0.2,
    },
    fixed=frozenset({"target", "horizon", "quantiles", "scaling", "transform"}),
    estimator="undertow.estimators.forecaster:Forecaster",
    section="undertow.report.tasks.forecast:section",
)
