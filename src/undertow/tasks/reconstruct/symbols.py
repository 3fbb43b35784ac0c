"""The symbols of texts: characters by number, with one for padding and one for what was never seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from undertow.forms import MisfitError

__all__ = ["PADDING", "UNKNOWN", "Symbols"]

PADDING, UNKNOWN = 0, 1


class Symbols:
    """A vocabulary of characters. ``known`` are they in the order of their numbers, which begin with 2."""

    def __init__(self, known: Sequence[str]) -> None:
        self.known = list(known)
        self._numbers = {symbol: number for number, symbol in enumerate(self.known, 2)}

    @classmethod
    def of(cls, texts: Iterable[str]) -> Symbols:
        """The distinct characters of texts, in the order of code points."""
        return cls(sorted(set().union(*texts)))

    @classmethod
    def from_plain(cls, listed: Sequence[str]) -> Symbols:
        """From :attr:`plain`.

        Raises:
            MisfitError: it is something else.
        """
        if list(listed[:2]) != cls([]).plain or len(set(listed)) < max(3, len(listed)):
            raise MisfitError("has no vocabulary, or one with a symbol twice")
        return cls(listed[2:])

    @property
    def plain(self) -> list[str]:
        """All symbols in the order of their numbers, padding and unknown first: what a model's file keeps."""
        return ["", "\N{REPLACEMENT CHARACTER}", *self.known]

    def __len__(self) -> int:
        return len(self.known) + 2

    def numbers(self, text: str) -> NDArray[np.int64]:
        """The numbers (T,) of a text's characters."""
        return np.array([self._numbers.get(symbol, UNKNOWN) for symbol in text], dtype=np.int64)

    def text(self, numbers: Iterable[int]) -> str:
        """The text that numbers stand for; padding is nothing."""
        return "".join(self.plain[number] for number in numbers)
