"""What people read of runs: a row each, and what figures and places are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from undertow.errors import RunError
from undertow.runs.folder import RunFolder, is_search

__all__ = ["Summary", "headline", "list_runs", "place", "summarise"]


def headline(event: Mapping[str, Any]) -> tuple[str, str]:
    """The figure of a line of metrics.jsonl that people read, and what it is called: ``bits``, ``bits/char``.

    The task names it where it is measured; a line of training has the loss.
    """
    key = event.get("figure") or ("bits" if event.get("bits") is not None else "loss")
    return key, f"bits/{event.get('unit', 'symbol')}" if key == "bits" else key.replace("_", " ")


def place(layer: str, direction: str) -> str:
    """A layer and direction of flow.jsonl, as people read it: ``lstm.0``, ``lstm.0 (reverse)``."""
    return layer if direction == "forward" else f"{layer} ({direction})"


@dataclass(frozen=True)
class Summary:
    """One row of ``undertow runs``; ``figure`` is the last one on data that is not trained on, if there is one."""

    name: str
    task: str
    cell: str
    step: int
    steps: int
    figure: float | None
    measure: str
    state: str


def summarise(run: RunFolder) -> Summary:
    """The row of one run."""
    document, events = run.document(), run.events()
    last = events[-1] if events else {}
    measured = [e for e in events if e.get("event") == "evaluate"]
    key, measure = headline(measured[-1]) if measured else ("", "")
    return Summary(
        name=run.path.name,
        task=document.get("task", "?"),
        cell=str(document.get("model", {}).get("cell", "?")),
        step=last.get("step", 0),
        steps=document.get("training", {}).get("steps", 0),
        figure=measured[-1].get(key) if measured else None,
        measure=measure,
        state=last.get("reason", "unfinished") if last.get("event") == "end" else "unfinished",
    )


def list_runs(folder: Path) -> list[Summary]:
    """Every readable run under ``folder``, by name; unreadable ones are listed as such."""
    rows = []
    for path in sorted(p for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []:
        try:
            rows.append(_search(path) if is_search(path) else summarise(RunFolder.open(path)))
        except RunError:
            rows.append(Summary(path.name, "?", "?", 0, 0, None, "", "unreadable"))
    return rows


def _search(path: Path) -> Summary:
    """The row of a search, which has no steps of its own."""
    return Summary(path.name, RunFolder(path).document().get("task", "?"), "", 0, 0, None, "", "search")
