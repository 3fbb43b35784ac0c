"""A kind of task: the one record by which the rest of Undertow knows it. Needs no torch."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

from undertow.errors import DamagedError
from undertow.forms import MisfitError

if TYPE_CHECKING:
    from undertow.tables.table import Table
    from undertow.tasks.base import Recalibration, Setup, Task, Trained

__all__ = ["SAMPLES", "Kind", "named"]

#: Defaults of tasks over samples that differ from those of tasks over streams.
SAMPLES: Mapping[str, Any] = {
    "training.window": 0,
    "training.sample_every": 0,
    "training.batch": 64,
    "training.evaluate_every": 100,
    "training.steps": 1500,
    "training.learning_rate": 0.003,
    "model.hidden": 128,
}


@dataclass(frozen=True)
class Kind:
    """A kind of task, by its name: that of the command, of the config's section and in the run.

    ``options`` are its own; ``defaults`` what it wants of the others; ``home`` the package with its ``prepare`` and
    ``load``, and ``space.toml``, if a search can choose among options of its own. ``streams``: it is trained on
    windows of long streams, not on batches of samples. ``tabular``: it reads tables. ``test_part`` is what ``undertow
    evaluate RUN`` measures on; ``then`` the commands to try afterwards; ``can`` what its trained models do beyond
    ``predict`` and ``evaluate``: ``sample``, ``embed``, ``best`` (of several answers), ``recalibrate``.

    Of its options, ``fixed`` are those that no search can choose, since losses would not compare; ``over_batch`` those
    that, unless 0, measure something over a whole batch, so that processes cannot share it. ``rising`` are figures of
    which more is better.

    What stands on higher floors is named, ``module:attribute``: its ``estimator``; ``section``, which draws the
    pictures of an evaluation in a report; ``remark``, what a report says of a run above them.
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
    can: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    over_batch: tuple[str, ...] = ()
    rising: frozenset[str] = frozenset()
    estimator: str = ""
    section: str = ""
    remark: str = ""

    @property
    def space(self) -> str:
        """The genes that this task adds to a search, as TOML; empty if it has no such file."""
        file = resources.files(self.home) / "space.toml"
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def prepare(self, setup: Setup) -> Task:
        """The task with its data, as they are given, and its model, made anew.

        Raises:
            DataError: the data cannot be used.
        """
        task: Task = importlib.import_module(self.home).prepare(setup)
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

    def recalibrated(self, model: bytes, data: Table | None, *, force: bool) -> tuple[bytes, Recalibration]:
        """The file of a ``model`` after it has learned on ``data`` what is normal now; without ``data``, as it was."""
        made: tuple[bytes, Recalibration] = importlib.import_module(self.home).recalibrated(model, data, force=force)
        return made


def named(path: str) -> Any:
    """What ``module:attribute`` names."""
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)
