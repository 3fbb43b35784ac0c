"""``undertow sample``, ``predict``, ``evaluate``, ``embed``, ``recalibrate``: what a trained model is good for."""

from __future__ import annotations

import dataclasses
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from undertow.cli.console import notes, print_json, results, styled, write_json, write_pieces
from undertow.cli.flags import with_flags
from undertow.errors import OptionError
from undertow.runs import RunFolder
from undertow.tasks.kinds import KINDS
from undertow.tasks.text.options import SamplingOptions
from undertow.words import command

if TYPE_CHECKING:
    import polars

    from undertow.tables.table import Table
    from undertow.training.config import Config

__all__ = ["embed", "evaluate", "predict", "recalibrate", "sample"]

Run = Annotated[Path, typer.Argument(help="the run's folder")]
Data = Annotated[Path, typer.Argument(help="the file to read")]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="a file to write: .csv, .tsv, .jsonl or .parquet (to the screen)", show_default=False),
]
#: How the file is read that is not the run's own, where its first line is not what it seems: for all tables alike.
_OF_TABLES = next(kind.options for kind in KINDS.values() if kind.tabular)
_header = with_flags([(_OF_TABLES, "header")], {"header": "as training found it"})
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output")]


@with_flags([(SamplingOptions, f.name) for f in dataclasses.fields(SamplingOptions)])
def sample(
    run: Run,
    prompt: Annotated[str, typer.Option(help="the text to go on from (a new line)", show_default=False)] = "\n",
    length: Annotated[int, typer.Option(help="symbols to write (500)", show_default=False)] = 500,
    beam: Annotated[
        int,
        typer.Option(
            help="search for the likeliest text with a beam of this width, instead of drawing (0)", show_default=False
        ),
    ] = 0,
    json: Json = False,
    *,
    flags: dict[str, Any],
) -> None:
    """Let a trained language model write.

    Example: undertow sample runs/demo-1 --prompt "KING:" --temperature 0.6
    """
    from undertow.tasks.text.sampling import generate, likeliest
    from undertow.tasks.text.trained import TrainedLanguageModel
    from undertow.training.session import trained

    options = SamplingOptions(**flags)
    if length < 1:
        raise OptionError(f"length must be at least 1, got {length}")
    if not prompt:
        raise OptionError("the prompt is empty; leave --prompt out to start on a new line")
    writer, _ = trained(run, "sample")
    assert isinstance(writer, TrainedLanguageModel)
    prompt = writer.vocabulary.start if prompt == "\n" else prompt
    if beam:
        if beam < 0 or flags:
            raise OptionError("--beam is 1 or more, and goes without what says how symbols are drawn")
        found = likeliest(writer.model, writer.vocabulary, prompt, length, beam)
        texts = [{"text": text, "log_probability": value} for text, value in found]
        if json:
            print_json({"prompt": prompt, "texts": texts})
        else:
            sys.stdout.write(prompt.lstrip("\n") + found[0][0] + "\n")
        return
    pieces = generate(writer.model, writer.vocabulary, prompt, length, options)
    if json:
        print_json({"prompt": prompt, "text": "".join(pieces), "seed": options.seed})
        return
    first = next(pieces)  # nothing is written of a prompt that the model refuses
    write_pieces(chain([prompt.lstrip("\n"), first], pieces, ["\n"]))


@_header
def predict(
    run: Run,
    data: Data,
    out: Out = None,
    best: Annotated[
        int, typer.Option("--best", help="for a translator: how many translations of each row (1)", show_default=False)
    ] = 1,
    json: Json = False,
    *,
    flags: dict[str, Any],
) -> None:
    """Say what a trained model makes of each row of a table, with the row's line and its text.

    Example: undertow predict runs/names-1 new_names.csv --out told.csv
    """
    from undertow.training.session import trained

    model, config = trained(run)
    if best != 1 and ("best" not in config.kind.can or best < 1):
        raise OptionError(f"--best is 1 or more, and of translators; {run} is a run of task {config.task}")
    table = _read(run, config, data, flags)
    told = model.predict(table) if best == 1 else model.predict(table, best)  # type: ignore[call-arg]
    _tell(model)
    _give(told, table, out, as_json=json)


