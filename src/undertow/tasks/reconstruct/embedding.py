"""Vectors in two dimensions: principal components (Pearson 1901), by singular values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["two_dimensions"]


def two_dimensions(vectors: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The two directions in which ``vectors`` (N, Z) differ most: points (N, 2), and each one's share of the variance.

    Signs are such that the largest part of each direction is positive, so that the picture is the same every time.
    Directions that are not there are 0.
    """
    centered = np.asarray(vectors, dtype=np.float64) - np.mean(vectors, axis=0, dtype=np.float64)
    _, sizes, directions = np.linalg.svd(centered, full_matrices=False)
    points, shares = np.zeros((len(centered), 2)), np.zeros(2)
    total = float((sizes**2).sum())
    for at in range(min(2, len(sizes))):
        direction = directions[at] * np.sign(directions[at][np.argmax(np.abs(directions[at]))] or 1.0)
        points[:, at] = centered @ direction
        shares[at] = sizes[at] ** 2 / total if total > 0 else 0.0
    return points, shares
