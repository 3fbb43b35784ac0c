"""The options of language models: which text, and how they write. Needs no torch, so that help is quick."""

from __future__ import annotations

from dataclasses import dataclass

from undertow.errors import OptionError
from undertow.options import check, option

__all__ = ["SamplingOptions", "TextOptions"]


@dataclass(frozen=True)
class TextOptions:
    """Which text, and how it is read."""

    data: str = option("", "the text file")
    bytes: bool = option(False, "read bytes, not characters: any file will do")
    pieces: int = option(
        0, "read pieces of bytes (BPE), so many kinds, learned in training; 0 reads characters", at_least=0
    )
    held_out: float = option(0.1, "share of the text, its end, that is never trained on", at_least=0.0, at_most=0.9)
    validation: float = option(
        0.0, "share before that, for early stopping; 0 takes 0.05 if patience is set", at_least=0.0, at_most=0.5
    )

    def __post_init__(self) -> None:
        check(self, "text.")
        if self.bytes and self.pieces:
            raise OptionError("text.bytes reads bytes one by one, and text.pieces pieces of them: choose one")
        if self.held_out + self.validation >= 1:
            raise OptionError("text.held_out and text.validation leave nothing to train on")

    @property
    def watched_part(self) -> str | None:
        """The part evaluated along the way: validation where something is chosen by it, else held-out, or none."""
        if self.validation:
            return "validation"
        return "held_out" if self.held_out else None

    @property
    def final_part(self) -> str | None:
        """The part that is measured once, at the end of training."""
        return "held_out" if self.held_out and self.validation else None


@dataclass(frozen=True)
class SamplingOptions:
    """How the next symbol is drawn."""

    temperature: float = option(0.8, "below 1 safer, above 1 wilder, 0 the likeliest", at_least=0)
    top_k: int = option(0, "only the k likeliest symbols; 0 for all", at_least=0)
    top_p: float = option(1.0, "only the symbols that make up probability p", above=0, at_most=1)
    seed: int = option(0, "the same seed writes the same text", at_least=0)

    def __post_init__(self) -> None:
        check(self)
