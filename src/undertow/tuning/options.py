"""The options of a search."""

from __future__ import annotations

from dataclasses import dataclass

from undertow.errors import OptionError, nearest
from undertow.options import check, option

__all__ = ["CROSSOVERS", "METHODS", "OBJECTIVES", "SearchOptions"]

#: What a genome can be measured by, and whether more of it is better.
OBJECTIVES = {"loss": False, "seconds": False, "parameters": False, "horizon": True}
#: Genetic, and its controls.
METHODS = ("genetic", "tpe", "random")
CROSSOVERS = ("uniform", "blxalpha", "sbx", "vsbx", "spx", "undx")


@dataclass(frozen=True)
class SearchOptions:
    """How a search goes about it."""

    budget: int = option(
        60, "trainings that each method may make; one that is stopped early counts for the steps it did", at_least=1
    )
    population: int = option(10, "genomes of a generation; far fewer than the budget", at_least=2)
    objectives: str = option(
        "loss", "what is sought, with commas: loss (validation), seconds (a step), parameters, horizon (steps)"
    )
    controls: bool = option(True, "search at random and with TPE beside it, each with the same budget")
    repeats: int = option(1, "searches with seeds of their own; three tell skill from luck", at_least=1)
    seed: int = option(0, "of the first search; the training's own seed is the same for all genomes", at_least=0)
    crossover: str = option("uniform", "how two parents make a child", choices=CROSSOVERS)
    crossover_rate: float = option(0.9, "share of children that have two parents", at_least=0, at_most=1)
    mutation: str = option("uniform", "how a gene changes: any value, or one nearby", choices=("uniform", "polynomial"))
    mutation_rate: float = option(0.0, "share of genes that change; 0 takes one a child", at_least=0, at_most=1)
    prune: bool = option(
        False,
        "stop a training at half its steps whose loss is above the median of those that came so far before it",
    )
    retrain: int = option(3, "seeds that the winner, and the config as it was, are trained with at the end", at_least=0)
    storage: str = option("", "a SQL database by URL (postgresql://..); empty: SQLite, in the search's folder")

    def __post_init__(self) -> None:
        check(self, "search.")
        for name in self.sought:
            if name not in OBJECTIVES:
                raise OptionError(f"search.objectives: nothing is measured as {name!r}{nearest(name, OBJECTIVES)}")
        if not self.sought or len(set(self.sought)) < len(self.sought):
            raise OptionError(f"search.objectives must name something, and once; got {self.objectives!r}")

    @property
    def sought(self) -> tuple[str, ...]:
        """The objectives, in order."""
        return tuple(name.strip() for name in self.objectives.split(",") if name.strip())

    @property
    def sign(self) -> int:
        """What a value of the first objective is multiplied by so that the least is the best."""
        return -1 if OBJECTIVES[self.sought[0]] else 1

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that search beside each other."""
        return METHODS if self.controls else METHODS[:1]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each search."""
        return tuple(range(self.seed, self.seed + self.repeats))
