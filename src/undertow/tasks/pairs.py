"""Byte pair encoding by the ``tokenizers`` library, on bytes: any text can be written, and comes back as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from undertow.documents import json_from
from undertow.errors import OptionError, RunError
from undertow.forms import COUNT, Each, MisfitError

__all__ = ["PairEncoding"]

_BYTES = 256


def _signs() -> dict[str, int]:
    """The byte that each sign of the library stands for: bytes that print are themselves, the others come after 255."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(_BYTES) if byte not in plain]
    return {chr(b): b for b in plain} | {chr(_BYTES + n): b for n, b in enumerate(rest)}


_BYTE = _signs()


#: The parts of the library's form that we check before the library reads it: the library itself trusts them.
_BYTE_LEVEL = {"type": Literal["ByteLevel"]}
_FORM = {"model": {"type": Literal["BPE"], "vocab": Each(COUNT), "merges": list}, "added_tokens": tuple[()],
         "pre_tokenizer": _BYTE_LEVEL, "decoder": _BYTE_LEVEL, "normalizer": None, "post_processor": None}  # fmt: skip


def _symbols(numbers: Mapping[str, int]) -> list[str]:
    """The tokens in the library's order.

    Raises:
        MisfitError: they are not numbered one after the other, or are not of bytes.
    """
    symbols = sorted(numbers, key=numbers.__getitem__)
    if [numbers[symbol] for symbol in symbols] != list(range(len(symbols))) or not set("".join(symbols)) <= set(_BYTE):
        raise MisfitError("has tokens without numbers, or of other signs than those of bytes")
    return symbols


class PairEncoding:
    """What was learned, and cutting text by it. ``json`` is the library's own form of it.

    Attributes:
        symbols: the tokens in the library's order.

    Raises:
        OptionError: ``tokenizers`` is not installed.
        RunError: ``json`` is not what it writes.
    """

    def __init__(self, json: str) -> None:
        self.json = json
        try:
            self.symbols = _symbols(json_from(json, _FORM)["model"]["vocab"])
            self._tokenizer = _library().Tokenizer.from_str(json)
        except OptionError:
            raise
        except Exception as error:  # the library raises no narrower one
            raise RunError(f"the byte pairs of this model cannot be read ({error})") from error

    @classmethod
    def learn(cls, texts: Iterable[str], size: int) -> PairEncoding:
        """``size`` tokens, the 256 bytes among them, learned from ``texts``.

        Raises:
            OptionError: ``size`` is too small, or ``tokenizers`` is not installed.
        """
        if size < _BYTES:
            raise OptionError(f"byte pairs need a vocabulary of at least the {_BYTES} bytes, got {size}")
        library = _library()
        tokenizer = library.Tokenizer(library.models.BPE())
        tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = library.decoders.ByteLevel()
        alphabet = library.pre_tokenizers.ByteLevel.alphabet()
        trainer = library.trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
        tokenizer.train_from_iterator(texts, trainer)
        return cls(tokenizer.to_str())

    def pieces(self, text: str) -> list[str]:
        """``text`` cut into tokens; bytes are written as the library writes them."""
        found: list[str] = self._tokenizer.encode(text).tokens
        return found

    def numbers(self, text: str) -> list[int]:
        """``text`` as places in ``symbols``."""
        found: list[int] = self._tokenizer.encode(text).ids
        return found

    def join(self, pieces: Sequence[str]) -> str:
        """The text of ``pieces``; bytes that are not UTF-8 become replacement characters."""
        text: str = self._tokenizer.decoder.decode(list(pieces))
        return text

    def characters(self) -> list[int]:
        """For each token, how many characters of UTF-8 begin in it."""
        return [sum(not 0x80 <= _BYTE[sign] < 0xC0 for sign in symbol) for symbol in self.symbols]

    def shown(self, pieces: Sequence[str]) -> list[str]:
        """Each piece as people read it."""
        return [self.join([piece]) if piece and piece != "end" else piece for piece in pieces]


def _library() -> Any:
    try:
        import tokenizers
    except ImportError:
        raise OptionError(
            "byte pair encoding needs the tokenizers library: install undertow with its extra, undertow[translate]"
        ) from None
    return tokenizers
