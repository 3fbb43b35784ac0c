"""The options of counting. Needs no torch, so that help is quick."""

from dataclasses import dataclass

from undertow.errors import OptionError
from undertow.options import check, option
from undertow.tasks.samples import SampleOptions, header_option

__all__ = ["CountOptions"]


@dataclass(frozen=True)
class CountOptions(SampleOptions):
    """Which texts, and what is counted."""

    data: str = option("", "the table")
    header: str = header_option()
    text: str = option("text", "column of the texts")
    symbol: str = option("a", "the symbol that is counted")
    validation: float = option(0.2, "share kept back to choose the best model", at_least=0.0, below=1.0)
    test: float = option(0.2, "share that only `undertow evaluate` looks at", at_least=0.0, below=1.0)
    split_seed: int = option(-1, "of what goes into which part; -1: as training.seed", at_least=-1)

    def __post_init__(self) -> None:
        check(self, "count.")
        if len(self.symbol) != 1:
            raise OptionError(f"count.symbol is one symbol, got {self.symbol!r}")
