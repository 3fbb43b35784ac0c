"""One file that opens offline and asks the network for nothing: what every page has, whatever it tells of."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from undertow import __version__
from undertow.report.charts import SHARED
from undertow.report.figures import Pictures
from undertow.report.markup import Html, Piece, join, tag

__all__ = ["PagePart", "document", "top"]

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 5c3-4 4 4 7 0s4 "
    "4 7 0M1 11c3-4 4 4 7 0s4 4 7 0' fill='none' stroke='%231d6fb8' stroke-width='2'/%3E%3C/svg%3E"
)


@dataclass(frozen=True)
class PagePart:
    """A section under its title; ``key`` is its address in the page."""

    key: str
    title: str
    content: Html


def document(thing: str, name: str, head: Html, parts: Sequence[PagePart], pictures: Pictures) -> str:
    """The whole page of a ``thing`` (``run``, ``search``) with this name: its ``top``, then its parts."""
    body = _body(thing, head, parts)
    library, script, style = (_asset(file) for file in ("echarts.min.js", "report.js", "report.css"))
    about = tag(
        "head",
        tag("meta", of={"charset": "utf-8"}),
        tag("meta", of={"http-equiv": "Content-Security-Policy", "content": _policy(library, script)}),
        tag("meta", of={"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        tag("meta", of={"name": "color-scheme", "content": "light dark"}),
        tag("meta", of={"name": "generator", "content": f"Undertow {__version__}"}),
        tag("title", f"{name} \N{EN DASH} Undertow"),
        tag("link", of={"rel": "icon", "href": _ICON}),
        tag("style", Html(style)),
    )
    numbers = tag(
        "script",
        Html(_json({"shared": SHARED, "charts": pictures.data})),
        of={"type": "application/json", "id": "numbers"},
    )
    scripts = join([numbers, tag("script", Html(library)), tag("script", Html(script))])
    return f"<!doctype html>\n{tag('html', about, tag('body', body, scripts), of={'lang': 'en'})}\n"


def top(kicker: str, name: str, headline: str, tone: str, *below: Piece) -> Html:
    """What stands first: of what it tells, and the one sentence (``tone``: ``good``, ``bad`` or ``open``)."""
    return tag(
        "section",
        tag("p.kicker", kicker),
        tag("h1", name),
        tag(f"p.headline.{tone}", headline, of={"id": "verdict-title"}),
        *below,
        of={"id": "verdict", "aria-labelledby": "verdict-title", "tabindex": "-1"},
    )


def _body(thing: str, head: Html, parts: Sequence[PagePart]) -> Html:
    made = f"Made by Undertow {__version__} from the files of the {thing}'s folder. Charts: Apache ECharts 6.1.0."
    return join(
        [
            tag("a.skip", "Skip to the report", of={"href": "#verdict"}),
            _masthead(thing, parts),
            tag(
                "main",
                head,
                *(_section(part) for part in parts),
                tag("noscript", tag("p.absent", "The charts need JavaScript, which is switched off here.")),
            ),
            tag("footer", tag("p", made)),
            tag("div.said", of={"role": "status", "aria-live": "polite", "id": "said"}),
        ]
    )


def _section(part: PagePart) -> Html:
    title = f"{part.key}-title"
    return tag(
        "section",
        tag("h2", part.title, of={"id": title}),
        part.content,
        of={"id": part.key, "aria-labelledby": title},
    )


def _masthead(thing: str, parts: Sequence[PagePart]) -> Html:
    pressed = {"auto": "true", "light": "false", "dark": "false"}
    themes = [
        tag("button", theme, of={"type": "button", "data-theme-choice": theme, "aria-pressed": state})
        for theme, state in pressed.items()
    ]
    links = [("verdict", "Verdict"), *((part.key, part.title) for part in parts)]
    return tag(
        "header.masthead",
        tag("div.brand", "undertow", tag("span", f" {thing} report")),
        tag("nav", *(tag("a", title, of={"href": f"#{key}"}) for key, title in links), of={"aria-label": "sections"}),
        tag("div.themes", *themes, of={"role": "group", "aria-label": "colours"}),
    )


def _policy(*scripts: str) -> str:
    """Nothing from anywhere, and of scripts these alone.

    Styles may stand in the page: ECharts places its tooltips with them, and without images or fonts from outside they
    can ask for nothing.
    """
    hashes = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    allowed = " ".join(f"'sha256-{h}'" for h in hashes)
    rules = [
        "default-src 'none'",
        f"script-src {allowed}",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(rules)


def _json(data: object) -> str:
    """JSON that cannot end the element it stands in."""
    written = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _asset(name: str) -> str:
    return (resources.files("undertow") / "report" / "assets" / name).read_text(encoding="utf-8")
