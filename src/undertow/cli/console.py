"""Where printing goes: results to standard output, everything about the way to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console

from undertow.errors import DivergedError, UndertowError

__all__ = ["INTERRUPTED", "USER_ERROR", "guarded", "notes", "print_json", "results"]

USER_ERROR = 2
INTERRUPTED = 130

#: For results: what a pipe gets.
results = Console(highlight=False)
#: For progress, hints and errors.
notes = Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def guarded(command: Callable[[], Any]) -> int:
    """Run a command; a mistake becomes one message and an exit status."""
    try:
        command()
    except UndertowError as error:
        kind = "training stopped" if isinstance(error, DivergedError) else "error"
        notes.print(f"[bold red]undertow: {kind}:[/] ", end="")
        notes.print(str(error), markup=False, soft_wrap=True)
        return USER_ERROR
    except KeyboardInterrupt:
        notes.print("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return 0
