"""How right a classifier is: figures from probabilities and answers, in NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.words import in_column, on_line, shown_width

__all__ = ["calibration", "confusion", "figures", "per_class", "summary"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

_BINS = 10


def confusion(truth: Numbers, said: Numbers, classes: int) -> Numbers:
    """How often (C, C) a sample of the class of a row was said to be of the class of a column."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (truth, said), 1)
    return counts


def per_class(matrix: Numbers) -> dict[str, Floats]:
    """Precision, recall and F1 of each class (C,) from a confusion matrix; 0 where nothing is there to divide by."""
    right = np.diag(matrix).astype(np.float64)
    said, there = matrix.sum(0), matrix.sum(1)
    precision = np.divide(right, said, out=np.zeros_like(right), where=said > 0)
    recall = np.divide(right, there, out=np.zeros_like(right), where=there > 0)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros_like(right), where=both > 0)
    return {"precision": precision, "recall": recall, "f1": f1}


def calibration(probabilities: Floats, right: NDArray[np.bool_]) -> tuple[list[dict[str, float]], float]:
    """Bins of how sure the model is, ``probabilities`` (N,) of what it said, against how often it is ``right`` (N,).

    Returns the bins that have samples (``sure`` and ``right``: means; ``count``), and the expected calibration error:
    the mean distance of the two over samples (Guo et al. 2017, arXiv:1706.04599, eq. 3), with ten bins of equal width.
    """
    which = np.minimum((probabilities * _BINS).astype(np.int64), _BINS - 1)
    bins, error = [], 0.0
    for index in np.unique(which):
        inside = which == index
        sure, share = float(probabilities[inside].mean()), float(right[inside].mean())
        bins.append({"sure": sure, "right": share, "count": int(inside.sum())})
        error += inside.mean() * abs(sure - share)
    return bins, float(error)


def figures(probabilities: Floats, truth: Numbers) -> dict[str, float]:
    """Figures of ``probabilities`` (N, C) against the true classes (N,).

    ``loss`` is in nats a sample, ``macro_f1`` the mean over classes that the part has, ``majority`` the accuracy of
    saying the part's commonest class always.
    """
    said = probabilities.argmax(1)
    matrix = confusion(truth, said, probabilities.shape[1])
    there = matrix.sum(1) > 0
    chosen = probabilities[np.arange(len(truth)), truth]
    return {
        "loss": float(-np.log(np.maximum(chosen, np.finfo(np.float64).tiny)).mean()),
        "accuracy": float((said == truth).mean()),
        "macro_f1": float(per_class(matrix)["f1"][there].mean()),
        "majority": float(matrix.sum(1).max() / len(truth)),
        "calibration_error": calibration(probabilities.max(1), said == truth)[1],
    }


def summary(found: dict[str, float], matrix: Numbers, classes: Sequence[str]) -> list[str]:
    """What a terminal prints: the figures, a line a class, and the commonest mistake."""
    of_class = per_class(matrix)
    first = max(map(shown_width, [*classes, "class"]))
    lines = [
        f"accuracy {found['accuracy']:.4f} over {int(matrix.sum()):,} samples "
        f"(always the commonest class: {found['majority']:.4f})",
        f"loss {found['loss']:.4f} nats, macro F1 {found['macro_f1']:.4f}, "
        f"calibration error {found['calibration_error']:.4f}",
        f"{'class':<{first}}  precision  recall      F1  samples",
    ]
    for n, name in enumerate(classes):
        shown = "  ".join(f"{of_class[key][n]:>{w}.4f}" for key, w in (("precision", 9), ("recall", 6), ("f1", 6)))
        lines.append(f"{in_column(name, first)}  {shown}  {int(matrix[n].sum()):>7,}")
    wrong: Any = matrix - np.diag(np.diag(matrix))
    if wrong.sum():
        there, said = np.unravel_index(wrong.argmax(), wrong.shape)
        lines.append(
            f"most often wrong: {on_line(classes[there])} taken for {on_line(classes[said])}, {int(wrong.max())} times"
        )
    return lines
