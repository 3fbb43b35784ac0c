"""What all estimators share: parameters as scikit-learn has them, a run that fitting trains, saving and pickling.

An estimator's parameters are options of its task's config, by their names; None leaves one as the task has it. Nothing
is checked before ``fit``, and torch is imported there, not sooner.
"""

from __future__ import annotations

import importlib
import inspect
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from undertow.documents import present
from undertow.errors import DataError, OptionError, RunError, nearest
from undertow.storage import copy_folder
from undertow.tables.table import Table, read_table, table_of
from undertow.tasks.given import Given
from undertow.tasks.model_options import ModelOptions
from undertow.words import Warned

if TYPE_CHECKING:
    from undertow.tasks.base import Trained
    from undertow.training.config import Config

__all__ = ["Estimator", "OfSymbols", "in_memory", "in_order"]

T = TypeVar("T")

#: Parameters that are no options of a config.
_OWN = ("options", "run")


def in_memory(data: Any) -> Table:
    """Anything that is a table in memory.

    Raises:
        DataError: it is none, or a column has mixed types.
    """
    table = table_of(data)
    for fault in table.faults.values():
        raise DataError(f"{fault} (leave a column that is not needed out)")
    return table


def _as_written(value: Any) -> Any:
    """A value as a config has it: paths are texts there, and lists have commas."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value) if isinstance(value, Path) else value


class Temporary:
    """A folder that goes when this does, without a warning: nobody can close an estimator."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="undertow-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def of_instances(estimator: type[T]) -> type[T]:
    """Leave the parameters of an estimator that is a dataclass to its instances: the class has none of these values."""
    for name in [f.name for f in fields(estimator) if f.name in vars(estimator)]:  # type: ignore[arg-type]
        delattr(estimator, name)
    return estimator


def in_order(estimator: type[T]) -> type[T]:
    """Let the constructor of an estimator that is a dataclass name its own parameters before those that all have, the
    model's among them as a config has them."""
    of_model = [f.name for f in fields(ModelOptions)]
    shared = [f.name for f in fields(OfSymbols)]

    def place(name: str) -> int:
        if name in of_model:
            return 2 + of_model.index(name)
        return 1 if name not in shared else 0 if name == shared[0] else 2 + len(of_model)

    made = inspect.signature(estimator.__init__)
    own, *parameters = made.parameters.values()
    written = made.replace(parameters=[own, *sorted(parameters, key=lambda p: place(p.name))], return_annotation="None")
    estimator.__init__.__signature__ = written  # type: ignore[attr-defined]
    return of_instances(estimator)


