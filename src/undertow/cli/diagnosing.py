"""``undertow diagnose`` and ``undertow remedy``."""

from __future__ import annotations

import json as json_module
import math
import statistics
import webbrowser
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Column, Table
from rich.text import Text

from undertow.cli.asking import Trust, permit, remember, runs_code
from undertow.cli.console import INTERRUPTED, notes, print_json, results, styled
from undertow.cli.flags import with_flags
from undertow.cli.live import counting
from undertow.cli.stopping import Interruption
from undertow.errors import OptionError, RunError
from undertow.runs import OWN_MODEL, RunFolder, next_free
from undertow.tasks.kinds import USUAL
from undertow.training.config import OWN_OPTIONS, OWN_TRAINING, TrainingOptions, check_momentum
from undertow.words import command, quoted

if TYPE_CHECKING:
    from undertow.flow import Verdict
    from undertow.remedy import Comparison

__all__ = ["diagnose", "remedy", "show_verdict"]

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output")]
Reach = Annotated[
    int | None, typer.Option(help="how many steps back the task needs memory (as in training)", show_default=False)
]


@with_flags([(TrainingOptions, name) for name in OWN_OPTIONS], vars(OWN_TRAINING))
def diagnose(
    run: Annotated[Path | None, typer.Argument(help="the run's folder", show_default=False)] = None,
    reach: Reach = None,
    model: Annotated[
        str | None, typer.Option(help="your own model: module:function that makes it", show_default=False)
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="module:function that gives batches (inputs ..., target)", show_default=False)
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            help="module:function (model, batch) to a loss; else cross entropy or squared error", show_default=False
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="the diagnosis's folder", show_default=False)] = None,
    open: Annotated[bool, typer.Option("--open", help="open the report in the browser")] = False,
    json: Json = False,
    *,
    flags: dict[str, Any],
) -> None:
    """Say how far back a run's gradient flows, what stops it and what to do; write the report. A model of your own is
    trained for some updates meanwhile.

    Examples: undertow diagnose runs/demo-1 --reach 50

    undertow diagnose --model mymodels:make_model --data mydata:batches --optimizer sgd --learning-rate 0.1
    """
    from undertow.report import write

    if (run is None) == (model is None):
        raise OptionError("diagnose wants a run (undertow diagnose RUN), or --model module:function with --data")
    if reach is not None and reach < 1:
        raise OptionError(f"reach is a number of steps, 1 or more; got {reach}")
    if run is not None:
        given = {"data": data, "loss": loss, "out": out, **flags}
        idle = ", ".join(f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None)
        if idle:
            raise OptionError(f"{idle}: for a model of your own (--model); a run is judged by what it recorded")
        folder, verdict, stopped = run, _of_run(run, reach), False
    else:
        training = replace(OWN_TRAINING, **flags)
        check_momentum(flags, training)
        folder = out or next_free(Path("runs"), "diagnosis")
        with Interruption() as interruption:
            verdict = _of_model(str(model), data, loss, folder, training, reach, lambda: interruption.asked)
        stopped = interruption.asked
    report = write(folder)
    if json:
        told = {"level": verdict.level, "verdict": list(verdict.lines()), "report": str(report), "stopped": stopped}
        print_json(told)
    else:
        show_verdict(verdict, in_code=RunFolder.open(folder).document().get("task") == OWN_MODEL)
        if _can_be_tried(folder, reach):
            declared = () if reach is None or run is None else ("--reach", str(reach))
            results.print(
                styled("\nWhich of them helps: [cyan]{}[/]", command("remedy", folder, *declared)), soft_wrap=True
            )
        notes.print(f"report: {report}", soft_wrap=True)
    if open:
        webbrowser.open(report.resolve().as_uri())
    if stopped:
        notes.print("stopped early: the verdict is on what was seen until then")
        raise typer.Exit(INTERRUPTED)


def _can_be_tried(folder: Path, reach: int | None) -> bool:
    """Whether ``undertow remedy`` has something to try."""
    from undertow.remedy import candidates

    try:
        return bool(candidates(RunFolder.open(folder), (), reach))
    except RunError:
        return False


def _of_run(path: Path, reach: int | None) -> Verdict:
    from undertow.training.config import config_of
    from undertow.training.observation import recorded, verdict_of

    if path.is_file():
        own = quoted(f"{path.stem}:function")
        raise OptionError(
            f"{path} is a file; diagnose takes a run's folder, or a model of your own: --model {own} --data {own}"
        )
    run = RunFolder.open(path)
    if run.document().get("task") == OWN_MODEL and reach in (None, run.document().get("flow", {}).get("reach")):
        return recorded(run)
    verdict = verdict_of(run, config_of(run), reach)
    if not verdict.findings:
        raise RunError(
            f"{path} has no record of its gradient (flow.jsonl); train it with flow.watch = true, "
            "on the fused or reference backend"
        )
    latest = {(e["layer"], e["direction"]): e for e in run.flow_events(whole=True) if e["event"] == "verdict"}
    for line in verdict.lines():
        if latest.get((line["layer"], line["direction"])) != _as_read(line):
            run.record_flow(line)
    return verdict


def _as_read(line: dict[str, Any]) -> Any:
    """A line as it comes back from its file: tuples are lists there."""
    return json_module.loads(json_module.dumps(line))


