"""What the report draws of reconstruction, as plain data of bounded size: scores, worst stretches, errors, vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.tasks.reconstruct.anomaly import runs_of
from undertow.tasks.reconstruct.embedding import two_dimensions
from undertow.tasks.reconstruct.examined import Examined
from undertow.tasks.reconstruct.normal import step_outputs

__all__ = ["drawn", "histogram", "thinned"]

_SERIES, _STEPS, _WORST, _TEXTS, _POINTS, _BINS, _CHANNELS, _LABELS = 4, 500, 4, 12, 800, 40, 6, 12
Floats = NDArray[np.float64]


def drawn(of: Examined) -> dict[str, Any]:
    """Everything the report draws. Steps are counted from 0 within their sequence."""
    pictures: dict[str, Any] = {
        "thing": "window" if of.sequences.cut else "sequence",
        "rate": of.normal.rate,
        "calibration": of.normal.said,
        "learned_on": of.normal.learned_on,
        "errors": histogram(of.scores, of.known, of.normal.window),
        "embedding": _embedding(of),
    }
    if of.symbols is not None:
        pictures["texts"] = _texts(of)
    elif of.sequences.layout == "steps":
        pictures["series"] = _series(of)
    if of.symbols is None:
        pictures["worst"] = _worst(of)
    return pictures


def thinned(scores: Floats, most: int) -> list[tuple[int, float | None]]:
    """At most ``most`` steps of scores (N,): the largest of each stretch, so that no peak is lost."""
    size = max(1, math.ceil(len(scores) / most))
    found: list[tuple[int, float | None]] = []
    for start in range(0, len(scores), size):
        stretch = scores[start : start + size]
        if np.isfinite(stretch).any():
            at = int(np.nanargmax(stretch))
            found.append((start + at, _short(stretch[at])))
        else:
            found.append((start, None))
    return found


def histogram(scores: Floats, known: NDArray[np.bool_] | None, threshold: float) -> dict[str, Any]:
    """How many windows have which score, in bins of equal ratio; known anomalies apart."""
    there = np.isfinite(scores) & (scores > 0)
    chosen = scores[there]
    if not len(chosen):
        return {}
    low, high = float(chosen.min()), max(float(chosen.max()), threshold)
    edges = np.geomspace(low * 0.999, high * 1.001, _BINS + 1)
    anomalous = known[there] if known is not None else np.zeros(len(chosen), dtype=np.bool_)
    return {
        "edges": [_short(edge) for edge in edges],
        "normal": np.histogram(chosen[~anomalous], edges)[0].tolist(),
        "anomalous": np.histogram(chosen[anomalous], edges)[0].tolist() if known is not None else None,
        "threshold": _short(threshold),
    }


def _short(value: Any) -> float | None:
    """A number as the report needs it: four significant digits, None where there is none."""
    return float(f"{float(value):.4g}") if math.isfinite(value) else None


def _list(values: Sequence[Any] | NDArray[Any]) -> list[float | None]:
    return [_short(value) for value in values]


def _embedding(of: Examined) -> dict[str, Any]:
    """The vectors' two main directions; colours by label, else by known anomalies."""
    chosen = np.unique(np.linspace(0, len(of.pieces) - 1, min(_POINTS, len(of.pieces))).astype(int))
    points, shares = two_dimensions(np.stack([of.rebuilt[at].code for at in chosen]))
    items = [of.sequences.items[of.pieces[at].item] for at in chosen]
    labels = [item.label for item in items]
    if all(label is None for label in labels) and of.known is not None:
        labels = ["anomaly" if of.known[at] else "normal" for at in chosen]
    common = sorted({label for label in labels if label is not None}, key=lambda one: (-labels.count(one), one))
    kept = set(common[:_LABELS])
    return {
        "x": _list(points[:, 0]),
        "y": _list(points[:, 1]),
        "label": [label if label in kept or label is None else "others" for label in labels],
        "shares": _list(shares),
    }


def _series(of: Examined) -> list[dict[str, Any]]:
    """Scores over the series in which most is found (or known), with what is flagged and known."""
    weight = {
        number: (int(s.truth.any()) if s.truth is not None else 0, float(np.nanmax(s.scores, initial=-math.inf)))
        for number, s in of.steps.items()
    }
    chosen = sorted(weight, key=lambda number: weight[number], reverse=True)[:_SERIES]
    made = []
    for number in sorted(chosen):
        flagged, start = of.steps[number], of.bounds[number][0]
        points = thinned(flagged.scores, _STEPS)
        made.append(
            {
                "name": of.sequences.items[number].name,
                "step": [start + at for at, _ in points],
                "score": [score for _, score in points],
                "threshold": _short(flagged.threshold),
                "flagged": [[start + a, start + b] for a, b in runs_of(flagged.flags)[:100]],
                "known": (
                    [[start + a, start + b] for a, b in runs_of(flagged.truth)[:100]]
                    if flagged.truth is not None
                    else None
                ),
            }
        )
    return made


def _worst(of: Examined) -> list[dict[str, Any]]:
    """The stretches that came back worst: none overlaps another; long ones show their beginning."""
    lengths = [len(item) for item in of.sequences.items]
    outputs = step_outputs(lengths, of.pieces, of.rebuilt)
    chosen: list[int] = []
    for at in np.argsort(-np.nan_to_num(of.scores, nan=-math.inf), kind="stable"):
        piece = of.pieces[at]
        taken = [of.pieces[other] for other in chosen]
        if all(p.item != piece.item or p.stop <= piece.start or piece.stop <= p.start for p in taken):
            chosen.append(int(at))
        if len(chosen) == _WORST:
            break
    made = []
    for at in chosen:
        piece = of.pieces[at]
        item = of.sequences.items[piece.item]
        around = len(piece) if of.sequences.cut else 0
        first, last = of.bounds[piece.item]
        start = max(first, piece.start - around)
        stop = min(last, piece.stop + around, start + _STEPS)
        output = outputs[piece.item][start:stop]
        assert of.scaling is not None
        back = of.scaling.back(item.name, output)
        truth = item.values[start:stop]
        away = np.nan_to_num(np.abs(of.scaling(item.name, truth) - output)).max(0)
        channels = sorted(np.argsort(-away, kind="stable")[:_CHANNELS])
        flags = of.steps[piece.item].flags[start - first : stop - first]
        made.append(
            {
                "name": item.name,
                "row": int(item.rows[0] if len(item.rows) == 1 else item.rows[piece.start]),
                "score": _short(of.scores[at]),
                "steps": list(range(start, stop)),
                "channels": [
                    {"name": of.sequences.names[c], "truth": _list(truth[:, c]), "rebuilt": _list(back[:, c])}
                    for c in channels
                ],
                "flagged": [[start + a, start + b] for a, b in runs_of(flags)],
            }
        )
    return made


def _texts(of: Examined) -> list[dict[str, Any]]:
    """The texts that came back worst, beside what came back. The longest are cut."""
    assert of.symbols is not None
    made = []
    for at in np.argsort(-of.scores, kind="stable")[:_TEXTS]:
        truth = of.symbols.text(of.sequences.slice(of.pieces[at]))
        back = of.symbols.text(of.rebuilt[at].output)
        bits = float(of.rebuilt[at].errors.mean()) / math.log(2)
        row = int(of.sequences.items[of.pieces[at].item].rows[0])
        made.append({"row": row, "text": truth[:200], "rebuilt": back[:200], "bits": _short(bits)})
    return made
