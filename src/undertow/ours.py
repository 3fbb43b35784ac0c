"""Whether what lies on a disk can be of nobody else's making than this user's: nothing else is run.

A folder is trusted from the root down: whoever can write to one on the way can put another in the place of the next. A
file is judged by its open descriptor, so that what is judged is what is read. Root may do anything anyway.

What is to lie elsewhere and be known again as this user's own is sealed, by a secret that he alone can read
(:func:`secret`).
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from undertow.words import quoted

__all__ = [
    "OTHERS_READ",
    "OTHERS_WRITE",
    "PARTIAL",
    "ForeignError",
    "contents",
    "folder",
    "is_ours",
    "place",
    "put",
    "secret",
]

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
#: Read, write or anything.
OTHERS_READ = stat.S_IRWXG | stat.S_IRWXO

#: Systems that lack one of these do not tell whose a file is, and there nothing is trusted (:func:`folder`).
_NEEDED = ("O_NOFOLLOW", "O_NONBLOCK", "geteuid")
#: No link is followed, and a pipe without a writer is not waited for.
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
#: Links that are followed on the way to a folder, as on Linux.
_LINKS = 40
#: What this user's secret is called, and its bytes.
_SECRET, _SECRET_BYTES = "secret", 32
#: What ends the name of a file that is not whole yet.
PARTIAL = ".partial"


class ForeignError(Exception):
    """Others could have put something there. ``fact`` says what is wrong, ``fix`` what to do about it, if anything."""

    def __init__(self, fact: str, fix: str = "") -> None:
        self.fact, self.fix = fact, fix
        super().__init__(fact)


def place() -> Path | None:
    """Where this user's kernels and his secret lie, or None if they are not wanted or there is no such place."""
    chosen = os.environ.get("UNDERTOW_CACHE", "")
    if chosen == "off":
        return None
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # then it does not count, says its specification
        base = os.path.expanduser("~/.cache")
    # Without a home it would be a folder called "~", wherever the process happens to be.
    return Path(base) / "undertow" / "kernels" if os.path.isabs(base) else None


def secret(within: Path) -> bytes:
    """What is sealed with, in a folder of this user's (:func:`folder`).

    One that others could have read or put there is thrown away, and with it all that was sealed. Processes that make it
    at once each make one: the last stays, and what is sealed with another is made again.

    Raises:
        ForeignError: it does not stay closed to others.
        OSError: there is none, and none can be made.
    """
    path = within / _SECRET
    for _ in range(2):
        found = contents(path, _SECRET_BYTES, OTHERS_READ)
        if found is not None and len(found) == _SECRET_BYTES:
            return found
        put(path, os.urandom(_SECRET_BYTES))
    raise ForeignError(f"{quoted(path)} cannot be closed to other users there")


def put(path: Path, data: bytes) -> None:
    """Put a file there in one go, readable by this user alone; of several processes the last one wins."""
    descriptor, beside = tempfile.mkstemp(dir=path.parent, suffix=PARTIAL)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def contents(path: Path, most: int, closed: int = OTHERS_WRITE) -> bytes | None:
    """The bytes of a file of this user's, or None if there is none, it has more than ``most``, or it is not his alone.

    It is if it is a plain file of his under one name, and its mode has nothing of ``closed``.
    """
    try:
        descriptor = os.open(path, _READ)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if status.st_size > most or not is_ours(status, closed):
            return None
        return os.read(descriptor, status.st_size)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def is_ours(status: os.stat_result, closed: int = 0) -> bool:
    """Whether it is a plain file of this user's under one name, and its mode has nothing of ``closed``."""
    return (
        stat.S_ISREG(status.st_mode)
        and status.st_uid == os.geteuid()
        and not status.st_mode & closed
        and status.st_nlink == 1
    )


def folder(path: Path) -> Path:
    """``path`` without links, made if need be, when nobody else can put anything into it or another in its place.

    Each folder on the way and each link belongs to this user or to root, and others can write to none of the folders,
    unless it is sticky (as /tmp is: there nobody takes away what is another's). The last one is this user's and is not
    even that. What is missing is made, and closed to others.

    Raises:
        ForeignError: one of them is not so.
        OSError: there is no such folder, and none can be made.
    """
    if not all(hasattr(os, name) for name in _NEEDED):
        raise ForeignError("this system does not tell whose a file is")
    first, *parts = path.absolute().parts
    here, rest, links = Path(first), parts[::-1], 0
    _check(here)
    while rest:
        part = rest.pop()
        there = here.parent if part == ".." else here / part
        status = _found_or_made(there)
        if not stat.S_ISLNK(status.st_mode):
            here = there
            _check(here, status)
            continue
        _check_owner(there, status)
        links += 1
        if links > _LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        target = Path(os.readlink(there))
        rest += target.parts[::-1]
        if target.is_absolute():
            here = Path(rest.pop())
    _check_last(here, os.lstat(here))
    return here


def _found_or_made(path: Path) -> os.stat_result:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        with suppress(FileExistsError):  # another process was faster
            os.mkdir(path, 0o700)
        return os.lstat(path)


def _check(path: Path, status: os.stat_result | None = None) -> None:
    """Whether nobody else can put another thing in the place of what lies in this folder.

    Raises:
        ForeignError: somebody can.
        NotADirectoryError: it is no folder.
    """
    status = status or os.lstat(path)
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    _check_owner(path, status)
    mode = status.st_mode
    if mode & stat.S_ISVTX:
        return
    if mode & stat.S_IWOTH or (mode & stat.S_IWGRP and not _is_of_one(status.st_gid)):
        raise _open_to_others(path, status)


def _check_owner(path: Path, status: os.stat_result) -> None:
    if status.st_uid not in (0, os.geteuid()):
        raise ForeignError(f"{quoted(path)} belongs to another user ({status.st_uid})")


def _check_last(path: Path, status: os.stat_result) -> None:
    """Whether nobody else, root apart, can put anything into this folder.

    Raises:
        ForeignError: somebody can.
    """
    if status.st_uid != os.geteuid():
        raise ForeignError(f"{quoted(path)} belongs to another user ({status.st_uid})")
    if status.st_mode & OTHERS_WRITE:
        raise _open_to_others(path, status)


def _open_to_others(path: Path, status: os.stat_result) -> ForeignError:
    fix = f"chmod go-w {quoted(path)}" if os.geteuid() in (0, status.st_uid) else ""
    return ForeignError(f"other users can write to {quoted(path)}", fix)


def _is_of_one(group: int) -> bool:
    """Whether this is the group that many systems give each user, called like him, with nobody else in it.

    With it go a umask that lets the group write, and so folders that only look as if others could.
    """
    import grp
    import pwd

    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return user.pw_gid == group and found.gr_name == user.pw_name and not {*found.gr_mem} - {user.pw_name}
