"""Pairs for tests of translation: made up, small, and with unequal lengths."""

import random

import polars as pl

from undertow.tasks.base import Setup
from undertow.tasks.given import Given
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.translate import prepare
from undertow.tasks.translate.options import TranslateOptions

__all__ = ["pairs", "task"]


def pairs(count=60, seed=0, longest=6):
    """Words of some letters, and their letters in capitals from the end, apart."""
    draw = random.Random(seed)
    sources = []
    while len(sources) < count:
        word = "".join(draw.choice("abcde") for _ in range(draw.randint(1, longest)))
        if word not in sources:
            sources.append(word)
    return pl.DataFrame({"word": sources, "turned": [" ".join(s[::-1].upper()) for s in sources]})


def task(frame=None, *, cell="gru", hidden=8, layers=1, dropout=0.0, batch=8, seed=1, longest=20, **own):
    """A task on ``frame`` with a small model."""
    chosen = {"source_tokens": "characters", "target_tokens": "symbols", "longest": longest, **own}
    model = ModelOptions(cell=cell, hidden=hidden, embedding=5, layers=layers, dropout=dropout)
    return prepare(
        Setup(
            TranslateOptions(**chosen), model, batch, seed=seed, given=Given(memory=pairs() if frame is None else frame)
        )
    )
