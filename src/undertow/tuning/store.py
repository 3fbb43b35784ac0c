"""Where trials are kept: a SQL database, by Optuna; SQLite in the search's folder unless another is asked for.

Only the search itself writes to it, never the processes that train. So no process that dies can leave the store in
doubt, and no storage needs heartbeats: a trial that was running is one whose folder is not finished, and is gone on
with there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb.models import BaseModel as RDBModel
from sqlalchemy import event, make_url
from sqlalchemy.dialects import __all__ as DIALECTS  # noqa: N812
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from undertow import files
from undertow.documents import present
from undertow.errors import DamagedError, OptionError, RunError, UndertowError, nearest
from undertow.forms import MisfitError

__all__ = ["FORMAT", "check_kept", "guarded", "kept", "open_storage", "quiet", "rooted", "server_of", "url_of"]

#: What this Undertow notes of a trial; raised when older ones can no longer read it.
FORMAT = 1
#: The most letters of a part of a URL that are shown.
_SHOWN = 200


def url_of(storage: str, folder: Path) -> str:
    """The URL of the storage: as asked for, or a file in ``folder``."""
    return storage or f"sqlite:///{folder.absolute() / 'trials.db'}"


def rooted(storage: str) -> str:
    """The URL of a storage that has been opened, as any folder reads it: one of a file names it from the root."""
    url = make_url(storage)
    if url.get_backend_name() != "sqlite" or url.database is None:
        return storage
    return url.set(database=str(Path(url.database).absolute())).render_as_string(hide_password=False)


#: Of a URL's options those that say where the server is, and no secret.
_PLACES = ("host", "hostaddr", "port", "unix_socket", "service", "server", "dbname", "database")


def server_of(storage: str) -> str:
    """The server that a storage is on, as people are told it, without a password; nothing, where it is a file."""
    url = make_url(storage or "sqlite://")
    if url.get_backend_name() == "sqlite":
        return ""
    port = "" if url.port is None else f":{url.port}"
    told = [f"{url.host or 'no host named'}{port}/{url.database or ''} ({url.drivername})"]
    told += [f"as {url.username}"] if url.username else []
    for name, value in url.query.items():
        told.append(f"{name} = {value if isinstance(value, str) else ', '.join(value)}" if name in _PLACES else name)
    return ", ".join(part if len(part) < _SHOWN else f"{part[:_SHOWN]} ..." for part in told)


@contextmanager
def guarded(where: str, then: str = "go on with the search") -> Iterator[None]:
    """Tell what a storage refuses as an error of the run; ``then`` is what to do when that is mended.

    Raises:
        RunError: a full disk, a lost connection, a damaged file. What was kept stays.
    """
    try:
        yield
    except ArgumentError:  # a mistake in the URL, not the storage's refusal
        raise
    except (SQLAlchemyError, StorageInternalError, sqlite3.Error, OSError) as error:
        fact = str(getattr(error, "orig", None) or error.__cause__ or error).splitlines()[0]
        raise RunError(
            f"the store {where} refuses: {fact}. No finished training is lost: mend that, and {then}"
        ) from error


#: What Optuna raises where a row of its tables is not what it wrote there: it looks at none of them.
_MISREAD = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@contextmanager
def kept(name: str) -> Iterator[None]:
    """As :func:`guarded`, where rows of a study are read, which anybody may have written.

    Raises:
        RunError: as :func:`guarded`.
        DamagedError: a row is not what was written there.
    """
    try:
        with guarded(name):
            yield
    except UndertowError:
        raise
    except _MISREAD as error:
        told = str(error).removeprefix("is not as it was written: ")
        fact = told if isinstance(error, MisfitError) else f"{type(error).__name__}: {error}"
        raise DamagedError(
            f"the store of the study {name} (trials.db) is not what was written there ({fact.splitlines()[0]:.200}); "
            "put it back from a copy, or begin a new search"
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
        OptionError: its URL is none of a SQL database that outlives this process, or needs a driver that is not
            installed.
        RunError: it cannot be reached, is damaged, or was written by another version of Optuna.
    """
    url = url_of(storage, folder)
    if "://" not in url:
        raise OptionError(
            f"the storage {url!r} is no URL; write dialect://.., such as sqlite:////data/trials.db or "
            "postgresql://user@host/name"
        )
    try:
        _check_file(url, given=bool(storage))
        with guarded(_shown(url), "try again"):
            _check_tables(url)
            made = _swift(url) if make_url(url).get_backend_name() == "sqlite" else _served(url)
            return optuna.storages.get_storage(made)
    except (ImportError, ValueError, ArgumentError) as error:
        raise OptionError(f"the storage {_shown(url)} cannot be used: {_reason(error, url)}") from error
    except RuntimeError as error:
        if isinstance(error, RunError):
            raise
        raise RunError(
            f"the store {_shown(url)} was written by another version of Optuna than the {optuna.__version__} here: "
            f"{str(error).splitlines()[0]}"
        ) from error


#: What SQLite keeps beside a database while it is at work, and what ends a journal that names another one.
_BESIDE = ("", "-wal", "-shm", "-journal")
_NAMES_ANOTHER = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"


