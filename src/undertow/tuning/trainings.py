"""Trainings that are done by workers, whoever asked for them: one whose process dies is handed in again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from undertow.tuning.trial import Job, keep_failure
from undertow.tuning.workers import LostError, Workers

__all__ = ["Trainings"]

#: A training whose process dies so often is given up: it does not fit into memory, say.
_LIVES = 5
_PAUSE = 0.2


class Trainings:
    """Jobs that are handed to ``workers``. ``lost`` is told of a job whose process died, and how often it has."""

    def __init__(self, workers: Workers, lost: Callable[[Job, int], None] = lambda job, deaths: None) -> None:
        self._workers, self._lost = workers, lost
        self._deaths: dict[Path, int] = {}

    def submit(self, job: Job) -> None:
        """Have a job done."""
        self._workers.submit(job)

    def over(self, seconds: float = _PAUSE) -> list[Job]:
        """The jobs that are over, each with a result in its folder; waits so long for one.

        Raises:
            RunError, DataError: what a worker cannot go on without; nothing is lost.
        """
        finished = []
        for job, error in self._workers.wait(seconds):
            if isinstance(error, LostError):
                deaths = self._deaths[job.folder] = self._deaths.get(job.folder, 0) + 1
                self._lost(job, deaths)
                if deaths < _LIVES:
                    self._workers.submit(job)
                    continue
                keep_failure(job.folder, f"its process died {_LIVES} times; it may need more memory than there is")
            elif error:
                raise error
            finished.append(job)
        return finished

    def stop(self) -> list[Job]:
        """Have every training save itself and end; the jobs that came to their end meanwhile."""
        self._workers.stop()
        return self.over(0)
