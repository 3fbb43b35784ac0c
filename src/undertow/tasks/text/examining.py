"""How well a language model knows a text: bits a symbol, in figures and in words."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from undertow.errors import DataError
from undertow.tasks.base import Evaluation
from undertow.tasks.rest import at_rest
from undertow.tasks.text.model import LanguageModel
from undertow.tasks.text.reading import Vocabulary

__all__ = ["evaluate", "examined"]

_EVALUATION_STREAMS = 32
_EVALUATION_WINDOW = 256


@torch.no_grad()
def evaluate(model: LanguageModel, ids: Tensor, vocabulary: Vocabulary | None = None) -> dict[str, float]:
    """Loss (nats) and bits a symbol of ``ids`` (N,): each but the first is predicted once, from those before. With a
    ``vocabulary`` of pieces, what a piece costs is shared out among its characters.

    Long texts are read as overlapping streams side by side: each but the first only reads the first 256 symbols of its
    stretch, which its neighbour scores.
    """
    if len(ids) < 2:
        raise DataError("a text of at least 2 symbols is needed to measure bits a symbol")
    count, warm = len(ids) - 1, _EVALUATION_WINDOW
    streams = min(_EVALUATION_STREAMS, max(1, count // (8 * warm)))
    steps = math.ceil((count + (streams - 1) * warm) / streams)
    stream = torch.arange(streams)
    total, state = 0.0, None
    with at_rest(model):
        for start in range(0, steps, _EVALUATION_WINDOW):
            t = torch.arange(start, min(start + _EVALUATION_WINDOW, steps))[:, None]
            position = t + stream * (steps - warm)
            scored = ((t >= warm) | (stream == 0)) & (position < count)
            position = position.clamp(max=count - 1)
            logits, state = model(ids[position], state)
            losses = F.cross_entropy(logits.flatten(0, 1), ids[position + 1].flatten(), reduction="none")
            total += float(losses.double()[scored.flatten()].sum())
    symbols = vocabulary.length(ids[1:]) if vocabulary else count
    return {"loss": total / symbols, "bits": total / symbols / math.log(2)}


def examined(model: LanguageModel, ids: Tensor, vocabulary: Vocabulary) -> Evaluation:
    """The same, of a ``vocabulary``'s symbols, in words too."""
    unit, symbols, figures = vocabulary.unit, vocabulary.length(ids), evaluate(model, ids, vocabulary)
    return Evaluation(figures | {"symbols": symbols}, [f"{figures['bits']:.4f} bits/{unit} over {symbols:,} {unit}s"])
