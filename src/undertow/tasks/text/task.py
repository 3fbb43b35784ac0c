"""Language models over characters, bytes or pieces of them (BPE), in training: streams, windows, loss.

The training text is cut into B contiguous streams that run side by side (Mikolov et al. 2010; Graves 2013,
arXiv:1308.0850, sec. 4): window after window, each stream hands its state on. Figures are in bits a symbol. A
piece is several characters: its loss is told, and trained on, by the character, so that figures compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from undertow.errors import DataError
from undertow.tasks.base import Carried, Evaluation, Measured, Setup
from undertow.tasks.files import restored
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.text.examining import evaluate, examined
from undertow.tasks.text.model import LanguageModel
from undertow.tasks.text.options import SamplingOptions, TextOptions
from undertow.tasks.text.reading import Corpus, cut, load_corpus
from undertow.tasks.text.sampling import generate
from undertow.tasks.text.trained import TrainedLanguageModel
from undertow.tasks.text.truncation import Span, spans

__all__ = ["LanguageModelTask", "TextWindow", "prepare"]


@dataclass(frozen=True)
class TextWindow(Span):
    """A window of some of the streams (see :class:`undertow.tasks.base.Piece`)."""

    streams: range

    def __len__(self) -> int:
        return len(self.streams)

    def __getitem__(self, samples: slice, /) -> TextWindow:
        return replace(self, streams=self.streams[samples])


class LanguageModelTask:
    """A language model and the text it is trained on (see :class:`undertow.tasks.base.Task`)."""

    figure = "bits"

    def __init__(
        self, corpus: Corpus, text: TextOptions, options: ModelOptions, *, batch: int, window: int = 0, bptt: int = 0
    ) -> None:
        self.vocabulary, self.options, self.batch = corpus.vocabulary, options, batch
        self.symbols, self.digest = corpus.vocabulary.length(corpus.ids), corpus.digest
        self.unit = corpus.vocabulary.unit
        self.parts = cut(corpus, text.held_out, text.validation)
        self.model = LanguageModel(len(corpus.vocabulary), options)
        self._inputs, self._targets = _streams(self.parts["train"], batch, corpus.path)
        self._window, self._bptt = window, bptt

    @property
    def length(self) -> int:
        """Steps in each training stream."""
        return len(self._inputs)

    def describe(self) -> list[str]:
        """How long the text is, and of what."""
        kind = "piece" if self.vocabulary.merges else self.unit
        return [f"{self.symbols:,} {self.unit}s, {len(self.vocabulary)} kinds of {kind}"]

    def facts(self) -> dict[str, Any]:
        """How long the text is, and of what."""
        return {"symbols": self.symbols, "vocabulary": self.vocabulary.symbols}

    @cached_property
    def _plan(self) -> list[TextWindow]:
        every = spans(self.length, self._window, self._bptt)
        return [TextWindow(**vars(span), streams=range(self.batch)) for span in every]

    def plan(self, epoch: int) -> Sequence[TextWindow]:
        """The windows of truncated BPTT, the same in every pass."""
        return self._plan

    def loss(self, piece: TextWindow, carried: Carried) -> Measured:
        """Mean loss of a window over its scored steps, in nats a symbol, and the state after ``piece.carry`` steps."""
        part = slice(piece.start, piece.stop), slice(piece.streams.start, piece.streams.stop)
        inputs, targets = self._inputs[part], self._targets[part]
        logits, carried = self.model.window(inputs, None if piece.fresh else carried, piece.carry)
        scored, right = logits[piece.scored :].flatten(0, 1), targets[piece.scored :].flatten()
        count = max(1, self.vocabulary.length(right))
        loss = F.cross_entropy(scored, right)
        if self.vocabulary.merges:
            loss = loss * (len(right) / count)
        return Measured(loss, count, _detached(carried))

    def evaluate(self, part: str) -> dict[str, float]:
        """Bits and nats a symbol on ``validation`` or ``held_out``."""
        return evaluate(self.model, self.parts[part], self.vocabulary)

    def examine(self, part: str) -> Evaluation:
        """The same, in words."""
        return examined(self.model, self.parts[part], self.vocabulary)

    def sample(self, length: int, seed: int) -> str:
        """Text that the model writes after a line's end (see :attr:`undertow.tasks.text.reading.Vocabulary.start`)."""
        options = SamplingOptions(seed=seed)
        return "".join(generate(self.model, self.vocabulary, self.vocabulary.start, length, options))

    def serialise(self) -> bytes:
        """The model as a sealed safetensors file, with its options and vocabulary."""
        return TrainedLanguageModel(self.model, self.vocabulary, self.options).serialise()

    def restore(self, data: bytes) -> None:
        """Make the model what it is in its file."""
        restored(self.model, data)


def prepare(setup: Setup) -> LanguageModelTask:
    """A language model and its text, from a file.

    Raises:
        DataError: the text cannot be read, or is too short.
    """
    path, batch, window = setup.data.file(), setup.batch, setup.window
    shares = setup.own.held_out, setup.own.validation
    corpus = load_corpus(path, as_bytes=setup.own.bytes, pieces=setup.own.pieces, shares=shares)
    task = LanguageModelTask(corpus, setup.own, setup.model, batch=batch, window=window, bptt=setup.bptt)
    if task.length < window:
        raise DataError(
            f"{path} is too short: cut into {batch} streams, its training part has {task.length} steps, less than one "
            f"window of {window}; use a longer text, or a smaller --batch or --window"
        )
    return task


def _streams(ids: Tensor, batch: int, path: Path) -> tuple[Tensor, Tensor]:
    """Inputs and targets (T, B): B contiguous streams side by side; each target is the next symbol."""
    steps = (len(ids) - 1) // batch
    if steps < 1:
        raise DataError(
            f"{path} is too short: its training part has {len(ids)} symbols, too few for {batch} streams; "
            "use a longer text or a smaller --batch"
        )
    used = steps * batch
    columns = (ids[:used], ids[1 : used + 1])
    inputs, targets = (c.view(batch, steps).t().contiguous() for c in columns)
    return inputs, targets


def _detached(state: Carried) -> Carried:
    if state is None:
        return None
    if isinstance(state, Tensor):
        return state.detach()
    return tuple(_detached(part) for part in state)
