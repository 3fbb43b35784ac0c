"""How good translations are: BLEU and chrF by sacrebleu, error rate, whole sentences, each with its interval."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from undertow.errors import OptionError

__all__ = ["Scores", "check_sacrebleu", "distance", "error_rate", "exact", "overlap"]

#: Figures by name; an interval stands beside its figure as ``name_low`` and ``name_high``.
Scores = dict[str, float]

_RESAMPLES = 1000
_SEED = 12345  # sacrebleu's


def distance(a: Sequence[str], b: Sequence[str]) -> int:
    """How many tokens must be put in, left out or replaced to make ``a`` of ``b`` (Levenshtein 1966)."""
    codes = {token: number for number, token in enumerate({*a, *b})}
    other = np.array([codes[t] for t in b], dtype=np.int64)
    places = np.arange(len(b) + 1)
    row = places.copy()
    for token in a:
        changed = row[:-1] + (other != codes[token])
        best = np.minimum(row + 1, np.concatenate([row[:1] + 1, changed]))
        row = np.minimum.accumulate(best - places) + places  # put in as many as pays, from the left
    return int(row[-1])


def error_rate(written: Sequence[Sequence[str]], references: Sequence[Sequence[str]], name: str) -> Scores:
    """Edits over the references' tokens, of all samples together, with the 95% interval of a bootstrap over samples."""
    edits = np.array([distance(w, r) for w, r in zip(written, references, strict=True)], dtype=np.float64)
    lengths = np.array([len(r) for r in references], dtype=np.float64)
    chosen = np.random.default_rng(_SEED).integers(len(edits), size=(_RESAMPLES, len(edits)))
    rates = edits[chosen].sum(1) / np.maximum(lengths[chosen].sum(1), 1)
    return _with_interval(name, edits.sum() / max(lengths.sum(), 1.0), np.quantile(rates, [0.025, 0.975]))


def exact(written: Sequence[str], references: Sequence[str]) -> Scores:
    """The share of samples that are as the reference has them, with Wilson's interval (1927)."""
    n, z = len(references), 1.959964
    p = sum(w == r for w, r in zip(written, references, strict=True)) / n
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return _with_interval("exact", p, [(middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)])


def overlap(written: Sequence[str], references: Sequence[str]) -> tuple[Scores, list[str]]:
    """BLEU (Papineni et al. 2002) and chrF (Popović 2015), 0 to 100, with the 95% interval of sacrebleu's bootstrap.

    Also how they were computed, in sacrebleu's words.
    """
    metrics: Any = check_sacrebleu().metrics
    found: Scores = {}
    signatures = []
    for name, metric in (("bleu", metrics.BLEU()), ("chrf", metrics.CHRF())):
        try:
            score = metric.corpus_score(list(written), [list(references)], n_bootstrap=_RESAMPLES)
        except TypeError:  # sacrebleu cannot average resamples of which only some score exactly 0: no interval then
            score = metric.corpus_score(list(written), [list(references)])
        signature = str(metric.get_signature())
        said = json.loads(score.format(width=4, is_json=True, signature=signature))
        found[name] = float(score.score)
        if "confidence_mean" in said:
            mean, half = said["confidence_mean"], said["confidence_var"]
            found |= _with_interval(name, score.score, [mean - half, mean + half])
        signatures.append(f"{said['name']}|{signature}")
    return found, signatures


def check_sacrebleu() -> Any:
    """The sacrebleu library.

    Raises:
        OptionError: it is not installed.
    """
    try:
        import sacrebleu
    except ImportError:
        raise OptionError(
            "BLEU and chrF are computed by sacrebleu: install undertow with its extra, undertow[translate]"
        ) from None
    return sacrebleu


def _with_interval(name: str, value: Any, ends: Any) -> Scores:
    return {name: float(value), f"{name}_low": float(ends[0]), f"{name}_high": float(ends[1])}
