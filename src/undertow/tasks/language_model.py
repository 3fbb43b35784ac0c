"""Language models over characters, bytes or pieces of them (BPE): data, model, loss, figures, samples.

The training text is cut into B contiguous streams that run side by side (Mikolov et al. 2010; Graves 2013,
arXiv:1308.0850, sec. 4): window after window, each stream hands its state on. Figures are in bits a symbol. A
piece is several characters: its loss is told, and trained on, by the character, so that figures compare.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from undertow.documents import fact
from undertow.errors import DataError, OptionError
from undertow.nn.states import state_after
from undertow.tasks.base import Carried, Evaluation, Measured, Setup
from undertow.tasks.files import opened, rebuilt, restored, written
from undertow.tasks.options import ModelOptions, SamplingOptions, TextOptions
from undertow.tasks.recurrent import recurrent
from undertow.tasks.rest import at_rest
from undertow.tasks.sampling import search, write
from undertow.tasks.text import Corpus, Vocabulary, cut, load_corpus
from undertow.tasks.truncation import Span, spans

__all__ = [
    "LanguageModel",
    "LanguageModelTask",
    "TrainedLanguageModel",
    "Window",
    "evaluate",
    "generate",
    "likeliest",
    "load",
    "prepare",
]

_FORMAT = "undertow-language-model/1"
_EVALUATION_STREAMS = 32
_EVALUATION_WINDOW = 256


class LanguageModel(nn.Module):
    """Embedding, recurrent layers, dropout, readout: the logits of the symbol that follows."""

    def __init__(self, symbols: int, options: ModelOptions) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, options.embedding)
        self.recurrent = recurrent(options, options.embedding)
        self.dropout = nn.Dropout(options.dropout)
        self.readout = nn.Linear(options.top, symbols)

    def forward(self, ids: Tensor, state: Carried = None) -> tuple[Tensor, Carried]:
        """``ids`` (T, B) and a state to logits (T, B, V) and the state after."""
        output, state = self.recurrent(self.embedding(ids), state)
        return self.readout(self.dropout(output)), state

    @torch.no_grad()
    def check_state(self, state: Carried, streams: int) -> None:
        """Whether a step of so many streams can begin with a state; raises what the layers do."""
        with at_rest(self):
            self(torch.zeros(1, streams, dtype=torch.long), state)

    def window(self, ids: Tensor, state: Carried, carry: int) -> tuple[Tensor, Carried]:
        """Logits of a window ``ids`` (T, B), and the state after its first ``carry`` steps."""
        if carry in (0, len(ids)):
            logits, after = self(ids, state)
            return logits, after if carry else state
        if self.recurrent.backend == "vendor":  # does not tell its states on the way
            early, state = self(ids[:carry], state)
            return torch.cat([early, self(ids[carry:], state)[0]]), state
        output, _, states = self.recurrent(self.embedding(ids), state, states=True)
        return self.readout(self.dropout(output)), state_after(states, carry)


class _Writer:
    """A language model that reads a prompt at once, and then one symbol after the other."""

    def __init__(self, model: LanguageModel) -> None:
        self.model, self.stream = model, model.recurrent.stream()

    def __call__(self, ids: Tensor, state: object) -> tuple[Tensor, object]:
        """As the model's own call, for one text; whether there is a ``state`` says if this is the prompt."""
        if state is None:
            logits, carried = self.model(ids)
            self.stream.reset(carried)
            return logits, self
        output = self.stream.step(self.model.embedding.weight[ids[0]])
        return self.model.readout(output)[None], self


