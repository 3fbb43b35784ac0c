"""The options of translation. Needs no torch, so that help is quick."""

from __future__ import annotations

from dataclasses import dataclass

from undertow.errors import OptionError
from undertow.options import check, option
from undertow.tasks.samples import SampleOptions, header_option

__all__ = ["ATTENTIONS", "TranslateOptions"]

ATTENTIONS = ("luong", "bahdanau", "none")
_TOKENS = ("characters", "words", "symbols", "bpe")


@dataclass(frozen=True)
class TranslateOptions(SampleOptions):
    """Which pairs, how they are read, and how the target is written."""

    data: str = option("", "the table of pairs, one a row")
    header: str = header_option()
    source: str = option("", "column of what is translated; empty: the first one")
    target: str = option("", "column of the translation; empty: the next one")
    group: str = option("", "column whose values are never parted between training and test; empty: the source itself")
    source_tokens: str = option("bpe", "what the source is cut into", choices=_TOKENS)
    target_tokens: str = option("bpe", "what the target is cut into", choices=_TOKENS)
    least: int = option(1, "tokens that occur less often in training are unknown", at_least=1)
    pieces: int = option(1000, "size of a vocabulary of byte pairs", at_least=256)
    attention: str = option("luong", "of the decoder on the source", choices=ATTENTIONS)
    bidirectional: bool = option(True, "the encoder reads the source from both ends")
    reverse: bool = option(False, "read the source from its end")
    teacher_forcing: float = option(
        1.0, "share of steps in training that read the true token before them", at_least=0.0, at_most=1.0
    )
    label_smoothing: float = option(0.1, "share of the loss that asks for every token alike", at_least=0.0, below=1.0)
    beam: int = option(5, "sequences that the search follows; 1 is greedy", at_least=1)
    length_penalty: float = option(1.0, "how much the search favours long translations", at_least=0.0)
    longest: int = option(100, "most tokens a side; longer pairs are left out", at_least=1)
    ignore: str = option("", "characters that do not count in a second error rate: 012 are the stresses of phonemes")
    validation: float = option(0.1, "share for validation", above=0.0, below=1.0)
    test: float = option(0.1, "share that evaluate alone touches", at_least=0.0, below=1.0)
    split_seed: int = option(-1, "of what goes into which part; -1: as training.seed", at_least=-1)

    def __post_init__(self) -> None:
        check(self, "translate.")
        if self.validation + self.test >= 1:
            raise OptionError("translate.validation and translate.test leave nothing to train on")
