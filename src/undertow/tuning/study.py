"""A method's study in the store: its trials as they are asked for, noted on, told and read back."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.storages import BaseStorage
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from undertow import __version__
from undertow.errors import RunError
from undertow.forms import COUNT, MisfitError, fitted
from undertow.tuning.methods import Genetic
from undertow.tuning.space import Genome
from undertow.tuning.store import FORMAT, kept

__all__ = ["KeptStudy"]

_COUNT = (COUNT, None)
#: What is noted of a trial, and by Optuna for our sampler.
_NOTES = {"key?": str, "steps?": COUNT, "parents?": list[int], "same_as?": _COUNT}
_GENERATION = {f"{Genetic.__name__}:generation?": COUNT}
_KEY = re.compile(r"[0-9a-f]{16}")


class KeptStudy:
    """The trials of one study. What the store refuses is a :class:`RunError`, in every method."""

    def __init__(
        self, storage: BaseStorage, study: Study, distributions: Mapping[str, BaseDistribution], objectives: int
    ) -> None:
        self._storage, self._study = storage, study
        self._distributions, self._objectives = dict(distributions), objectives
        self._read: list[FrozenTrial] | None = None

    @classmethod
    def open(
        cls,
        storage: BaseStorage,
        name: str,
        directions: Sequence[StudyDirection],
        distributions: Mapping[str, BaseDistribution],
    ) -> Self:
        """The study called ``name``, made if it is not there; ``distributions`` are the genes of its trials.

        Raises:
            RunError: the storage refuses, or another version of Undertow wrote it.
        """
        with kept(name):
            study = optuna.create_study(storage=storage, study_name=name, directions=directions, load_if_exists=True)
            written = study.user_attrs.get("undertow")
            if written is None:
                study.set_user_attr("undertow", {"format": FORMAT, "version": __version__})
            elif written.get("format") != FORMAT:
                raise RunError(
                    f"the store's study {name} is of another version: Undertow {written.get('version', '?')}, format "
                    f"{written.get('format', '?')}; this is {__version__}, format {FORMAT}. Begin a new search"
                )
            return cls(storage, study, distributions, len(directions))

    @property
    def name(self) -> str:
        """Its name in the store."""
        return self._study.study_name

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """The trials in these states, in order; all if none is named. Read anew when this has written something."""
        if self._read is None:
            with kept(self.name):
                self._read = self._study.get_trials(deepcopy=False)
                for number, trial in enumerate(self._read):
                    self._check(trial, number)
        return [trial for trial in self._read if not states or trial.state in states]

    def _check(self, trial: FrozenTrial, number: int) -> None:
        """Whether a trial has what is gone by: its place, notes, genes of this space, a figure for each objective.

        Raises:
            MisfitError: it has not.
        """
        where = f"trial {number}"
        notes = fitted(trial.user_attrs, _NOTES, where)
        fitted(trial.system_attrs, _GENERATION, where)
        if trial.number != number or ("key" in notes and not _KEY.fullmatch(notes["key"])):
            raise MisfitError(f"{where} has another number or key")
        over = trial.state is TrialState.COMPLETE
        if over and (not {"key", "steps"} <= notes.keys() or len(trial.values or ()) != self._objectives):
            raise MisfitError(f"{where} is over, and does not say what came of it")
        if over and any(math.isnan(value) for value in trial.values):
            raise MisfitError(f"{where} came to no number")
        if trial.state in (TrialState.COMPLETE, TrialState.RUNNING) and "key" in notes:
            for name, gene in self._distributions.items():
                if trial.distributions.get(name) != gene:
                    raise MisfitError(f"{where} has the gene {name} of another space than space.toml's")
                if not gene._contains(gene.to_internal_repr(trial.params[name])):
                    raise MisfitError(f"{where} has {name} = {trial.params[name]!r}, which space.toml has not")

    def front(self) -> list[FrozenTrial]:
        """The trials that no other one beats in every objective."""
        with kept(self.name):
            return self._study.best_trials

    def ask(
        self, sampler: BaseSampler, distributions: Mapping[str, BaseDistribution], known: Genome | None
    ) -> tuple[int, Genome]:
        """A new trial, running: its number and its genome, which is ``known`` as far as that goes, and the sampler's.

        Of a genetic sampler's, the generation is noted, and the parents.
        """
        with kept(self.name):
            if known is not None and not self.trials(TrialState.WAITING):
                self._study.enqueue_trial(dict(known))
            self._study.sampler = sampler
            self._read = None
            trial = self._study.ask(dict(distributions))
            if isinstance(sampler, Genetic):
                sampler.get_trial_generation(self._study, self.trials()[trial.number])
                if sampler.parents:
                    self.note(trial.number, {"parents": sampler.parents})
            return trial.number, trial.params

    def note(self, number: int, notes: Mapping[str, Any]) -> None:
        """Keep notes of a trial, by name."""
        self._read = None
        with kept(self.name):
            study = self._storage.get_study_id_from_name(self.name)
            trial = self._storage.get_trial_id_from_study_id_trial_number(study, number)
            for key, value in notes.items():
                self._storage.set_trial_user_attr(trial, key, value)

    def tell(
        self, number: int, state: TrialState, notes: Mapping[str, Any], values: Sequence[float] | None = None
    ) -> None:
        """End a trial, with notes that it has before it ends, and its values if it is complete."""
        self.note(number, notes)
        with kept(self.name):
            self._study.tell(number, values, state=state)
