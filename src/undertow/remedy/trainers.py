"""What trains a run once more, with changes: one of ours by its config, a model of somebody's own by its functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import tomlkit
import torch

from undertow.diagnosis import diagnose, find, load
from undertow.documents import present
from undertow.errors import DivergedError, RunError
from undertow.flow.remedies import Remedy
from undertow.nn import swap
from undertow.nn.shaping.options import Shaping
from undertow.runs import OWN_MODEL, RunFolder
from undertow.storage import clear_folder, write_atomically
from undertow.training.config import OWN_OPTIONS, OWN_TRAINING, Config, config_of
from undertow.training.observation import recorded, verdict_of
from undertow.training.session import begin, resume
from undertow.words import command

__all__ = ["Retraining", "Trainer", "ended", "trainer_of"]


@dataclass(frozen=True)
class Retraining:
    """A training that is asked for: of a run with ``changes``, options by their names in a config (``model.init``).

    Attributes:
        changes, seed, steps, folder: what is changed, what draws weights and batches, updates, and where to.
        step: called after each update.
        interrupted: asked after each update.
    """

    changes: Mapping[str, Any]
    seed: int
    steps: int
    folder: Path
    step: Callable[[], None]
    interrupted: Callable[[], bool]


class Trainer(Protocol):
    """Trains a run once more, with changes."""

    def remedies(self, reach: int | None) -> tuple[Remedy, ...]:
        """What the verdict on the run names, for a reach or the one it was watched with."""

    @property
    def functions(self) -> tuple[str, ...]:
        """What is imported to train it, each called ``module:function``."""

    def can(self, remedy: Remedy) -> bool:
        """Whether a remedy can be tried without changing anybody's code."""

    @property
    def stamp(self) -> str:
        """Tells trainings of a run apart whose code was changed in between."""

    def train(self, asked: Retraining) -> None:
        """Train as is asked for.

        Raises:
            KeyboardInterrupt: ``interrupted`` said so.
        """

    def keep(self, changes: Mapping[str, Any]) -> str | None:
        """Write what is needed to train so again; the file's name, or None if there is nothing to write."""


def trainer_of(run: RunFolder) -> Trainer:
    """What trains this run once more.

    Raises:
        OptionError, RunError: its config cannot be read, or does not say where a model of one's own is from.
    """
    return _OwnModel(run) if run.document().get("task") == OWN_MODEL else _Run(run)


def ended(folder: Path) -> bool:
    """Whether there is a training that came to its end."""
    ends = [e for e in RunFolder.open(folder).events(whole=True) if e["event"] == "end"] if present(folder) else []
    return bool(ends) and ends[-1]["reason"] in ("finished", "early")


class _Run:
    def __init__(self, run: RunFolder) -> None:
        self._run, self._config = run, config_of(run)

    @property
    def functions(self) -> tuple[str, ...]:
        return ()

    def remedies(self, reach: int | None) -> tuple[Remedy, ...]:
        return verdict_of(self._run, self._config, reach).remedies

    def can(self, remedy: Remedy) -> bool:
        return bool(remedy.config)

    @property
    def stamp(self) -> str:
        return ""

    def train(self, asked: Retraining) -> None:
        folder = asked.folder
        session = resume(folder) if present(folder) else begin(self._changed(asked), folder)
        reason = session.train(
            listen=lambda e: asked.step() if e["event"] == "step" else None, interrupted=asked.interrupted
        )
        if reason == "interrupted":
            raise KeyboardInterrupt

    def _changed(self, asked: Retraining) -> Config:
        often = max(1, min(self._config.training.log_every, asked.steps // 10))
        short = {"sample_every": 0, "evaluate_every": 0, "patience": 0, "log_every": often}
        return self._config.replaced({**asked.changes, **short, "steps": asked.steps, "seed": asked.seed})

    def keep(self, changes: Mapping[str, Any]) -> str | None:
        file = self._run.path / "remedy.toml"
        write_atomically(file, tomlkit.dumps(self._config.replaced(dict(changes)).document()).encode())
        return file.name


class _OwnModel:
    """``undertow diagnose --model`` left where model, batches and loss are from; each seed makes the model anew, and
    remedies of layers are swapped in."""

    def __init__(self, run: RunFolder) -> None:
        self._run, document = run, run.document()
        self._model, self._data = document["model"]["from"], document.get("data", {})
        self._training, self._reach = document["training"], document.get("flow", {}).get("reach") or None
        if "from" not in self._data:
            raise RunError(
                f"{run.path} does not say where its batches are from, so nothing can be trained again; make it with "
                "undertow diagnose --model MODULE:FUNCTION --data MODULE:FUNCTION"
            )
        for path in self.functions:
            _check_without(path, run.path)

    @property
    def functions(self) -> tuple[str, ...]:
        return tuple(filter(None, (self._model, self._data["from"], self._data.get("loss"))))

    def remedies(self, reach: int | None) -> tuple[Remedy, ...]:
        if reach not in (None, self._reach):
            again = command("diagnose", "--model", self._model, "--data", self._data["from"], "--reach", str(reach))
            watched = f"a reach of {self._reach}" if self._reach else "no reach"
            raise RunError(f"{self._run.path} was watched with {watched}; for another one: {again}")
        return recorded(self._run).remedies

    def can(self, remedy: Remedy) -> bool:
        layers = [name for name in remedy.config if name.startswith("model.")]
        of_training = [name.removeprefix("training.") for name in remedy.config if name not in layers]
        return bool(remedy.config) and set(of_training) <= set(OWN_OPTIONS) and (remedy.by_swap or not layers)

    @cached_property
    def stamp(self) -> str:
        """Of the source of the modules that model, batches and loss are from, which are imported once."""
        files = {inspect.getsourcefile(find(path)) for path in self.functions}
        return "".join(Path(file).read_text() for file in sorted(filter(None, files)))

    def train(self, asked: Retraining) -> None:
        clear_folder(asked.folder)  # of a training that was interrupted
        sections: dict[str, dict[str, Any]] = {"model": {}, "training": {}}
        for name, value in asked.changes.items():
            section, _, option = name.partition(".")
            sections[section][option] = value
        torch.manual_seed(asked.seed)
        model, batches, loss = load(self._model, self._data["from"], self._data.get("loss"))
        if sections["model"]:
            swap(model, **Shaping.from_config(sections["model"]))
        torch.manual_seed(asked.seed)  # whatever a remedy drew, batches that are drawn on the way are the same
        training = replace(OWN_TRAINING, **{**self._training, **sections["training"], "steps": asked.steps})
        diagnose(
            model, batches, asked.folder, loss=loss, training=training, reach=self._reach, made=self._model,
            listen=asked.step, interrupted=asked.interrupted,
        )  # fmt: skip
        end = RunFolder.open(asked.folder).events(whole=True)[-1]
        if end["reason"] == "diverged":
            raise DivergedError(end["text"])
        if end["reason"] == "interrupted":
            raise KeyboardInterrupt

    def keep(self, changes: Mapping[str, Any]) -> str | None:
        return None


def _check_without(path: str, run: Path) -> None:
    """Whether ``module:function`` lies without a run's folder, which somebody else may have written.

    Raises:
        RunError: it lies within.
    """
    at = Path.cwd()
    for part in path.partition(":")[0].split("."):
        if not part.isidentifier():
            return
        at = at / part
        for there in (at, at.with_name(f"{part}.py")):
            if present(there) and there.resolve().is_relative_to(run.resolve()):
                raise RunError(
                    f"{run} names code of its own, {there}, which is not run; move it elsewhere to have it run"
                )
