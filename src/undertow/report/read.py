"""A run folder as data for a report: what is there, and why not where it isn't.

Numbers that are not finite are read as None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from undertow import __version__, documents
from undertow.documents import contents, present
from undertow.errors import RunError
from undertow.forms import NUMBERS, Each, Listed, MisfitError, fitted
from undertow.report.numbers import finite
from undertow.runs import RunFolder, Summary, place, summarise
from undertow.storage import read_metadata

__all__ = ["Absent", "Event", "Found", "LayerRecord", "RunRecord", "Sample", "read", "read_json"]

#: A line of metrics.jsonl or flow.jsonl.
Event = dict[str, Any]


@dataclass(frozen=True)
class Absent:
    """Something is not there, because of ``reason`` (goes on after "because")."""

    reason: str


@dataclass(frozen=True)
class Found:
    """A quantity as it was measured last, at ``step``; ``window`` is that line's number of time steps T."""

    value: dict[str, Any]
    step: int
    window: int


@dataclass(frozen=True)
class LayerRecord:
    """What flow.jsonl says of one layer in one direction, in the order of training."""

    name: str
    direction: str
    flow: Sequence[Event]
    verdict: Event | None

    @property
    def title(self) -> str:
        """``recurrent.0``, and its direction if that is not forward."""
        return place(self.name, self.direction)

    @property
    def last(self) -> Event:
        """The newest line, empty if there is none."""
        return self.flow[-1] if self.flow else {}

    def gate(self, name: str) -> str:
        """A gate as people know it: ``f (forget)``, or its name alone where it has no role."""
        said = self.last.get("roles")
        roles = [role for role, gate in said.items() if gate == name] if isinstance(said, dict) else []
        return f"{name} ({', '.join(roles)})" if roles else name

    @property
    def reach(self) -> float | None:
        """How far back the task needs memory, in steps."""
        said = [e for e in (self.verdict or {}, self.last) if e.get("declared", True)]
        lines = [e["reach"] for e in said if e.get("reach") is not None]
        return lines[0] if lines else None

    def latest(self, quantity: str) -> Found | Absent:
        """A quantity from the newest line that has it."""
        history = self.history(quantity)
        if history:
            return history[-1]
        if not self.flow:
            return Absent("flow.jsonl has no measurement of this layer")
        if self._raw(self.last, quantity) is not None:
            return Absent(f"its record is not in the form that Undertow {__version__} reads")
        reasons = self.last.get("unavailable")
        reason = reasons.get(quantity) if isinstance(reasons, dict) else None
        return Absent(str(reason or "no measurement in flow.jsonl has it"))

    def history(self, quantity: str) -> list[Found]:
        """A quantity over training."""
        lines = [(e, self._raw(e, quantity)) for e in self.flow]
        return [Found(value, e.get("step", 0), e.get("steps", 0)) for e, value in lines if isinstance(value, dict)]

    @staticmethod
    def _raw(event: Event, quantity: str) -> Any:
        quantities = event.get("quantities")
        return quantities.get(quantity) if isinstance(quantities, dict) else None


@dataclass(frozen=True)
class Sample:
    """Something the model wrote; ``heading`` says when."""

    heading: str
    text: str


@dataclass(frozen=True)
class RunRecord:
    """A run as its folder tells it."""

    name: str
    document: dict[str, Any]
    config: str
    summary: Summary
    metrics: Sequence[Event]
    samples: Sequence[Sample] | Absent
    layers: Sequence[LayerRecord] | Absent
    remedy: dict[str, Any] | Absent
    evaluation: dict[str, Any] | Absent = Absent("the run has no evaluation.json: its training has not ended")
    metadata: Mapping[str, str] = field(default_factory=dict)  #: of the model's file


def read(path: Path) -> RunRecord:
    """The run in a folder.

    Raises:
        RunError: it is not a run folder, or a file in it is not what its name says.
    """
    run = RunFolder.open(path)
    return RunRecord(
        name=path.resolve().name,
        document=finite(run.document()),
        config=contents(run.config_file).decode(),
        summary=summarise(run),
        metrics=finite(run.events()),
        samples=_samples(run.samples_file),
        layers=_layers(run),
        remedy=_remedy(run.remedy_file),
        evaluation=_evaluation(run.evaluation_file),
        metadata=_metadata(run.model_file),
    )


def _samples(file: Path) -> list[Sample] | Absent:
    if not present(file):
        return Absent("the run has no samples.txt: it wrote no samples")
    text = contents(file).decode(errors="replace")
    parts = re.split(r"^==== (.+?) ====$\n", text, flags=re.MULTILINE)
    samples = [Sample(h, t.strip("\n")) for h, t in zip(parts[1::2], parts[2::2], strict=True)]
    return samples or Absent("samples.txt has no samples")


def _layers(run: RunFolder) -> list[LayerRecord] | Absent:
    if not present(run.flow_file):
        return Absent("the run has no flow.jsonl: gradient flow was not recorded while it trained")
    events: list[Event] = finite(run.flow_events())
    keys = dict.fromkeys(_key(e) for e in events if e.get("event") in ("flow", "verdict"))
    layers = []
    for key in keys:
        own = [e for e in events if _key(e) == key]
        verdicts = [e for e in own if e["event"] == "verdict"]
        layers.append(LayerRecord(*key, [e for e in own if e["event"] == "flow"], verdicts[-1] if verdicts else None))
    return layers or Absent("flow.jsonl has no measurements")


def _key(event: Event) -> tuple[str, str]:
    return str(event.get("layer", "?")), str(event.get("direction", "forward"))


def read_json(file: Path) -> Any:
    """What a file of JSON says.

    Raises:
        DamagedError: it is not JSON.
    """
    return finite(documents.read_json(file, Any, "delete it, or make it again"))


def _evaluation(file: Path) -> dict[str, Any] | Absent:
    data = read_json(file) if present(file) else None
    return data if isinstance(data, dict) else RunRecord.evaluation


def _metadata(file: Path) -> dict[str, str]:
    """What the model's file says of itself; nothing if there is none, or it is damaged."""
    try:
        return read_metadata(contents(file))
    except RunError:
        return {}


def _remedy(file: Path) -> dict[str, Any] | Absent:
    if not present(file):
        return Absent("the run has no remedy.json: no remedies were tried on it")
    try:
        found: dict[str, Any] = fitted(read_json(file), _REMEDY)
    except MisfitError as error:
        return Absent(f"remedy.json is not in the form that Undertow {__version__} reads ({error})")
    return found if found["rows"] else Absent("remedy.json has no rows")


_FIGURES = (NUMBERS, None)
_ROW = {
    "name": str, "config?": (Each((str, bool, int, float)), None), "code?": (str, None), "loss?": _FIGURES,
    "horizon?": _FIGURES, "growth?": _FIGURES, "seconds_per_step?": _FIGURES, "failed?": (list, None),
}  # fmt: skip
_REMEDY = {
    "rows": Listed(_ROW), "seeds?": list, "steps?": int, "winner?": (str, None), "text?": str,
    "config_file?": (str, None),
}  # fmt: skip
