"""Reconstruction: a sequence folded into a vector and rebuilt from it; vectors, and what cannot be rebuilt: anomalies.

``options`` · ``reading`` (tables to sequences) · ``windows`` · ``symbols`` and ``scaling`` · ``model`` · ``rebuilding``
(windows through it) · ``anomaly`` and ``normal`` (scores and thresholds) · ``examined``, ``examining`` and
``pictures`` · ``task`` (in training) · ``trained`` (in use) · ``recalibrating`` (on a later ``stretch``). Torch is
imported when it is used: the options need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars

    from undertow.tasks.base import Setup
    from undertow.tasks.reconstruct.task import ReconstructTask
    from undertow.tasks.reconstruct.trained import TrainedAutoencoder

__all__ = ["load", "prepare"]


def prepare(setup: Setup, frame: polars.DataFrame | None) -> ReconstructTask:
    """The task with its data, from ``setup.own.data`` or a ``frame``, and its model, made anew.

    Raises:
        DataError: the data cannot be used.
    """
    from undertow.tables.table import given
    from undertow.tasks.reconstruct.task import ReconstructTask

    return ReconstructTask(given(setup.own.data, frame, header=setup.own.header), setup)


def load(data: bytes) -> TrainedAutoencoder:
    """A trained autoencoder from the bytes of its file."""
    from undertow.tasks.reconstruct.trained import TrainedAutoencoder

    return TrainedAutoencoder.load(data)
