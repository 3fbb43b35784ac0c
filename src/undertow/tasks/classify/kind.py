"""The task classify, as the rest of Undertow knows it."""

from __future__ import annotations

from undertow.tasks.classify.options import ClassifyOptions
from undertow.tasks.kind import SAMPLES, Kind

__all__ = ["KIND"]

KIND = Kind(
    "classify",
    ClassifyOptions,
    "undertow.tasks.classify",
    "Train a classifier of texts or series on a table: a sample a row, or a step a row.",
    "undertow train classify names_gender.csv --text name --label gender",
    defaults={
        **SAMPLES,
        # what keeps a network from learning a few thousand samples by heart
        "model.dropout": 0.5,
        "training.optimizer": "adamw",
        "training.weight_decay": 0.1,
        "training.choose": "last",
    },
    can=frozenset({"embed"}),
    fixed=frozenset({"label", "split", "group", "class_weights", "label_smoothing"}),
    over_batch=("adversarial",),
    rising=frozenset({"accuracy"}),
    estimator="undertow.estimators.classifier:Classifier",
    section="undertow.report.tasks.classify:section",
)
