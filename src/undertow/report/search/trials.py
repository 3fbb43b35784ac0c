"""All trials: the best of each method, and why trainings failed."""

from __future__ import annotations

from collections import Counter

from undertow.report.figures import Pictures, table, tabs
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import counted, figure
from undertow.report.search.every import every_trial
from undertow.report.search.genomes import listed
from undertow.report.search.read import Search

__all__ = ["failures", "section"]

_MOST = 20
_MOST_LETTERS = 240


def section(search: Search, pictures: Pictures) -> Html:
    """Every trial as a chart, the best of each method as a table, failures by reason."""
    return join(
        [
            tag("div.cards", pictures.place("Every trial", every_trial(search), wide=True)),
            _best(search),
            tag("h4.group", "Trainings that failed"),
            failures(search),
        ]
    )


def _best(search: Search) -> Html | None:
    found = {m: [t for t in search.trials if t.method == m and t.values] for m in search.methods}
    best = {method: sorted(trials, key=search.cost)[:_MOST] for method, trials in found.items() if trials}
    if not best:
        return None
    titles = [search.title(method) for method in best]
    panels = [
        join([tag("p.facts", _shown(len(found[m]))), listed(search, trials, f"the best of {m}", trials[0])])
        for m, trials in best.items()
    ]
    shown = panels[0] if len(panels) == 1 else tabs(titles, panels, "methods")
    return join([tag("h4.group", "The best of each method"), shown])


def _shown(count: int) -> str:
    more = f"the best {_MOST} of {count:,}" if count > _MOST else "all"
    return f"{counted(count, 'trial')} came to something; {more} are shown, with the genes that matter most."


def failures(search: Search) -> Html:
    """Reasons, and how often each met a method."""
    failed = Counter((t.failed[:_MOST_LETTERS] or "it lacks something that is sought", t.method)
                     for t in search.trials if not t.values)  # fmt: skip
    if not failed:
        return tag("p.lead", "None.")
    reasons = sorted({reason for reason, _ in failed}, key=lambda r: -sum(failed[r, m] for m in search.methods))
    rows = [[reason, *(figure(failed[reason, m]) for m in search.methods)] for reason in reasons]
    return tag("div.reasons", table(["reason", *map(search.title, search.methods)], rows, "why trainings failed"))
