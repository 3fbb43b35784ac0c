"""The one room that opens, makes and removes files and folders of a run, a search, or what a command writes.

A run's folder may come from a stranger, who can put anything into the place of a file. So this room makes sure that

- what is opened is a plain file, which is known before anything waits for it;
- no symbolic link has led to it from the folder that a user named;
- a file that is changed in place has no other name;
- a new file is made beside its place, under a name that nobody can guess, and never through what is there.

Meanwhile the folder of the file is held open, where the system can do that, so nobody can put another in its place.

What stands where it should not is a :class:`MisplacedError`: an ``OSError`` whose words say what it is and what to do.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "MisplacedError", "cleared", "copied", "cut", "made", "opened", "removed", "replaced", "size_of", "tidied",
    "unmade",
]  # fmt: skip

#: The folders within a run and within a search, and the file beside them that tells one.
INNER = {"checkpoint": "config.toml", "remedies": "config.toml", "trials": "search.toml", "final": "search.toml"}
#: What ends the name of a file that is not whole yet.
PARTIAL = ".partial"

_NO_LINK, _BINARY = getattr(os, "O_NOFOLLOW", 0), getattr(os, "O_BINARY", 0)
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0)
#: To hold a folder, it need not be readable.
_HOLD = getattr(os, "O_PATH", os.O_RDONLY) | _FOLDER
#: Whether files can be had by their folder's descriptor; else they are by their path, and looked at just before.
_BY_FOLDER = {os.open, os.mkdir, os.rename, os.stat, os.unlink, os.readlink} <= os.supports_dir_fd
_KINDS = ((stat.S_ISDIR, "Is a directory"), (stat.S_ISFIFO, "it is a pipe"), (stat.S_ISCHR, "it is a device"),
          (stat.S_ISBLK, "it is a device"), (stat.S_ISSOCK, "it is a socket"))  # fmt: skip
_READ = os.O_RDONLY


class MisplacedError(OSError):
    """What stands in the place of a file or folder is none, or leads elsewhere."""

    def __init__(self, words: str) -> None:
        super().__init__(errno.EINVAL, words)


def opened(path: Path, flags: int = _READ, *, given: bool = False) -> BinaryIO:
    """A plain file, open to read, or with ``flags`` to write. One that is ``given`` by a user may be a link to one.

    Raises:
        MisplacedError: it is no plain file, or a link; or it has another name too, and is to be written to.
    """
    with _held(path, given=given) as (name, folder):
        there = _status(name, folder, follow=given)
        if there:
            _check_plain(there, name, folder, flags)
        link = 0 if given else _NO_LINK
        try:
            descriptor = os.open(name, flags | link | _AT_ONCE | _BINARY, 0o666, dir_fd=folder)
        except OSError as error:
            if error.errno == errno.ELOOP and not given:  # it was put there just now
                _check_plain(os.stat(name, dir_fd=folder, follow_symlinks=False), name, folder, flags)
            raise
    try:
        _check_plain(os.fstat(descriptor), name, None, flags)
        reading, adding = not flags & (os.O_WRONLY | os.O_RDWR), flags & os.O_APPEND
        return open(descriptor, "rb" if reading else "ab" if adding else "rb+" if flags & os.O_RDWR else "wb")
    except BaseException:
        os.close(descriptor)
        raise


def replaced(path: Path, data: bytes) -> None:
    """Put a file with ``data`` in the place of a file, or of a link to one, which is left alone; whole or not at all.

    Raises:
        MisplacedError: no file is in its place.
    """
    with _held(path) as (name, folder):
        there = _status(name, folder)
        if there and not stat.S_ISLNK(there.st_mode):
            _check_plain(there, name, folder, _READ)
        beside = f".{path.name[:40]}.{secrets.token_hex(8)}{PARTIAL}"
        if folder is None:
            beside = str(path.with_name(beside))
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _BINARY
            _fill(os.open(beside, flags, 0o666, dir_fd=folder), data)
            os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside, dir_fd=folder)
            raise
        _synced(path, folder)


def _fill(descriptor: int, data: bytes) -> None:
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _synced(path: Path, folder: int | None) -> None:
    """Have the disk know of the names in a file's folder."""
    if folder is None:
        return
    descriptor = os.open(".", os.O_RDONLY, dir_fd=folder)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def size_of(path: Path, *, changing: bool = False) -> int:
    """How many bytes a file has, which is to be changed in place; 0 if there is none.

    Raises:
        MisplacedError: it is no plain file, or a link; or it has another name too, and is to be changed.
    """
    try:
        with opened(path, os.O_RDWR if changing else _READ) as file:
            return os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return 0


def cut(path: Path, size: int) -> None:
    """Cut a file back to ``size`` bytes, if it has more.

    Raises:
        MisplacedError: it is no plain file, a link, or has another name too.
    """
    if size_of(path) > size:
        with opened(path, os.O_RDWR) as file:
            os.ftruncate(file.fileno(), size)  # not synced: what is still there after a crash is cut again


def removed(path: Path) -> None:
    """Remove a file, or a link and not what it leads to; nothing, where there is none."""
    with suppress(FileNotFoundError), _held(path) as (name, folder):
        os.unlink(name, dir_fd=folder)


