"""One training of a search: a run folder named by its genome, and ``trial.json`` in it when it is over.

The folder is the cache: a genome whose folder has a ``trial.json`` is never trained again, whoever asks for it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import filelock

from undertow.documents import present, read_json
from undertow.errors import BackendError, BusyError, DivergedError, OptionError
from undertow.runs import RunFolder
from undertow.storage import clear_folder, lock_of, make_folder, remove, write_atomically
from undertow.training.config import Config, config_of
from undertow.training.observation import shortest_horizon
from undertow.training.session import Session, begin, evaluate, resume

__all__ = ["RESULT", "Job", "Trial", "keep_failure", "key_of", "read_trial", "train_job", "trial_config"]

RESULT = "trial.json"
#: Seconds to wait for another process to leave a training: a network file system frees a dead node's locks late.
_PATIENCE = 180.0


@dataclass(frozen=True)
class Trial:
    """What came of a training.

    ``loss`` on the validation part, of the model that the config keeps: the best, or the last. ``seconds`` a step;
    ``parameters`` of the model; ``horizon`` in steps, of the layer that reaches least far, where it was watched.
    ``steps`` that were done; ``stopped``: whether it was stopped early; ``failed``: why nothing came of it.
    ``evaluations`` are pairs of step and loss. ``test`` are figures on the part for tests, of a final training alone;
    ``figure`` is the one that people read.
    """

    loss: float | None = None
    seconds: float | None = None
    parameters: int | None = None
    horizon: int | None = None
    steps: int = 0
    stopped: bool = False
    failed: str | None = None
    evaluations: list[tuple[int, float]] = field(default_factory=list)
    test: dict[str, float] | None = None
    figure: str = "loss"

    def best_at(self, step: int) -> float | None:
        """The best loss of the evaluations up to a step."""
        return min((loss for at, loss in self.evaluations if at <= step), default=None)


@dataclass(frozen=True)
class Job:
    """A training to be done in ``folder``: everything that a process needs to know of it.

    ``limits`` are losses by step: a training whose best loss is above its limit there is stopped. ``final``: the model
    is kept, and measured on the part for tests when it is trained.
    """

    folder: Path
    config: Config
    limits: Mapping[int, float] = field(default_factory=dict)
    final: bool = False


def key_of(active: Mapping[str, Any]) -> str:
    """The name of a genome, from the genes that count in it."""
    return hashlib.sha256(json.dumps(active, sort_keys=True).encode()).hexdigest()[:16]


def trial_config(config: Config, *, watch: bool) -> Config:
    """The config of a training in a search: nothing but what is measured, on one thread."""
    steps = config.training.steps
    return config.replaced(
        {
            "training.sample_every": 0,
            "training.threads": 1,
            "training.log_every": max(1, steps // 50),
            "training.checkpoint_every": max(1, min(config.training.checkpoint_every, steps // 4)),
            "flow.watch": watch,
            "flow.examine_every": max(1, steps // 4),
        }
    )


def read_trial(folder: Path) -> Trial | None:
    """What came of the training in ``folder``; None if it is not over.

    Raises:
        DamagedError: what is written of that is not what was.
    """
    file = folder / RESULT
    if not present(file):
        return None
    trial: Trial = read_json(file, Trial, "delete it: then its training is done again")
    return trial


def train_job(job: Job, interrupted: Callable[[], bool] = lambda: False) -> bool:
    """Train, from where an earlier process stopped, and write ``trial.json``. Returns whether it is over.

    Raises:
        RunError, DataError: the disk is full, or the data is gone; nothing is lost.
        BusyError: another process is at it, and does not end.
    """
    lock = _held(job.folder, interrupted)
    if lock is None:
        return False
    try:
        return _train(job, interrupted)
    finally:
        lock.release()


def _held(folder: Path, interrupted: Callable[[], bool]) -> filelock.BaseFileLock | None:
    """A training for one process, from its first look into the folder to the result; None if interrupted meanwhile.

    A process whose search was killed, or whose node is cut off, may still be saving there, or about to say its result.
    """
    make_folder(folder.parent)
    until = time.monotonic() + _PATIENCE
    while (lock := lock_of(folder.with_name(f".{folder.name}.lock"))) is None:
        if interrupted():
            return None
        if time.monotonic() > until:
            raise BusyError(f"another process is training {folder}, and does not end")
        time.sleep(0.2)
    return lock


def _train(job: Job, interrupted: Callable[[], bool]) -> bool:
    if read_trial(job.folder):
        return True
    try:
        session = _session(job)
    except (OptionError, BackendError, ValueError) as error:
        keep_failure(job.folder, str(error))
        return True
    if session is None:  # a process died when it had trained, before it could say so
        _conclude(job.folder, _measured(job), keep=job.final)
        return True
    watched = _Limits(job.limits, session.run)
    try:
        ended = session.train(listen=watched, interrupted=lambda: watched.exceeded or interrupted(), conclude=job.final)
    except DivergedError as error:
        _conclude(job.folder, _measured(job, failed=str(error)))
        return True
    if ended == "interrupted" and not watched.exceeded:
        return False
    _conclude(job.folder, _measured(job, stopped=watched.exceeded), keep=job.final)
    return True


class _Limits:
    """Listens to a training, and knows when its best loss was above the limit at a step.

    The first event tells too what was there already: an earlier process may have met its limit, and died.
    """

    def __init__(self, limits: Mapping[int, float], run: RunFolder) -> None:
        self._limits, self._run, self._begun, self.exceeded = limits, run, False, False

    def __call__(self, event: dict[str, Any]) -> None:
        if self._limits and (event["event"] == "evaluate" or not self._begun):
            evaluated = _evaluations(self._run)
            for step, limit in self._limits.items():
                if step in dict(evaluated):
                    self.exceeded |= min(loss for at, loss in evaluated if at <= step) > limit
        self._begun = True


def _session(job: Job) -> Session | None:
    """The session, begun or gone on with; None if it has trained to its end."""
    if not present(job.folder / "config.toml"):
        clear_folder(job.folder)  # of a process that died before it had written anything
        return begin(job.config, job.folder)
    ends = [e["reason"] for e in RunFolder.open(job.folder).events(whole=True) if e["event"] == "end"]
    return None if ends and ends[-1] in ("finished", "early") else resume(job.folder)


def _evaluations(run: RunFolder) -> list[tuple[int, float]]:
    return [(e["step"], e["loss"]) for e in run.events(whole=True) if e["event"] == "evaluate"]


def _measured(job: Job, *, stopped: bool = False, failed: str | None = None) -> Trial:
    run = RunFolder.open(job.folder)
    events, evaluated = run.events(whole=True), _evaluations(run)
    trained = [e for e in events if e["event"] == "train"]
    losses = [loss for _, loss in evaluated]
    choosing = config_of(run).choosing
    loss = (min(losses) if choosing else losses[-1]) if losses and not failed else None
    return Trial(
        loss=loss,
        seconds=trained[-1]["seconds"] / trained[-1]["step"] if trained else None,
        parameters=run.made()["parameters"],
        horizon=(shortest_horizon(run) or {}).get("steps"),
        steps=max((e.get("step", 0) for e in events), default=0),
        stopped=stopped,
        failed=failed,
        evaluations=evaluated,
        test=evaluate(job.folder).figures if job.final and not failed else None,
        figure=next((e["figure"] for e in events if e["event"] == "evaluate"), "loss"),
    )


def keep_failure(folder: Path, reason: str) -> Trial:
    """Write that nothing came of the training in ``folder``, and why."""
    make_folder(folder)
    trial = Trial(failed=reason)
    _conclude(folder, trial)
    return trial


def _conclude(folder: Path, trial: Trial, *, keep: bool = False) -> None:
    """Write what came of it, and unless asked to ``keep`` them drop the weights: the winner is trained again."""
    write_atomically(folder / RESULT, json.dumps(asdict(trial), allow_nan=False).encode())
    run = RunFolder(folder)
    for file in () if keep else (run.model_file, run.checkpoint_file):
        remove(file)
