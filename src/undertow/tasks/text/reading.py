"""Text as data: reading a file, symbols to numbers, and the parts it is cut into."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from undertow.errors import DataError
from undertow.storage import read_file
from undertow.tasks.pairs import PairEncoding

__all__ = ["Corpus", "Vocabulary", "cut", "load_corpus"]


@dataclass(frozen=True)
class Vocabulary:
    """The symbols a model knows, in the order of their numbers; ``symbols`` is empty for bytes, and for pieces of bytes
    that were learned: ``merges`` has these, in the ``tokenizers`` library's JSON."""

    symbols: str
    merges: str = ""

    @cached_property
    def pairs(self) -> PairEncoding:
        """What cuts text by ``merges``."""
        return PairEncoding(self.merges)

    @cached_property
    def characters(self) -> Tensor:
        """(V,) how many characters a token counts for: one, but for pieces."""
        return torch.tensor(self.pairs.characters() if self.merges else [1] * len(self))

    @classmethod
    def of(cls, text: str) -> Vocabulary:
        """The distinct characters of a text, in code point order."""
        return cls("".join(sorted(set(text))))

    @property
    def is_bytes(self) -> bool:
        """Whether the symbols are the 256 bytes."""
        return not (self.symbols or self.merges)

    @property
    def start(self) -> str:
        """What writing goes on from if nobody says: the end of a line, or where no text had one, its first symbol."""
        return "\n" if not self.symbols or "\n" in self.symbols else self.symbols[0]

    @property
    def unit(self) -> str:
        """What figures are told by: ``char`` or ``byte``."""
        return "byte" if self.is_bytes else "char"

    def __len__(self) -> int:
        if self.merges:
            return len(self.pairs.symbols)
        return 256 if self.is_bytes else len(self.symbols)

    def length(self, ids: Tensor) -> int:
        """How many characters (bytes) ``ids`` of any shape are."""
        return int(self.characters[ids].sum()) if self.merges else ids.numel()

    def encode(self, text: str | bytes, source: str) -> Tensor:
        """Numbers (N,) of the symbols of ``text``; ``source`` says where it is from, for errors.

        Raises:
            DataError: a character that the vocabulary lacks, with its line and column.
        """
        if self.is_bytes:
            raw = text.encode() if isinstance(text, str) else text
            return torch.from_numpy(np.frombuffer(raw, dtype=np.uint8).astype(np.int64))
        assert isinstance(text, str)
        if self.merges:
            return torch.tensor(self.pairs.numbers(text))
        unknown = set(text) - set(self.symbols)
        if unknown:
            at = min(text.index(c) for c in unknown)
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            raise DataError(
                f"{source} has {text[at]!r} (line {line}, column {column}), which this model never saw in training "
                f"({len(unknown)} such characters in all). A model trained with --bytes reads anything."
            )
        table = np.zeros(max(map(ord, self.symbols)) + 1, dtype=np.int64)
        table[[ord(c) for c in self.symbols]] = np.arange(len(self.symbols))
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return torch.from_numpy(table[codes])

    def decode(self, numbers: list[int]) -> str:
        """The text of numbers; bytes that are not UTF-8 become replacement characters."""
        if self.is_bytes:
            return bytes(numbers).decode("utf-8", errors="replace")
        if self.merges:
            return self.pairs.join([self.pairs.symbols[n] for n in numbers])
        return "".join(self.symbols[n] for n in numbers)


@dataclass(frozen=True)
class Corpus:
    """A whole text as numbers (N,), with its vocabulary and the file's SHA-256.

    ``ends``, where the text was cut before it became pieces: in numbers, where training and validation end.
    """

    ids: Tensor
    vocabulary: Vocabulary
    digest: str
    path: Path
    ends: tuple[int, int] | None = None


def load_corpus(
    path: Path,
    *,
    as_bytes: bool,
    vocabulary: Vocabulary | None = None,
    pieces: int = 0,
    shares: tuple[float, float] = (0.0, 0.0),
) -> Corpus:
    """Read a text file; with a ``vocabulary`` its symbols are that vocabulary's, else the text's own.

    With ``pieces`` they are so many, learned from what the ``shares`` for held-out and validation part leave.

    Raises:
        DataError: missing, a folder, unreadable, empty, binary, not UTF-8, or with unknown characters.
    """
    raw = read_file(path)
    if not raw:
        raise DataError(f"{path} is empty")
    digest = hashlib.sha256(raw).hexdigest()
    if as_bytes:
        vocabulary = vocabulary or Vocabulary("")
        return Corpus(vocabulary.encode(raw, str(path)), vocabulary, digest, path)
    text = _decoded(raw, path)
    if pieces and vocabulary is None:
        return _in_pieces(text, pieces, shares, digest, path)
    vocabulary = vocabulary or Vocabulary.of(text)
    return Corpus(vocabulary.encode(text, str(path)), vocabulary, digest, path)


def _in_pieces(text: str, pieces: int, shares: tuple[float, float], digest: str, path: Path) -> Corpus:
    """The text in pieces that were learned from its training part; no piece goes over the end of a part."""
    middle, last = _ends(len(text), *shares)
    parts = text[:middle], text[middle:last], text[last:]
    vocabulary = Vocabulary("", PairEncoding.learn(parts[0].splitlines(keepends=True), pieces).json)
    train, validation, held_out = (vocabulary.encode(part, str(path)) for part in parts)
    ends = len(train), len(train) + len(validation)
    return Corpus(torch.cat([train, validation, held_out]).long(), vocabulary, digest, path, ends)


def _decoded(raw: bytes, path: Path) -> str:
    if b"\0" in raw:
        raise DataError(
            f"{path} is a binary file (it has a zero byte at offset {raw.index(0)}); --bytes reads it as bytes"
        )
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path} is not UTF-8 text (line {line}, byte {error.start}); "
            "convert it to UTF-8, or use --bytes, which reads any file"
        ) from None


def cut(corpus: Corpus, held_out: float, validation: float) -> dict[str, Tensor]:
    """The text's parts in order: ``train``, ``validation`` (may be empty) and ``held_out``, the last one.

    ``held_out`` and ``validation`` are shares of the whole text.
    """
    middle, last = corpus.ends or _ends(len(corpus.ids), held_out, validation)
    parts = corpus.ids[:middle], corpus.ids[middle:last], corpus.ids[last:]
    return dict(zip(("train", "validation", "held_out"), parts, strict=True))


def _ends(total: int, held_out: float, validation: float) -> tuple[int, int]:
    """Where the training part ends, and where the validation part does."""
    return round(total * (1 - held_out - validation)), round(total * (1 - held_out))
