"""Where trials are kept: a storage of Optuna's, SQLite in the search's folder unless another is asked for.

Only the search itself writes to it, never the processes that train. So no process that dies can leave the store in
doubt, and no storage needs heartbeats (of Optuna's, those over a database have them, the journal has none): a trial
that was running is one whose folder is not finished, and is gone on with there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, RDBStorage
from optuna.study import Study, StudyDirection
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from undertow import __version__
from undertow.errors import OptionError, RunError

__all__ = ["FORMAT", "guarded", "open_storage", "open_study", "quiet", "url_of"]

#: What this Undertow notes of a trial; raised when older ones can no longer read it.
FORMAT = 1


def url_of(storage: str, folder: Path) -> str:
    """The URL of the storage: as asked for, or a file in ``folder``."""
    return storage or f"sqlite:///{folder.absolute() / 'trials.db'}"


@contextmanager
def guarded(where: str) -> Iterator[None]:
    """Tell what a storage refuses as an error of the run.

    Raises:
        RunError: a full disk, a lost connection, a damaged file. What was kept stays.
    """
    try:
        yield
    except ArgumentError:  # a mistake in the URL, not the storage's refusal
        raise
    except (SQLAlchemyError, StorageInternalError, OSError) as error:
        fact = str(getattr(error, "orig", None) or error.__cause__ or error).splitlines()[0]
        raise RunError(
            f"the store {where} refuses: {fact}. No finished training is lost: mend that, and go on with the search"
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Without Optuna's own log, which would stand among what the search says."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(level)


def open_storage(storage: str, folder: Path) -> BaseStorage:
    """The storage of a search.

    Raises:
        OptionError: its URL is none that Optuna knows, or needs a package that is not installed.
        RunError: it cannot be reached, is damaged, or was written by another version of Optuna.
    """
    url = url_of(storage, folder)
    if "://" not in url:
        raise OptionError(
            f"the storage {url!r} is no URL; write dialect://.., such as sqlite:////data/trials.db or "
            "postgresql://user@host/name"
        )
    try:
        with guarded(_shown(url)):
            return optuna.storages.get_storage(_swift(url) if url.startswith("sqlite:") else url)
    except (ImportError, ValueError, ArgumentError) as error:
        raise OptionError(f"the storage {_shown(url)} cannot be used: {str(error).splitlines()[0]}") from error
    except RuntimeError as error:
        if isinstance(error, RunError):
            raise
        raise RunError(
            f"the store {_shown(url)} was written by another version of Optuna than the {optuna.__version__} here: "
            f"{str(error).splitlines()[0]}"
        ) from error


def _swift(url: str) -> RDBStorage:
    """SQLite that does not wait for the disk at every gene: a killed process loses nothing by that.

    If the machine itself loses power, the last trials may be gone from the store; they are asked for again, the same,
    and what came of them is in their folders.
    """
    storage = RDBStorage(url)

    def begin(connection: Any, _: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    event.listen(storage.engine, "connect", begin)
    storage.engine.dispose()  # so that there is no connection from before
    return storage


def _shown(url: str) -> str:
    """A URL without a password that may stand in it."""
    scheme, _, rest = url.partition("://")
    account, at, host = rest.rpartition("@")
    return f"{scheme}://{account.partition(':')[0]}{at}{host}"


def open_study(storage: BaseStorage, name: str, directions: Sequence[StudyDirection]) -> Study:
    """One method's study, made if it is not there.

    Raises:
        RunError: the storage refuses, or another version of Undertow wrote it.
    """
    with guarded(name):
        study = optuna.create_study(storage=storage, study_name=name, directions=directions, load_if_exists=True)
        written = study.user_attrs.get("undertow")
        if written is None:
            study.set_user_attr("undertow", {"format": FORMAT, "version": __version__})
        elif written.get("format") != FORMAT:
            raise RunError(
                f"the store's study {name} is of another version: Undertow {written.get('version', '?')}, format "
                f"{written.get('format', '?')}; this is {__version__}, format {FORMAT}. Begin a new search"
            )
        return study
