"""Classification: a text, or a series of numbers with one or several values a step, to a label.

``kind`` · ``options`` · ``layout`` (which columns are what) · ``reading`` (a table to samples) · ``coding`` (as the
model reads them) · ``model`` · ``ngrams`` (beside symbols) · ``encoder`` (another run's, to start from) · ``scoring``
(figures) and ``examining`` · ``task`` (in training) · ``trained`` (in use). Torch is imported when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from undertow.tasks.base import Setup
    from undertow.tasks.classify.task import ClassifyTask
    from undertow.tasks.classify.trained import TrainedClassifier

__all__ = ["load", "prepare"]


def prepare(setup: Setup) -> ClassifyTask:
    """The task: its data, split into parts, and its model, made anew.

    Raises:
        DataError: the data cannot be used; names file, line and column.
        RunError: the encoder's run cannot be used.
    """
    from undertow.tasks.classify.task import ClassifyTask

    return ClassifyTask(setup)


def load(data: bytes) -> TrainedClassifier:
    """A trained classifier from the bytes of its file.

    Raises:
        RunError: it is another kind of model.
    """
    from undertow.tasks.classify.trained import TrainedClassifier

    return TrainedClassifier.read(data)
