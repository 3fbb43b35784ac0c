"""Text: what comes next, symbol by symbol.

``kind`` · ``options`` · ``reading`` (a file to numbers) · ``truncation`` (windows) · ``model`` · ``examining`` (bits a
symbol) · ``sampling`` (what it writes) · ``task`` (in training) · ``trained`` (in use). Torch is imported when it is
used: the options need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from undertow.tasks.base import Setup
    from undertow.tasks.text.task import LanguageModelTask
    from undertow.tasks.text.trained import TrainedLanguageModel

__all__ = ["load", "prepare"]


def prepare(setup: Setup) -> LanguageModelTask:
    """A language model and its text, from a file.

    Raises:
        DataError: the text cannot be read, or is too short.
    """
    from undertow.tasks.text import task

    return task.prepare(setup)


def load(data: bytes) -> TrainedLanguageModel:
    """A language model in use, from the bytes of its file. Runs no code from them."""
    from undertow.tasks.text import trained

    return trained.load(data)
