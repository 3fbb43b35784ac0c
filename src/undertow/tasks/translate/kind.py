"""The task translate, as the rest of Undertow knows it."""

from __future__ import annotations

from undertow.tasks.kind import SAMPLES, Kind
from undertow.tasks.translate.options import TranslateOptions

__all__ = ["KIND"]

KIND = Kind(
    "translate",
    TranslateOptions,
    "undertow.tasks.translate",
    "Train an encoder and decoder on pairs: sentences and their translations, words and their sounds.",
    "undertow train translate pairs.tsv --source en --target fr --attention bahdanau",
    defaults={
        **SAMPLES,
        "model.hidden": 192,
        "model.embedding": 96,
        "model.dropout": 0.3,
        "training.learning_rate": 0.004,
        "training.evaluate_every": 250,
    },
    can=frozenset({"best"}),
    fixed=frozenset({"source", "target", "target_tokens", "pieces", "label_smoothing"}),
    rising=frozenset({"accuracy"}),
    estimator="undertow.estimators.translator:Translator",
    section="undertow.report.tasks.translate:section",
)
