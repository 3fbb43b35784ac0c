"""The winner: what it changes, how it does beside the config as it was, and how to train it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from undertow.report.charts import Chart, ChartTable, strip
from undertow.report.figures import Pictures, absent, copyable, table
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import aligned, figure
from undertow.report.read import Absent
from undertow.report.search.genomes import titled, written
from undertow.report.search.read import Search
from undertow.report.tolerant import tolerant
from undertow.words import command

__all__ = ["changes", "final_rows", "measured", "section"]

_NONE = Absent("the genetic search has no winner yet: none of its trainings came to anything")


def section(search: Search, pictures: Pictures) -> Html:
    """Command, changes, and the final comparison."""
    if not search.winner:
        return absent(_NONE)
    changed, rows, best = changes(search), final_rows(search), search.best_trial
    train = command("train", search.task, "--config", Path(search.path) / "winner.toml")
    what = (
        f"This is {titled(search, best)}: the best genome of the genetic search, over all its seeds." if best else None
    )
    return join(
        [
            tag("p.lead", what) if what else None,
            copyable("train it", train) if search.task else None,
            tag("h4.group", "What it changes"),
            absent(changed) if isinstance(changed, Absent) else changed,
            tag("h4.group", "Trained again, with seeds that it was not chosen by"),
            absent(rows) if isinstance(rows, Absent) else rows,
            None
            if isinstance(rows, Absent)
            else tag("div.cards", pictures.place("On the part for tests", measured(search), wide=True)),
        ]
    )


@tolerant
def changes(search: Search) -> Html | Absent:
    """The options that differ from the config as it was."""
    found = search.winner["changes"]
    if not found:
        return tag("p.lead", "Nothing: the config as it was is the best that was found.")
    rows = [[option, written(before), written(after)] for option, (before, after) in found.items()]
    return table(["option", "as it was", "winner"], rows, "what the winner changes")


@tolerant
def final_rows(search: Search) -> Html | Absent:
    """Loss and figure of the winner and of the config as it was: the mean, and each seed."""
    if not search.final:
        return _no_final(search)
    name, rows = search.final["figure"], search.final["rows"]
    title = name.replace("_", " ")
    heads = ["config", "parameters", "loss on validation", "by seed"]
    heads += [f"{title} on tests", "by seed", "seconds a step", "failed"]
    cells = [
        [
            str(one["name"]),
            figure(one["parameters"]),
            *_spread(one["loss"]),
            *_spread(_tested(one, name)),
            figure(_mean(one["seconds"])),
            _failures(one["failed"]),
        ]
        for one in rows
    ]
    lead = tag("p.lead", "The part for tests was never used in the search: each of these models met it once.")
    return join([lead, table(heads, cells, "the winner and the config as it was")])


def _no_final(search: Search) -> Absent:
    if search.options.get("retrain") == 0:
        return Absent("no final trainings were asked for (search.retrain is 0)")
    if not search.finished:
        return Absent("the search is not finished: the winner is trained again at its end")
    return Absent(f"the final trainings are not over; go on with them: {command('resume', Path(search.path))}")


@tolerant
def measured(search: Search) -> Chart | Absent:
    """The figure on the part for tests, a point a seed."""
    name, rows = search.final["figure"], search.final["rows"]
    title = str(name).replace("_", " ")
    names = [str(one["name"]) for one in rows]
    found = [
        [value, label]
        for label, one in zip(names, rows, strict=True)
        for value in _tested(one, name)
        if value is not None
    ]
    if not found:
        return Absent("the final trainings failed")
    return Chart(
        title=f"{title[:1].upper()}{title[1:]} on the part for tests",
        summary=f"One point a seed for {' and '.join(names)}.",
        reading=(
            "Each point is one whole training with another seed. The winner is better when its points lie apart from "
            "those of the config as it was, and not only their mean."
        ),
        option=strip(title, names),
        table=ChartTable([title, "config"], found),
        kind="strip",
    )


def _tested(one: Mapping[str, Any], name: str) -> list[float | None]:
    return [part.get(name) if isinstance(part, dict) else None for part in one["test"]]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return fmean(known) if known else None


def _spread(values: Sequence[float | None]) -> list[str]:
    """The mean, and all of them."""
    mean = _mean(values)
    each = ", ".join(figure(None) if v is None else aligned(v) for v in values)
    return [figure(None) if mean is None else aligned(mean), each]


def _failures(reasons: Sequence[str | None]) -> str:
    failed = [str(reason) for reason in reasons if reason]
    return f"{len(failed)} of {len(reasons)}: {'; '.join(dict.fromkeys(failed))}" if failed else "none"
