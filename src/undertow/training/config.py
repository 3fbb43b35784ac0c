"""The config of a run: the options of its task, model, training and watching, as one TOML document."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import tomlkit

from undertow.errors import OptionError, RunError, nearest
from undertow.forms import MisfitError, fitted
from undertow.options import check, describe, option, read, read_toml, to_table, verify
from undertow.runs import OWN_MODEL, RunFolder
from undertow.tasks.kind import Kind
from undertow.tasks.kinds import KINDS, USUAL, kind_of
from undertow.tasks.model_options import ModelOptions
from undertow.words import command

__all__ = [
    "OWN_OPTIONS",
    "OWN_TRAINING",
    "Config",
    "FlowOptions",
    "TrainingOptions",
    "check_momentum",
    "config_of",
    "read_config",
    "sections",
    "verify_alone",
]


@dataclass(frozen=True)
class TrainingOptions:
    """How a model is trained."""

    steps: int = option(2500, "updates of the weights", at_least=1)
    batch: int = option(32, "samples, or streams, side by side", at_least=1)
    window: int = option(50, "steps between updates (k1); 0: whole stream, full BPTT", at_least=0)
    bptt: int = option(0, "steps that the gradient flows back (k2); 0: as window", at_least=0)
    accumulate: int = option(1, "windows whose gradients make one update", at_least=1)
    optimizer: str = option("adam", "optimizer", choices=("adam", "adamw", "rmsprop", "sgd"))
    learning_rate: float = option(0.004, "peak learning rate", above=0)
    schedule: str = option("cosine", "learning rate over the steps", choices=("constant", "cosine", "linear"))
    warmup: int = option(50, "steps over which the learning rate rises from 0", at_least=0)
    weight_decay: float = option(0.0, "decay of the weights (L2; decoupled in adamw)", at_least=0)
    momentum: float = option(0.0, "of sgd and rmsprop", at_least=0, at_most=1)
    clip_norm: float = option(1.0, "gradients longer than this are scaled down to it; 0 for no limit", at_least=0)
    clip_value: float = option(0.0, "every gradient's entry is cut to this size; 0 for no limit", at_least=0)
    choose: str = option(
        "best",
        "the model that did best on the validation part (always, with patience), or the last",
        choices=("best", "last"),
    )
    patience: int = option(0, "stop after so many evaluations without improvement; 0 never stops early", at_least=0)
    evaluate_every: int = option(500, "steps between evaluations; 0 only at the end", at_least=0)
    sample_every: int = option(500, "steps between samples; 0 for none", at_least=0)
    sample_length: int = option(300, "symbols of a sample", at_least=1)
    log_every: int = option(20, "steps between lines of metrics.jsonl", at_least=1)
    checkpoint_every: int = option(250, "steps between checkpoints", at_least=1)
    seed: int = option(0, "of initialisation, dropout and samples", at_least=0)
    threads: int = option(0, "of torch; 0 leaves it to torch", at_least=0, at_most=1024)

    def __post_init__(self) -> None:
        check(self, "training.")
        if self.bptt and (not self.window or self.bptt < self.window):
            raise OptionError(
                f"training.bptt ({self.bptt}) must be at least training.window ({self.window}): "
                "a step whose gradient flows nowhere would not be trained"
            )
        if self.patience and not self.evaluate_every:
            raise OptionError("training.patience counts evaluations; set training.evaluate_every")


def check_momentum(given: Collection[str], training: TrainingOptions) -> None:
    """Whether a momentum that was asked for, by its name among those ``given``, has an optimizer that uses it.

    Raises:
        OptionError: it has not.
    """
    if "momentum" in given and training.momentum and training.optimizer not in _WITH_MOMENTUM:
        raise OptionError(
            f"training.momentum is of {' and '.join(_WITH_MOMENTUM)}, and training.optimizer is "
            f"{training.optimizer!r}, which would pass it over; choose one of these, or leave momentum out"
        )


_WITH_MOMENTUM = ("sgd", "rmsprop")

#: How somebody's own model is trained while it is watched, and the options of that.
OWN_TRAINING = TrainingOptions(steps=300, learning_rate=0.001, schedule="constant", warmup=0, clip_norm=0.0)
OWN_OPTIONS = (
    "steps", "optimizer", "learning_rate", "momentum", "weight_decay", "clip_norm", "clip_value", "seed",
)  # fmt: skip


@dataclass(frozen=True)
class FlowOptions:
    """How the gradient is watched while a model is trained."""

    watch: bool = option(True, "record how far the gradient flows, step by step, in flow.jsonl")
    reach: int = option(0, "steps back that the task needs memory, for the verdict; 0: not declared", at_least=0)
    examine_every: int = option(100, "steps between close looks: probes, gates, paths, matrices", at_least=1)
    probes: int = option(2, "gradients sent back through a window that is looked at closely", at_least=1)

    def __post_init__(self) -> None:
        check(self, "flow.")


#: The sections that every task has, besides its own.
_SHARED: Mapping[str, type] = {"model": ModelOptions, "training": TrainingOptions, "flow": FlowOptions}


def sections(task: str) -> Mapping[str, type]:
    """The sections of a task's config: its own, which has its name, and those that all tasks have."""
    return {task: kind_of(task).options, **_SHARED}


def verify_alone(task: str, section: str, key: str, value: Any) -> None:
    """Whether an option could have a value in some config of a task, whatever the others are.

    What goes together is not asked here, and names that layers know are theirs to refuse.

    Raises:
        OptionError: names the option, the value and what it may be.
    """
    verify(sections(task)[section], key, value, f"{section}.")
    if section == "training" and key in _OF_STREAMS:
        _check_streams(kind_of(task), value)


