"""``report.html``: one file that opens offline and asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from undertow import __version__
from undertow.report import results, sections, verdict
from undertow.report.charts import SHARED
from undertow.report.figures import Pictures
from undertow.report.markup import Html, join, tag
from undertow.report.read import Absent, Record, read
from undertow.runs import RunFolder
from undertow.storage import write_atomically

__all__ = ["page", "write"]

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 5c3-4 4 4 7 0s4 "
    "4 7 0M1 11c3-4 4 4 7 0s4 4 7 0' fill='none' stroke='%231d6fb8' stroke-width='2'/%3E%3C/svg%3E"
)


_MADE = f"Made by Undertow {__version__} from the files of the run's folder. Charts: Apache ECharts 6.1.0."


def write(run: Path) -> Path:
    """Write ``report.html`` into a run folder, from what is in the folder, and return its path.

    Raises:
        RunError: it is not a run folder, a file in it cannot be read, or the page cannot be written.
    """
    written = page(read(run))
    file = RunFolder(run).report_file
    write_atomically(file, written.encode())
    return file


def page(run: Record) -> str:
    """The whole document."""
    pictures = Pictures()
    body = _body(run, pictures)
    library, script, style = (_asset(name) for name in ("echarts.min.js", "report.js", "report.css"))
    head = tag(
        "head",
        tag("meta", of={"charset": "utf-8"}),
        tag("meta", of={"http-equiv": "Content-Security-Policy", "content": _policy(library, script)}),
        tag("meta", of={"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        tag("meta", of={"name": "color-scheme", "content": "light dark"}),
        tag("meta", of={"name": "generator", "content": f"Undertow {__version__}"}),
        tag("title", f"{run.name} \N{EN DASH} Undertow"),
        tag("link", of={"rel": "icon", "href": _ICON}),
        tag("style", Html(style)),
    )
    numbers = tag(
        "script",
        Html(_json({"shared": SHARED, "charts": pictures.data})),
        of={"type": "application/json", "id": "numbers"},
    )
    scripts = join([numbers, tag("script", Html(library)), tag("script", Html(script))])
    return f"<!doctype html>\n{tag('html', head, tag('body', body, scripts), of={'lang': 'en'})}\n"


def _body(run: Record, pictures: Pictures) -> Html:
    parts = {
        **({} if isinstance(run.evaluation, Absent) else {"results": ("Results", results.section(run, pictures))}),
        "training": ("Training", sections.trained(run, pictures)),
        "flow": ("Gradient flow", sections.flow(run, pictures)),
        "remedies": ("Remedies", sections.remedy(run, pictures)),
        "samples": ("Samples", sections.samples(run)),
        "config": ("Config", sections.config(run)),
    }
    links = [("verdict", "Verdict"), *((key, title) for key, (title, _) in parts.items())]
    return join(
        [
            tag("a.skip", "Skip to the report", of={"href": "#verdict"}),
            _masthead(run, links),
            tag(
                "main",
                _top(run),
                *(
                    tag(
                        "section",
                        tag("h2", title, of={"id": f"{key}-title"}),
                        content,
                        of={"id": key, "aria-labelledby": f"{key}-title"},
                    )
                    for key, (title, content) in parts.items()
                ),
                tag("noscript", tag("p.absent", "The charts need JavaScript, which is switched off here.")),
            ),
            tag("footer", tag("p", _MADE)),
            tag("div.said", of={"role": "status", "aria-live": "polite", "id": "said"}),
        ]
    )


def _masthead(run: Record, links: list[tuple[str, str]]) -> Html:
    pressed = {"auto": "true", "light": "false", "dark": "false"}
    themes = [
        tag("button", theme, of={"type": "button", "data-theme-choice": theme, "aria-pressed": state})
        for theme, state in pressed.items()
    ]
    return tag(
        "header.masthead",
        tag("div.brand", "undertow", tag("span", " run report")),
        tag("nav", *(tag("a", title, of={"href": f"#{key}"}) for key, title in links), of={"aria-label": "sections"}),
        tag("div.themes", *themes, of={"role": "group", "aria-label": "colours"}),
    )


def _top(run: Record) -> Html:
    sentence, tone = verdict.headline(run)
    return tag(
        "section",
        tag("p.kicker", _what(run)),
        tag("h1", run.name),
        tag(f"p.headline.{tone}", sentence, of={"id": "verdict-title"}),
        sections.tiles(run),
        tag("div.verdict", verdict.section(run)),
        of={"id": "verdict", "aria-labelledby": "verdict-title", "tabindex": "-1"},
    )


def _what(run: Record) -> str:
    """``lstm, 2 layers of 128 units, on plays.txt``; ``lstm, layers of 128, 64 units, on plays.txt``."""
    model, own = run.document.get("model", {}), run.document.get(str(run.document.get("task")), {})
    parts = [str(model.get("cell", "?")), _sizes(model)]
    if own.get("data"):
        parts.append(f"on {Path(str(own['data'])).name}")
    return ", ".join(parts)


def _sizes(model: Mapping[str, Any]) -> str:
    """The layers of ``[model]``, as far as it tells them."""
    widths = [width.strip() for width in str(model.get("widths", "")).split(",") if width.strip()]
    if len(set(widths)) > 1:
        return f"layers of {', '.join(widths)} units"
    layers, units = (len(widths), widths[0]) if widths else (model.get("layers", 1), model.get("hidden", "?"))
    return f"{units} units" if layers == 1 else f"{layers} layers of {units} units"


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
