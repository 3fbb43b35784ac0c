"""The baseline of translation: copy the training pair whose source is most like the one to translate."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["nearest_sources"]


def nearest_sources(known: Sequence[str], queries: Sequence[str], size: int = 3) -> NDArray[np.int64]:
    """For each of ``queries`` the number of the most similar of ``known``, the first of those equally similar.

    Similarity is the cosine of counts of ``size`` characters in a row, without case, each weighted by the logarithm
    of how few of the known texts have it (tf-idf, Salton and Buckley 1988).
    """
    counts = [_grams(text, size) for text in known]
    documents = Counter(gram for grams in counts for gram in grams)
    weights = {gram: math.log((1 + len(known)) / (1 + n)) + 1 for gram, n in documents.items()}
    places: dict[str, list[int]] = {gram: [] for gram in documents}
    shares: dict[str, list[float]] = {gram: [] for gram in documents}
    for number, grams in enumerate(counts):
        norm = math.sqrt(sum((n * weights[gram]) ** 2 for gram, n in grams.items())) or 1.0
        for gram, n in grams.items():
            places[gram].append(number)
            shares[gram].append(n * weights[gram] / norm)
    where = {gram: np.array(numbers) for gram, numbers in places.items()}
    share = {gram: np.array(values) for gram, values in shares.items()}
    found = np.zeros(len(queries), dtype=np.int64)
    for number, query in enumerate(queries):
        likeness = np.zeros(len(known))
        for gram, n in _grams(query, size).items():
            if gram in where:
                likeness[where[gram]] += n * weights[gram] * share[gram]
        found[number] = np.argmax(likeness)
    return found


def _grams(text: str, size: int) -> Counter[str]:
    padded = f" {' '.join(text.casefold().split())} "
    return Counter(padded[at : at + size] for at in range(max(1, len(padded) - size + 1)))