#: Options of ``[training]`` that mean something where a task trains on windows of long streams.
_OF_STREAMS = ("window", "bptt")


def _check_streams(kind: Kind, value: int) -> None:
    if value and not kind.streams:
        raise OptionError(
            f"training.window and training.bptt cut long streams; {kind.name} trains on whole samples: leave both 0"
        )


@dataclass(frozen=True)
class Config:
    """Everything needed to repeat a run. Sections of the TOML document: ``own`` by the task's name, the others by
    theirs."""

    own: Any = field(default_factory=KINDS[USUAL].options)
    model: ModelOptions = field(default_factory=ModelOptions)
    training: TrainingOptions = field(default_factory=TrainingOptions)
    flow: FlowOptions = field(default_factory=FlowOptions)
    task: str = USUAL

    def __post_init__(self) -> None:
        if self.training.patience and not self.own.validation:
            object.__setattr__(self, "own", replace(self.own, validation=0.05))
        for key in _OF_STREAMS:
            _check_streams(self.kind, getattr(self.training, key))

    @classmethod
    def of(cls, task: str) -> Config:
        """The config that a task has if nothing else is said.

        Raises:
            OptionError: there is no such task; the nearest is suggested.
        """
        parts = {section: options() for section, options in sections(task).items()}
        for name, value in kind_of(task).defaults.items():
            section, _, key = name.partition(".")
            parts[section] = replace(parts[section], **{key: value})
        return cls(parts.pop(task), **parts, task=task)

    @property
    def kind(self) -> Kind:
        """The kind of task."""
        return kind_of(self.task)

    @property
    def choosing(self) -> bool:
        """Whether the model that does best on the validation part is the one that is kept."""
        best = self.training.choose == "best" or self.training.patience > 0
        return best and self.own.watched_part == "validation"

    def section(self, name: str) -> Any:
        """The options of a section, by the section's name."""
        return self.own if name == self.task else getattr(self, name)

    def document(self) -> tomlkit.TOMLDocument:
        """The config as TOML, every key explained."""
        document = tomlkit.document()
        document.add("task", self.task)
        for section in sections(self.task):
            document.add(section, to_table(self.section(section)))
        return document

    def plain(self) -> dict[str, Any]:
        """The config as plain data."""
        return {"task": self.task} | {section: asdict(self.section(section)) for section in sections(self.task)}

    def replaced(self, values: Mapping[str, Any]) -> Config:
        """The config with other values, by option name (``hidden``) or section and name (``model.hidden``)."""
        by_section: dict[str, dict[str, Any]] = {section: {} for section in sections(self.task)}
        for name, value in values.items():
            section, key = self.locate(name)
            by_section[section][key] = value
        parts = {
            "own" if s == self.task else s: replace(self.section(s), **changed)
            for s, changed in by_section.items()
            if changed
        }
        return replace(self, **parts)

    def locate(self, name: str) -> tuple[str, str]:
        """Section and key of an option called ``hidden`` or ``model.hidden``.

        Raises:
            OptionError: there is none; the nearest is suggested.
        """
        known = sections(self.task)
        for section, options in known.items():
            for key in describe(options):
                if name in (key, f"{section}.{key}"):
                    return section, key
        keys = [key for options in known.values() for key in describe(options)]
        raise OptionError(f"there is no option {name!r}{nearest(name.split('.')[-1], keys)}")


def config_from(document: Mapping[str, Any], where: str) -> Config:
    """A config from the plain data of a TOML document; its ``made`` table is passed over.

    What the document does not say is as the task has it by default.
    """
    try:
        base = Config.of(fitted(document, {"task?": str}).get("task", USUAL))
    except MisfitError as error:
        raise OptionError(f"{where} {error}") from None
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from error
    known, parts = sections(base.task), {}
    for name, table in document.items():
        if name in ("made", "task"):
            continue
        if name not in known:
            raise OptionError(f"{where}: there is no section [{name}]{nearest(name, known)}")
        if not isinstance(table, Mapping):
            raise OptionError(f"{where}: {name} must be a section: [{name}]")
        try:
            parts["own" if name == base.task else name] = read(base.section(name), table, f"{name}.")
        except OptionError as error:
            raise OptionError(f"{where}: {error}") from error
    try:
        return replace(base, **parts)
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from error


def config_of(run: RunFolder) -> Config:
    """The config of a run.

    Raises:
        OptionError, RunError: it cannot be read, or has an unknown or impossible option.
    """
    document = run.document()
    if document.get("task") == OWN_MODEL:
        data = document.get("data", {}).get("from", "MODULE:FUNCTION")
        raise RunError(
            f"{run.path} has what was seen of a model of your own, which your code alone can make; to watch it again: "
            + command("diagnose", "--model", document["model"]["from"], "--data", data)
        )
    return config_from(document, str(run.config_file))


def read_config(path: Path, *, given: bool = False) -> Config:
    """A config file, which may be a link if it is ``given``, named by a user.

    Raises:
        OptionError: it is missing, not TOML (with the line), or has an unknown or impossible option.
    """
    return config_from(read_toml(path, "config", given=given), str(path))


def difference(a: Config, b: Config) -> str | None:
    """The first option in which two configs differ, as ``training.steps: 10 and 20``; None if they are equal."""
    if a.task != b.task:
        return f"task: {a.task!r} and {b.task!r}"
    for section, options in sections(a.task).items():
        for f in fields(options):
            left, right = getattr(a.section(section), f.name), getattr(b.section(section), f.name)
            if left != right:
                return f"{section}.{f.name}: {left!r} and {right!r}"
    return None
