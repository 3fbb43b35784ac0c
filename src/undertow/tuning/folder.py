"""A search is a folder, and everything about the search is in it.

::

    search.toml     its options; [made] says what made it
    config.toml     the config that genes change
    space.toml      the genes
    trials.db       the store of trials (unless another is asked for)
    trials/KEY/     one run folder a genome, named by the genes that count in it; trial.json: what came of it
    final/          the winner, and the config as it was, trained with several seeds
    winner.toml     the config that won
    trusted.json    that this user, on this machine, named the database server of the store himself
    search.json     what was found, as the report draws it
    report.html     the search as a page that opens offline
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import tomlkit
from sqlalchemy.exc import ArgumentError

from undertow import __version__
from undertow.documents import read_json
from undertow.errors import DamagedError, OptionError, RunError
from undertow.forms import MisfitError, fitted
from undertow.options import read, read_toml, to_table
from undertow.runs import is_search, locked, making
from undertow.storage import make_folder, tidy, write_atomically
from undertow.training.config import Config, read_config
from undertow.tuning.options import SearchOptions
from undertow.tuning.space import Space, read_space
from undertow.tuning.store import FORMAT, check_kept
from undertow.words import command, visible

__all__ = ["SearchFolder"]

_DOCUMENT = {"search?": dict, "made?": {"format?": int, "undertow?": str, "name?": str}}


@dataclass(frozen=True)
class SearchFolder:
    """A search's folder that exists, and what it says."""

    path: Path
    options: SearchOptions
    config: Config
    space: Space
    name: str

    @property
    def trials(self) -> Path:
        """trials/"""
        return self.path / "trials"

    @property
    def final(self) -> Path:
        """final/"""
        return self.path / "final"

    @property
    def outcome_file(self) -> Path:
        """search.json"""
        return self.path / "search.json"

    @property
    def winner_file(self) -> Path:
        """winner.toml"""
        return self.path / "winner.toml"

    @classmethod
    def create(cls, path: Path, options: SearchOptions, config: Config, space: Space) -> Self:
        """Make the folder of a new search. ``search.toml`` is written last: without it, there is no search.

        Raises:
            RunError: the folder exists already, or cannot be made.
        """
        name = f"{visible(path.resolve().name)}-{secrets.token_hex(4)}"
        document, made = tomlkit.document(), tomlkit.table()
        document.add("search", to_table(options))
        made.add(tomlkit.comment("what made this search; not read back as options"))
        for key, value in {"format": FORMAT, "undertow": __version__, "name": name}.items():
            made.add(key, value)
        document.add("made", made)
        with making(path, "search's folder"):
            make_folder(path / "trials", new=True)
            for file, told in {"config": config.document(), "space": space.document(), "search": document}.items():
                write_atomically(path / f"{file}.toml", tomlkit.dumps(told).encode())
        return cls(path, options, config, space, name)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The folder of a search that is there.

        Raises:
            RunError: it is missing, half-written or of another version.
            OptionError: one of its files was changed and cannot be read.
        """
        if not is_search(path):
            raise RunError(f"{path} is not a search's folder, or is half-written: it has no search.toml")
        file = path / "search.toml"
        try:
            document = fitted(read_toml(file, "the options"), _DOCUMENT)
        except MisfitError as error:
            raise DamagedError(f"{file} {error}; put it back from a copy") from None
        made = document.get("made", {})
        if made.get("format") != FORMAT:
            raise RunError(
                f"{path} was written by another version of Undertow: {made.get('undertow', 'unknown')}, format "
                f"{made.get('format', 'unknown')}; this is {__version__}, format {FORMAT}. Search again: "
                + command("tune", path / "config.toml", "--space", path / "space.toml")
            )
        try:
            options = read(SearchOptions(), document.get("search", {}), "search.")
        except OptionError as error:
            raise OptionError(f"{file}: {error}") from error
        if options.storage:
            try:
                check_kept(options.storage, str(made.get("name")))
            except ArgumentError:
                raise OptionError(f"{file}: search.storage is no URL of a database") from None
        config = read_config(path / "config.toml")
        return cls(path, options, config, read_space(path / "space.toml", config.task), str(made.get("name")))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the search for one process, which alone asks, trains, and measures the winner meanwhile.

        Raises:
            BusyError: another process is at it.
        """
        lock = locked(self.path, "searching in")
        try:
            tidy(self.path)
            yield
        finally:
            lock.release()

    def keep_outcome(self, facts: Mapping[str, Any]) -> None:
        """Write search.json."""
        write_atomically(self.outcome_file, json.dumps(facts, allow_nan=False).encode())

    def outcome(self) -> dict[str, Any]:
        """What search.json says.

        Raises:
            RunError: it is not there yet, or damaged.
        """
        found: dict[str, Any] = read_json(self.outcome_file, dict, "go on with the search, which writes it anew")
        return found

    def keep_winner(self, config: Config) -> None:
        """Write winner.toml."""
        write_atomically(self.winner_file, tomlkit.dumps(config.document()).encode())
