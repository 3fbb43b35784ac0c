"""Who trains: on a cluster of machines, Ray. It alone decides what runs where, and what runs again.

A training is a task of one processor. When its process or its whole node dies, Ray runs it again on another, and it
goes on from the checkpoint in its run folder: so the search's folder, and the data, must lie where every node sees
them, under the same path.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from undertow import __version__
from undertow.errors import OptionError, RunError, UndertowError
from undertow.storage import make_folder
from undertow.tuning.trial import Job, train_job
from undertow.tuning.workers import LostError

__all__ = ["RayWorkers"]

#: How often Ray runs a training again whose process or node died, before it is told to be lost.
_RETRIES = 2
#: Seconds until a machine must have answered at all, and until a search must have been let in.
_ANSWER, _ENTRY = 5.0, 20.0

#: Said apart, in a process of its own: where nothing like Ray answers, ``ray.init`` tries for minutes.
_TRY = "import sys, logging, ray; ray.init(sys.argv[1], log_to_driver=False, logging_level=logging.ERROR)"


class RayWorkers:
    """The processors of the Ray cluster at ``address``: ``HOST:PORT`` of its head, or ``auto`` for the one here.

    The search itself must run on one of the cluster's nodes.

    Raises:
        OptionError: Ray is not installed, or there is no cluster at this address.
    """

    def __init__(self, address: str) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        self._ray = _ray()
        self._ours = not self._ray.is_initialized()
        if self._ours:
            _reach(address)
            with _own_signals():
                self._ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
        # Nodes that die are told on standard output all the same, and Ray has no public way to have it not.
        self._ray._private.worker._worker_logs_enabled = False
        self.count = max(1, int(self._ray.cluster_resources().get("CPU", 0)))
        options = {"num_cpus": 1, "max_retries": _RETRIES, "scheduling_strategy": "SPREAD"}
        self._train = self._ray.remote(**options)(_train)
        self._running: dict[Any, Job] = {}
        self._stopped = False

    def submit(self, job: Job) -> None:
        """Have a job done, when a processor is free anywhere."""
        if self._stopped:
            return
        folder = job.folder.absolute()
        make_folder(folder.parent)
        self._running[self._train.remote(replace(job, folder=folder), __version__)] = job

    def wait(self, seconds: float) -> list[tuple[Job, BaseException | None]]:
        """The jobs that are over, with what went wrong."""
        if not self._running:
            return []
        done, _ = self._ray.wait(list(self._running), num_returns=1, timeout=seconds)
        if done:
            done, _ = self._ray.wait(list(self._running), num_returns=len(self._running), timeout=0)
        found: list[tuple[Job, BaseException | None]] = []
        for task in done:
            job = self._running.pop(task)
            over, error = self._outcome(task)
            if over or (error and not (self._stopped and isinstance(error, LostError))):
                found.append((job, error))
        return found

    def _outcome(self, task: Any) -> tuple[bool, BaseException | None]:
        """Whether a training is over, and what went wrong."""
        exceptions = self._ray.exceptions
        try:
            return self._ray.get(task), None
        except exceptions.TaskCancelledError:  # it was stopped before it had begun
            return False, None
        except exceptions.RayTaskError as error:
            return False, _told(error)
        except (
            exceptions.WorkerCrashedError,
            exceptions.NodeDiedError,
            exceptions.LocalRayletDiedError,
            exceptions.OutOfMemoryError,
            exceptions.ObjectLostError,
        ) as error:
            return False, LostError(str(error))
        except exceptions.RayError as error:
            return False, RunError(f"Ray refuses: {_last_line(str(error))}. Nothing is lost; go on with the search")

    def stop(self) -> None:
        """Ask every training to save itself and end, and wait for that."""
        self._stopped = True
        for task in self._running:
            self._ray.cancel(task)
        if self._running:
            self._ray.wait(list(self._running), num_returns=len(self._running))

    def close(self) -> None:
        """Have what still trains save itself, and leave the cluster."""
        if not self._ray.is_initialized():
            return
        self.stop()
        if self._ours:
            with _own_signals():
                self._ray.shutdown()


def _train(job: Job, version: str) -> bool:
    """In a process of Ray on any node. ``ray.cancel`` comes as SIGINT, and means: save, and end."""
    if version != __version__:
        raise RunError(f"{_here()} has Undertow {__version__}, the search {version}; install the same on every node")
    if not job.folder.parent.is_dir():
        raise RunError(
            f"{_here()} does not see the search's folder {job.folder.parent.parent}; put it where every node has it "
            "under the same path (a network file system), and search again"
        )
    asked: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: asked.append(number))
    try:
        return train_job(job, lambda: bool(asked))
    finally:
        signal.signal(signal.SIGINT, before)


def _here() -> str:
    ray = _ray()
    return f"node {ray.util.get_node_ip_address()} ({socket.gethostname()})"


def _ray() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise OptionError("a search on a cluster needs ray: pip install 'undertow[cluster]'") from error


def _reach(address: str) -> None:
    """Whether a search can enter the cluster, told within seconds.

    Raises:
        OptionError: nobody is there, somebody who is not Ray, or this machine is none of the cluster's.
    """
    what_to_do = "start one with: ray start --head (on every other node: ray start --address=HOST:PORT)"
    if address != "auto":
        host, colon, port = address.rpartition(":")
        if "://" in address or not (colon and host and port.isdigit() and int(port) < 2**16):
            raise OptionError(f"--ray: {address!r} is not HOST:PORT of a cluster's head, nor auto")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _ANSWER).close()
        except OSError as error:
            reason = error.strerror or str(error)
            raise OptionError(f"--ray: no Ray cluster answers at {address} ({reason}); {what_to_do}") from error
    command = [sys.executable, "-c", _TRY, address]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=_ENTRY, check=False)
    except subprocess.TimeoutExpired as error:
        raise OptionError(
            f"--ray: what answers at {address} let nobody in for {_ENTRY:.0f} s; is it the head of a Ray cluster, and "
            f"this machine one of its nodes? Else {what_to_do}"
        ) from error
    if tried.returncode:
        raise OptionError(f"--ray: cannot use the cluster at {address}: {_last_line(tried.stderr)}; {what_to_do}")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason is given"])[-1].rstrip(".")


def _told(error: Any) -> BaseException:
    """What a training raised on its node; what is no error of ours is told with its last line."""
    cause = error.cause
    if isinstance(cause, UndertowError):
        return cause
    line = _last_line(str(error))
    fix = "; install the same Undertow and packages on every node" if "ModuleNotFoundError" in line else ""
    told = RunError(f"a training failed on a node of the cluster: {line}{fix}")
    told.__cause__ = error
    return told


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep the handlers of signals that the program has set: Ray puts its own in their place."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