def _of_model(
    model: str,
    data: str | None,
    loss: str | None,
    folder: Path,
    training: TrainingOptions,
    reach: int | None,
    interrupted: Callable[[], bool],
) -> Verdict:
    import torch

    from undertow import diagnosis

    if data is None:
        raise OptionError("--model wants --data module:function too, which gives batches (inputs ..., target)")
    torch.manual_seed(training.seed)
    made, batches, measure = diagnosis.load(model, data, loss)
    with counting(training.steps, "updates") as advance:
        verdict = diagnosis.diagnose(
            made, batches, folder, loss=measure, training=training, reach=reach, made=model,
            given={"from": data} | ({"loss": loss} if loss else {}), listen=lambda: advance("", 1),
            interrupted=interrupted,
        )  # fmt: skip
    remember(runs_code(folder, [path for path in (model, data, loss) if path]))  # they were given just now
    return verdict


_SIGNS = {"alarm": Text("✗", "bold red"), "open": Text("?", "bold yellow"), "fine": Text("✓", "green")}


def show_verdict(verdict: Verdict, *, in_code: bool = False) -> None:
    """Print the findings, and what can be done: by options of a run and in code, or ``in_code`` alone."""
    for finding in verdict.findings:
        told = styled("{} [bold]{}[/]: {}", _SIGNS[finding.level], finding.place, finding.text)
        results.print(told, soft_wrap=True)
    if not verdict.remedies:
        return
    results.print("\nWhat can be done", style="bold")
    for number, found in enumerate(verdict.remedies, 1):
        results.print(styled("{}. [bold]{}[/]: {}", number, found.name, found.why), soft_wrap=True)
        options = {} if in_code and found.code else found.config
        settings = " ".join(f"--set {quoted(f'{name}={_toml(value)}')}" for name, value in options.items())
        results.print(styled("   [cyan]{}[/]", settings or found.code), soft_wrap=True)
        if settings and found.code:
            results.print(styled("   [dim]{}[/]", found.code), soft_wrap=True)


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def remedy(
    run: Annotated[Path, typer.Argument(help="the run's folder")],
    reach: Reach = None,
    steps: Annotated[int, typer.Option(help="updates of each training (300)", show_default=False)] = 300,
    seeds: Annotated[int, typer.Option(help="trainings of each remedy (5)", show_default=False)] = 5,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="a remedy's name; may be repeated", show_default=False)
    ] = None,
    trust: Trust = False,
    json: Json = False,
) -> None:
    """Train the remedies that a run's verdict names, side by side with the run as it is, and say which one helps. Of a
    model of your own that was diagnosed, those that undertow.swap and the optimizer take.

    Example: undertow remedy runs/demo-1 --steps 300 --seeds 5
    """
    from undertow.remedy import candidates, compare, trainer_of
    from undertow.report import write

    if steps < 1 or seeds < 1:
        raise OptionError(f"steps and seeds must be 1 or more; got {steps} and {seeds}")
    folder = RunFolder.open(run)
    offered = candidates(folder, only or [], reach)
    if not offered:
        notes.print(_nothing_to_try(folder, reach), soft_wrap=True)
        if json:
            print_json(None)
        return
    permit(runs_code(run, trainer_of(folder).functions), trust=trust)
    total = (1 + len(offered)) * seeds * steps
    try:
        with Interruption() as interruption, counting(total, "remedies") as advance:
            comparison = compare(
                folder, offered, steps=steps, seeds=range(seeds), listen=advance, interrupted=lambda: interruption.asked
            )
    except KeyboardInterrupt:
        notes.print("what was trained is kept; go on with the same command")
        raise typer.Exit(INTERRUPTED) from None
    report = write(run)
    if json:
        print_json(comparison.plain())
        return
    _show(comparison)
    if comparison.config_file:
        task = folder.document().get("task", USUAL)
        results.print(command("train", task, "--config", run / comparison.config_file), soft_wrap=True)
    elif comparison.winner:
        (code,) = [row.code for row in comparison.rows if row.name == comparison.winner]
        results.print(code, style="cyan", soft_wrap=True)
    notes.print(f"report: {report}", soft_wrap=True)


def _nothing_to_try(folder: RunFolder, reach: int | None) -> str:
    from undertow.remedy import trainer_of

    named = trainer_of(folder).remedies(reach)
    if named:
        names = ", ".join(remedy.name for remedy in named)
        return (
            f"what the verdict on {folder.path} names is for your own code to change, and cannot be tried here: {names}"
        )
    return (
        f"the verdict on {folder.path} names nothing to remedy. If the task needs memory further back than was "
        "declared, say so: --reach STEPS"
    )


def _show(comparison: Comparison) -> None:
    from undertow.report.numbers import telling

    title = f"{comparison.steps} updates, {len(comparison.seeds)} seeds: mean, least to most"
    table = Table(Column(no_wrap=True), "loss", "horizon", "factor a step", "ms a step", title=title)
    digits = telling([loss for row in comparison.rows for loss in row.losses])
    for row in comparison.rows:
        factors = [None if growth is None else math.exp(growth) for growth in row.growth]
        cells = [_spread(row.loss, f"{{:#.{digits}g}}"), _spread(row.horizon, "{:.0f}"), _spread(factors, "{:.3g}")]
        times = [None if s is None else 1000 * s for s in row.seconds_per_step]
        failed = [reason for reason in row.failed if reason]
        name = styled("[bold]{}[/]" if row.name == comparison.winner else "{}", row.name)
        table.add_row(name, *cells, _spread(times, "{:.0f}"))
        if failed:
            table.add_row(styled("  [red]{} failed[/]", len(failed)), failed[0])
    results.print(table)
    results.print(comparison.text, soft_wrap=True)


def _spread(values: list[Any], form: str) -> str | Text:
    there = [v for v in values if v is not None]
    if not there:
        return "–"
    low, high = form.format(min(there)), form.format(max(there))
    mean = form.format(statistics.fmean(there))
    return styled("{}\n[dim]{} to {}[/]", mean, low, high) if low != high else mean
