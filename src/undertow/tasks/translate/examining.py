"""A closer look at translations: figures with intervals beside the nearest pair's, alignments, the worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from undertow.tasks.base import Evaluation
from undertow.tasks.beam import Hypothesis
from undertow.tasks.translate.nearest import nearest_sources
from undertow.tasks.translate.options import TranslateOptions
from undertow.tasks.translate.reading import Encoded, Pairs
from undertow.tasks.translate.scoring import Scores, distance, error_rate, exact, overlap
from undertow.tasks.translate.searching import alignment, forced, translations
from undertow.tasks.translate.system import System

__all__ = ["examined", "score", "unscored"]

_MOST_ALIGNMENTS = 6
_MOST_ALIGNED = 32  # tokens of a side that a picture has
_MOST_WORST = 12
_MOST_LETTERS = 300
_SHARE = ("accuracy", "exact", "error_rate", "error_rate_ignoring")


def score(written: Sequence[str], pairs: Pairs, system: System) -> tuple[Scores, list[str]]:
    """Figures of what was ``written`` for ``pairs``, and how they were computed.

    Symbols have no words that BLEU could count; they have an error rate, as characters have.
    """
    own = system.own
    found, how = ({}, []) if own.target_tokens == "symbols" else overlap(written, pairs.targets)
    found |= exact(written, pairs.targets)
    cut = system.write.pieces if own.target_tokens in ("symbols", "characters") else str.split
    mine, theirs = ([cut(text) for text in texts] for texts in (written, pairs.targets))
    found |= error_rate(mine, theirs, "error_rate")
    if own.ignore:
        bare = [[unscored(tokens, own.ignore) for tokens in side] for side in (mine, theirs)]
        found |= error_rate(bare[0], bare[1], "error_rate_ignoring")
    return found, how


def unscored(tokens: Sequence[str], ignore: str) -> list[str]:
    """``tokens`` without the characters of ``ignore``; of which nothing is left, not at all."""
    table = str.maketrans("", "", ignore)
    return [bare for bare in (token.translate(table) for token in tokens) if bare]


def examined(system: System, pairs: Pairs, train: Pairs | None = None) -> Evaluation:
    """How the model does on ``pairs``, beside copying the nearest pair of ``train`` if there is one.

    The model is in evaluation mode.
    """
    data = system.encoded(*pairs.sides)
    found = translations(system, data.sources)
    written = [system.write.decode(hypotheses[0].tokens) for hypotheses in found]
    scores, how = score(written, pairs, system)
    figures = {"pairs": float(len(pairs)), **forced(system.model, data), **scores}
    if train is not None:
        copied = [train.targets[row] for row in nearest_sources(train.sources, pairs.sources)]
        figures |= {f"nearest_{name}": value for name, value in score(copied, pairs, system)[0].items()}
    pictures: dict[str, Any] = {"tokens": system.own.target_tokens, "ignore": system.own.ignore, "computed": how}
    pictures["alignments"] = _alignments(system, pairs, data, found)
    pictures["worst"] = _worst(system, pairs, written, found)
    return Evaluation(figures, lines(figures, system.own) + how, pictures)


def lines(figures: Scores, own: TranslateOptions) -> list[str]:
    """Figures as a terminal prints them."""
    said = [f"{figures['pairs']:,.0f} pairs, {own.beam} sequences followed, length penalty {own.length_penalty:g}"]
    for name, words in names(own).items():
        if name in figures:
            beside = f"nearest_{name}"
            copied = f"; copying the nearest pair {_value(figures, beside)}" if beside in figures else ""
            said.append(f"{words} {_value(figures, name)}{copied}")
    return said


def names(own: TranslateOptions) -> dict[str, str]:
    """The figures that people read, and what they are called."""
    of = {"symbols": "symbols", "characters": "characters"}.get(own.target_tokens, "words")
    return {
        "loss": "loss, nats a token",
        "accuracy": "next token right",
        "bleu": "BLEU",
        "chrf": "chrF",
        "exact": "wholly right",
        "error_rate": f"error rate of {of}",
        "error_rate_ignoring": f"error rate without {own.ignore}",
    }


def _value(figures: Scores, name: str) -> str:
    share = name.removeprefix("nearest_") in _SHARE
    written = [
        f"{100 * figures[key]:.1f}" if share else f"{figures[key]:.2f}" for key in _three(name) if key in figures
    ]
    unit = "%" if share else ""
    return f"{written[0]}{unit}" + (f" ({written[1]} to {written[2]})" if len(written) == 3 else "")


def _three(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _alignments(
    system: System, pairs: Pairs, data: Encoded, found: Sequence[Sequence[Hypothesis]]
) -> list[dict[str, Any]]:
    """Some pairs, spread evenly over those short enough for a picture, with their weights of attention."""
    if system.model.attention is None:
        return []
    short = [
        row
        for row, hypotheses in enumerate(found)
        if 2 <= len(data.sources[row]) <= _MOST_ALIGNED and 2 <= len(hypotheses[0].tokens) <= _MOST_ALIGNED
    ]
    chosen = short[:: max(1, len(short) // _MOST_ALIGNMENTS)][:_MOST_ALIGNMENTS]
    return [_alignment(system, pairs, row, data.sources[row], found[row][0]) for row in chosen]


def _alignment(system: System, pairs: Pairs, row: int, source: Tensor, best: Hypothesis) -> dict[str, Any]:
    weights = alignment(system, source, best.tokens)
    assert weights is not None
    numbers = source.flip(0) if system.own.reverse else source
    return {
        "source": system.read.shown(numbers.tolist(), system.read.pieces(pairs.sources[row])),
        "target": system.write.shown(best.tokens),
        "weights": [[round(float(weight), 3) for weight in step] for step in weights],
        "reference": _cut(pairs.targets[row]),
    }


def _worst(
    system: System, pairs: Pairs, written: Sequence[str], found: Sequence[Sequence[Hypothesis]]
) -> list[dict[str, Any]]:
    """The samples with the most errors for their length; of several, those that the model was surest of."""
    cut = system.write.pieces
    rates = [distance(cut(w), cut(t)) / max(1, len(cut(t))) for w, t in zip(written, pairs.targets, strict=True)]
    order = sorted(range(len(pairs)), key=lambda row: (-rates[row], -found[row][0].score))
    return [
        {
            "source": _cut(pairs.sources[row]),
            "reference": _cut(pairs.targets[row]),
            "written": _cut(written[row]),
            "errors": round(rates[row], 3),
            "score": round(found[row][0].score, 3),
        }
        for row in order[:_MOST_WORST]
    ]


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[:_MOST_LETTERS] + "\N{HORIZONTAL ELLIPSIS}"
