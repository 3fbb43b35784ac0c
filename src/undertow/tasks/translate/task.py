"""Translation as a task of training: pairs, their parts, an encoder and decoder, the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812

from undertow.errors import DataError, OptionError
from undertow.tables.splits import by_key, duplicates
from undertow.tasks.base import Carried, Evaluation, Measured, Setup
from undertow.tasks.batches import batches
from undertow.tasks.files import restored
from undertow.tasks.rest import at_rest
from undertow.tasks.tokens import PAD, Tokens
from undertow.tasks.translate.examining import examined
from undertow.tasks.translate.model import TranslationModel
from undertow.tasks.translate.options import TranslateOptions
from undertow.tasks.translate.reading import how_read, read_pairs
from undertow.tasks.translate.scoring import check_sacrebleu
from undertow.tasks.translate.searching import forced, logits_of, translations
from undertow.tasks.translate.system import System
from undertow.words import Warned

__all__ = ["TranslateTask"]


class TranslateTask:
    """Pairs and the model that learns from them (see :class:`undertow.tasks.base.Task`).

    Raises:
        DataError: the data cannot be used.
        OptionError: options that do not go together, or a library that is not installed.
    """

    unit = "token"
    figure = "accuracy"

    def __init__(self, setup: Setup) -> None:
        own: TranslateOptions = setup.own
        _check(own, setup)
        table = setup.data.table(own.header)
        self.digest, self._table, self._setup, self._own = table.digest, table, setup, own
        pairs = read_pairs(table, own)
        split = by_key(pairs.keys, own.validation, own.test, own.seed_of_parts(setup.seed))
        self._duplicates = duplicates([s.casefold() for s in pairs.sources], split)
        self.parts = {name: pairs.chosen(rows) for name, rows in split.items()}
        learned = self.parts["train"]
        self.system = System.fresh(
            Tokens.learn(own.source_tokens, learned.sources, least=own.least, size=own.pieces),
            Tokens.learn(own.target_tokens, learned.targets, least=own.least, size=own.pieces),
            own,
            setup.model,
        )
        self._encoded = {name: self.system.encoded(*part.sides) for name, part in self.parts.items()}
        self.left_out = {name: self._shorten(name) for name in self.parts}
        self._lengths = [len(target) for target in self._encoded["train"].targets]

    def _shorten(self, part: str) -> int:
        """Leave out the pairs that are too long; how many they are."""
        pairs, data = self.parts[part], self._encoded[part]
        rows = data.fitting(self._own.longest)
        if not rows and len(pairs):
            raise DataError(
                f"every pair of the {part} part has more than {self._own.longest} tokens a side; raise --longest"
            )
        self.parts[part], self._encoded[part] = pairs.chosen(rows), data.chosen(rows)
        return len(pairs) - len(rows)

    @property
    def model(self) -> TranslationModel:
        """Encoder, attention, decoder."""
        return self.system.model

    def describe(self) -> list[str]:
        """What was found in the data."""
        sizes = ", ".join(f"{len(part):,} for {name}" for name, part in self.parts.items() if len(part))
        together = f"`{self._own.group}`" if self._own.group else "source"
        found = [
            how_read(self._table, self._own),
            f"{sizes}; no {together} is in two parts",
            f"{len(self.system.read):,} tokens of the source and {len(self.system.write):,} of the target are known",
        ]
        found += list(self._table.notes)
        if any(self.left_out.values()):
            gone = ", ".join(f"{count} of {name}" for name, count in self.left_out.items() if count)
            found.append(f"left out, with more than {self._own.longest} tokens a side: {gone}")
        for (later, earlier), count in self._duplicates.items():
            if count:
                found.append(Warned(f"{count} sources of {later} stand in {earlier} too"))
        return found

    def facts(self) -> dict[str, Any]:
        """Sizes of parts and vocabularies."""
        sizes = {f"pairs_{name}": len(part) for name, part in self.parts.items()}
        tokens = {"source_tokens": len(self.system.read), "target_tokens": len(self.system.write)}
        return {"header": self._table.header, **sizes, **tokens}

    def plan(self, epoch: int) -> Sequence[NDArray[np.int64]]:
        """Batches of pairs of similar length."""
        return batches(self._lengths, self._setup.batch, epoch, self._setup.seed)

    def loss(self, piece: NDArray[np.int64], carried: Carried) -> Measured:
        """Cross entropy in nats a token, label smoothing (Szegedy et al. 2016) included."""
        batch = self._encoded["train"].batch(piece)
        logits = logits_of(self.model, batch, self._own.teacher_forcing)
        loss = F.cross_entropy(
            logits.flatten(0, 1),
            batch.written.flatten(),
            ignore_index=PAD,
            label_smoothing=self._own.label_smoothing,
        )
        return Measured(loss, int(batch.lengths.sum()))

    def evaluate(self, part: str) -> dict[str, float]:
        """Loss in nats a token, and the share of tokens that are the likeliest."""
        with at_rest(self.model):
            return forced(self.model, self._encoded[part])

    def examine(self, part: str) -> Evaluation:
        """Translations of a part: figures beside copying the nearest training pair, alignments, the worst."""
        with at_rest(self.model):
            return examined(self.system, self.parts[part], self.parts["train"])

    def sample(self, length: int, seed: int) -> str | None:
        """Some pairs of the validation part with what the model makes of them."""
        rows = np.random.default_rng(seed).permutation(len(self.parts["validation"]))[:4]
        part, data = self.parts["validation"].chosen(rows), self._encoded["validation"].chosen(rows)
        with at_rest(self.model):
            best = [self.system.write.decode(h[0].tokens) for h in translations(self.system, data.sources)]
        blocks = zip(part.sources, best, part.targets, strict=True)
        return "\n\n".join(f"{source}\n> {mine}\n= {true}" for source, mine, true in blocks)

    def serialise(self) -> bytes:
        """The model as a sealed safetensors file, with its options and vocabularies."""
        return self.system.serialise()

    def restore(self, data: bytes) -> None:
        """Make the model what it is in its file."""
        restored(self.model, data)


def _check(own: TranslateOptions, setup: Setup) -> None:
    """What can be known to fail before anything is read."""
    if setup.model.normalisation == "recurrent batch":
        raise OptionError(
            "model.normalisation = 'recurrent batch' keeps statistics for each step of a window; a decoder that writes "
            "step by step has none: take 'layer' or 'batch'"
        )
    if own.target_tokens != "symbols":
        check_sacrebleu()
