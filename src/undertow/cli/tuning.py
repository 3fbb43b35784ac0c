"""``undertow tune``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tomlkit
import typer
from rich.table import Table

from undertow.cli.asking import Trust, connects, permit, remember
from undertow.cli.console import INTERRUPTED, notes, print_json, results, styled
from undertow.cli.flags import chosen, with_flags
from undertow.cli.searching import watching
from undertow.cli.stopping import Interruption
from undertow.documents import present
from undertow.errors import OptionError
from undertow.options import describe
from undertow.report.numbers import counted
from undertow.runs import RunFolder, is_search, next_free
from undertow.tasks.kinds import KINDS
from undertow.training.config import Config, TrainingOptions, config_of, read_config
from undertow.tuning.options import SearchOptions
from undertow.words import command

if TYPE_CHECKING:
    from undertow.tuning.folder import SearchFolder
    from undertow.tuning.workers import Workers as Made

__all__ = ["Ray", "Workers", "go_on", "tune"]

_OWN = tuple(describe(SearchOptions))
Workers = Annotated[
    int,
    typer.Option(
        "--workers",
        help="for a search: how many trainings at a time, one thread each; 0: one a core",
        show_default=False,
    ),
]
Ray = Annotated[
    str | None,
    typer.Option("--ray", help="of a search: train on this Ray cluster (host:port, auto)", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line on standard output")]


def _tune(
    run: Annotated[
        Path | None,
        typer.Argument(help="a run or a config to start from, or a search to continue", show_default=False),
    ] = None,
    space: Annotated[
        Path | None, typer.Option("--space", help="genes, from a TOML file (the task's own)", show_default=False)
    ] = None,
    show_space: Annotated[
        bool, typer.Option("--show-space", help="print the genes of a run, a config or a task, and exit")
    ] = False,
    workers: Workers = 0,
    ray: Ray = None,
    set: Annotated[
        list[str] | None,
        typer.Option("--set", help="any option of the config that is searched from", metavar="KEY=VALUE",
                     show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="the search's folder (runs/NAME-tune-1 ..)",
                                             show_default=False)] = None,
    trust: Trust = False,
    json: Json = False,
    *,
    flags: dict[str, Any],
) -> None:  # fmt: skip
    """Search for a better network: layers, widths, cell, regularisation, optimizer, with a genetic algorithm.

    TPE and random search run beside it at equal budget, and the report says whether it was worth it. Fitness is the
    loss on the validation part; the part for tests is touched once, by the winner.

    Examples: undertow tune runs/names_gender-1 --budget 60 --repeats 3

    undertow tune --show-space classify > genes.toml; undertow tune names.toml --space genes.toml
    """
    if run is None:
        raise OptionError("which network? undertow tune RUN, or a config: undertow config classify > mine.toml")
    if is_search(run) and not show_space:
        if flags or set or space or out:
            raise OptionError(
                f"{run} is a search, whose options are in its search.toml; to go on with it, give --workers, --ray, "
                "--trust and --json alone"
            )
        go_on(run, workers=workers, ray=ray, trust=trust, json=json)
        return
    options = {name: flags.pop(name) for name in _OWN if name in flags}
    base = chosen(_base(run, show_space=show_space), flags, set or [])
    from undertow.tuning.space import default_space, read_space

    file = space or (run / "space.toml" if is_search(run) else None)
    genes = read_space(file, base.task, given=space is not None) if file else default_space(base.task)
    if show_space:
        sys.stdout.write(tomlkit.dumps(genes.document()))
        return
    if not base.own.data:
        raise OptionError(f"which data? {run} names none; --set data=FILE")
    _check_workers(workers)
    from undertow.tuning.session import begin

    name = Path(base.own.data).name.partition(".")[0]
    with _workers(workers, ray) as made:
        search = begin(out or next_free(Path("runs"), f"{name}-tune"), SearchOptions(**options), base, genes)
        remember(connects(search))  # it was given just now
        _search(search, made, as_json=json)


_tune.__name__ = "tune"
tune = with_flags(
    [*((SearchOptions, name) for name in _OWN), (TrainingOptions, "steps")], {"steps": "as the config has it"}
)(_tune)


def go_on(folder: Path, *, workers: int = 0, ray: str | None = None, trust: bool = False, json: bool = False) -> None:
    """Go on with a search that was interrupted or killed."""
    _check_workers(workers)
    from undertow.tuning.folder import SearchFolder

    search = SearchFolder.open(folder)
    permit(connects(search), trust=trust)
    with _workers(workers, ray) as made:
        _search(search, made, as_json=json)


def _base(path: Path, *, show_space: bool) -> Config:
    """The config that a search starts from: a run's, a file's, or a task's default, to show its genes."""
    if show_space and str(path) in KINDS and not present(path):
        return Config.of(str(path))
    if is_search(path):
        return read_config(path / "config.toml")
    if path.is_dir() or not (path.exists() or path.suffix):
        return config_of(RunFolder.open(path))
    from undertow.tables.table import SUFFIXES

    if path.is_file() and path.suffix in SUFFIXES:
        raise OptionError(
            f"{path} is data, and tune wants a config that names it, or a run: undertow config classify > mine.toml; "
            + command("tune", "mine.toml", "--set", f"data={path}")
        )
    return read_config(path, given=True)


