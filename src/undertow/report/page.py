"""``report.html`` of a run or of a search, and the run's page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from undertow.report import results, search, sections, verdict
from undertow.report.document import PagePart, document, top
from undertow.report.figures import Pictures, or_absence
from undertow.report.markup import tag
from undertow.report.read import Absent, RunRecord, read
from undertow.report.tolerant import tolerant
from undertow.runs import RunFolder, is_search
from undertow.storage import write_atomically

__all__ = ["page", "write"]


def write(folder: Path) -> Path:
    """Write ``report.html`` into the folder of a run or of a search, from what is in it, and return its path.

    Raises:
        RunError: it is neither, a file in it cannot be read, or the page cannot be written.
    """
    written = search.page(search.read(folder)) if is_search(folder) else page(read(folder))
    file = RunFolder(folder).report_file  # a search's has the same name
    write_atomically(file, written.encode())
    return file


def page(run: RunRecord) -> str:
    """The whole page of a run."""
    pictures = Pictures()
    parts = [
        PagePart("results", "Results", or_absence(lambda: results.section(run, pictures))),
        PagePart("training", "Training", or_absence(lambda: sections.trained(run, pictures))),
        PagePart("flow", "Gradient flow", or_absence(lambda: sections.flow(run, pictures))),
        PagePart("remedies", "Remedies", or_absence(lambda: sections.remedy(run, pictures))),
        PagePart("samples", "Samples", or_absence(lambda: sections.samples(run))),
        PagePart("config", "Config", or_absence(lambda: sections.config(run))),
    ]
    said = tolerant(verdict.headline)(run)
    headline = (f"No verdict: {said.reason}.", "open") if isinstance(said, Absent) else said
    tiles, findings = or_absence(lambda: sections.tiles(run)), or_absence(lambda: verdict.section(run))
    head = top(_what(run), run.name, *headline, tiles, tag("div.verdict", findings))
    parts = parts[1:] if isinstance(run.evaluation, Absent) else parts
    return document("run", run.name, head, parts, pictures)


def _what(run: RunRecord) -> str:
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
