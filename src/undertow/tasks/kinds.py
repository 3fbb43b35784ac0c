"""The kinds of task there are. Needs no torch: what does the work is imported when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from undertow.errors import DamagedError, check_known
from undertow.forms import MisfitError
from undertow.tasks.classify.options import ClassifyOptions
from undertow.tasks.forecast.options import ForecastOptions
from undertow.tasks.options import TextOptions
from undertow.tasks.reconstruct.options import ReconstructOptions
from undertow.tasks.translate.options import TranslateOptions

if TYPE_CHECKING:
    import polars

    from undertow.tasks.base import Setup, Task, Trained

__all__ = ["KINDS", "Kind", "kind_of"]


@dataclass(frozen=True)
class Kind:
    """A kind of task, by its name: that of the command, of the config's section and in the run.

    ``options`` are its own; ``defaults`` what it wants of the others; ``home`` the module with its ``prepare`` and
    ``load``. ``streams``: it is trained on windows of long streams, not on batches of samples. ``tabular``: it reads
    tables. ``test_part`` is what ``undertow evaluate RUN`` measures on; ``then`` the commands to try afterwards.
    """

    name: str
    options: type
    home: str
    summary: str
    example: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    streams: bool = False
    tabular: bool = True
    test_part: str = "test"
    then: tuple[str, ...] = ("evaluate", "diagnose")

    def prepare(self, setup: Setup, frame: polars.DataFrame | None = None) -> Task:
        """The task with its data, read from ``setup.own.data`` or given as a ``frame``, and its model, made anew.

        Raises:
            DataError: the data cannot be used.
        """
        task: Task = importlib.import_module(self.home).prepare(setup, frame)
        return task

    def load(self, data: bytes) -> Trained:
        """A trained model from the bytes of its file.

        Raises:
            RunError: it is another kind of model, or damaged.
        """
        try:
            trained: Trained = importlib.import_module(self.home).load(data)
        except MisfitError as error:
            raise DamagedError(f"the file of the model {error}") from None
        return trained


#: What tasks over samples want otherwise than tasks over streams.
SAMPLES: Mapping[str, Any] = {
    "training.window": 0,
    "training.sample_every": 0,
    "training.batch": 64,
    "training.evaluate_every": 100,
    "training.steps": 1500,
    "training.learning_rate": 0.003,
    "model.hidden": 128,
}

#: What keeps a network from learning a few thousand samples by heart.
_REGULAR: Mapping[str, Any] = {
    "model.dropout": 0.5,
    "training.optimizer": "adamw",
    "training.weight_decay": 0.1,
}

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "text",
            TextOptions,
            "undertow.tasks.language_model",
            "Train a recurrent language model on a text file.",
            "undertow train text war_and_peace.txt --hidden 512 --steps 5000",
            streams=True,
            tabular=False,
            test_part="held_out",
            then=("sample", "diagnose"),
        ),
        Kind(
            "classify",
            ClassifyOptions,
            "undertow.tasks.classify",
            "Train a classifier of texts or series on a table: a sample a row, or a step a row.",
            "undertow train classify names_gender.csv --text name --label gender",
            defaults={**SAMPLES, **_REGULAR, "training.choose": "last"},
        ),
        Kind(
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
        ),
        Kind(
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
        ),
        Kind(
            "reconstruct",
            ReconstructOptions,
            "undertow.tasks.reconstruct",
            "Train a sequence autoencoder: it folds sequences into vectors, and finds those it cannot rebuild.",
            "undertow train reconstruct sensor_singlehop_labelled.csv --series mote_id --anomaly label",
            defaults=SAMPLES,
        ),
    )
}


def kind_of(name: str) -> Kind:
    """The kind called ``name``.

    Raises:
        OptionError: there is none; the nearest is suggested.
    """
    return KINDS[check_known("task", name, KINDS)]
