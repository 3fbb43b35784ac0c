"""The options of reconstruction. Needs no torch, so that help is quick."""

from __future__ import annotations

from dataclasses import dataclass

from undertow.errors import OptionError
from undertow.options import check, option
from undertow.tasks.samples import SampleOptions, header_option

__all__ = ["ReconstructOptions"]


@dataclass(frozen=True)
class ReconstructOptions(SampleOptions):
    """Which sequences, how they are folded and rebuilt, and what counts as an anomaly."""

    data: str = option("", "the table: CSV, TSV, JSONL, Parquet")
    header: str = header_option()
    layout: str = option(
        "auto",
        "what a row is: a whole sequence (rows), a step of one (steps), or auto: rows for text, for cells with lists "
        "and for 16 numbered columns or more",
        choices=("auto", "rows", "steps"),
    )
    text: str = option("", "column of text to rebuild, symbol by symbol")
    columns: str = option(
        "", "columns of numbers to rebuild, with commas; all that have no other use, if none is named"
    )
    features: int = option(1, "in layout rows: how many neighbouring columns make one step", at_least=1)
    id: str = option("", "column that tells whole sequences apart, in layout steps")
    series: str = option("", "column that tells long series apart, which are cut into windows")
    time: str = option("", "columns of time, with commas: the order of steps is checked, gaps are not crossed")
    window: int = option(32, "steps in each window that a long series is cut into", at_least=2)
    stride: int = option(0, "steps from one window to the next; 0 takes a quarter of a window", at_least=0)
    label: str = option("", "column to colour the embedding by; never trained on")
    anomaly: str = option("", "column of 0 and 1, the known anomalies: never trained on, they measure what is found")
    group: str = option("", "column whose values are never in two parts; equal content never is")
    scaling: str = option(
        "together",
        "numbers by the mean and spread of all series together, or of each series apart (series)",
        choices=("together", "series"),
    )
    code: int = option(0, "width of the vector that a sequence is folded into; 0 takes the final output", at_least=0)
    bidirectional: bool = option(False, "the encoder reads from both ends")
    reverse: bool = option(True, "the decoder rebuilds from the end (Srivastava 2015)")
    teacher_forcing: bool = option(
        False, "in training the decoder also reads the true step before; else the vector is all it has"
    )
    denoising: float = option(0.0, "share of the steps' values that are hidden from the encoder", at_least=0, below=1)
    noise: float = option(0.0, "spread of noise on what the encoder reads, in standard deviations", at_least=0)
    false_alarms: float = option(
        0.005,
        "share of normal steps (and of windows) that the threshold lets through as anomalies",
        above=0,
        at_most=0.5,
    )
    validation: float = option(0.1, "share for early figures and the threshold", above=0.0, at_most=0.9)
    test: float = option(0.1, "share that evaluate alone sees", at_least=0.0, at_most=0.9)
    split_seed: int = option(-1, "of what goes into which part; -1: as training.seed", at_least=-1)

    def __post_init__(self) -> None:
        check(self, "reconstruct.")
        if self.text and self.columns:
            raise OptionError("reconstruct.text and reconstruct.columns cannot both be given: text, or numbers")
        listed = {name.strip() for name in self.columns.split(",")}
        for name in ("label", "anomaly", "group", "id", "series"):
            if getattr(self, name) and getattr(self, name) in listed | {self.text}:
                raise OptionError(
                    f"reconstruct.{name} is {getattr(self, name)!r}, which is also to be rebuilt; a column is one "
                    "or the other"
                )
        if self.id and self.series:
            raise OptionError(
                "reconstruct.id tells whole sequences apart, reconstruct.series long ones that are cut into windows: "
                "give one of them"
            )
        for name in ("id", "series"):
            if getattr(self, name) and (self.text or self.layout == "rows"):
                raise OptionError(f"reconstruct.{name} belongs to layout steps, where each row is a step of numbers")
        if self.validation + self.test >= 1:
            raise OptionError("reconstruct.validation and reconstruct.test together must leave something to train on")

    @property
    def step(self) -> int:
        """Steps from one window to the next."""
        return self.stride or max(1, self.window // 4)
