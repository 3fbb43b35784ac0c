"""One method's search with one seed: what it asks for, what it may still spend, what it was told."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from undertow.training.config import Config
from undertow.tuning.methods import first_genomes, sampler
from undertow.tuning.options import OBJECTIVES, SearchOptions
from undertow.tuning.space import Genome, Space
from undertow.tuning.study import KeptStudy
from undertow.tuning.trial import Trial, key_of

__all__ = ["Asked", "Track", "succeeded"]

#: So many genomes in a row that were there already, and the space counts as exhausted.
_EXHAUSTED = 200
_OVER = (TrialState.COMPLETE,)
_LIVING = (TrialState.COMPLETE, TrialState.RUNNING)


@dataclass(frozen=True)
class Asked:
    """A genome that is to be trained for trial ``number``; ``key`` names it by the genes that count."""

    number: int
    genome: Genome
    key: str


def succeeded(trial: FrozenTrial) -> bool:
    """Whether something came of a trial that is over."""
    return all(math.isfinite(value) for value in trial.values)


class Track:
    """A method's trials in its study. Their notes: ``key``, ``parents`` (numbers), ``steps`` spent, ``same_as``."""

    def __init__(
        self,
        method: str,
        seed: int,
        study: KeptStudy,
        space: Space,
        base: Config,
        options: SearchOptions,
        batch: int,
    ) -> None:
        self.method, self.seed, self.study, self.options = method, seed, study, options
        self._space, self._base, self._batch = space, base, batch
        self._distributions = space.distributions
        self.exhausted = False

    @property
    def name(self) -> str:
        """``genetic-0``."""
        return f"{self.method}-{self.seed}"

    @cached_property
    def _first(self) -> Sequence[Genome]:
        return first_genomes(self._space, self._space.genome_of(self._base), self.options, self.seed)

    @property
    def steps_a_training(self) -> int:
        """Updates of a whole training."""
        return self._base.training.steps

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """The trials in these states, in order; all if none is named."""
        return self.study.trials(*states)

    def told(self) -> list[FrozenTrial]:
        """The trials that are over, in order."""
        return self.trials(*_OVER)

    @property
    def _cost(self) -> int:
        """Steps of the trainings that are over."""
        return sum(t.user_attrs.get("steps", 0) for t in self.told())

    @property
    def spent(self) -> int:
        """Steps that its trainings have cost; those at work count as whole ones."""
        return self._cost + self.steps_a_training * len(self.trials(TrialState.RUNNING))

    def summary(self) -> dict[str, Any]:
        """What there was before: an event for those who watch."""
        best = self.best()
        return {
            "event": "before",
            "method": self.method,
            "seed": self.seed,
            "trainings": len(self.told()),
            "steps": self._cost,
            "best": best.values[0] if best else None,
        }

    def best(self) -> FrozenTrial | None:
        """The trial with the best first objective; the earliest of equals; None if none has come to anything."""
        sign = self.options.sign
        return min((t for t in self.told() if succeeded(t)), key=lambda t: sign * t.values[0], default=None)

    @property
    def done(self) -> bool:
        """Whether there is nothing more to ask for."""
        return self.exhausted or self.spent + self.steps_a_training > self.options.budget * self.steps_a_training

    def recover(self) -> list[Asked]:
        """The genomes that were asked for and have not been told, of a search that was stopped or killed."""
        found = []
        for trial in self.trials(TrialState.RUNNING):
            if "key" not in trial.user_attrs:  # killed while it was asked for: it is asked for again, the same
                self.study.tell(trial.number, TrialState.FAIL, {})
            else:
                found += self._new(trial.number, trial.params)
        return found

    def ask(self) -> list[Asked]:
        """The genomes to be trained next: what the running batch lacks, and a new batch when none is running."""
        found: list[Asked] = []
        repeated = 0
        while not self.done:
            whole = len(self.trials(*_LIVING)) % self._batch == 0
            if whole and self.trials(TrialState.RUNNING):
                break
            new = self._ask_one()
            found += new
            repeated = 0 if new else repeated + 1
            self.exhausted = repeated >= _EXHAUSTED
        return found

    def _ask_one(self) -> list[Asked]:
        """One genome, if it is a new one."""
        number = sum("key" in t.user_attrs for t in self.trials())
        known = self._first[number] if number < len(self._first) else None
        chosen = sampler(self.method, self.options, self.seed, number)
        return self._new(*self.study.ask(chosen, self._distributions, known))

    def _new(self, number: int, genome: Genome) -> list[Asked]:
        """The genome, if none of the trials before has the same genes that count; else the trial is put aside.

        NSGA-II takes only completed trials into its population: what is put aside leaves its place to another.
        """
        key = key_of(self._space.active(genome, self._base))
        for other in self.trials(*_LIVING):
            if other.number < number and other.user_attrs.get("key") == key:
                self.study.tell(number, TrialState.FAIL, {"key": key, "same_as": other.number})
                return []
        self.study.note(number, {"key": key})
        return [Asked(number, genome, key)]

    def tell(self, asked: Asked, trial: Trial) -> None:
        """Keep what came of a training.

        One that failed, or lacks something that is sought, is worst in everything and costs a whole training; so none
        is left out, and every generation is whole. One that was stopped early counts with what it had reached: half of
        those before it had reached more in as many steps, so it cannot win.
        """
        found = [getattr(trial, name) for name in self.options.sought]
        worst = [-math.inf if OBJECTIVES[name] else math.inf for name in self.options.sought]
        failed = trial.failed or any(v is None for v in found)
        values = worst if failed else [float(v) for v in found]
        steps = self.steps_a_training if failed else trial.steps
        self.study.tell(asked.number, TrialState.COMPLETE, {"steps": steps}, values)

    def limits(self, known: Mapping[str, Trial]) -> dict[int, float]:
        """Losses by step above which a training is stopped; ``known`` are trainings that are over, by key.

        The median of the best losses at half the steps, once a whole generation has come so far. It is taken when a
        training begins, from its own method's trials, so that what happens does not hang on who is faster.
        """
        if not self.options.prune:
            return {}
        there = [known[t.user_attrs["key"]] for t in self.trials(*_OVER) if t.user_attrs.get("key") in known]
        steps = sorted({at for trial in there for at, _ in trial.evaluations if at >= self.steps_a_training / 2})
        if not steps:
            return {}
        reached = [loss for trial in there if (loss := trial.best_at(steps[0])) is not None]
        return {steps[0]: statistics.median(reached)} if len(reached) >= self.options.population else {}
