"""The options of classification. Needs no torch, so that help is quick."""

from __future__ import annotations

from dataclasses import dataclass

from undertow.errors import OptionError
from undertow.options import check, option
from undertow.tasks.samples import SampleOptions, header_option

__all__ = ["POOLINGS", "ClassifyOptions"]

POOLINGS = ("last", "mean", "max", "attention")


@dataclass(frozen=True)
class ClassifyOptions(SampleOptions):
    """Which table, how it is read and split, and what stands on top of the recurrent layers."""

    data: str = option("", "the table: .csv, .tsv, .jsonl or .parquet; a sample a row, or a step a row (see id)")
    header: str = header_option()
    label: str = option("", "column of the labels; by default one called label, class or target, or the likeliest one")
    text: str = option("", "column of the texts, if samples are texts; by default the one with text")
    series: str = option(
        "", "columns of numbers, with commas, if samples are series, or the one column of lists; by default all others"
    )
    id: str = option("", "column that says whose step a row is: rows with the same value are one series")
    order: str = option("", "with id: column of numbers or times that rows are put in order by; by default as they are")
    features: int = option(1, "without id: values of a row that make one step of its series", at_least=1)
    tokens: str = option("characters", "what texts are cut into", choices=("characters", "words", "symbols", "bpe"))
    fold_case: bool = option(False, "read capital and small letters as the same symbols")
    ngrams: int = option(
        1, "texts: read beside each symbol the n-grams that end there, up to so many symbols", at_least=1, at_most=8
    )
    ngram_dropout: float = option(
        0.3, "with ngrams: probability that an n-gram is not read in training, each by itself", at_least=0.0, below=1.0
    )
    split: str = option("key", "parts: key (equal samples never in two parts) or row", choices=("key", "row"))
    group: str = option("", "column whose values never stand in two parts (one patient, one place); instead of split")
    validation: float = option(0.1, "share kept back to choose the best model", at_least=0.0, below=1.0)
    test: float = option(0.2, "share that only `undertow evaluate` looks at", at_least=0.0, below=1.0)
    split_seed: int = option(-1, "of what goes into which part; -1: as training.seed", at_least=-1)
    pooling: str = option("max", "what of the outputs of all steps the label is read from", choices=POOLINGS)
    bidirectional: bool = option(True, "read each sample from its end too")
    class_weights: str = option(
        "none",
        "weight of a class in the loss: none, or balanced, which gives all the same",
        choices=("none", "balanced"),
    )
    label_smoothing: float = option(
        0.0, "share of each target that is spread over all classes", at_least=0.0, below=1.0
    )
    symbol_dropout: float = option(
        0.0, "texts: probability that a symbol is read as an unknown one in training", at_least=0.0, below=1.0
    )
    adversarial: float = option(
        0.0,
        "size of the changes, made to do harm, that training also holds out against; 1 to 5 for little data; 0: none",
        at_least=0.0,
    )
    encoder: str = option("", "folder of a run whose trained encoder to start from: reconstruct or classify")
    freeze: bool = option(False, "keep that encoder as it is: what stands on top of it alone is trained")

    def __post_init__(self) -> None:
        check(self, "classify.")
        if self.validation + self.test >= 1:
            raise OptionError("classify.validation and classify.test leave nothing to train on")
        for name in ("text", "id", "order"):
            if self.label and self.label == getattr(self, name):
                raise OptionError(f"classify: column {self.label!r} is named twice, as label and as {name}")
        if self.order and not self.id:
            raise OptionError("classify.order puts the rows of one sample in order; say whose they are: classify.id")
        if self.freeze and not self.encoder:
            raise OptionError("classify.freeze keeps the encoder of another run as it is; say which: classify.encoder")
        if self.text and (self.series or self.id):
            raise OptionError("a sample is a text or a series: classify.text does not go with classify.series or .id")
        if self.id and self.features != 1:
            raise OptionError("classify.features is for tables with a sample a row; with classify.id a row is a step")
