"""Text as tokens: characters, words, symbols between spaces, or pairs of bytes (BPE).

Every vocabulary begins with the same four specials, so that padding is 0 everywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from undertow.errors import DataError, OptionError, RunError
from undertow.forms import MisfitError, fitted
from undertow.tasks.pairs import PairEncoding

__all__ = ["END", "KINDS", "PAD", "SPECIALS", "START", "UNKNOWN", "Tokens"]

PAD, UNKNOWN, START, END = range(4)
#: How specials are shown. None of these can be a word of a text, since it has a space in it.
SPECIALS = ("<pad >", "<unknown >", "<start >", "<end >")
KINDS = ("characters", "words", "symbols", "bpe")

#: On a punctuation mark: no space between it and its neighbour. OpenNMT's tokenizer writes it with this sign too
#: (Klein et al. 2017, arXiv:1701.02810).
_JOINED = "\N{HALFWIDTH BLACK SQUARE}"
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Tokens:
    """A vocabulary and how text is cut for it.

    Attributes:
        kind: ``characters``; ``words``, punctuation being words of its own; ``symbols``, whatever stands between
            spaces (phonemes); ``bpe``, pieces that were learned by merging pairs of bytes (Sennrich et al. 2016,
            arXiv:1508.07909).
        symbols: the tokens in the order of their numbers, the specials before them.
        merges: for ``bpe``, what was learned, in the ``tokenizers`` library's JSON.
    """

    kind: str
    symbols: tuple[str, ...]
    merges: str = ""

    @classmethod
    def learn(cls, kind: str, texts: Iterable[str], *, least: int = 1, size: int = 2000) -> Tokens:
        """The vocabulary of ``texts``: all tokens that occur at least ``least`` times, in the order of Unicode.

        Of ``bpe``, ``size`` tokens, the 256 bytes among them, learned from ``texts``.

        Raises:
            OptionError: an unknown kind, or ``tokenizers`` is not installed.
            DataError: no token is left.
        """
        if kind not in KINDS:
            raise OptionError(f"there are no tokens {kind!r}; known: {', '.join(KINDS)}")
        if kind == "bpe":
            pairs = PairEncoding.learn(texts, size)
            return cls(kind, SPECIALS + tuple(pairs.symbols), pairs.json)
        counts = Counter(token for text in texts for token in _cut(kind, text))
        kept = sorted(token for token, count in counts.items() if count >= least)
        if not kept:
            raise DataError(f"no {kind} are left of the training part: none occurs {least} times or more")
        return cls(kind, SPECIALS + tuple(kept))

    def __len__(self) -> int:
        return len(self.symbols)

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {symbol: number for number, symbol in enumerate(self.symbols)}

    @cached_property
    def _pairs(self) -> PairEncoding:
        return PairEncoding(self.merges)

    def pieces(self, text: str) -> list[str]:
        """``text`` cut into tokens, known or not."""
        return self._pairs.pieces(text) if self.kind == "bpe" else _cut(self.kind, text)

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's tokens, without specials at its ends; ``UNKNOWN`` where there is none."""
        return [self._numbers.get(piece, UNKNOWN) for piece in self.pieces(text)]

    def decode(self, numbers: Sequence[int]) -> str:
        """The text of ``numbers``, up to the first ``END``; other specials are left out, but for a sign for unknown."""
        kept = []
        for number in numbers:
            if number == END:
                break
            if number not in (PAD, START):
                kept.append("\N{REPLACEMENT CHARACTER}" if number == UNKNOWN else self.symbols[number])
        return self.join(kept)

    def join(self, pieces: Sequence[str]) -> str:
        """The text that was cut into ``pieces``; of white space, only single spaces come back between words."""
        match self.kind:
            case "bpe":
                return self._pairs.join(pieces)
            case "words":
                spaced = " ".join(pieces)
                return spaced.replace(f" {_JOINED}", "").replace(f"{_JOINED} ", "").replace(_JOINED, "")
            case "symbols":
                return " ".join(pieces)
            case _:
                return "".join(pieces)

    def shown(self, numbers: Sequence[int], pieces: Sequence[str] | None = None) -> list[str]:
        """A token a number, as people read it. ``pieces``, if given, say what the unknown ones are."""
        found = [self.symbols[number] for number in numbers] if pieces is None else list(pieces)
        names = {SPECIALS[END]: "end", SPECIALS[UNKNOWN]: "\N{REPLACEMENT CHARACTER}"}
        plain = [names.get(piece, piece).replace(_JOINED, "") for piece in found]
        return self._pairs.shown(plain) if self.kind == "bpe" else plain

    def plain(self) -> dict[str, Any]:
        """As it goes into a file, in JSON."""
        return {"kind": self.kind, "symbols": list(self.symbols)} | ({"merges": self.merges} if self.merges else {})

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Tokens:
        """What :meth:`plain` wrote.

        Raises:
            RunError: it is something else.
        """
        tokens = cls.with_any_specials(data)
        if tokens.symbols[: len(SPECIALS)] != SPECIALS:
            raise RunError("the vocabulary of this model begins with symbols that are not known here")
        return tokens

    @classmethod
    def with_any_specials(cls, data: Mapping[str, Any]) -> Tokens:
        """The same of a vocabulary that may begin with others: that of an autoencoder has no start and no end.

        Raises:
            RunError: it is something else.
        """
        try:
            tokens: Tokens = fitted(data, cls)
        except MisfitError as error:
            raise RunError(f"the vocabulary of this model cannot be read ({error})") from error
        if tokens.kind not in KINDS:
            raise RunError(f"the vocabulary of this model is of a kind that is not known here: {tokens.kind!r}")
        if len(set(tokens.symbols)) < max(1, len(tokens)):
            raise RunError("the vocabulary of this model has no symbols, or one twice")
        if tokens.kind == "bpe" and tokens.symbols[len(SPECIALS) :] != tuple(tokens._pairs.symbols):
            raise RunError("the vocabulary of this model is not that of its byte pairs")
        return tokens


def _cut(kind: str, text: str) -> list[str]:
    match kind:
        case "characters":
            return list(text)
        case "symbols":
            return text.split()
        case _:
            return [_marked(text, found) for found in _WORD.finditer(text)]


def _marked(text: str, found: re.Match[str]) -> str:
    """A word as it stands; a punctuation mark with a sign on each side that no space parts from its neighbour.

    Between two marks the second has the sign.
    """
    piece, before, after = found[0], text[: found.start()][-1:], text[found.end() :][:1]
    if piece[0].isalnum() or piece[0] == "_":
        return piece
    left = _JOINED if before and not before.isspace() else ""
    right = _JOINED if after and (after.isalnum() or after == "_") else ""
    return left + piece + right
