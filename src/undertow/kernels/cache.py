"""Object code on disk, so that a kernel is compiled once on a machine.

An entry is found by what it was made from: the equations, the plan, the sources of the emitter, the processor and
the versions of the compiler. It is run only if it lies in a folder that nobody else can write to, and
its hash is right; otherwise it is made again. ``UNDERTOW_CACHE`` names another folder, or ``off``.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

import undertow
from undertow.kernels.host import Target

__all__ = ["fetch", "folder", "key_of"]

_MAGIC = b"undertow kernel 1\n"

#: Whose sources an entry depends on, beside the equations themselves.
_SOURCES = ("kernels", "lang")


def folder() -> Path | None:
    """Where entries lie, or None if they are not wanted."""
    chosen = os.environ.get("UNDERTOW_CACHE", "")
    if chosen == "off":
        return None
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "undertow" / "kernels"


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
    """The object code of ``key``: from disk if it is there and whole, otherwise built and put there."""
    place = folder()
    if place is None or not _is_ours(place):
        return build()
    path = place / f"{key}.o"
    code = _read(path, key)
    if code is None:
        code = build()
        # A full or read-only disk costs time, nothing else.
        with suppress(OSError):
            _write(path, key, code)
    return code


def _is_ours(place: Path) -> bool:
    """Whether the folder is there, and nobody else can put anything into it."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = place.stat()
    except OSError:
        return False
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _header(key: str, code: bytes) -> bytes:
    return _MAGIC + f"{key} {len(code):016x} {hashlib.sha256(code).hexdigest()}\n".encode()


def _read(path: Path, key: str) -> bytes | None:
    """The code of an entry, or None if it is not there, broken, or another's."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    length = len(_header(key, b""))
    header, code = data[:length], data[length:]
    return code if header == _header(key, code) else None


def _write(path: Path, key: str, code: bytes) -> None:
    """Put an entry there in one go; of several processes the last one wins, with the same bytes."""
    descriptor, beside = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_header(key, code) + code)
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
