"""A run from its first step or from its last checkpoint: data, model, folder and loop put together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import torch

from undertow.errors import DataError, RunError
from undertow.runs import RunFolder
from undertow.storage import write_atomically
from undertow.tasks.base import Evaluation, Recalibration, Setup, Task, Trained
from undertow.tasks.given import Given
from undertow.tasks.kinds import KINDS
from undertow.training.config import Config, config_of
from undertow.training.journal import Listener
from undertow.training.loop import train
from undertow.training.parallel import ALONE, Ranks
from undertow.words import command

if TYPE_CHECKING:
    from undertow.tables.table import Table

__all__ = ["Session", "begin", "change_model", "evaluate", "prepared", "recalibrate", "resume", "trained"]

T = TypeVar("T")


class Session:
    """A run that is ready to train; ``train`` holds its lock meanwhile. One of ``ranks`` has one like the others'."""

    def __init__(self, run: RunFolder, config: Config, data: Given | None = None, ranks: Ranks = ALONE) -> None:
        ranks.check(config)
        self.run, self.config, self.ranks = run, config, ranks
        options = config.training
        if options.threads:
            torch.set_num_threads(options.threads)
        torch.manual_seed(options.seed)
        self.task: Task = prepared(config, data)

    def train(self, *, listen: Listener, interrupted: Callable[[], bool] = lambda: False, conclude: bool = True) -> str:
        """Train to the end (see :func:`undertow.training.loop.train`)."""
        resuming = f"go on from its last checkpoint: {command('resume', self.run.path)}"
        with ExitStack() as held, self.ranks.losing(resuming):

            def hold() -> None:
                held.callback(self.run.lock().release)

            self.ranks.told(hold)
            return train(
                self.task,
                self.config,
                self.run,
                listen=listen,
                interrupted=interrupted,
                conclude=conclude,
                ranks=self.ranks,
            )


def prepared(config: Config, data: Given | None = None) -> Task:
    """The task of a config, with its data, or ``data`` in place of them, and a model made anew; nothing is written.

    Raises:
        DataError: the data cannot be used.
    """
    options = config.training
    setup = Setup(config.own, config.model, options.batch, options.window, options.bptt, options.seed, data)
    return config.kind.prepare(setup)


def begin(config: Config, folder: Path, data: Given | None = None, ranks: Ranks = ALONE) -> Session:
    """Start a new run in ``folder``, which must not exist; nothing is written before data and options are checked.

    Each of ``ranks`` reads the data; the first one alone makes the folder.

    ``data`` stand in place of the config's file; what is in memory is kept in the run as ``data.parquet``.

    Raises:
        DataError: the data cannot be used.
        RunError: the folder exists.
    """
    ranks.told(lambda: RunFolder.check_free(folder))
    data = data or Given(config.own.data)
    path = folder / "data.parquet" if data.in_memory else data.file()
    config = config.replaced({f"{config.task}.data": str(path.absolute())})
    session = _together(RunFolder(folder), config, data if data.in_memory else None, ranks)
    kept = data.parquet()
    made = {
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "parameters": sum(p.numel() for p in session.task.model.parameters()),
        "data_sha256": hashlib.sha256(kept).hexdigest() if kept else session.task.digest,
        **session.task.facts(),
    }

    def create() -> None:
        RunFolder.create(folder, config.document(), made)
        if kept:
            write_atomically(path, kept)

    ranks.told(create)
    return session


def _together(run: RunFolder, config: Config, data: Given | None, ranks: Ranks) -> Session:
    """The session of each rank, on the same data."""
    session = ranks.each(lambda: Session(run, config, data, ranks))
    digest = session.task.digest
    if ranks.any(digest != ranks.told(lambda: digest)):
        raise DataError(f"{config.own.data} is not the same file for every process")
    return session


def resume(folder: Path, ranks: Ranks = ALONE) -> Session:
    """Go on with a run, on as many ``ranks`` as there are now.

    Raises:
        RunError: the run cannot be read, has finished, or its data has changed.
    """
    run, config = ranks.told(lambda: _unfinished(folder))
    return _again(run, config, ranks)


def _unfinished(folder: Path) -> tuple[RunFolder, Config]:
    run = RunFolder.open(folder)
    config = config_of(run)
    ends = [e.get("reason") for e in run.events() if e["event"] == "end"]
    if ends and ends[-1] in ("finished", "early"):
        raise RunError(f"{folder} has finished training; try: {command(config.kind.then[0], folder)}")
    return run, config


def trained(folder: Path, to: str = "") -> tuple[Trained, Config]:
    """The model of a run, for use, and its config. Runs no code from its file.

    Raises:
        RunError: the run cannot be read, has no model yet, or is of a task that cannot do what it is wanted ``to`` do
            (see :attr:`undertow.tasks.kind.Kind.can`).
    """
    run = RunFolder.open(folder)
    config = config_of(run)
    if to and to not in config.kind.can:
        able = " or ".join(kind.name for kind in KINDS.values() if to in kind.can)
        raise RunError(
            f"{folder} is a run of task {config.task}, and this wants one of task {able}; try: "
            + command(config.kind.then[0], folder)
        )
    data = run.model()
    try:
        return config.kind.load(data), config
    except RunError as error:
        raise RunError(f"{run.model_file}: {error}") from error


def evaluate(folder: Path) -> Evaluation:
    """Measure a run's model on its own part for tests, which training never touches; keeps evaluation.json.

    Raises:
        RunError: the run cannot be read, has no model yet, or its data has changed.
    """
    _, config = trained(folder)
    run = RunFolder.open(folder)
    task = _again(run, config).task
    task.restore(run.model())
    part = config.kind.test_part
    evaluation = task.examine(part)
    step = max((e.get("step", 0) for e in run.events()), default=0)
    run.keep_evaluation({"step": step, "part": part, **vars(evaluation)})
    return evaluation


def recalibrate(folder: Path, data: Table | None, *, force: bool = False) -> Recalibration:
    """Learn anew, on a stretch that is normal now, what a run's model takes for normal; its weights stay.

    Without ``data``: go back to what training learned.

    Raises:
        RunError: the run is of another task, cannot be read, is being trained, or there is nothing to go back from.
        DataError: the stretch cannot be used, or most of it is flagged and nothing is to ``force`` it.
    """
    _, config = trained(folder, "recalibrate")
    return change_model(RunFolder.open(folder), lambda model: config.kind.recalibrated(model, data, force=force))


def change_model(run: RunFolder, change: Callable[[bytes], tuple[bytes, T]]) -> T:
    """Put what ``change`` makes of a model's file in its place, or leave it as it is; what else ``change`` gives.

    Raises:
        RunError: there is no model yet, it is damaged, or cannot be written.
        BusyError: another process is training the run.
    """
    with ExitStack() as held:
        held.callback(run.lock().release)
        data, made = change(run.model())
        write_atomically(run.model_file, data)
    return made


def _again(run: RunFolder, config: Config, ranks: Ranks = ALONE) -> Session:
    """The session of a run that is there, whose data must be what it was."""
    try:
        session = _together(run, config, None, ranks)
    except DataError as error:
        raise RunError(f"{run.path} cannot go on: {error}") from error
    if session.task.digest != ranks.told(run.made).get("data_sha256"):
        raise RunError(f"{config.own.data} has changed since {run.path} began; put it back, or train a new run on it")
    return session
