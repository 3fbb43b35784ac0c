"""Files that are either whole or not there: written beside, synced, then put in place.

Who writes to a run's or a search's folder, or what a command gives out, does it through here; what cannot be written is
a :class:`undertow.errors.RunError`, in words.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import filelock

from undertow import files
from undertow.documents import contents, json_from, parsed, present
from undertow.errors import DamagedError, DataError, RunError, advised, named
from undertow.files import MisplacedError
from undertow.forms import MisfitError

__all__ = [
    "append", "append_line", "clear_folder", "copy_folder", "cut_back", "lock_of", "make_folder", "read_file",
    "read_metadata", "remove", "restated", "seal", "size_of", "tidy", "unseal", "write_atomically", "write_into",
]  # fmt: skip

_DIGEST = "sha256"


def read_file(path: Path) -> bytes:
    """The content of a file with data.

    Raises:
        DataError: it is missing, a folder, a pipe or a device, too large for this machine, or cannot be read.
    """
    return contents(path, DataError, given=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` so that a reader, or a crash at any moment, finds the old file or the new one.

    Raises:
        RunError: the disk is full or refuses; what was there before is untouched.
    """
    with _told(path):
        files.replaced(path, data)


def write_into(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files into a folder, by their names, which is made if it is not there. If one cannot be written, nothing is
    left that was not there before.

    Raises:
        RunError: the disk is full or refuses.
    """
    folders, written = make_folder(folder), list[Path]()
    try:
        for name, data in contents.items():
            file = folder / name
            written += [] if present(file) else [file]
            write_atomically(file, data)
    except BaseException:
        for file in written:
            with suppress(OSError):
                files.removed(file)
        files.unmade(folders)
        raise


def append(path: Path, text: str) -> None:
    """Add ``text`` to the end of a file, synced.

    Raises:
        RunError: the disk is full or refuses, or it is no plain file, or a link; it is cut back to what it was.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise RunError(f"cannot write {path}: {error}") from None
    with _told(path), files.opened(path, os.O_RDWR | os.O_CREAT | os.O_APPEND) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            left = memoryview(data)  # not by a buffer, which would be written once more when the file is closed
            while left:
                left = left[os.write(file.fileno(), left) :]
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise


def append_line(path: Path, line: str) -> None:
    """Add a line to the end of a file of lines of JSON, in the place of one that a process did not finish.

    Raises:
        RunError: as :func:`append`.
    """
    with _told(path):
        if files.size_of(path):
            with files.opened(path, os.O_RDWR) as file:
                _mend_end(file)
    append(path, line + "\n")


def _mend_end(file: BinaryIO) -> None:
    """End the last line, if it lacks that alone; or cut it off, if it is not whole."""
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


def size_of(path: Path) -> int:
    """How many bytes a file has that is to grow; 0 where there is none.

    Raises:
        RunError: it is no plain file, or a link, or cannot be written.
    """
    with _told(path):
        return files.size_of(path, changing=True)


def cut_back(path: Path, size: int) -> None:
    """Cut a file back to ``size`` bytes, if it has more.

    Raises:
        RunError: it is no plain file, or a link, or cannot be written.
    """
    with _told(path):
        files.cut(path, size)


def remove(path: Path) -> None:
    """Remove a file; a link, and not what it leads to.

    Raises:
        RunError: it cannot be removed.
    """
    with _told(path, "remove"):
        files.removed(path)


def make_folder(path: Path, *, new: bool = False, what: str = "folder") -> list[Path]:
    """Make a folder, which is a ``what``, and those that it lies in; if it must be ``new``, none may be there. Gives
    those that were made (:func:`undertow.files.unmade` takes them away again).

    Raises:
        RunError: it cannot be made, or a link is in the place of one within a run.
    """
    with _told(path, f"make the {what}"):
        return files.made(path, new=new)


def clear_folder(path: Path) -> None:
    """Remove a folder and what is in it; nothing that a link in it leads to.

    Raises:
        RunError: it is no folder, or a link to one, or cannot be removed.
    """
    with _told(path, "remove"):
        files.cleared(path)


def copy_folder(path: Path, to: Path) -> None:
    """Copy a folder; a link in it as a link, without what it leads to.

    Raises:
        RunError: it cannot be copied.
    """
    with _told(path, "copy"):
        files.copied(path, to)


def tidy(folder: Path) -> None:
    """Remove what was left half-written in a folder.

    Raises:
        RunError: it cannot be removed.
    """
    with _told(folder, "remove what was left half-written in"):
        files.tidied(folder)


def lock_of(path: Path) -> filelock.BaseFileLock | None:
    """Hold a file that one process at a time can hold; None if another one does. It is let go with the process.

    Raises:
        RunError: it is no plain file, or a link, or cannot be written.
    """
    lock = filelock.FileLock(path)
    with _told(path):
        files.opened(path, os.O_RDWR | os.O_CREAT).close()
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            return None
    return lock


@contextmanager
def _told(path: Path, doing: str = "write") -> Iterator[None]:
    """What a disk refuses, in words."""
    try:
        yield
    except MisplacedError as error:
        raise RunError(f"cannot {doing} {path}: {error.strerror}") from None
    except FileExistsError as error:
        raise RunError(f"cannot {doing} {path}: {error.strerror}; choose another") from error
    except OSError as error:
        fact = advised(error)
        if doing == "write" and isinstance(error, FileNotFoundError | NotADirectoryError):
            fact = f"there is no folder {named(path.parent)}; make it, or choose another with --out"
        raise RunError(f"cannot {doing} {named(path)}: {fact}") from error


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
