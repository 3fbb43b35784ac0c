"""``undertow cells``, ``runs`` and ``config``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import tomlkit
import typer
from rich.table import Table

from undertow import cells as zoo
from undertow.cli.console import notes, print_json, results, styled, write_pieces
from undertow.errors import OptionError
from undertow.lang import Cell, show
from undertow.lang.diagram import bptt_svg, cell_svg, unrolled_svg
from undertow.runs import list_runs
from undertow.storage import write_into
from undertow.tasks.kinds import USUAL
from undertow.training.config import Config
from undertow.words import in_column

__all__ = ["cells", "config", "runs"]

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output")]


def runs(folder: Annotated[Path, typer.Argument(help="where the runs are")] = Path("runs"), json: Json = False) -> None:
    """List the runs in a folder.

    Example: undertow runs
    """
    rows = list_runs(folder)
    if json:
        print_json([vars(row) for row in rows])
        return
    if not rows:
        notes.print(f"no runs in {folder}; make one: undertow train text FILE, or undertow demo", soft_wrap=True)
        return
    table = Table("run", "task", "cell", "step", "not trained on", "state")
    for row in rows:
        figure = "" if row.figure is None else f"{row.figure:.3f} {row.measure}"
        steps = f"{row.step}/{row.steps}" if row.steps else ""
        told = (row.name, row.task, row.cell, steps, figure, row.state)
        table.add_row(*told)
    results.print(table)


def cells(
    name: Annotated[str | None, typer.Argument(help="one cell, in full", show_default=False)] = None,
    latex: Annotated[bool, typer.Option("--latex", help="equations as LaTeX")] = False,
    draw: Annotated[
        Path | None,
        typer.Option("--draw", help="write diagrams (SVG) into this folder", show_default=False),
    ] = None,
    kernel: Annotated[
        bool, typer.Option("--kernel", help="the plan of its kernels: passes, tile sizes, what is kept")
    ] = False,
    ir: Annotated[bool, typer.Option("--ir", help="the same as LLVM IR, with the plan as comments")] = False,
    json: Json = False,
) -> None:
    """List the cells, or show one: equations, derived BPTT step, parameters, source; or the kernels made of it.

    Example: undertow cells lstm --draw pictures
    """
    if name is None:
        if latex or draw or kernel or ir:
            raise OptionError("--latex, --draw, --kernel and --ir want a cell: undertow cells lstm --draw pictures")
        _list_cells(as_json=json)
        return
    cell = zoo.get(name)
    if draw is not None:
        _draw(cell, draw)
    if kernel or ir:
        _show_kernel(cell, ir=ir, as_json=json)
    elif json:
        print_json(_as_data(cell))
    elif latex:
        results.print(show.equations_latex(cell), soft_wrap=True)
        results.print(show.bptt_latex(cell), soft_wrap=True)
    else:
        _show_cell(cell)


def _list_cells(*, as_json: bool) -> None:
    if as_json:
        print_json([_as_data(cell) for cell in zoo.CELLS.values()])
        return
    table = Table("cell", "gates", "state", "what it is")
    for cell in zoo.CELLS.values():
        table.add_row(cell.name, " ".join(cell.gates), " ".join(cell.state), cell.summary)
    results.print(table)


def _as_data(cell: Cell) -> dict[str, object]:
    return {
        "name": cell.name,
        "summary": cell.summary,
        "source": cell.source,
        "gates": list(cell.gates),
        "state": dict(cell.state),
        "options": dict(cell.arguments),
        "equations": show.equations_text(cell),
        "bptt": show.bptt_text(cell),
        "parameters": [dict(zip(("name", "shape", "meaning"), p, strict=True)) for p in show.parameters_text(cell)],
    }


def _show_cell(cell: Cell) -> None:
    def block(title: str, lines: list[str]) -> None:
        results.print(f"\n{title}", style="bold")
        for line in lines:
            results.print(f"  {line}", soft_wrap=True)

    results.print(styled("[bold]{}[/]  {}", cell.name, cell.summary), soft_wrap=True)
    block("Equations of a step", show.equations_text(cell))
    block("Its step of backpropagation through time, derived", show.bptt_text(cell))
    block("Parameters", [f"{in_column(n, 4)} {shape:10} {meaning}" for n, shape, meaning in show.parameters_text(cell)])
    if cell.arguments:
        block("Options", [f"{k} = {v!r}" for k, v in cell.arguments.items()])
    block("Source", [cell.source])


def _show_kernel(cell: Cell, *, ir: bool, as_json: bool) -> None:
    """What is made of a cell in float32: for this machine, or for 256 bits where kernels do not run."""
    from undertow.kernels import shown
    from undertow.kernels.host import AVX2, host
    from undertow.kernels.steps import Equations, Steps

    steps = Steps(Equations.of(cell), "float32", host() or AVX2)
    if as_json:
        print_json({"name": cell.name, **shown.as_data(steps), **({"ir": shown.as_ir(steps)} if ir else {})})
    else:
        text = shown.as_ir(steps) if ir else "\n".join(shown.as_text(steps))
        write_pieces([text, "\n"])


def _draw(cell: Cell, folder: Path) -> None:
    drawings = {"cell": cell_svg(cell), "bptt": bptt_svg(cell), "unrolled": unrolled_svg(cell)}
    files = {f"{cell.name}-{kind}.svg": svg.encode() for kind, svg in drawings.items()}
    write_into(folder, files)
    for name in files:
        notes.print(f"wrote {folder / name}", soft_wrap=True)


def config(
    task: Annotated[str, typer.Argument(help=f"for which task ({USUAL})", show_default=False)] = USUAL,
) -> None:
    """Print a config with every option explained, to start one's own from.

    Example: undertow config > mine.toml; undertow train text FILE --config mine.toml
    """
    sys.stdout.write(tomlkit.dumps(Config.of(task).document()))
