"""The task count, as the rest of Undertow knows it."""

from sixth.options import CountOptions
from undertow.tasks.kind import SAMPLES, Kind

__all__ = ["KIND"]

KIND = Kind(
    "count",
    CountOptions,
    "sixth",
    "Train a counter of a symbol in texts.",
    "undertow train count words.csv --symbol e",
    defaults={**SAMPLES, "model.hidden": 16},
    fixed=frozenset({"text", "symbol"}),
    estimator="sixth.estimator:Counter",
    section="sixth.section:section",
)
