"""A run from its first step or from its last checkpoint: data, model, folder and loop put together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from undertow.errors import DataError, RunError
from undertow.runs import RunFolder
from undertow.tasks.language_model import LanguageModelTask
from undertow.tasks.text import Corpus, Vocabulary, load_corpus
from undertow.training.config import Config, config_from
from undertow.training.journal import Listener
from undertow.training.loop import train

__all__ = ["Session", "begin", "resume"]


class Session:
    """A run that is ready to train; ``train`` holds its lock meanwhile."""

    def __init__(self, run: RunFolder, config: Config, corpus: Corpus) -> None:
        self.run, self.config = run, config
        self.corpus = corpus
        if config.training.threads:
            torch.set_num_threads(config.training.threads)
        torch.manual_seed(config.training.seed)
        self.task = LanguageModelTask(corpus, config.text, config.model, batch=config.training.batch)
        self._check_length()

    def _check_length(self) -> None:
        batch, window = self.config.training.batch, self.config.training.window
        if self.task.length < window:
            raise DataError(
                f"{self.corpus.path} is too short: cut into {batch} streams, its training part has {self.task.length} "
                f"steps, less than one window of {window}; use a longer text, or a smaller --batch or --window"
            )

    def train(self, *, listen: Listener, interrupted: Callable[[], bool] = lambda: False) -> str:
        """Train to the end (see :func:`undertow.training.loop.train`)."""
        lock = self.run.lock()
        try:
            return train(self.task, self.config, self.run, listen=listen, interrupted=interrupted)
        finally:
            lock.release()


def begin(config: Config, folder: Path) -> Session:
    """Start a new run in ``folder``, which must not exist; nothing is written before data and options are checked.

    Raises:
        DataError: the text cannot be used.
        RunError: the folder exists.
    """
    RunFolder.check_free(folder)
    path = Path(config.text.data).expanduser().absolute()
    corpus = load_corpus(path, as_bytes=config.text.bytes)
    config = config.replaced({"data": str(path)})
    session = Session(RunFolder(folder), config, corpus)
    made = {
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "data_sha256": corpus.digest,
        "symbols": len(corpus.ids),
        "vocabulary": corpus.vocabulary.symbols,
    }
    RunFolder.create(folder, config.document(), made)
    return session


def resume(folder: Path) -> Session:
    """Go on with a run.

    Raises:
        RunError: the run cannot be read, has finished, or its text has changed.
    """
    run = RunFolder.open(folder)
    config = config_from(run.document(), str(run.config_file))
    ends = [e["reason"] for e in run.events() if e["event"] == "end"]
    if ends and ends[-1] in ("finished", "early"):
        raise RunError(f"{folder} has finished training; sample from it: undertow sample {folder}")
    made = run.made()
    vocabulary = Vocabulary(made.get("vocabulary", ""))
    try:
        corpus = load_corpus(Path(config.text.data), as_bytes=config.text.bytes, vocabulary=vocabulary)
    except DataError as error:
        raise RunError(f"{folder} cannot go on: {error}") from error
    if corpus.digest != made.get("data_sha256"):
        raise RunError(f"{config.text.data} has changed since {folder} began; put it back, or train a new run on it")
    return Session(run, config, corpus)
