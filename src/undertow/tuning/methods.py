"""The methods that search, all Optuna's: a genetic algorithm (NSGA-II), and as its controls TPE and chance.

Each asks for a genome with a new sampler, whose seed is made from the search's seed and the genome's number. So what is
asked depends only on what has been measured, and a search that was killed goes on with the genomes it would have tried.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler
from optuna.samplers.nsgaii import (
    BaseCrossover,
    BLXAlphaCrossover,
    PolynomialMutation,
    SBXCrossover,
    SPXCrossover,
    UNDXCrossover,
    UniformCrossover,
    VSBXCrossover,
)
from optuna.study import Study
from optuna.trial import FrozenTrial

from undertow.tuning.options import SearchOptions
from undertow.tuning.space import Genome, Space

__all__ = ["Genetic", "first_genomes", "sampler"]

_CROSSOVERS: Mapping[str, type[BaseCrossover]] = {
    "uniform": UniformCrossover,
    "blxalpha": BLXAlphaCrossover,
    "sbx": SBXCrossover,
    "vsbx": VSBXCrossover,
    "spx": SPXCrossover,
    "undx": UNDXCrossover,
}


class Genetic(NSGAIISampler):
    """NSGA-II (Deb et al. 2002): elitist, with tournaments of two. Remembers whose child each genome is.

    ``parents`` are the numbers of the trials that the genome sampled last comes from, empty in the first generation.
    """

    def __init__(self, options: SearchOptions, seed: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # Optuna may yet change how these are called
            crossover = _CROSSOVERS[options.crossover]()
            mutation = PolynomialMutation() if options.mutation == "polynomial" else None
        super().__init__(
            population_size=options.population,
            crossover=crossover,
            crossover_prob=options.crossover_rate,
            mutation=mutation,
            mutation_prob=options.mutation_rate or None,
            seed=seed,
        )
        self._needed = crossover.n_parents
        self._read: list[int] = []

    @property
    def parents(self) -> list[int]:
        """Whose genes were read last: parents that were tried and found to give no child in the space are not."""
        latest = list(dict.fromkeys(reversed(self._read)))
        return sorted(latest[: self._needed])

    def get_parent_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        """The parents that a generation chooses from, as Optuna has them, each telling when its genes are read."""
        found = super().get_parent_population(study, generation)
        return [_Parent(trial, self._read) for trial in found]  # type: ignore[misc]

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The genes that a child has from its parents."""
        self._read.clear()
        return super().sample_relative(study, trial, search_space)


class _Parent:
    """A trial that notes in ``read`` that its genes are read. Optuna chooses parents out of anyone's sight."""

    def __init__(self, trial: FrozenTrial, read: list[int]) -> None:
        self._trial, self._note = trial, read

    @property
    def params(self) -> dict[str, Any]:
        self._note.append(self._trial.number)
        return self._trial.params

    def __getattr__(self, name: str) -> Any:
        return getattr(self._trial, name)


def sampler(method: str, options: SearchOptions, seed: int, number: int) -> BaseSampler:
    """The sampler that asks for a method's genome ``number``, counted from 0 with those that were put aside."""
    mixed = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    if method == "genetic":
        return Genetic(options, mixed)
    if method == "tpe":
        return TPESampler(n_startup_trials=options.population, seed=mixed)
    return RandomSampler(seed=mixed)


def first_genomes(space: Space, known: Genome, options: SearchOptions, seed: int) -> Sequence[Genome]:
    """The genomes that every method begins with, as many as a generation has.

    The first one is ``known``, the config as it is; the others, and genes that it lacks, are drawn at random.
    """
    study = optuna.create_study(sampler=RandomSampler(seed=seed))
    drawn = [study.ask(space.distributions).params for _ in range(options.population)]
    return [{**drawn[0], **known}, *drawn[1:]]
