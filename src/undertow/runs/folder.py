"""One run's folder: its files, read and written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Self

import filelock
import tomlkit

from undertow import __version__
from undertow.documents import present, read_lines, read_toml
from undertow.errors import BusyError, DamagedError, RunError, nearest_file
from undertow.files import unmade
from undertow.forms import COUNT, MisfitError, Only, fitted
from undertow.runs.lines import flow_form, metrics_form
from undertow.storage import (
    append,
    append_line,
    clear_folder,
    cut_back,
    lock_of,
    make_folder,
    size_of,
    tidy,
    unseal,
    write_atomically,
)
from undertow.words import command

__all__ = ["FORMAT", "OWN_MODEL", "SIZES", "TRUSTED", "RunFolder", "is_search", "locked", "making", "next_free"]

#: What stands in place of a task in a run where somebody's own model was watched.
OWN_MODEL = "own model"
#: What a user has said himself of the folder of a run or a search, sealed by him.
TRUSTED = "trusted.json"
#: The layout of run folders; raised when older Undertows can no longer read what is written.
FORMAT = 1

#: The files that grow while a run is trained, and the form of how long each was: their names, and no others.
GROWING = ("metrics.jsonl", "flow.jsonl", "samples.txt")
SIZES = Only(dict.fromkeys(GROWING, COUNT))

#: What stands where in config.toml; options are looked at by those who read them.
_MADE = {"format?": int, "undertow?": str, "parameters?": int, "data_sha256?": str, "header?": str}
_DOCUMENT = {
    "task?": str, "made?": _MADE, "model?": {"cell?": str, "widths?": str}, "training?": {"steps?": COUNT},
    "flow?": {"reach?": COUNT},
}  # fmt: skip
#: Where somebody's own model was watched.
_OWN = {
    "model": {"from": str, "cell?": str, "widths?": str}, "data?": {"from?": str, "loss?": str},
    "training": dict, "flow?": {"reach?": COUNT},
}  # fmt: skip


@dataclass(frozen=True)
class RunFolder:
    """A run folder that exists and has a readable config."""

    path: Path

    @property
    def config_file(self) -> Path:
        """config.toml"""
        return self.path / "config.toml"

    @property
    def metrics_file(self) -> Path:
        """metrics.jsonl"""
        return self.path / "metrics.jsonl"

    @property
    def flow_file(self) -> Path:
        """flow.jsonl"""
        return self.path / "flow.jsonl"

    @property
    def samples_file(self) -> Path:
        """samples.txt"""
        return self.path / "samples.txt"

    @property
    def evaluation_file(self) -> Path:
        """evaluation.json"""
        return self.path / "evaluation.json"

    @property
    def remedy_file(self) -> Path:
        """remedy.json"""
        return self.path / "remedy.json"

    @property
    def report_file(self) -> Path:
        """report.html"""
        return self.path / "report.html"

    @property
    def model_file(self) -> Path:
        """model.safetensors"""
        return self.path / "model.safetensors"

    def model(self) -> bytes:
        """The bytes of the model's file.

        Raises:
            RunError: there is none yet, or it is damaged.
        """
        if not present(self.model_file):
            raise RunError(f"{self.path} has no model yet; go on with it: {command('resume', self.path)}")
        return unseal(self.model_file)

    @property
    def checkpoint_file(self) -> Path:
        """checkpoint/state.safetensors"""
        return self.path / "checkpoint" / "state.safetensors"

    @classmethod
    def create(cls, path: Path, config: tomlkit.TOMLDocument, made: Mapping[str, Any]) -> Self:
        """Make a new run folder with its config.

        Raises:
            RunError: the folder exists already (it is left as it is), or cannot be made.
        """
        table = tomlkit.table()
        table.add(tomlkit.comment("what made this run; not read back as options"))
        for key, value in {"format": FORMAT, "undertow": __version__, **made}.items():
            table.add(key, value)
        config["made"] = table
        run, written = cls(path), tomlkit.dumps(config).encode()
        with making(path, "run folder"):
            make_folder(run.checkpoint_file.parent, new=True)
            write_atomically(run.config_file, written)
        return run

    @staticmethod
    def check_free(path: Path) -> None:
        """Whether a new run can be made at ``path``.

        Raises:
            RunError: something is there already; it is left as it is.
        """
        if present(path):
            raise RunError(
                f"{path} exists already; choose another with --out, or go on with it: {command('resume', path)}"
            )

    @classmethod
    def open(cls, path: Path) -> Self:
        """A run folder that is there.

        Raises:
            RunError: it is missing, half-written, unreadable or of another version.
        """
        run = cls(path)
        if not path.is_dir():
            near = "; that is a file" if present(path) else nearest_file(path)
            raise RunError(f"there is no run folder {path}{near or '; `undertow runs` lists the ones there are'}")
        if not present(run.config_file):
            raise RunError(f"{path} is not a run folder, or is half-written: it has no config.toml")
        made = run.made()
        if made.get("format") != FORMAT:
            raise RunError(
                f"{path} was written by another version of Undertow: {made.get('undertow', 'unknown')}, format "
                f"{made.get('format', 'unknown')}; this is {__version__}, format {FORMAT}. Train it again: "
                + command("train", run.document().get("task", "text"), "--config", run.config_file)
            )
        return run

    def document(self) -> dict[str, Any]:
        """config.toml as plain data, with its ``made`` table.

        Raises:
            DamagedError: it cannot be read, is not TOML, or what stands in it is not where it should be.
        """
        document = read_toml(self.config_file, DamagedError)
        try:
            task = fitted(document, {"task?": str}).get("task")
            return dict(fitted(document, _DOCUMENT | (_OWN if task == OWN_MODEL else {f"{task}?": {"data?": str}})))
        except MisfitError as error:
            raise DamagedError(f"{self.config_file} {error}; put it back from a copy") from None

    def made(self) -> dict[str, Any]:
        """What made the run: version, format, data."""
        made: dict[str, Any] = self.document().get("made", {})
        return made

    @property
    def header(self) -> str:
        """Whether the first line of its file names the columns, as training found: yes or no; auto if none could."""
        return str(self.made().get("header", "auto"))

    def lock(self) -> filelock.BaseFileLock:
        """Hold the run for one process (released when that ends, however it ends).

        Raises:
            BusyError: another process is training this run.
        """
        return locked(self.path, "training")

    def record(self, event: Mapping[str, Any]) -> None:
        """Add a line to metrics.jsonl."""
        append_line(self.metrics_file, json.dumps(event))

    def record_flow(self, event: Mapping[str, Any]) -> None:
        """Add a line to flow.jsonl."""
        append_line(self.flow_file, json.dumps(event, allow_nan=False))

    def keep_sample(self, heading: str, text: str) -> None:
        """Add a sample to samples.txt."""
        append(self.samples_file, f"==== {heading} ====\n{text}\n\n")

    def keep_evaluation(self, facts: Mapping[str, Any]) -> None:
        """Write evaluation.json, in place of an earlier one.

        Raises:
            RunError: it cannot be written, or a figure is no finite number; the earlier one stays.
        """
        try:
            data = json.dumps(facts, allow_nan=False).encode()
        except ValueError:
            raise RunError(
                f"{self.evaluation_file} cannot hold what {self.model_file} comes to, which is no finite number: its "
                "training diverged, or it was changed; train it again"
            ) from None
        write_atomically(self.evaluation_file, data)

    def events(self, *, whole: bool = False) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl; a last line that was cut off in the middle is left out. If ``whole``, each says
        all that one of its event does.

        Raises:
            DamagedError: a line is none, or says something else.
        """
        return read_lines(self.metrics_file, partial(metrics_form, whole=whole))

    def flow_events(self, *, whole: bool = False) -> list[dict[str, Any]]:
        """The same of flow.jsonl; what was measured is looked at if ``whole``."""
        return read_lines(self.flow_file, partial(flow_form, whole=whole))

    def check_lines(self, sizes: Mapping[str, int]) -> None:
        """Whether the growing files are whole lines, as far as they were at a checkpoint.

        Raises:
            DamagedError: one is not.
        """
        for file, form in ((self.metrics_file, metrics_form), (self.flow_file, flow_form)):
            read_lines(file, partial(form, whole=True), sizes[file.name])

    def sizes(self) -> dict[str, int]:
        """How long the growing files are, in bytes."""
        return {name: size_of(self.path / name) for name in GROWING}

    def cut_back(self, sizes: Mapping[str, int]) -> None:
        """Cut the growing files back to what they were at a checkpoint, and clear away half-written files.

        Raises:
            RunError: in the place of one stands something that is no plain file, before anything is cut.
        """
        self.sizes()
        for name in GROWING:  # whatever else a checkpoint says
            cut_back(self.path / name, sizes[name])
        for folder in (self.path, self.checkpoint_file.parent):
            tidy(folder)


@contextmanager
def making(path: Path, what: str) -> Iterator[None]:
    """Make a folder, called ``what``, that is filled within; if that fails, it is gone again, and those around it.

    Raises:
        RunError: something is there already (it is left as it is), or it cannot be made.
    """
    RunFolder.check_free(path)
    folders = make_folder(path, new=True, what=what)
    try:
        yield
    except BaseException:
        with suppress(RunError):
            clear_folder(path)
        unmade(folders)
        raise


def is_search(path: Path) -> bool:
    """Whether a folder is that of a search for a network (``undertow tune``), which holds runs of its own."""
    return present(path / "search.toml")


def locked(folder: Path, doing: str) -> filelock.BaseFileLock:
    """Hold a folder for one process, which is ``doing`` something in it; released when that ends, however it ends.

    Raises:
        BusyError: another process has it.
    """
    lock = lock_of(folder / ".lock")
    if lock is None:
        raise BusyError(f"another process is {doing} {folder} just now")
    return lock


def next_free(folder: Path, stem: str) -> Path:
    """The first of ``stem-1``, ``stem-2``, ... in ``folder`` that is not there yet."""
    return next(path for number in count(1) if not present(path := folder / f"{stem}-{number}"))
