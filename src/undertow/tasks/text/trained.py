"""A language model in use, from its file alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from undertow.documents import fact
from undertow.errors import OptionError
from undertow.tasks.base import Evaluation
from undertow.tasks.files import opened, rebuilt, written
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.text.examining import examined
from undertow.tasks.text.model import LanguageModel
from undertow.tasks.text.reading import Vocabulary, load_corpus

__all__ = ["TrainedLanguageModel", "load"]

_FORMAT = "undertow-language-model/1"


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
        return examined(self.model, corpus.ids, self.vocabulary)

    def serialise(self) -> bytes:
        """The model as a sealed safetensors file, with its options and vocabulary."""
        facts = {
            "vocabulary": json.dumps(self.vocabulary.symbols),
            **({"merges": self.vocabulary.merges} if self.vocabulary.merges else {}),
        }
        return written(_FORMAT, self.model, self.options, facts)


def load(data: bytes) -> TrainedLanguageModel:
    """A language model from the bytes that :meth:`TrainedLanguageModel.serialise` gave. Runs no code from them."""
    metadata, options, weights = opened(data, _FORMAT)
    vocabulary = Vocabulary(fact(metadata, "vocabulary", str), metadata.get("merges", ""))
    model = rebuilt(lambda: LanguageModel(len(vocabulary), options), weights)
    return TrainedLanguageModel(model, vocabulary, options)
