"""Everything Undertow raises on purpose.

::

    UndertowError                 told in one line by the command line, exit status 2
    ├── LanguageError             an equation of a cell; knows its file, line and column
    ├── OptionError (ValueError)  an argument, option or key of a config
    ├── DataError                 a file with text or tables that cannot be used
    ├── RunError                  a run folder: missing, half-written, changed, another version's
    │   ├── BusyError             another process is at work in it
    │   └── DamagedError          a file in it is not what was written there
    ├── BackendError (RuntimeError)  a backend was asked for something it cannot do
    └── DivergedError               training met NaN or infinity

A message has the fact, the place and what to do about it. Layers raise torch's own
``ValueError`` and ``RuntimeError`` where ``torch.nn`` does, in torch's words.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "BackendError",
    "BusyError",
    "DamagedError",
    "DataError",
    "DivergedError",
    "LanguageError",
    "OptionError",
    "Place",
    "RunError",
    "UndertowError",
    "advised",
    "check_known",
    "named",
    "nearest",
    "nearest_file",
]


#: How much two names must have in common, of 1, for one to be meant by the other: about two letters of three.
_CLOSE = 0.63
#: No name of ours is as long.
_LONGEST = 200


class UndertowError(Exception):
    """Base of every error that Undertow raises on purpose."""


@dataclass(frozen=True)
class Place:
    """Where an equation stands: ``line`` and ``column`` count from 1, ``text`` is the whole line."""

    file: str
    line: int
    column: int
    width: int
    text: str

    def quote(self) -> str:
        """The place as an editor finds it, the line, and carets under the expression."""
        indent = len(self.text) - len(self.text.lstrip())
        shown = self.text.strip()
        caret = max(self.column - 1 - indent, 0)
        width = max(1, min(self.width, len(shown) - caret))
        return f"{self.file}:{self.line}:{self.column}\n    {shown}\n    {' ' * caret}{'^' * width}"


class LanguageError(UndertowError):
    """A cell's equations cannot be understood. ``place`` is where, if it is known."""

    def __init__(self, fact: str, place: Place | None = None, fix: str = "") -> None:
        self.fact, self.place, self.fix = fact, place, fix
        where = f"\n  at {place.quote()}" if place else ""
        super().__init__(fact + where + (f"\n  {fix}" if fix else ""))


class OptionError(UndertowError, ValueError):
    """An argument, an option or a key of a config has a value that cannot be used."""


class DataError(UndertowError):
    """A file with data is missing, empty, not what it should be, or too short."""


class RunError(UndertowError):
    """A run folder is missing, half-written, from another version or changed by hand."""


class BusyError(RunError):
    """Another process is at work in a folder just now."""


class DamagedError(RunError):
    """A file of a run or a search is not what was written there; the message has its path, and the line in it."""


class BackendError(UndertowError, RuntimeError):
    """The backend that was asked for by name cannot run this layer or this call."""


class DivergedError(UndertowError):
    """Training met NaN or infinity; the message names the step, the layer and the likely cause."""


def nearest(name: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` for the known name most like ``name``, else ``"; known: ..."``.

    Nearest is what differs by capitals alone, then by two neighbours that changed places; then what has the most in
    common, if that is enough; then what begins alike.
    """
    known = list(known)
    if len(name) > _LONGEST:  # no slip of the fingers, and comparing takes time and memory by its square
        return ""
    folded, typed = {each.casefold(): each for each in reversed(known)}, name.casefold()
    turned = (typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :] for at in range(len(typed) - 1))
    close = (
        [each for each in (typed, *turned) if each in folded]
        or difflib.get_close_matches(typed, folded, n=1, cutoff=_CLOSE)
        or [each for each in folded if min(len(each), len(typed)) > 2 and _begin_alike(each, typed)]
    )
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    return f"; known: {', '.join(known)}" if known else ""


def _begin_alike(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def check_known(what: str, name: str, names: Iterable[str]) -> str:
    """``name``, if it is among ``names``; ``what`` they are names of.

    Raises:
        OptionError: it is not; the nearest is suggested.
    """
    names = list(names)
    if name not in names:
        told = repr(name) if len(name) <= _LONGEST else f"of {len(name):,} letters"
        raise OptionError(f"there is no {what} {told}{nearest(name, names)}")
    return name


def nearest_file(path: Path) -> str:
    """``"; did you mean 'x'?"`` for what lies beside ``path`` and is called most like it, else nothing."""
    try:
        beside = {file.stem: file.name for file in path.parent.iterdir()}
    except OSError:
        return ""
    close = difflib.get_close_matches(path.stem, beside, n=1)
    return f"; did you mean {beside[close[0]]!r}?" if close else ""


#: What helps against what a system refuses.
_WHAT_TO_DO = {
    errno.ENOENT: "give a path that is there",
    errno.ENOTDIR: "give a path that is there",
    errno.EISDIR: "give a file",
    errno.EEXIST: "give another path, or move that away",
    errno.EACCES: "take another place, or see who may read and write there",
    errno.EPERM: "take another place, or see who may read and write there",
    errno.EROFS: "copy it to a disk that can be written, and go on there",
    errno.ENOSPC: "free some space, or take another disk; what was saved before is untouched",
    errno.EDQUOT: "free some space, or take another disk; what was saved before is untouched",
    errno.EFBIG: "files may not grow further (ulimit -f); what was saved before is untouched",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ELOOP: "links are not followed here, or go in circles; give the file itself, or remove the link",
    errno.EMFILE: "too many files are open; allow more: ulimit -n 4096",
    errno.ENFILE: "too many files are open; end some other program",
    errno.EIO: "the disk or the device has failed; see what the system says of it",
    errno.ENXIO: "that is a pipe, a socket or a device that nobody serves; give a file",
    errno.ENOMEM: "free some memory",
}


def advised(error: OSError) -> str:
    """What a system refuses, and what to do."""
    fix = _WHAT_TO_DO.get(error.errno or 0, "mend that, and give the command again")
    return f"{error.strerror or error}; {fix}"


def named(path: object) -> str:
    """A path as a message has it: of one that is too long its two ends."""
    text = path.decode(errors="surrogateescape") if isinstance(path, bytes) else str(path)
    return text if len(text) <= 300 else f"{text[:100]} ... {text[-50:]} ({len(text):,} characters)"
