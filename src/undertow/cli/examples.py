"""``undertow data``: the data that ship with Undertow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from undertow import examples
from undertow.cli.console import notes, print_json, results, styled
from undertow.documents import present
from undertow.errors import OptionError
from undertow.storage import read_file, write_into
from undertow.words import command

__all__ = ["data"]


def data(
    name: Annotated[str | None, typer.Argument(help="the table to copy", show_default=False)] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="the folder for the copy (here)", show_default=False)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False,
) -> None:
    """List the data that ship with Undertow, or write a copy of one.

    Example: undertow data names_gender; undertow train classify names_gender.csv
    """
    if name is None:
        if out is not None:
            raise OptionError(f"which data into {out}? {command('data', 'NAME', '--out', out)}")
        _list(as_json=json)
        return
    file_name, content = examples.content(name)
    example, file = examples.EXAMPLES[name], (out or Path()) / file_name
    _write(file, content)
    if json:
        print_json({**vars(example), "file": str(file)})
        return
    notes.print(f"{file}: {example.about}; {example.licence}", soft_wrap=True)
    words = command("train", example.task.split(", ")[0], file, *example.flags.split())
    notes.print(styled("try: [bold]{}[/]", words), soft_wrap=True)


def _list(*, as_json: bool) -> None:
    if as_json:
        print_json([vars(example) for example in examples.EXAMPLES.values()])
        return
    table = Table(Column("data", no_wrap=True), Column("rows", justify="right", no_wrap=True), "for", "what it is")
    for example in examples.EXAMPLES.values():
        table.add_row(example.name, f"{example.rows:,}", example.task, f"{example.about} ({example.licence})")
    results.print(table)
    notes.print("a copy: undertow data NAME; credits: CREDITS.md in the package's folder data", soft_wrap=True)


def _write(file: Path, content: bytes) -> None:
    """A copy, unless another file of that name is there."""
    if present(file):
        if file.is_file() and read_file(file) == content:
            return
        raise OptionError(f"{file} is there already, with other content; move it away, or take another folder: --out")
    write_into(file.parent, {file.name: content})