@_header
def embed(run: Run, data: Data, out: Out = None, json: Json = False, *, flags: dict[str, Any]) -> None:
    """Give the vector that a trained encoder folds each sequence of a table to.

    Example: undertow embed runs/series-1 series.csv --out vectors.parquet
    """
    from undertow.training.session import trained

    model, config = trained(run)
    if "embed" not in config.kind.can:
        raise OptionError(f"{run} is a run of task {config.task}, whose model folds no sequence to a vector")
    table = _read(run, config, data, flags)
    _give(model.embed(table), table, out, as_json=json)  # type: ignore[attr-defined]


@_header
def evaluate(
    run: Run,
    data: Annotated[
        Path | None, typer.Argument(help="other data to measure on (the run's own part for tests)", show_default=False)
    ] = None,
    json: Json = False,
    *,
    flags: dict[str, Any],
) -> None:
    """Measure a trained model on the part of its data that training never touches, or on other data.

    Example: undertow evaluate runs/names-1
    """
    from undertow.report import write
    from undertow.training import session

    if data is None:
        if flags:
            raise OptionError("--header is for another file; the run's own is read as in training")
        evaluation = session.evaluate(run)
        report = write(run)
    else:
        model, config = session.trained(run)
        evaluation, report = model.evaluate(_read(run, config, data, flags)), None
    if json:
        calibrated = {name: value for name, value in evaluation.pictures.items() if name == "calibration"}
        print_json({"data": str(data) if data else None, "figures": evaluation.figures, **calibrated})
        return
    for line in evaluation.lines:
        results.print(line, soft_wrap=True)
    if report:
        notes.print(f"report: {report}", soft_wrap=True)


@_header
def recalibrate(
    run: Run,
    data: Annotated[
        Path | None, typer.Argument(help="a recent stretch that is believed to be normal", show_default=False)
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="learn from the stretch even if most of it is flagged")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="go back to what training learned to be normal")] = False,
    json: Json = False,
    *,
    flags: dict[str, Any],
) -> None:
    """Learn anew, where normal has drifted, what an autoencoder flags: the thresholds alone, no weight.

    How errors lie on normal data, and how large they get, is learned on a later stretch, as training did on its
    validation part. What training learned is kept beside it, for --undo.

    Example: undertow recalibrate runs/sensors-1 last_week.csv
    """
    from undertow.report import write
    from undertow.training import session

    if (data is None) != undo or (undo and (force or flags)):
        raise OptionError("recalibrate wants a file with what is normal now (undertow recalibrate RUN FILE), or --undo")
    _, config = session.trained(run, "recalibrate")
    made = session.recalibrate(run, _read(run, config, data, flags) if data else None, force=force)
    report = write(run)
    if json:
        print_json(made.said)
        return
    for line in made.lines:
        results.print(line, soft_wrap=True)
    if not undo:
        notes.print(styled("to go back: [bold]{}[/]", command("recalibrate", run, "--undo")), soft_wrap=True)
    notes.print(f"report: {report}", soft_wrap=True)


def _tell(model: Any) -> None:
    """What flags go by, of a model that flags."""
    if hasattr(model, "in_force"):
        normal = model.in_force
        notes.print(
            f"anomalies: scores that {normal.rate:.2%} of normal ones exceed, learned on {normal.learned_on}",
            soft_wrap=True,
        )


def _read(run: Path, config: Config, path: Path, flags: dict[str, Any]) -> Any:
    """The data as the task wants it, with a header as training found it, or as its config or ``flags`` say.

    Raises:
        OptionError: the task reads no tables, and a header was spoken of.
    """
    if not config.kind.tabular:
        if flags:
            raise OptionError(f"--header is for tables, and task {config.task} reads none")
        return path
    from undertow.tables.table import read_table

    table = read_table(path, header=config.replaced(flags).own.header, usual=RunFolder(run).header)
    for note in table.notes:
        notes.print(f"{path}: {note}", soft_wrap=True)
    return table


def _give(told: polars.DataFrame, table: Table, out: Path | None, *, as_json: bool) -> None:
    """What is told of a table's rows, with their lines, to a file, whole or not at all, or to standard output; on a
    screen with six digits."""
    from undertow.tables.writing import as_text, placed, shortened, write_table

    frame = placed(told, table)
    if out is None:
        shown = shortened(frame) if sys.stdout.isatty() else frame  # a pipe gets every digit
        if as_json:
            write_json(frame.write_ndjson())
        else:
            sys.stdout.write(as_text(shown))
        return
    write_table(frame, out)
    notes.print(f"wrote {len(frame):,} rows to {out}", soft_wrap=True)
