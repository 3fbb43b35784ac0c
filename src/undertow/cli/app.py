"""The commands of ``undertow``, put together."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from undertow import __version__
from undertow.cli import diagnosing, examples, looking, reporting, training, tuning, using
from undertow.cli.console import results
from undertow.cli.guarding import guarded
from undertow.errors import OptionError, nearest
from undertow.tasks.kinds import KINDS
from undertow.training.launched import launched

__all__ = ["run"]

app = typer.Typer(
    name="undertow",
    help="Recurrent networks: train them, look into them.\n\nExample: undertow demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


#: Seconds in which the first process has said why all of them end: ``torchrun`` ends it when another one has ended.
_SAID = 5


def _version(asked: bool) -> None:
    if asked:
        results.print(f"undertow {__version__}")
        raise typer.Exit


@app.callback()
def _undertow(
    version: Annotated[
        bool, typer.Option("--version", help="print the version and exit", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


class _Tasks(TyperGroup):
    """The commands of ``undertow train``, one a task."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The task's command.

        Raises:
            OptionError: there is no such task; the nearest is suggested.
        """
        if cmd_name not in self.commands:
            raise OptionError(
                f"there is no task {cmd_name!r}{nearest(cmd_name, self.commands)} (undertow train TASK FILE)"
            )
        return super().get_command(ctx, cmd_name)


train = typer.Typer(
    cls=_Tasks, no_args_is_help=True, help="Train a model on your data.\n\nExample: undertow train text FILE"
)


def _add_tasks() -> None:
    """A command for each task that has none yet."""
    there = {command.name for command in train.registered_commands}
    for kind in KINDS.values():
        if kind.name not in there:
            train.command(kind.name)(training.train_command(kind))


_add_tasks()
app.command()(training.demo)
app.add_typer(train, name="train")
app.command()(training.resume)
COMMANDS: tuple[Callable[..., None], ...] = (
    using.sample, using.predict, using.evaluate, using.embed, using.recalibrate, diagnosing.diagnose, diagnosing.remedy,
    tuning.tune, reporting.report, looking.cells, looking.runs, looking.config, examples.data,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)


def run() -> None:
    """Run the command line and exit with its status. Of several processes that train one model the first one speaks."""
    if not launched().rank:
        sys.exit(_run())
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            status = _run()
        except SystemExit as ended:
            status = ended.code  # type: ignore[assignment]
    if status:
        time.sleep(_SAID)
    sys.exit(status)


def _run() -> int:
    _add_tasks()
    return guarded(lambda: app(standalone_mode=False, prog_name="undertow"))
