"""Object code on disk, so that a kernel is compiled once on a machine.

An entry is found by what it was made from: the equations, the plan, the sources of the emitter, the processor and
the versions of the compiler. What is found is run, so this user must have made it:

- It lies in a folder that nobody else can write to or replace, in a plain file of this user's (:mod:`undertow.ours`).
- It is sealed, together with what it is for, by a secret that lies there too and that nobody else can read.

Anything else is made again. ``UNDERTOW_CACHE`` names another folder, or ``off``.

An entry of another version may still be wanted by whoever uses that version. So age decides: entries that no process
has used for :data:`_KEPT` are removed, once a day, by a process that has just made an entry.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

import undertow
from undertow import ours
from undertow.kernels.host import Target
from undertow.words import quoted

__all__ = ["fetch", "key_of"]

_MAGIC = b"undertow kernel 2\n"

#: Whose sources an entry depends on, beside the equations themselves.
_SOURCES = ("kernels", "lang")

#: The most bytes of an entry: the largest of ours has a thousandth of it.
_MOST = 1 << 28

_DAY = 86_400.0
#: Seconds that an entry stays without being used. When it was used is noted once a day.
_KEPT = 30 * _DAY
#: When a folder was last looked through: the time of this file.
_TIDIED = "tidied"
_ENTRY = re.compile(r"[0-9a-f]{64}\.o")

#: Folders that are not used, and why; each was told.
_told: set[str] = set()


@cache
def _made_by() -> str:
    """A digest of the emitter's sources and the versions of the compiler."""
    digest = hashlib.sha256(f"{llvmlite.__version__} {llvm.llvm_version_info}".encode())
    root = Path(undertow.__file__).parent
    for room in _SOURCES:
        for path in sorted((root / room).glob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


@cache
def _processor() -> str:
    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def key_of(target: Target, dtype: str, *what: str) -> str:
    """The key of an entry made of ``what`` for a target and number format."""
    parts = [_made_by(), _processor(), target.name, dtype, *what]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def fetch(key: str, build: Callable[[], bytes]) -> bytes:
    """The object code of ``key``: from disk if it is there, whole and ours, otherwise built and put there."""
    chosen = ours.place()
    if chosen is None:
        return build()
    try:
        place = ours.folder(chosen)
        secret = ours.secret(place)
    except ours.ForeignError as error:
        _tell(chosen, error)
        return build()
    except OSError:
        return build()
    path = place / f"{key}.o"
    code = _read(path, key, secret)
    if code is None:
        code = build()
        # A full or read-only disk costs time, nothing else. The secret may be another process's by now.
        with suppress(OSError, ours.ForeignError):
            ours.put(path, _header(key, code, ours.secret(place)) + code)
            _tidy(place)
    else:
        _note_use(path)
    return code


def _note_use(path: Path) -> None:
    with suppress(OSError):  # a read-only disk, or it was removed just now
        if time.time() - path.lstat().st_mtime > _DAY:
            os.utime(path)


def _tidy(place: Path) -> None:
    """Remove what was not used for long, and what killed processes have left half-written; once a day.

    Another process may do the same, or use an entry that goes: it has read it, or makes it again.

    Raises:
        OSError: the disk refuses.
    """
    now, mark = time.time(), place / _TIDIED
    with suppress(FileNotFoundError):
        if abs(now - mark.lstat().st_mtime) < _DAY:
            return
    ours.put(mark, b"")
    with os.scandir(place) as there:
        for found in there:
            kept = _KEPT if _ENTRY.fullmatch(found.name) else _DAY if found.name.endswith(ours.PARTIAL) else None
            with suppress(OSError):
                status = found.stat(follow_symlinks=False)
                if kept is not None and ours.is_ours(status) and now - status.st_mtime > kept:
                    os.unlink(found.path)


def _tell(place: Path, error: ours.ForeignError) -> None:
    """Say once why a folder is not used."""
    told = (
        f"kernels are not kept in {quoted(place)}: {error.fact}. They are compiled anew in every process. "
        + (f"`{error.fix}` helps; " if error.fix else "")
        + "UNDERTOW_CACHE names another folder; with UNDERTOW_CACHE=off this is not told"
    )
    if told not in _told:
        _told.add(told)
        warnings.warn(told, stacklevel=2)


def _header(key: str, code: bytes, secret: bytes) -> bytes:
    """What stands before ``code``: a seal of it, of its length and of what it is for."""
    said = _MAGIC + f"{key} {len(code):016x} ".encode()
    return said + f"{hmac.digest(secret, said + code, 'sha256').hex()}\n".encode()


def _read(path: Path, key: str, secret: bytes) -> bytes | None:
    """The code of an entry, or None if it is not there, broken, or another's."""
    data = ours.contents(path, _MOST)
    if data is None:
        return None
    end = data.find(b"\n", len(_MAGIC)) + 1
    header, code = data[:end], data[end:]
    return code if hmac.compare_digest(header, _header(key, code, secret)) else None
