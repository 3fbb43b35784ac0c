"""Counting: how often a symbol stands in a text. A sixth task, as small as one can be (docs/extending.md).

``kind`` · ``options`` · ``reading`` (a table to texts and answers) · ``model`` · ``examining`` (figures) · ``task`` (in
training) · ``trained`` (in use) · ``space.toml`` (for a search) · ``section`` (of the report) · ``estimator``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sixth.task import CountTask
    from sixth.trained import TrainedCounter
    from undertow.tasks.base import Setup

__all__ = ["load", "prepare"]


def prepare(setup: Setup) -> CountTask:
    """The task with its texts, and its model, made anew.

    Raises:
        DataError: the data cannot be used.
    """
    from sixth.task import CountTask

    return CountTask(setup)


def load(data: bytes) -> TrainedCounter:
    """A trained counter from the bytes of its file. Runs no code from it."""
    from sixth.trained import TrainedCounter

    return TrainedCounter.load(data)
