"""Files that are either whole or not there: written beside, synced, then put in place."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from undertow.documents import contents, json_from, parsed
from undertow.errors import DamagedError, DataError, RunError
from undertow.forms import MisfitError

__all__ = ["append", "append_line", "read_file", "read_metadata", "restated", "seal", "unseal", "write_atomically"]

_DIGEST = "sha256"


def read_file(path: Path) -> bytes:
    """The content of a file with data.

    Raises:
        DataError: it is missing, a folder, a pipe or a device, too large for this machine, or cannot be read.
    """
    return contents(path, DataError)


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` so that a reader, or a crash at any moment, finds the old file or the new one.

    Raises:
        RunError: the disk is full or refuses; what was there before is untouched.
    """
    beside = path.with_name(f".{path.name}.partial")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise _cannot_write(path, error) from error


def append(path: Path, text: str) -> None:
    """Add ``text`` to the end of a file, synced.

    Raises:
        RunError: the disk is full or refuses, or it is no file; it is cut back to what it was.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise RunError(f"cannot write {path}: {error}") from None
    if path.exists() and not path.is_file():  # writing to a pipe would wait for whoever reads it
        raise RunError(f"cannot write {path}: it is no file; remove it")
    size = path.stat().st_size if path.exists() else 0
    try:
        with open(path, "ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if path.exists():
            os.truncate(path, size)
        raise _cannot_write(path, error) from error


def append_line(path: Path, line: str) -> None:
    """Add a line to the end of a file of lines of JSON, in the place of one that a process did not finish.

    Raises:
        RunError: as :func:`append`.
    """
    try:
        _mend_end(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    append(path, line + "\n")


def _mend_end(path: Path) -> None:
    """End the last line, if it lacks that alone; or cut it off, if it is not whole."""
    if not path.is_file() or not path.stat().st_size:
        return
    with open(path, "rb+") as file:
        file.seek(-1, os.SEEK_END)
        if file.read() == b"\n":
            return
        file.seek(0)
        kept, _, last = file.read().rpartition(b"\n")
        try:
            parsed(last.decode())
            file.write(b"\n")
        except ValueError:
            file.truncate(len(kept) + 1 if kept else 0)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot_write(path: Path, error: OSError) -> RunError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return RunError(f"cannot write {path}: there is no folder {path.parent}; make it, or choose another with --out")
    return RunError(
        f"cannot write {path}: {error.strerror or error}. Free some space or choose another folder with --out; "
        "what was saved before is untouched."
    )


def seal(data: bytes) -> bytes:
    """Safetensors bytes with the SHA-256 of their tensors added to the metadata."""
    return restated(data, {})


def unseal(path: Path) -> bytes:
    """The bytes of a sealed safetensors file.

    Raises:
        RunError: it is cut short, was changed after it was written, or is something else.
    """
    data = contents(path)
    header, body = _split(data, path)
    if header.get("__metadata__", {}).get(_DIGEST) != _digest(header, body):
        raise DamagedError(
            f"{path} is damaged or was changed after it was written: its checksum does not match; put it back from a "
            "copy"
        )
    return data


def read_metadata(data: bytes) -> dict[str, str]:
    """The metadata of safetensors bytes."""
    header, _ = _split(data)
    metadata: dict[str, str] = header.get("__metadata__", {})
    return metadata


def restated(data: bytes, changes: Mapping[str, str | None]) -> bytes:
    """Sealed safetensors bytes with some metadata changed (None: left out), and every tensor as it was."""
    header, body = _split(data)
    metadata = {**header.get("__metadata__", {}), **changes}
    header["__metadata__"] = {name: value for name, value in metadata.items() if value is not None}
    header["__metadata__"][_DIGEST] = _digest(header, body)
    return _joined(header, body)


#: Of a file's header: what tensors are called, and where they stand; and what is said of them all.
_HEADER = {"__metadata__?": dict[str, str]}
#: The most bytes of a header, as the safetensors library has it.
_LONGEST = 100_000_000


def _split(data: bytes, path: Path | None = None) -> tuple[dict[str, Any], bytes]:
    try:
        (length,) = struct.unpack("<Q", data[:8])
        if length > min(len(data) - 8, _LONGEST):
            raise MisfitError("is cut short")
        header: dict[str, Any] = json_from(data[8 : 8 + length].decode(), _HEADER)
    except (ValueError, struct.error) as error:
        raise DamagedError(
            f"{path or 'the file'} is not a safetensors file, or is cut short; put it back from a copy"
        ) from error
    return header, data[8 + length :]


def _digest(header: Mapping[str, Any], body: bytes) -> str:
    """Over everything in the file but the digest itself."""
    metadata = {k: v for k, v in header.get("__metadata__", {}).items() if k != _DIGEST}
    rest = {**header, "__metadata__": metadata}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode() + body).hexdigest()


def _joined(header: Mapping[str, Any], body: bytes) -> bytes:
    """The file's bytes; metadata in order of names, so that equal contents are equal files."""
    ordered = {**header, "__metadata__": dict(sorted(header["__metadata__"].items()))}
    text = json.dumps(ordered, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body
