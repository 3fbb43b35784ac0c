"""Reconstruction: a sequence folded into a vector and rebuilt from it; vectors, and what cannot be rebuilt: anomalies.

``kind`` · ``options`` · ``reading`` (tables to sequences) · ``windows`` · ``symbols`` and ``scaling`` · ``model`` ·
``rebuilding`` (windows through it) · ``embedding`` (vectors in two dimensions) ·
``anomaly`` and ``normal`` (scores and thresholds) · ``examined``, ``examining``
and ``pictures`` · ``task`` (in training) · ``trained`` (in use) · ``recalibrating`` (on a later ``stretch``). Torch is
imported when it is used: the options need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from undertow.tables.table import Table
    from undertow.tasks.base import Setup
    from undertow.tasks.reconstruct.recalibrating import ThresholdRecalibration
    from undertow.tasks.reconstruct.task import ReconstructTask
    from undertow.tasks.reconstruct.trained import TrainedAutoencoder

__all__ = ["load", "prepare", "recalibrated"]


def prepare(setup: Setup) -> ReconstructTask:
    """The task with its sequences, and its model, made anew.

    Raises:
        DataError: the data cannot be used.
    """
    from undertow.tasks.reconstruct.task import ReconstructTask

    return ReconstructTask(setup)


def load(data: bytes) -> TrainedAutoencoder:
    """A trained autoencoder from the bytes of its file."""
    from undertow.tasks.reconstruct.trained import TrainedAutoencoder

    return TrainedAutoencoder.load(data)


def recalibrated(model: bytes, data: Table | None, *, force: bool) -> tuple[bytes, ThresholdRecalibration]:
    """The bytes of a ``model``'s file with what is normal learned anew on ``data``; without, as training left it."""
    from undertow.tasks.reconstruct import recalibrating

    return recalibrating.recalibrated(model, data, force=force)
