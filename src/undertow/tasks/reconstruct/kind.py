"""The task reconstruct, as the rest of Undertow knows it."""

from __future__ import annotations

from undertow.tasks.kind import SAMPLES, Kind
from undertow.tasks.reconstruct.options import ReconstructOptions

__all__ = ["KIND"]

KIND = Kind(
    "reconstruct",
    ReconstructOptions,
    "undertow.tasks.reconstruct",
    "Train a sequence autoencoder: it folds sequences into vectors, and finds those it cannot rebuild.",
    "undertow train reconstruct sensor_singlehop_labelled.csv --series mote_id --anomaly label",
    defaults=SAMPLES,
    can=frozenset({"embed", "recalibrate"}),
    fixed=frozenset({"text", "columns", "scaling", "window", "anomaly"}),
    estimator="undertow.estimators.autoencoder:Autoencoder",
    section="undertow.report.tasks.reconstruct:section",
    remark="undertow.report.tasks.reconstruct:recalibrated",
)