def _check_file(url: str, *, given: bool) -> None:
    """Whether a database in a file, and what SQLite reads beside it, are plain files, and of the search's own unless
    it is ``given`` by a user.

    A journal that names another one, which SQLite would remove, is none of ours: we never open two databases as one.

    Raises:
        DamagedError: they are not.
    """
    file = _file_of(url)
    if file is None:
        return
    for end in _BESIDE:
        part = file.with_name(f"{file.name}{end}")
        if not present(part):
            continue
        try:
            with files.opened(part, os.O_RDONLY if given else os.O_RDWR, given=given) as opened:
                opened.seek(-min(8, os.fstat(opened.fileno()).st_size), os.SEEK_END)
                if end == "-journal" and opened.read() == _NAMES_ANOTHER:
                    raise DamagedError(f"{part} names another file, which would be removed with it; remove {part.name}")
        except OSError as error:
            raise DamagedError(f"cannot use the store of trials {part}: {error.strerror}") from None


def _file_of(url: str) -> Path | None:
    """The file that a database is in, if it is in one."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database or parts.database == ":memory:":
        return None
    return Path(parts.database)


@contextmanager
def _read(file: Path, *, mend: bool = False) -> Iterator[sqlite3.Connection]:
    """A database, to look into and not to change; or to ``mend`` alone what a killed process has left half-written."""
    beside = {end for end in _BESIDE if end and present(file.with_name(f"{file.name}{end}"))}
    how = "rw" if mend and "-journal" in beside else "ro" if "-wal" in beside else "ro&immutable=1"
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode={how}", uri=True)) as opened:
        yield opened


#: The tables that a store has: Optuna's own, and the one that tells their version.
_TABLES = {*RDBModel.metadata.tables}
_VERSIONS = {"version_info", "alembic_version"}
_AIMS = {"studies", "study_directions"}
_AIMLESS = "SELECT study_name FROM studies WHERE study_id NOT IN (SELECT study_id FROM study_directions)"


def _check_tables(url: str) -> None:
    """Whether a database in a file has all tables of a store: one that is missing Optuna would make anew, empty.

    While they are first made, a process may be killed. Then there is no study yet; and the tables are all there before
    the first of them, that of Optuna's version, has a row.

    Raises:
        DamagedError: it has not, or a study says not what is sought.
    """
    file = _file_of(url)
    if file is None or not present(file):
        return
    with _read(file, mend=True) as opened:
        there = {
            name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
        }
        filled = {
            name for name in there & (_TABLES | _VERSIONS) if opened.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()
        }
        aimless = not _AIMS - there and opened.execute(_AIMLESS).fetchone()
    if aimless:
        raise DamagedError(
            f"the store of trials {file} has the study {aimless[0]} without what is sought, which is not as it was "
            "written; put it back from a copy, or begin a new search"
        )
    missing = _TABLES - there if filled else set()
    if filled - _VERSIONS:
        missing |= _VERSIONS - filled
    if missing:
        raise DamagedError(
            f"the store of trials {file} lacks {', '.join(sorted(missing))}, and is left alone (is it of another "
            "version of Optuna?); put it back from a copy, or begin a new search"
        )


def check_kept(storage: str, name: str) -> None:
    """Whether a database in a file elsewhere has the studies of the search called ``name``, before it is written to:
    what a folder says may be any file. It is only read here, and not made.

    Raises:
        RunError: it has not, or is not there.
    """
    url = make_url(storage)
    if url.get_backend_name() != "sqlite":
        return
    file, found = Path(url.database or ""), False
    try:
        if file.is_absolute() and "uri" not in url.query:
            with files.opened(file, given=True) as opened:
                whole = opened.read(16) == b"SQLite format 3\0"
            if whole:
                with _read(file) as there:
                    asked = "SELECT count(*) FROM studies WHERE substr(study_name, 1, ?) = ?"
                    found = bool(there.execute(asked, (len(name) + 1, f"{name}:")).fetchone()[0])
    except (OSError, ValueError, sqlite3.Error):
        found = False
    if not found:
        raise RunError(
            f"search.storage is {_shown(storage)}, which has no trials of this search, and is left alone. If they are "
            "elsewhere now, say so in search.toml; else search again: undertow tune"
        )


def _reason(error: Exception, url: str) -> str:
    """Why there is no storage for a URL, and what to write or to install."""
    dialect, _, driver = url.partition("://")[0].partition("+")
    if isinstance(error, NoSuchModuleError):
        if dialect in DIALECTS:
            return f"there is no driver {driver!r} for {dialect}; leave it out, or name another"
        return f"{dialect!r} is no SQL database that Optuna can use{nearest(dialect, DIALECTS)}"
    if isinstance(error.__cause__, ModuleNotFoundError):
        return (
            f"its driver, the Python module {error.__cause__.name!r}, is not installed; install it, or name another: "
            f"{dialect}+DRIVER://.."
        )
    return str(error).splitlines()[0]


def _served(url: str) -> RDBStorage:
    """A database that is a server. A connection may be gone when it is needed again, after a long training: it is tried
    before it is used, and made anew."""
    return RDBStorage(url, engine_kwargs={"pool_pre_ping": True})


def _swift(url: str) -> RDBStorage:
    """SQLite that does not wait for the disk at every gene: a killed process loses nothing by that.

    If the machine itself loses power, the last trials may be gone from the store; they are asked for again, the same,
    and what came of them is in their folders.
    """
    if make_url(url).database in (None, "", ":memory:"):
        raise ValueError("it names no file, and would be gone with this process; sqlite:////data/trials.db is one")
    storage = RDBStorage(url)

    def begin(connection: Any, _: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    event.listen(storage.engine, "connect", begin)
    storage.engine.dispose()  # so that there is no connection from before
    return storage


def _shown(url: str) -> str:
    """A URL without a password that may stand in it."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    account, at, host = rest.rpartition("@")
    return f"{scheme}://{account.partition(':')[0]}{at}{host}"
