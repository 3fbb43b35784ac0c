"""Whether a folder, which may be a stranger's, may do what reaches out of it: connect to a server, run code elsewhere.

In a terminal the user is asked; without one ``--trust`` says yes beforehand. What he named himself on this machine, or
has said yes to, is not asked about again: a mark in the folder (``trusted.json``) tells it. It is sealed by his secret
(:mod:`undertow.ours`) together with what was named, so nobody else can have made it, and what is named anew is asked
about anew.
"""

from __future__ import annotations

import hmac
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from undertow import ours
from undertow.cli.console import notes, styled
from undertow.documents import present, read_json
from undertow.errors import OptionError, RunError
from undertow.runs import TRUSTED
from undertow.storage import write_atomically
from undertow.words import command

if TYPE_CHECKING:
    from undertow.tuning.folder import SearchFolder

__all__ = ["Matter", "Trust", "connects", "permit", "remember", "runs_code"]

Trust = Annotated[
    bool,
    typer.Option("--trust", help="do not ask: use the database server or the code that the folder names"),
]
_MAGIC = b"undertow trust 1\n"


@dataclass(frozen=True)
class Matter:
    """What a folder would do: as people are told it, and exactly."""

    folder: Path
    does: str
    question: str
    facts: tuple[str, ...]
    again: str


def connects(search: SearchFolder) -> Matter | None:
    """That going on with a search connects to a database server; None if its store is a file."""
    from undertow.tuning.store import server_of

    storage = search.options.storage
    where = server_of(storage)
    if not where:
        return None
    does = f"{search.path} keeps its trials on a database server, as its search.toml says: {where}"
    again = command("resume", search.path, "--trust")
    return Matter(search.path, does, "Connect to it?", ("server", search.name, storage), again)


def runs_code(run: Path, functions: Sequence[str]) -> Matter | None:
    """That functions are imported, which a run names, each called ``module:function``; None if there are none."""
    from undertow.diagnosis import origin

    if not functions:
        return None
    found = {path: origin(path) for path in dict.fromkeys(functions)}
    named = "; ".join(f"{path} from {file or 'a place that is not known'}" for path, file in found.items())
    does = f"{run} names code to run, in its config.toml: {named}"
    facts = tuple(part for pair in found.items() for part in pair)
    return Matter(run, does, "Run it?", ("code", *facts), command("remedy", run, "--trust"))


def permit(matter: Matter | None, *, trust: bool) -> None:
    """Go on if the user wants it so: he says it, or has said it.

    Raises:
        OptionError: he does not, or nobody can be asked.
    """
    if matter is None or trust or _remembered(matter):
        return
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        raise OptionError(f"{matter.does}. Nothing tells that you named it yourself; if it is right: {matter.again}")
    notes.print(styled("{}. [bold]{}[/] \\[y/N] ", matter.does, matter.question), soft_wrap=True, end="")
    answer = sys.stdin.readline()
    if not answer:  # whoever ends the input has not ended the line
        notes.print()
    if answer.strip().lower() not in ("y", "yes"):
        raise OptionError(f"{matter.folder} is left alone")
    remember(matter)


def remember(matter: Matter | None) -> None:
    """Keep in the folder that this user named it himself. Where he has no secret, he is asked next time."""
    seal = matter and _seal(matter)
    if matter and seal:
        with suppress(RunError):
            write_atomically(matter.folder / TRUSTED, json.dumps({"seal": seal}).encode())


def _remembered(matter: Matter) -> bool:
    file, seal = matter.folder / TRUSTED, _seal(matter)
    with suppress(RunError):  # a mark that is none is asked about
        return bool(seal and present(file)) and hmac.compare_digest(
            read_json(file, {"seal": str})["seal"].encode(), str(seal).encode()
        )
    return False


def _seal(matter: Matter) -> str | None:
    """Of what a folder would do, or None if this user has no place for a secret, or it is not his alone."""
    chosen = ours.place()
    if chosen is None:
        return None
    try:
        secret = ours.secret(ours.folder(chosen))
    except (ours.ForeignError, OSError):
        return None
    return hmac.digest(secret, _MAGIC + json.dumps(matter.facts).encode(), "sha256").hex()
