"""The commands of ``undertow``, put together."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from undertow import __version__
from undertow.cli import diagnosing, examples, looking, reporting, training, tuning, using
from undertow.cli.console import guarded, results
from undertow.tasks.kinds import KINDS

__all__ = ["run"]

app = typer.Typer(
    name="undertow",
    help="Recurrent networks: train them, look into them.\n\nExample: undertow demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        results.print(f"undertow {__version__}")
        raise typer.Exit


@app.callback()
def _undertow(
    version: Annotated[
        bool, typer.Option("--version", help="the version, and no more", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


train = typer.Typer(no_args_is_help=True, help="Train a model on your data.\n\nExample: undertow train text FILE")
for kind in KINDS.values():
    train.command(kind.name)(training.train_command(kind))
app.command()(training.demo)
app.add_typer(train, name="train")
app.command()(training.resume)
COMMANDS: tuple[Callable[..., None], ...] = (
    using.sample, using.predict, using.evaluate, using.embed, diagnosing.diagnose, diagnosing.remedy, tuning.tune,
    reporting.report, looking.cells, looking.runs, looking.config, examples.data,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)


def run() -> None:
    """Run the command line and exit with its status."""
    sys.exit(guarded(lambda: app(standalone_mode=True)))
