"""``undertow train``, ``resume`` and ``demo``."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from undertow.cli.asking import Trust
from undertow.cli.console import INTERRUPTED, listed, notes, print_json, results, styled
from undertow.cli.flags import chosen, with_flags
from undertow.cli.live import following
from undertow.cli.stopping import Interruption
from undertow.cli.tuning import Ray, Workers, go_on
from undertow.errors import OptionError
from undertow.options import describe
from undertow.runs import is_search, next_free
from undertow.tasks.kind import Kind
from undertow.tasks.model_options import ModelOptions
from undertow.training.config import Config, TrainingOptions, read_config
from undertow.words import command

if TYPE_CHECKING:
    from undertow.training.session import Session

__all__ = ["demo", "resume", "train_command"]

_SHARED = [
    *((ModelOptions, name) for name in ("cell", "hidden", "layers", "dropout")),
    *((TrainingOptions, name) for name in ("steps", "batch", "learning_rate", "patience", "seed")),
]
_STREAMS = [(TrainingOptions, "window")]

Out = Annotated[Path | None, typer.Option("--out", help="the run's folder (runs/NAME-1, -2 ...)", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line on standard output")]


def train_command(kind: Kind) -> Callable[..., None]:
    """The command that trains a kind of task, with a flag for each of its own options and the most used of others."""
    own = [(kind.options, name) for name in describe(kind.options) if name != "data"]
    defaults = {name.partition(".")[2]: value for name, value in kind.defaults.items()}

    def train(
        data: Annotated[Path | None, typer.Argument(help="the file to learn from", show_default=False)] = None,
        config: Annotated[
            Path | None,
            typer.Option("--config", help="options from a TOML file; flags override it", show_default=False),
        ] = None,
        set: Annotated[
            list[str] | None,
            typer.Option("--set", help="any option of `undertow config`", metavar="KEY=VALUE", show_default=False),
        ] = None,
        out: Out = None,
        json: Json = False,
        *,
        flags: dict[str, Any],
    ) -> None:
        from undertow.training.parallel import joined
        from undertow.training.session import begin

        def told() -> tuple[Config, Path]:
            base = read_config(config, given=True) if config else Config.of(kind.name)
            if base.task != kind.name:
                raise OptionError(f"{config} is a config for `{command('train', base.task)}`, not for {kind.name}")
            if data is not None:
                flags["data"] = str(data)
            full = chosen(base, flags, set or [])
            if not full.own.data:
                raise OptionError(
                    f"which data? {command('train', kind.name, 'FILE')}, or {kind.name}.data in the config"
                )
            return full, out or next_free(Path("runs"), Path(full.own.data).name.partition(".")[0])

        with joined() as ranks:
            _train(begin(*ranks.told(told), ranks=ranks), as_json=json)

    train.__doc__ = f"{kind.summary}\n\nExample: {kind.example}"
    return with_flags([*own, *_SHARED, *(_STREAMS if kind.streams else ())], defaults)(train)


def resume(
    run: Annotated[Path, typer.Argument(help="the run's, or the search's, folder")],
    workers: Workers = 0,
    ray: Ray = None,
    trust: Trust = False,
    json: Json = False,
) -> None:
    """Go on with a run, or with a search, that was interrupted or killed.

    Example: undertow resume runs/war_and_peace-1
    """
    from undertow.training import session
    from undertow.training.parallel import joined

    if is_search(run):
        go_on(run, workers=workers, ray=ray, trust=trust, json=json)
        return
    if workers or ray:
        raise OptionError(f"--workers and --ray go on with a search; {run} is one run")
    with joined() as ranks:
        _train(session.resume(run, ranks), as_json=json)


def _train(session: Session, *, as_json: bool) -> None:
    """Train with progress shown; say how it ended and what to do next."""
    from undertow.report import write

    run, options, kind = session.run.path, session.config.training, session.config.kind
    if not as_json:
        _announce(session)
    with Interruption() as interruption, following(options.steps, session.task.unit, as_json=as_json) as listen:
        ended = session.train(listen=listen, interrupted=lambda: interruption.asked)
    if ended == "interrupted":
        notes.print(styled("saved; go on with: [bold]{}[/]", command("resume", run)), soft_wrap=True)
        raise typer.Exit(INTERRUPTED)
    report = session.ranks.told(lambda: write(run))
    if not as_json:
        notes.print(f"report: {report}", soft_wrap=True)
        then = listed(styled("[bold]{}[/]", command(*words.split(), run)) for words in kind.then)
        notes.print(styled("{}; try: {}", ended, then), soft_wrap=True)


def _announce(session: Session) -> None:
    from undertow.nn.stack import Stack

    model = session.task.model
    parameters = sum(p.numel() for p in model.parameters())
    for line in session.task.describe():
        notes.print(line, soft_wrap=True)
    layers = [(name, layer) for name, layer in model.named_modules() if isinstance(layer, Stack)]
    for name, layer in layers:
        notes.print(styled("[bold]{}[/]: {}", name, repr(layer)), soft_wrap=True)
    notes.print(styled("[bold]{}[/]: {} parameters", session.run.path, f"{parameters:,}"), soft_wrap=True)


def demo(out: Out = None, json: Json = False) -> None:
    """Train on seven plays by Shakespeare (a few minutes), show what the model writes and how well it predicts.

    Example: undertow demo
    """

    from undertow.training.parallel import joined
    from undertow.training.session import begin

    text = resources.files("undertow").joinpath("data/shakespeare_plays.txt")
    with resources.as_file(text) as file, joined() as ranks:
        config = Config().replaced({"data": str(file)})
        folder = ranks.told(lambda: out or next_free(Path("runs"), "demo"))
        session = begin(config, folder, ranks=ranks)
        _train(session, as_json=json)
        if ranks.first:
            _conclude(session, file.read_bytes(), as_json=json)


def _conclude(session: Session, raw: bytes, *, as_json: bool) -> None:
    events = session.run.events()
    sample = next(e["text"] for e in reversed(events) if e["event"] == "sample")
    held_out = next(e["bits"] for e in reversed(events) if e["event"] == "evaluate")
    characters = session.run.made()["symbols"]
    rows = {
        "this model, held-out last tenth": held_out,
        "bz2, whole text": 8 * len(bz2.compress(raw)) / characters,
        "xz, whole text": 8 * len(lzma.compress(raw, preset=9)) / characters,
    }
    if as_json:
        print_json({"event": "demo", "run": str(session.run.path), "bits": rows, "sample": sample})
        return
    table = Table("", "bits/char", title="How well is the next character known?")
    for name, bits in rows.items():
        table.add_row(name, f"{bits:.3f}")
    results.print(sample.strip(), style="italic")
    results.print(table)
    writing = command("sample", session.run.path, "--prompt", "KING:", "--temperature", "0.6")
    results.print(f"Next:\n  {writing}\n  undertow train text YOUR_FILE.txt\n  undertow cells lstm", soft_wrap=True)