@dataclass(frozen=True)
class Window(Span):
    """A window of some of the streams (see :class:`undertow.tasks.base.Piece`)."""

    streams: range

    def __len__(self) -> int:
        return len(self.streams)

    def __getitem__(self, samples: slice, /) -> Window:
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
    def _plan(self) -> list[Window]:
        every = spans(self.length, self._window, self._bptt)
        return [Window(**vars(span), streams=range(self.batch)) for span in every]

    def plan(self, epoch: int) -> Sequence[Window]:
        """The windows of truncated BPTT, the same in every pass."""
        return self._plan

    def loss(self, piece: Window, carried: Carried) -> Measured:
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
        return _evaluation(self.evaluate(part), self.vocabulary, self.vocabulary.length(self.parts[part]))

    def sample(self, length: int, seed: int) -> str:
        """Text that the model writes after a line's end (see :attr:`undertow.tasks.text.Vocabulary.start`)."""
        options = SamplingOptions(seed=seed)
        return "".join(generate(self.model, self.vocabulary, self.vocabulary.start, length, options))

    def serialise(self) -> bytes:
        """The model as a sealed safetensors file, with its options and vocabulary."""
        facts = {
            "vocabulary": json.dumps(self.vocabulary.symbols),
            **({"merges": self.vocabulary.merges} if self.vocabulary.merges else {}),
        }
        return written(_FORMAT, self.model, self.options, facts)

    def restore(self, data: bytes) -> None:
        """Make the model what it is in its file."""
        restored(self.model, data)


def prepare(setup: Setup, frame: object = None) -> LanguageModelTask:
    """A language model and its text, from a file.

    Raises:
        DataError: the text cannot be read, or is too short.
    """
    path, batch, window = Path(setup.own.data), setup.batch, setup.window
    shares = setup.own.held_out, setup.own.validation
    corpus = load_corpus(path, as_bytes=setup.own.bytes, pieces=setup.own.pieces, shares=shares)
    task = LanguageModelTask(corpus, setup.own, setup.model, batch=batch, window=window, bptt=setup.bptt)
    if task.length < window:
        raise DataError(
            f"{path} is too short: cut into {batch} streams, its training part has {task.length} steps, less than one "
            f"window of {window}; use a longer text, or a smaller --batch or --window"
        )
    return task


@dataclass(frozen=True)
class TrainedLanguageModel:
    """A language model in use (see :class:`undertow.tasks.base.Trained`)."""

    model: LanguageModel
    vocabulary: Vocabulary
    options: ModelOptions

    def predict(self, data: Path) -> Any:
        """Refuse: a language model writes.

        Raises:
            OptionError: always, with the command that writes.
        """
        raise OptionError("a language model goes on with a text; let it write: undertow sample RUN --prompt TEXT")

    def evaluate(self, data: Path) -> Evaluation:
        """Bits and nats a symbol of a text file."""
        corpus = load_corpus(data, as_bytes=self.vocabulary.is_bytes, vocabulary=self.vocabulary)
        figures = evaluate(self.model, corpus.ids, self.vocabulary)
        return _evaluation(figures, self.vocabulary, self.vocabulary.length(corpus.ids))


def _evaluation(figures: dict[str, float], vocabulary: Vocabulary, symbols: int) -> Evaluation:
    unit = vocabulary.unit
    return Evaluation(figures | {"symbols": symbols}, [f"{figures['bits']:.4f} bits/{unit} over {symbols:,} {unit}s"])


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


def generate(
    model: LanguageModel, vocabulary: Vocabulary, prompt: str, length: int, options: SamplingOptions
) -> Iterator[str]:
    """Write ``length`` symbols after ``prompt``; bytes that are not whole UTF-8 come out as replacement characters."""
    with at_rest(model):
        numbers = write(_Writer(model), vocabulary.encode(prompt, "the prompt"), length, options)
        if vocabulary.is_bytes or vocabulary.merges:  # a character may end in the next number
            yield vocabulary.decode(list(numbers))
        else:
            yield from (vocabulary.decode([number]) for number in numbers)


def likeliest(
    model: LanguageModel, vocabulary: Vocabulary, prompt: str, length: int, size: int
) -> list[tuple[str, float]]:
    """What a beam of ``size`` finds to be the likeliest ``length`` symbols after ``prompt``, best first, and their log
    probabilities in nats."""
    with at_rest(model):
        found = search(model, vocabulary.encode(prompt, "the prompt"), length, size)
    return [(vocabulary.decode(list(h.tokens)), h.log_probability) for h in found]


def load(data: bytes) -> TrainedLanguageModel:
    """A language model from the bytes that :meth:`LanguageModelTask.serialise` gave. Runs no code from them."""
    metadata, options, weights = opened(data, _FORMAT)
    vocabulary = Vocabulary(fact(metadata, "vocabulary", str), metadata.get("merges", ""))
    model = rebuilt(lambda: LanguageModel(len(vocabulary), options), weights)
    return TrainedLanguageModel(model, vocabulary, options)