def made(path: Path, *, new: bool = False) -> list[Path]:
    """Make a folder, and those that it lies in; if it must be ``new``, none may be there. Gives those that were made.

    Raises:
        MisplacedError: something else is in the place of one, or a link in the place of one within a run.
    """
    root, inner = _rooted(path)
    if not inner:
        try:
            return _with_parents(root, new=new)
        except FileExistsError:
            if root.is_dir():
                raise
            raise MisplacedError(f"{root} is there, and is no folder; remove it, or choose another place") from None
    above = made(path.parent)
    with _held(path) as (name, folder):
        try:
            os.mkdir(name, dir_fd=folder)
            return [*above, path]
        except FileExistsError:
            if new:
                raise
            _check_folder(name, folder)
    return above


def _with_parents(path: Path, *, new: bool) -> list[Path]:
    above = [] if path.parent.exists() else _with_parents(path.parent, new=False)
    try:
        os.mkdir(path)
        return [*above, path]
    except OSError as error:
        if isinstance(error, FileExistsError) and path.is_dir() and not new:  # another process may have been faster
            return above
        unmade(above)
        raise


def unmade(folders: Sequence[Path]) -> None:
    """Remove folders again that were made, the last one first; what is not empty stays."""
    for path in reversed(folders):
        with suppress(OSError):
            os.rmdir(path)


def cleared(path: Path) -> None:
    """Remove a folder and what is in it, and nothing that a link in it leads to.

    Raises:
        MisplacedError: it is no folder, or a link to one.
    """
    with suppress(FileNotFoundError), _held(path) as (name, folder):
        _check_folder(name, folder)
        shutil.rmtree(name, dir_fd=folder)


def copied(path: Path, to: Path) -> None:
    """Copy a folder; a link in it as a link, without what it leads to.

    Raises:
        MisplacedError: in it is a pipe, or something else that is no file.
    """
    try:
        shutil.copytree(path, to, symlinks=True)
    except shutil.Error as error:
        raise MisplacedError(f"not everything in it can be copied: {error.args[0][0][-1]}") from error


def tidied(path: Path) -> None:
    """Remove the half-written files in a folder, if it is there; links among them, and not what they lead to."""
    with suppress(FileNotFoundError), _held(path / "any") as (_, folder):
        place: int | Path = path if folder is None else os.open(".", os.O_RDONLY | _FOLDER, dir_fd=folder)
        try:
            with os.scandir(place) as entries:
                half = (e for e in entries if e.name.startswith(".") and e.name.endswith(PARTIAL))
                left = [e.name if folder is not None else e.path for e in half if not e.is_dir(follow_symlinks=False)]
        finally:
            if isinstance(place, int):
                os.close(place)
        for name in left:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)


# ---- the folder that a file lies in


def _rooted(folder: Path) -> tuple[Path, list[str]]:
    """The folder that a user named, which links may lead to, and the parts from there on, which must be none."""
    root, inner = folder, list[str]()
    at, above = folder, list[str]()
    for _ in range(len(folder.parts)):
        above.insert(0, at.name)
        mark = INNER.get(at.name)
        if mark and os.path.lexists(at.parent / mark):
            root, inner, above = at.parent, above + inner, []
        at = at.parent
    return root, inner


@contextmanager
def _held(path: Path, *, given: bool = False) -> Iterator[tuple[str, int | None]]:
    """A file's folder, held open: the file's name there, and the folder's descriptor. Its whole path, and None, where
    there are no such descriptors, or the file is ``given``."""
    if given or not _BY_FOLDER:
        at, inner = _rooted(path.parent) if not given else (path, [])
        for name in inner:
            at = at / name
            _check_folder(str(at), None)
        yield str(path), None
        return
    root, inner = _rooted(path.parent)
    descriptor = os.open(root, _HOLD)
    try:
        for name in inner:
            try:
                inside = os.open(name, _HOLD | _NO_LINK, dir_fd=descriptor)
            except OSError:
                _check_folder(name, descriptor)
                raise
            os.close(descriptor)
            descriptor = inside
        yield path.name, descriptor
    finally:
        os.close(descriptor)


# ---- what stands there


def _status(name: str, folder: int | None, *, follow: bool = False) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=follow)
    except FileNotFoundError:
        return None


def _check_plain(status: os.stat_result, name: str, folder: int | None, flags: int) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise MisplacedError(
            f"it is a symbolic link to {os.readlink(name, dir_fd=folder)}, where a plain file is wanted; put that in "
            "its place, or remove it"
        )
    kind = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "")
    if kind:
        raise MisplacedError(f"{kind}, where a plain file is wanted; put one in its place, or remove it")
    if status.st_nlink > 1 and flags & (os.O_WRONLY | os.O_RDWR):
        raise MisplacedError(
            f"it is one of {status.st_nlink} names (hard links) of the same file, and what is written to it would be "
            "written to them all; put a copy in its place"
        )


def _check_folder(name: str, folder: int | None) -> None:
    """Whether a folder is one, and no link to one.

    Raises:
        MisplacedError: it is not.
    """
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISDIR(status.st_mode):
        return
    linked = stat.S_ISLNK(status.st_mode)
    told = f"a symbolic link to {os.readlink(name, dir_fd=folder)}" if linked else "no folder"
    raise MisplacedError(
        f"{Path(name).name} is {told}, where a folder of the run itself is wanted; put one in its place, or remove it"
    )
