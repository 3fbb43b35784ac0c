"""The roof: whatever goes wrong in a command ends as one message and an exit status."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import typer

from undertow.cli.console import INTERRUPTED, OutputError, notes, standard_streams, styled
from undertow.errors import DivergedError, UndertowError, advised, named

__all__ = ["guarded", "told"]

USER_ERROR = 2
#: As the shell says it of every program whose reader has gone: 128 and the number of SIGPIPE.
READER_GONE = 141
#: What typer calls a command that was given wrongly; its own name for it is private.
_Misused: type[Exception] = typer.BadParameter.__mro__[2]


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
        paths = " -> ".join(named(each) for each in (error.filename, error.filename2) if each is not None)
        return f"{paths}: {_fact(error)}" if paths else _fact(error)
    return _no_text(error)


def _fact(error: OSError | UnicodeError) -> str:
    if not isinstance(error, OSError):
        return _no_text(error)
    return advised(error)


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
