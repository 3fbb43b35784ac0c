"""The winner of a search, trained again with seeds that it was not chosen by, beside the config as it was.

Only here is the part for tests touched: once by each of these models.
"""

from __future__ import annotations

from collections.abc import Callable

from undertow.training.config import Config
from undertow.tuning.folder import SearchFolder
from undertow.tuning.search import Listener
from undertow.tuning.trial import Job, Trial, keep_failure, read_trial, trial_config
from undertow.tuning.workers import LostError, Workers

__all__ = ["AS_IT_WAS", "WINNER", "final_trials", "measure"]

WINNER, AS_IT_WAS = "winner", "as it was"
_PAUSE = 0.2


def measure(
    search: SearchFolder,
    winner: Config,
    workers: Workers,
    *,
    listen: Listener = lambda event: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> bool:
    """Train both configs with each seed, and measure them on the part for tests. Returns False if interrupted.

    Raises:
        RunError, DataError: the disk is full, or the data is gone; nothing is lost.
    """
    waiting = [job for job in _jobs(search, winner) if read_trial(job.folder) is None]
    for job in waiting:
        workers.submit(job)
    while waiting and not interrupted():
        for job, error in workers.wait(_PAUSE):
            waiting.remove(job)
            if isinstance(error, LostError):
                keep_failure(job.folder, "its process died")
            elif error:
                raise error
            listen({"event": "measured", "run": job.folder.name, "left": len(waiting)})
        listen({"event": "waiting", "running": len(waiting)})
    if waiting:
        workers.stop()
        workers.wait(0)
    return not waiting


def _jobs(search: SearchFolder, winner: Config) -> list[Job]:
    jobs = []
    for name, config in ((WINNER, winner), (AS_IT_WAS, search.config)):
        config = trial_config(config, watch=True)
        for seed in _seeds(search):
            folder = search.final / f"{name.replace(' ', '-')}-{seed}"
            jobs.append(Job(folder, config.replaced({"training.seed": seed}), final=True))
    return jobs


def _seeds(search: SearchFolder) -> list[int]:
    """Seeds of training that no genome was chosen by."""
    first = search.config.training.seed + 1
    return list(range(first, first + search.options.retrain))


def final_trials(search: SearchFolder, winner: Config) -> dict[str, list[Trial]] | None:
    """What came of the final trainings, by name; None if they are not over, or none were asked for."""
    found: dict[str, list[Trial]] = {WINNER: [], AS_IT_WAS: []}
    for job in _jobs(search, winner):
        trial = read_trial(job.folder)
        if trial is None:
            return None
        found[WINNER if job.folder.name.startswith(WINNER) else AS_IT_WAS].append(trial)
    return found if found[WINNER] else None
