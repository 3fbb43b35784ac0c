"""The whole page of a search."""

from __future__ import annotations

from pathlib import Path

from undertow.report.charts import Chart
from undertow.report.document import PagePart, document, top
from undertow.report.figures import Pictures, absent, copyable, or_absence
from undertow.report.markup import Html, Piece, join, tag
from undertow.report.numbers import counted, figure
from undertow.report.read import Absent
from undertow.report.search import genealogy, genes, progress, tradeoffs, trials, winner
from undertow.report.search.population import NONE_YET, population
from undertow.report.search.read import GENETIC, Search
from undertow.words import command

__all__ = ["page"]

#: Genes of each kind whose spread is shown.
_SHOWN = 3


def page(search: Search) -> str:
    """The document."""
    pictures = Pictures()
    parts = [
        PagePart("winner", "Winner", or_absence(lambda: winner.section(search, pictures))),
        PagePart(
            "progress", "Progress", _cards(pictures.place("Best so far", progress.best_so_far(search), wide=True))
        ),
    ]
    if len(search.sought) > 1:
        parts.append(PagePart("tradeoffs", "Trade-offs", or_absence(lambda: tradeoffs.section(search, pictures))))
    parts += [
        PagePart(
            "genes", "Genes", _cards(pictures.place("Importance of each gene", genes.importance(search), wide=True))
        ),
        PagePart("population", "Population", or_absence(lambda: _population(search, pictures))),
        PagePart("genealogy", "Genealogy", or_absence(lambda: _genealogy(search, pictures))),
        PagePart("trials", "Trials", or_absence(lambda: trials.section(search, pictures))),
    ]
    return document("search", search.name, _top(search), parts, pictures)


def _cards(*cards: Html) -> Html:
    return tag("div.cards", *cards)


def _top(search: Search) -> Html:
    sentence = _sentence(search.comparison) or "Nothing has been compared yet."
    tone = "good" if "the genetic search beat" in search.comparison else "open"
    text = search.final.get("text")
    return top(
        _what(search),
        search.name,
        sentence,
        tone,
        tag(f"p.headline.second.{tone}", _sentence(text)) if isinstance(text, str) else None,
        tag("dl.tiles", *(tag("div", tag("dt", name), tag("dd", *value)) for name, value in _tiles(search))),
        None if search.finished else _unfinished(search),
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def _what(search: Search) -> str:
    """``classify on names.csv: genetic, TPE, random search with 3 seeds``."""
    data = f" on {Path(search.data).name}" if search.data else ""
    methods = ", ".join(map(search.title, search.methods))
    seeds = counted(len(search.seeds), "seed")
    return f"{search.task or 'a search'}{data}: {methods} search with {seeds}" if methods else f"{search.task}{data}"


def _unfinished(search: Search) -> Html:
    lead = "The search is not finished: what stands here is what was found so far. It goes on where it stopped with"
    return tag("div.judged.unfinished", tag("p", lead), copyable("go on", command("resume", Path(search.path))))


def _tiles(search: Search) -> list[tuple[str, list[Piece]]]:
    """The figures that one looks for first."""
    found = [t for t in search.trials if t.values]
    best = min(found, key=search.cost, default=None)
    value: list[Piece] = [figure(None)]
    if best and best.values:
        value = [figure(best.values[0]), tag("small", f" {search.title(best.method)}")]
    spent, budget = (sum(getattr(one, key) for one in search.searches) for key in ("spent", "budget"))
    stopped, failed = sum(t.stopped for t in search.trials), sum(not t.values for t in search.trials)
    odd = [f"{count:,} {word}" for count, word in ((stopped, "stopped early"), (failed, "failed")) if count]
    generations = search.generations
    size = search.options.get("population")
    return [
        (f"best {search.unit(search.objective)}", value),
        (
            "trainings" + (f", {' and '.join(odd)}" if odd else ""),
            [f"{len(search.trials):,}", tag("small", f" budget {budget / search.steps:,.0f}")],
        ),
        (
            "generations",
            [
                figure(len(generations)) if generations else figure(None),
                tag("small", f" of {size} genomes") if isinstance(size, int) and generations else None,
            ],
        ),
        (
            "repeated genomes",
            [f"{sum(one.repeated for one in search.searches):,}", tag("small", " not trained again")],
        ),
        (f"steps spent, of {budget:,}", [f"{spent:,}"]),
    ]


def _population(search: Search, pictures: Pictures) -> Html:
    parts = [_cards(pictures.place("Population over generations", population(search), wide=True))]
    shown: list[Chart | Absent] = [genes.choices(search, name) for name in genes.named_genes(search)[:_SHOWN]]
    shown += [genes.values(search, name) for name in genes.numeric_genes(search)[:_SHOWN]]
    if shown:
        lead = (
            "The genes that matter most, as they stand in the genomes of each generation. A choice that takes over was "
            "selected, or came along by chance with one that was: with few genomes a generation both happen."
        )
        parts += [
            tag("h4.group", "How genes spread"),
            tag("p.lead", lead),
            _cards(*(pictures.place("A gene", chart) for chart in shown)),
        ]
    return join(parts) if search.generations or GENETIC in search.methods else absent(NONE_YET)


def _genealogy(search: Search, pictures: Pictures) -> Html:
    chart, steps = genealogy.genealogy(search), genealogy.descent(search)
    drawn = _cards(pictures.place("Genealogy of the winner", chart, wide=True))
    if isinstance(chart, Absent):
        return drawn
    return join(
        [
            drawn,
            tag("h4.group", "From the first generation to the winner"),
            absent(steps) if isinstance(steps, Absent) else tag("div.words", steps),
        ]
    )