@of_instances
@dataclass(kw_only=True, eq=False, repr=False)
class Estimator:
    """Base of the estimators: what all of them take. A subclass names its task and is a dataclass of what it takes
    besides, ``in_order``.

    Attributes, after ``fit``:
        run_: the folder of the run that was trained.
        described_: what was found in the data, a line each.
    """

    #: The name of the task (see :mod:`undertow.tasks.kinds`).
    task: ClassVar[str]
    #: Whether the first line of the file that it was fitted on names the columns: yes, no, or auto where none was.
    _header = "auto"

    header: str | None = None
    cell: str | None = None
    hidden: int | None = None
    layers: int | None = None
    widths: str | Sequence[int] | None = None
    dropout: float | None = None
    steps: int | None = None
    batch: int | None = None
    learning_rate: float | None = None
    seed: int | None = None
    options: Mapping[str, Any] | None = None
    run: str | Path | None = None

    # ---- parameters

    @classmethod
    def _parameters(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name. ``deep`` changes nothing: no parameter is an estimator."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name.

        Raises:
            OptionError: there is no such parameter; the nearest is suggested.
        """
        known = self._parameters()
        for name, value in params.items():
            if name not in known:
                raise OptionError(f"{type(self).__name__} has no parameter {name!r}{nearest(name, known)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        changed = {
            k: v for k, v in self.get_params().items() if v is not defaults[k].default and v != defaults[k].default
        }
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in changed.items())})"

    def config(self) -> Config:
        """The config that the parameters make, ``options`` on top of the others; a list is what commas part there.

        Raises:
            OptionError: an unknown option (the nearest is suggested) or a value that it cannot have.
        """
        from undertow.training.config import Config

        values = {name: _as_written(v) for name, v in self.get_params().items() if name not in _OWN and v is not None}
        options = {name: _as_written(v) for name, v in (self.options or {}).items()}
        return Config.of(self.task).replaced(values).replaced(options)

    # ---- fitting

    def _train(self, data: Given, settings: Mapping[str, Any] | None = None, notes: Sequence[str] = ()) -> None:
        """Train a run on data, and keep its model; ``settings`` are options beside the parameters.

        ``notes`` say how what is in memory was read. Warnings among them are Python's too: nobody sees ``described_``
        without asking, and a model of the wrong axis trains without complaint. torch's random state is put back
        afterwards.

        Raises:
            OptionError, DataError: nothing was written then.
            RunError: the folder ``run`` is there already.
        """
        import torch

        from undertow.training.session import begin

        config = self.config().replaced(settings or {})
        for note in notes:
            if isinstance(note, Warned):
                warnings.warn(note.fact, stacklevel=3)
        temporary = None if self.run else Temporary()
        folder = temporary.path / "run" if temporary else Path(str(self.run))
        with torch.random.fork_rng(devices=[]):
            session = begin(config, folder, data)
            described = session.task.describe()
            session.train(listen=lambda event: None)
        self._adopt(folder)
        self._temporary: Temporary | None = temporary  # removed with the estimator, and when it is fitted again
        self.described_: list[str] = [*notes, *described]

    def _take(self, config: Config) -> None:
        """Set parameters to what a config says, where it says something else than the task does by itself."""
        from undertow.training.config import Config, sections

        usual = Config.of(self.task).plain()
        changed = {
            f"{section}.{key}": value
            for section in sections(self.task)
            for key, value in config.plain()[section].items()
            if value != usual[section][key] and key != "data"
        }
        for name in self._parameters():
            if name not in _OWN:
                section, key = config.locate(name)
                setattr(self, name, changed.pop(f"{section}.{key}", None))
        self.options = changed or None

    def _adopt(self, folder: Path) -> None:
        """Take over a trained run."""
        from undertow.runs import RunFolder

        run = RunFolder(folder)
        self._bytes, self._header = run.model(), run.header
        self._loaded: Trained | None = None
        self._temporary = None
        self.run_: Path = folder

    @property
    def _model(self) -> Any:
        """The trained model."""
        if not hasattr(self, "_bytes"):
            raise OptionError(f"this {type(self).__name__} is not fitted yet; call fit first")
        if self._loaded is None:
            import torch

            from undertow.tasks.kinds import kind_of

            with torch.random.fork_rng(devices=[]):
                self._loaded = kind_of(self.task).load(self._bytes)
        return self._loaded

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_bytes")

    # ---- data

    def _table(self, data: Any) -> Table:
        """A file, read as the one that was trained on, or anything that is a table in memory.

        Raises:
            DataError: it is none, or a column in memory has mixed types.
        """
        if isinstance(data, (str, Path)):
            return read_table(Path(data), header=self.config().own.header, usual=self._header)
        return in_memory(data)

    # ---- keeping

    def save(self, path: str | Path) -> None:
        """Keep the run as a folder, for :func:`undertow.load` and for the command line.

        Raises:
            RunError: something is at ``path`` already, or the run's own folder is gone.
        """
        _ = self._model
        if present(Path(path)):
            raise RunError(f"{path} exists already; choose another")
        if not self.run_.is_dir():
            raise RunError(
                f"the run {self.run_} is gone (an unpickled estimator has its model alone); fit again to save"
            )
        copy_folder(self.run_, Path(path))

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: the model's bytes, not the folder of the run."""
        left_out = {"_temporary": None, "_loaded": None}
        return {k: left_out.get(k, v) for k, v in self.__dict__.items()}

    def __sklearn_tags__(self) -> Any:
        """Tags of scikit-learn, which alone asks for them."""
        found = importlib.import_module("sklearn.utils")
        return found.Tags(
            estimator_type=None, target_tags=found.TargetTags(required=False), input_tags=found.InputTags()
        )


@of_instances
@dataclass(kw_only=True, eq=False, repr=False)
class OfSymbols(Estimator):
    """An estimator whose model may read symbols."""

    embedding: int | None = None
