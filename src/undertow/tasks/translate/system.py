"""A model with its vocabularies and options, and the file that they are kept in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from undertow.documents import fact
from undertow.tasks.files import opened, own_options, rebuilt, written
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.tokens import Tokens
from undertow.tasks.translate.model import TranslationModel
from undertow.tasks.translate.options import TranslateOptions
from undertow.tasks.translate.reading import Encoded

__all__ = ["FORMAT", "System"]

FORMAT = "undertow-translate/1"


@dataclass(frozen=True)
class System:
    """What translates: ``model``, the vocabularies that the source is ``read`` and the target ``written`` with, and
    the options ``own`` and ``options`` (the model's)."""

    model: TranslationModel
    read: Tokens
    write: Tokens
    own: TranslateOptions
    options: ModelOptions

    @classmethod
    def fresh(cls, read: Tokens, write: Tokens, own: TranslateOptions, options: ModelOptions) -> System:
        """With a model as it is made."""
        return cls(TranslationModel(len(read), len(write), own, options), read, write, own, options)

    def encoded(self, sources: Sequence[str], targets: Sequence[str]) -> Encoded:
        """Text as numbers."""
        return Encoded.of(sources, targets, self.read, self.write, self.own.reverse)

    def serialise(self) -> bytes:
        """The model as a sealed safetensors file, with its options and vocabularies."""
        facts = {
            "own": json.dumps(asdict(self.own)),
            "source": json.dumps(self.read.plain()),
            "target": json.dumps(self.write.plain()),
        }
        return written(FORMAT, self.model, self.options, facts)

    @classmethod
    def load(cls, data: bytes) -> System:
        """From the bytes that :meth:`serialise` made, unsealed. Runs no code from them.

        Raises:
            RunError: they are another kind of model.
        """
        metadata, options, weights = opened(data, FORMAT)
        reads, writes = (Tokens.from_plain(fact(metadata, side, dict)) for side in ("source", "target"))
        own = own_options(TranslateOptions(), fact(metadata, "own", dict), "translate.")
        model = rebuilt(lambda: TranslationModel(len(reads), len(writes), own, options), weights)
        return cls(model, reads, writes, own, options)