def _check_workers(count: int) -> None:
    if count < 0:
        raise OptionError(f"--workers is a number of trainings side by side, or 0 for one a core; got {count}")


@contextmanager
def _workers(count: int, ray: str | None) -> Iterator[Made]:
    """Who trains, on this machine or on a cluster."""
    if ray is not None:
        from undertow.tuning.cluster import RayWorkers

        made: Made = RayWorkers(ray)
    else:
        from undertow.tuning.workers import LocalWorkers

        made = LocalWorkers(count or _cores())
    try:
        yield made
    finally:
        made.close()


def _cores() -> int:
    """The cores that this process may use, where the system says so; else those of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _search(search: SearchFolder, workers: Made, *, as_json: bool) -> None:
    from undertow.report import write
    from undertow.tuning.session import finish

    if not as_json:
        options = search.options
        genes, number = len(search.space.distributions), len(options.methods) * options.repeats
        searches = "a search" if number == 1 else f"{number} searches"
        told = (
            f"{counted(genes, 'gene')}, {searches} of {options.budget} trainings of {search.config.training.steps} "
            f"steps, {workers.count} at once"
        )
        notes.print(styled("[bold]{}[/]: {}", search.path, told), soft_wrap=True)
    with Interruption() as interruption, watching(search, workers.count, as_json=as_json) as listen:
        ended = finish(search, workers, listen=listen, interrupted=lambda: interruption.asked)
    if not ended:
        notes.print(styled("saved; go on with: [bold]{}[/]", command("resume", search.path)), soft_wrap=True)
        raise typer.Exit(INTERRUPTED)
    report = write(search.path)
    found = search.outcome()
    if as_json:
        print_json({"event": "found", **{k: v for k, v in found.items() if k != "searches"}, "report": str(report)})
        return
    _show(found)
    notes.print(f"report: {report}", soft_wrap=True)
    if found["winner"]:
        words = command("train", search.config.task, "--config", search.winner_file)
        notes.print(styled("the winner: [bold]{}[/]", words), soft_wrap=True)


def _show(found: Mapping[str, Any]) -> None:
    """The methods, the winner and how it does on the part for tests."""
    best = f"best {', '.join(found['sought'])}"
    table = Table("search", "seed", "trainings", best, "of trial", title="Best found, on the validation part")
    for one in found["searches"]:
        first = next((t for t in one["trials"] if t["number"] == one["best"]), None)
        values = ", ".join(f"{value:.4g}" for value in first["values"]) if first else "-"
        table.add_row(one["method"], str(one["seed"]), str(len(one["trials"])), values, str(one["best"]))
    results.print(table)
    if found["winner"]:
        changes = Table("option", "was", "is", title="The winner")
        for name, (before, after) in found["winner"]["changes"].items():
            changes.add_row(name, *(f"{v:.4g}" if isinstance(v, float) else str(v) for v in (before, after)))
        results.print(changes)
    results.print(found["comparison"]["text"], soft_wrap=True)
    if found["final"]:
        results.print(found["final"]["text"], soft_wrap=True)
