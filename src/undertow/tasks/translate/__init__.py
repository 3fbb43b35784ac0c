"""Translation: sequences to sequences, by an encoder, a decoder and attention.

``kind`` · ``options`` · ``reading`` (pairs) · ``model`` · ``system`` (model, vocabularies, file) · ``searching`` (what
it writes) · ``scoring``, ``nearest`` (the baseline) and ``examining`` · ``task`` (in training) · ``trained`` (in use).
Torch is imported when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from undertow.tasks.base import Setup
    from undertow.tasks.translate.task import TranslateTask
    from undertow.tasks.translate.trained import TrainedTranslator

__all__ = ["load", "prepare"]


def prepare(setup: Setup) -> TranslateTask:
    """The task with its pairs, and its model, made anew.

    Raises:
        DataError: the data cannot be used.
        OptionError: options that do not go together, or a library that is not installed.
    """
    from undertow.tasks.translate.task import TranslateTask

    return TranslateTask(setup)


def load(data: bytes) -> TrainedTranslator:
    """A trained translator from the bytes of its file."""
    from undertow.tasks.translate import trained

    return trained.load(data)
