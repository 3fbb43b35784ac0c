"""``undertow report``."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from undertow.cli.console import notes, print_json

__all__ = ["report"]


def report(
    run: Annotated[Path, typer.Argument(help="the run's folder")],
    open: Annotated[bool, typer.Option("--open", help="open it in the browser")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False,
) -> None:
    """Write a run's report: one page that opens offline, with verdict, charts and their numbers.

    Example: undertow report runs/demo-1 --open
    """
    from undertow.report import write

    file = write(run)
    if json:
        print_json({"report": str(file), "bytes": file.stat().st_size})
    else:
        sys.stdout.write(f"{file}\n")
    if open and not webbrowser.open(file.resolve().as_uri()):
        notes.print(f"no browser could be started; open the file yourself: {file}", soft_wrap=True)
