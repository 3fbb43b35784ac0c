"""The winner of a search, trained again with seeds that it was not chosen by, beside the config as it was.

Only here is the part for tests touched: once by each of these models.
"""

from __future__ import annotations

from collections.abc import Callable

from undertow.training.config import Config
from undertow.tuning.folder import SearchFolder
from undertow.tuning.search import Listener
from undertow.tuning.trainings import Trainings
from undertow.tuning.trial import Job, Trial, read_trial, trial_config
from undertow.tuning.workers import Workers

__all__ = ["AS_IT_WAS", "WINNER", "final_trials", "measure"]

WINNER, AS_IT_WAS = "winner", "as it was"


def measure(
    search: SearchFolder,
    winner: Config,
    workers: Workers,
    *,
    listen: Listener = lambda event: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> bool:
    """Train both configs with each seed, and measure them on the part for tests. Returns False if interrupted. Who
    calls this holds the search (:meth:`SearchFolder.held`).

    Raises:
        RunError, DataError: the disk is full, or the data is gone; nothing is lost.
    """
    jobs = [job for named in _jobs(search, winner).values() for job in named]
    waiting = [job for job in jobs if read_trial(job.folder) is None]
    trainings, left = Trainings(workers), len(waiting)
    for job in waiting:
        trainings.submit(job)
    while left and not interrupted():
        for job in trainings.over():
            left -= 1
            listen({"event": "measured", "run": job.folder.name, "left": left})
        listen({"event": "waiting", "running": left})
    if left:
        trainings.stop()
    return not left


def _jobs(search: SearchFolder, winner: Config) -> dict[str, list[Job]]:
    """The trainings of each of the two configs, by name."""
    jobs: dict[str, list[Job]] = {}
    for name, config in ((WINNER, winner), (AS_IT_WAS, search.config)):
        config = trial_config(config, watch=True)
        jobs[name] = []
        for seed in _seeds(search):
            folder = search.final / f"{name.replace(' ', '-')}-{seed}"
            jobs[name].append(Job(folder, config.replaced({"training.seed": seed}), final=True))
    return jobs


def _seeds(search: SearchFolder) -> list[int]:
    """Seeds of training that no genome was chosen by."""
    first = search.config.training.seed + 1
    return list(range(first, first + search.options.retrain))


def final_trials(search: SearchFolder, winner: Config) -> dict[str, list[Trial]] | None:
    """What came of the final trainings, by name; None if they are not over, or none were asked for."""
    found: dict[str, list[Trial]] = {}
    for name, jobs in _jobs(search, winner).items():
        trials = [trial for job in jobs if (trial := read_trial(job.folder))]
        if len(trials) < len(jobs):
            return None
        found[name] = trials
    return found if found[WINNER] else None
