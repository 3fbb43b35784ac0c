"""Who trains: on this machine, processes of one thread each.

A worker is a process pool of its own, with one process: if that is killed, its pool alone is broken, is made anew, and
the training is handed out again, to go on from its checkpoint.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from typing import Protocol

from undertow.tuning.attached import at_work, begin, interrupted
from undertow.tuning.trial import Job, train_job

__all__ = ["LocalWorkers", "LostError", "Workers"]


class LostError(Exception):
    """The process that trained is gone."""


class Workers(Protocol):
    """Processes that train. ``count`` is how many trainings run side by side."""

    count: int

    def submit(self, job: Job) -> None:
        """Have a job done; whether it can begin is for the worker to see."""
        ...

    def wait(self, seconds: float) -> list[tuple[Job, BaseException | None]]:
        """The jobs that are over, and what went wrong (:class:`LostError`: a process died); waits so long for one."""
        ...

    def stop(self) -> None:
        """Ask every training to save itself and end, and wait for that."""
        ...

    def close(self) -> None:
        """Let go of the processes."""
        ...


class LocalWorkers:
    """So many processes on this machine."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._context = multiprocessing.get_context("spawn")
        self._stop: Event = self._context.Event()
        self._idle: list[ProcessPoolExecutor] = [self._pool() for _ in range(count)]
        self._waiting: list[Job] = []
        self._running: dict[Future[bool], tuple[Job, ProcessPoolExecutor]] = {}

    def _pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, self._context, initializer=begin, initargs=(self._stop,))

    def submit(self, job: Job) -> None:
        """Have a job done, when a process is free."""
        self._waiting.append(job)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting and self._idle and not self._stop.is_set():
            pool, job = self._idle.pop(), self._waiting.pop(0)
            try:
                self._running[pool.submit(_train, job)] = job, pool
            except BrokenProcessPool:  # it died while it had nothing to do
                pool.shutdown(wait=False)
                self._idle.append(self._pool())
                self._waiting.insert(0, job)

    def wait(self, seconds: float) -> list[tuple[Job, BaseException | None]]:
        """The jobs that are over, with what went wrong."""
        done, _ = wait(self._running, timeout=seconds, return_when=FIRST_COMPLETED)
        found: list[tuple[Job, BaseException | None]] = []
        for future in done:
            job, pool = self._running.pop(future)
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                pool.shutdown(wait=False)
                pool, error = self._pool(), LostError("its process was killed")
            self._idle.append(pool)
            if error or future.result():
                found.append((job, error))
        self._hand_out()
        return found

    def stop(self) -> None:
        """Ask every training to save itself and end, and wait for that."""
        self._stop.set()
        wait(self._running)

    def close(self) -> None:
        """Let go of the processes."""
        self._stop.set()
        for pool in [*self._idle, *(pool for _, pool in self._running.values())]:
            pool.shutdown(wait=True, cancel_futures=True)


def _train(job: Job) -> bool:
    with at_work:
        return train_job(job, interrupted)
