"""A closer look at a classifier's answers: figures, confusion matrix, calibration, the worst mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.tasks.base import Evaluation
from undertow.tasks.classify.reading import Samples
from undertow.tasks.classify.scoring import calibration, confusion, figures, per_class, summary

__all__ = ["examined"]

_WORST = 20
_LONGEST_TEXT = 300
_MOST_STEPS = 200
_MOST_VALUES = 4
_MOST_CLASSES = 60


def examined(
    probabilities: NDArray[np.float64],
    truth: NDArray[np.int64],
    samples: Samples,
    which: NDArray[np.int64],
    classes: Sequence[str],
) -> Evaluation:
    """The evaluation of samples ``which`` (N,).

    Args:
        probabilities: (N, C) what the model says.
        truth: (N,) numbers of the true classes.
        samples: where they come from.
        which: (N,) their indices.
        classes: C names.
    """
    said = probabilities.argmax(1)
    matrix = confusion(truth, said, len(classes))
    found = figures(probabilities, truth)
    bins, _ = calibration(probabilities.max(1), said == truth)
    shown = np.sort(np.argsort(-matrix.sum(1), kind="stable")[:_MOST_CLASSES])
    of_class = {key: [round(float(v), 4) for v in values[shown]] for key, values in per_class(matrix).items()}
    pictures: dict[str, Any] = {
        "classes": [classes[n] for n in shown],
        "classes_in_all": len(classes),
        "samples": len(truth),
        "confusion": matrix[np.ix_(shown, shown)].tolist(),
        "per_class": {**of_class, "support": matrix.sum(1)[shown].tolist()},
        "calibration": [{key: round(value, 4) for key, value in part.items()} for part in bins],
        "worst": _worst(probabilities, truth, samples, which, classes),
    }
    return Evaluation({key: round(value, 6) for key, value in found.items()}, summary(found, matrix, classes), pictures)


def _worst(
    probabilities: NDArray[np.float64],
    truth: NDArray[np.int64],
    samples: Samples,
    which: NDArray[np.int64],
    classes: Sequence[str],
) -> list[dict[str, Any]]:
    """The mistakes of which the model was surest."""
    said = probabilities.argmax(1)
    wrong = np.flatnonzero(said != truth)
    worst = wrong[np.argsort(-probabilities[wrong, said[wrong]], kind="stable")][:_WORST]
    return [
        {
            "truth": classes[truth[n]],
            "said": classes[said[n]],
            "probability": round(float(probabilities[n, said[n]]), 4),
            "where": samples.where(int(which[n])).rpartition(", ")[2],
            **_shown(samples.contents[int(which[n])]),
        }
        for n in worst
    ]


def _shown(content: str | NDArray[np.float64]) -> dict[str, Any]:
    if isinstance(content, str):
        return {"text": content[:_LONGEST_TEXT] + ("..." if len(content) > _LONGEST_TEXT else "")}
    steps = content[:_MOST_STEPS, :_MOST_VALUES]
    return {"series": [[None if np.isnan(v) else float(f"{v:.4g}") for v in step] for step in steps]}
