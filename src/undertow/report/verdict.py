"""The verdict, in words: what was found in each layer, and what to try."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from undertow.report.figures import absent, copyable
from undertow.report.markup import Html, Piece, join, tag
from undertow.report.numbers import counted, figure
from undertow.report.read import Absent, LayerRecord, RunRecord
from undertow.report.remedies import as_toml
from undertow.report.training import watched

__all__ = ["findings_of", "headline", "section"]

_NOT_JUDGED = ("not available", "too little data")
#: Of a finding's level: its tone, its sign, and what a screen reader says of it.
_TONES = {
    "alarm": ("bad", "!", "a fault"),
    "open": ("open", "?", "open"),
    "fine": ("good", "\N{CHECK MARK}", "in order"),
}


def findings_of(layer: LayerRecord) -> list[dict[str, Any]]:
    """The findings of a layer's last verdict, faults first."""
    found = (layer.verdict or {}).get("findings")
    findings = [f for f in found if isinstance(f, dict)] if isinstance(found, list) else []
    return sorted(findings, key=lambda f: list(_TONES).index(_level(f)))


def _level(finding: Mapping[str, Any]) -> str:
    level = finding.get("level")
    return level if level in _TONES else "open"


def headline(run: RunRecord) -> tuple[str, str]:
    """The one sentence that stands on top, and its tone: ``good``, ``bad`` or ``open``."""
    if isinstance(run.layers, Absent):
        return _only_trained(run), "open"
    judged = [layer for layer in run.layers if layer.verdict]
    found = [(layer, f) for layer in judged for f in findings_of(layer)]
    several = len(run.layers) > 1
    for level in ("alarm", "open"):
        faults = [(layer, f) for layer, f in found if _level(f) == level and f.get("kind") not in _NOT_JUDGED]
        if faults:
            layer, first = min(faults, key=lambda pair: _sight(pair[1]))
            return _sentence(first, layer if several else None), _TONES[level][0]
    good = [(layer, f) for layer, f in found if _level(f) == "fine"]
    if good:
        if several and len(good) > 1:
            return "No fault found: the gradient flows in every layer that was judged.", "good"
        return _sentence(good[0][1], good[0][0] if several else None), "good"
    return _only_trained(run), "open"


def _only_trained(run: RunRecord) -> str:
    """What can be said of a run of which no gradient was judged."""
    found = watched(run)
    measured = f"{figure(found[2][-1])} {found[1]} on held-out data" if found else "Nothing measured on held-out data"
    return f"{measured} after {counted(run.summary.step, 'step')}; the gradient was not judged."


def _sight(finding: Mapping[str, Any]) -> float:
    """How far back a finding sees, in steps, to put the shortest first; those about something else come last, but for
    the input's size, which is the cause of others."""
    if finding.get("kind") == "input out of scale":
        return -1.0
    horizon = (finding.get("figures") or {}).get("horizon")
    return horizon if isinstance(horizon, int | float) else math.inf


def _sentence(finding: Mapping[str, Any], layer: LayerRecord | None) -> str:
    text = str(finding.get("text") or finding.get("kind") or "").rstrip(".")
    return f"{layer.title}: {text}." if layer else f"{text[:1].upper()}{text[1:]}."


def section(run: RunRecord) -> Html:
    """The verdict of every layer and direction."""
    if isinstance(run.layers, Absent):
        return absent(run.layers)
    judged = (_layer(layer, alone=len(run.layers) == 1) for layer in run.layers)
    return join([*judged, _remedies(run.layers)])


def _remedies(layers: Sequence[LayerRecord]) -> Html | None:
    """Every remedy once, with the layers that it is meant for if they are not all there is."""
    meant: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for layer in layers:
        for remedy in (r for f in findings_of(layer) for r in f.get("remedies") or [] if isinstance(r, dict)):
            _, titles = meant.setdefault(json.dumps(remedy, sort_keys=True), (remedy, []))
            titles += [layer.title] if layer.title not in titles else []
    if not meant:
        return None
    shown = (_remedy(r, [] if len(titles) == len(layers) else titles) for r, titles in meant.values())
    return tag("div.judged.remedies", tag("h3", "What to try"), *shown)


def _layer(layer: LayerRecord, *, alone: bool) -> Html:
    title = None if alone else tag("h3", layer.title)
    if layer.verdict is None:
        return tag("div.judged", title, absent(Absent("flow.jsonl has no verdict on this layer")))
    findings = findings_of(layer)
    if not findings:
        return tag("div.judged", title, absent(Absent("the verdict has no findings")))
    return tag("div.judged", title, tag("ul.findings", *(_finding(f) for f in findings)))


def _finding(finding: Mapping[str, Any]) -> Html:
    kind = str(finding.get("kind", ""))
    tone, sign, heard = _TONES[_level(finding)]
    figures = finding.get("figures") or {}
    return tag(
        f"li.{tone}",
        tag("span.sign", sign, of={"role": "img", "aria-label": heard}),
        tag(
            "div",
            tag("p", tag("strong", f"{kind[:1].upper()}{kind[1:]}:"), " ", str(finding.get("text", ""))),
            tag("p.figures", *_figures(figures)) if figures else None,
        ),
    )


def _figures(figures: Mapping[str, Any]) -> list[Piece]:
    shown = {name: value for name, value in figures.items() if not isinstance(value, bool | dict)}
    if isinstance(shown.get("growth"), int | float):
        shown["factor a step"] = math.exp(shown.pop("growth"))
    return [tag("span", f"{name} ", tag("b", figure(value))) for name, value in shown.items()]


def _remedy(remedy: Mapping[str, Any], titles: Sequence[str]) -> Html:
    config, code = remedy.get("config") or {}, remedy.get("code")
    blocks: Sequence[Piece] = [
        copyable("in the config", as_toml(config)) if config else None,
        copyable("in Python", str(code)) if code else None,
    ]
    meant = f" ({', '.join(titles)})" if titles else ""
    name = tag("strong", str(remedy.get("name", "remedy")))
    return tag(
        "details.remedy",
        tag("summary", name, " ", tag("span", str(remedy.get("why", "")), meant)),
        tag("div.blocks", *blocks),
    )
