"""The roof: whatever goes wrong in a command ends as one message and an exit status."""

from __future__ import annotations

import errno
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import typer

from undertow.cli.console import INTERRUPTED, OutputError, notes, standard_streams, styled
from undertow.errors import DivergedError, UndertowError

__all__ = ["guarded", "told"]

USER_ERROR = 2
#: As the shell says it of every program whose reader has gone: 128 and the number of SIGPIPE.
READER_GONE = 141
#: What typer calls a command that was given wrongly; its own name for it is private.
_Misused: type[Exception] = typer.BadParameter.__mro__[2]

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


def guarded(command: Callable[[], Any]) -> int:
    """Run a command; a mistake becomes one message and an exit status."""
    with standard_streams(), _warnings_shown():
        try:
            try:
                status = command()
            finally:
                sys.stdout.flush()
        except OutputError as error:
            return _unwritten(error.reason)
        except DivergedError as error:
            return _say("training stopped", error)
        except UndertowError as error:
            return _say("error", error)
        except _Misused as error:
            return _misused(error)
        except (OSError, UnicodeError) as error:
            return _say("error", told(error))
        except KeyboardInterrupt:
            notes.print("interrupted")
            return INTERRUPTED
        except Exception:
            traceback.print_exc()
            return 1
        return status if isinstance(status, int) else 0


def _say(kind: str, fact: object) -> int:
    notes.print(styled("[bold red]undertow: {}:[/] {}", kind, fact), soft_wrap=True)
    return USER_ERROR


def _misused(error: Any) -> int:
    """A command that was given wrongly; help that was asked for by giving nothing has been printed."""
    if message := error.format_message().strip():
        where = f" ({error.ctx.command_path} --help)" if getattr(error, "ctx", None) else ""
        return _say("error", message + where)
    return USER_ERROR


def _unwritten(reason: OSError | UnicodeError) -> int:
    if isinstance(reason, BrokenPipeError):
        return READER_GONE
    if isinstance(reason, UnicodeEncodeError):
        char = reason.object[reason.start]
        fix = "PYTHONIOENCODING=utf-8 makes it text in UTF-8; --json and files have all characters"
        return _say("error", f"standard output is in {reason.encoding}, which has no {char!r}; {fix}")
    return _say("error", f"cannot write to standard output: {_fact(reason)}")


def told(error: OSError | UnicodeError) -> str:
    """What the system refuses: the path if it is known, the fact, what to do."""
    if isinstance(error, OSError):
        paths = " -> ".join(_name(each) for each in (error.filename, error.filename2) if each is not None)
        return f"{paths}: {_fact(error)}" if paths else _fact(error)
    return _no_text(error)


def _name(path: object) -> str:
    """A path as a message has it: of one that is too long its two ends."""
    text = path.decode(errors="surrogateescape") if isinstance(path, bytes) else str(path)
    return text if len(text) <= 300 else f"{text[:100]} ... {text[-50:]} ({len(text):,} characters)"


def _fact(error: OSError | UnicodeError) -> str:
    if not isinstance(error, OSError):
        return _no_text(error)
    fix = _WHAT_TO_DO.get(error.errno or 0, "mend that, and give the command again")
    return f"{error.strerror or error}; {fix}"


def _no_text(error: UnicodeError) -> str:
    if isinstance(error, UnicodeEncodeError):
        around = error.object[max(0, error.start - 40) : error.start + 40]
        what, code = f"{around!r} cannot be written in {error.encoding}", error.object[error.start]
        return (
            f"{what}: {code!r} is no character of it. Is it the name of a file: rename it, or say that names are in "
            "UTF-8: LC_ALL=C.UTF-8 or PYTHONUTF8=1"
        )
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} ({error.object[error.start]:#04x}) is no text in {error.encoding}; save it as UTF-8"
    return str(error)


@contextmanager
def _warnings_shown() -> Iterator[None]:
    """Warnings are printed as all else is: above a bar of progress, and with no control character."""
    before = warnings.showwarning

    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None,
        line: str | None = None,
    ) -> None:  # fmt: skip
        notes.print(styled("[yellow]warning:[/] {}", message), soft_wrap=True)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before
