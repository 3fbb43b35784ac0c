"""The search, to be read from top to bottom.

It asks each method for genomes, has them trained, and tells the methods what came of them. It alone writes to the
store. Two methods that ask for the same genome get one training; each pays for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from optuna.study import StudyDirection

from undertow.errors import OptionError, RunError
from undertow.tuning.folder import SearchFolder
from undertow.tuning.options import OBJECTIVES
from undertow.tuning.store import open_storage, quiet
from undertow.tuning.study import KeptStudy
from undertow.tuning.track import Asked, Track
from undertow.tuning.trainings import Trainings
from undertow.tuning.trial import Job, Trial, keep_failure, read_trial, trial_config
from undertow.tuning.workers import Workers

__all__ = ["Listener", "run", "tracks_of"]

#: Told every event of a search: ``{"event": "trained", "method": .., "seed": .., "trial": .., ...}``.
Listener = Callable[[dict[str, Any]], None]


@quiet()
def tracks_of(search: SearchFolder, workers: int = 1) -> list[Track]:
    """The searches of all methods and seeds, as the store has them.

    The genetic search asks a generation at a time, chance likewise; TPE, which learns from every trial, one at a time,
    or as many as its share of the workers.
    """
    options = search.options
    storage = open_storage(options.storage, search.path)
    directions = [_direction(name) for name in options.sought]
    batches = {"tpe": max(1, workers // (len(options.methods) * options.repeats))}
    return [
        Track(
            method,
            seed,
            KeptStudy.open(storage, f"{search.name}:{method}-{seed}", directions, search.space.distributions),
            search.space,
            search.config,
            options,
            batches.get(method, options.population),
        )
        for seed in options.seeds
        for method in options.methods
    ]


def _direction(objective: str) -> StudyDirection:
    return StudyDirection.MAXIMIZE if OBJECTIVES[objective] else StudyDirection.MINIMIZE


@quiet()
def run(
    search: SearchFolder,
    workers: Workers,
    *,
    listen: Listener = lambda event: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> bool:
    """Search until every method has spent its budget. Returns False if it was interrupted: all is saved, and it can go
    on. Who calls this holds the search (:meth:`SearchFolder.held`).

    Raises:
        RunError: the disk is full, or the store refuses; no finished training is lost.
        DataError: the data is gone.
    """
    return _Search(search, workers, listen).run(interrupted)


class _Search:
    def __init__(self, search: SearchFolder, workers: Workers, listen: Listener) -> None:
        self._search, self._listen = search, listen
        self._trainings = Trainings(workers, self._lost)
        self._tracks = tracks_of(search, workers.count)
        self._pending: dict[str, list[tuple[Track, Asked]]] = {}  # by whom a training at work is asked for
        self._known: dict[str, Trial] = {}
        self._base = trial_config(search.config, watch="horizon" in search.options.sought)

    def run(self, interrupted: Callable[[], bool]) -> bool:
        for track in self._tracks:
            for trial in track.told():
                self._result(trial.user_attrs["key"])
            self._listen(track.summary())
            self._begin(track, track.recover())
        while not interrupted():
            for track in self._tracks:
                while asked := track.ask():
                    self._begin(track, asked)
            if not self._pending:
                return True
            for job in self._trainings.over():
                self._over(job)
            self._listen({"event": "waiting", "running": len(self._pending)})
        for job in self._trainings.stop():
            self._over(job)
        return False

    def _begin(self, track: Track, asked: Sequence[Asked]) -> None:
        """Have genomes trained, those apart that were or are trained already."""
        for one in asked:
            self._listen(_event("asked", track, one))
            if result := self._result(one.key):
                self._tell(track, one, result, cached=True)
            elif one.key in self._pending:
                self._pending[one.key].append((track, one))
            else:
                self._submit(track, one)

    def _submit(self, track: Track, one: Asked) -> None:
        folder = self._search.trials / one.key
        try:
            config = self._search.space.config(one.genome, self._base)
        except OptionError as error:
            self._tell(track, one, keep_failure(folder, str(error)))
            return
        self._pending[one.key] = [(track, one)]
        self._trainings.submit(Job(folder, config, track.limits(self._known)))

    def _lost(self, job: Job, deaths: int) -> None:
        """The process of a training is gone."""
        self._listen(_event("lost", *self._pending[job.folder.name][0]) | {"deaths": deaths})

    def _over(self, job: Job) -> None:
        """A training is over: all who asked for it are told."""
        result = self._result(job.folder.name)
        if result is None:
            raise RunError(f"{job.folder} was to be trained, and has no result; go on with the search")
        for index, (track, one) in enumerate(self._pending.pop(job.folder.name)):
            self._tell(track, one, result, cached=index > 0)

    def _tell(self, track: Track, one: Asked, result: Trial, *, cached: bool = False) -> None:
        track.tell(one, result)
        facts = {name: getattr(result, name) for name in (*OBJECTIVES, "steps", "stopped", "failed")}
        self._listen(_event("trained", track, one) | facts | {"cached": cached})

    def _result(self, key: str) -> Trial | None:
        """What came of a genome's training, if that is over."""
        if key not in self._known and (result := read_trial(self._search.trials / key)):
            self._known[key] = result
        return self._known.get(key)


def _event(name: str, track: Track, one: Asked) -> dict[str, Any]:
    return {"event": name, "method": track.method, "seed": track.seed, "trial": one.number, "key": one.key}
