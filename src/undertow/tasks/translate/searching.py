"""What a model makes of pairs: how likely it finds them, what it writes itself, and where it looks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from undertow.tasks.batches import in_order, padded
from undertow.tasks.beam import Hypothesis, beam_search
from undertow.tasks.tokens import END, PAD, START
from undertow.tasks.translate.model import DecoderState, TranslationModel
from undertow.tasks.translate.reading import Encoded, PairBatch
from undertow.tasks.translate.system import System

__all__ = ["alignment", "forced", "logits_of", "translations"]

#: Samples side by side.
_TOGETHER = 128


def logits_of(model: TranslationModel, batch: PairBatch, teacher_forcing: float = 1.0) -> Tensor:
    """Logits (T, B, V) of a batch's targets, a ``teacher_forcing`` share of the true tokens being read."""
    at = model.encode(batch.source, batch.source_lengths)
    if teacher_forcing < 1:
        return model.sampled(batch.read, at, teacher_forcing)
    logits: Tensor = model(batch.read, at, batch.lengths)[0]
    return logits


@torch.no_grad()
def forced(model: TranslationModel, data: Encoded) -> dict[str, float]:
    """Loss in nats a token, and the share of tokens that are the likeliest, each predicted from the true ones before
    it; the end counts as a token."""
    total = right = count = 0.0
    for rows in in_order([len(target) for target in data.targets], _TOGETHER):
        batch = data.batch(rows)
        logits, written = logits_of(model, batch).flatten(0, 1), batch.written.flatten()
        total += float(F.cross_entropy(logits.double(), written, ignore_index=PAD, reduction="sum"))
        right += float((logits.argmax(-1) == written)[written != PAD].sum())
        count += float(batch.lengths.sum())
    return {"loss": total / count, "accuracy": right / count}


@torch.no_grad()
def translations(system: System, sources: Sequence[Tensor]) -> list[list[Hypothesis]]:
    """For each source (S_i,) what the search finds, best first."""
    own, model = system.own, system.model

    def step(tokens: Tensor, at: DecoderState) -> tuple[Tensor, DecoderState]:
        logits, at, _ = model(tokens[None], at)
        return logits[0], at

    found: list[list[Hypothesis]] = [[] for _ in sources]
    for rows in in_order([len(source) for source in sources], _TOGETHER):
        start = model.encode(*padded(sources, rows))
        first = torch.full((len(rows),), START)
        best = beam_search(
            step, DecoderState.select, start, first,
            end=END, size=own.beam, length=own.longest + 1, penalty=own.length_penalty,
        )  # fmt: skip
        for row, hypotheses in zip(rows, best, strict=True):
            found[int(row)] = hypotheses
    return found


@torch.no_grad()
def alignment(system: System, source: Tensor, written: Sequence[int]) -> Tensor | None:
    """Weights of attention (T, S) while the tokens ``written`` are written, the end included if it is among them, over
    the source's tokens in their own order; None without attention."""
    start = system.model.encode(*padded([source], [0]))
    read = torch.tensor([START, *written[:-1]])
    _, _, weights = system.model(read[:, None], start)
    if weights is None:
        return None
    mine: Tensor = weights[:, 0]
    return mine.flip(1) if system.own.reverse else mine
