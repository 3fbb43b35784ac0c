"""``search.json`` as data for a report. Whatever is not there, or not of its kind, is read as absent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from undertow.documents import present
from undertow.errors import RunError
from undertow.report.read import read_json
from undertow.words import command

__all__ = ["GENETIC", "Search", "Searched", "TrialRecord", "read"]

GENETIC = "genetic"
#: What is sought, with its unit.
_UNITS = {"seconds": "seconds a step", "horizon": "horizon (steps)"}
_TITLES = {"tpe": "TPE"}


@dataclass(frozen=True)
class TrialRecord:
    """A genome that was trained. ``values`` are what is sought, in order; None if nothing came of it.

    ``spent``: steps that its search had spent when it was over.
    """

    method: str
    seed: int
    number: int
    generation: int | None
    parents: Sequence[int]
    values: Sequence[float] | None
    steps: int
    spent: int
    stopped: bool
    failed: str
    genes: Mapping[str, Any]
    counts: frozenset[str]

    def gene(self, name: str) -> Any:
        """A gene's value; None if it does not count in this genome."""
        return self.genes.get(name) if name in self.counts else None


@dataclass(frozen=True)
class Searched:
    """One method's search with one seed; ``budget`` and ``spent`` are steps, ``front`` numbers of trials."""

    method: str
    seed: int
    budget: int
    spent: int
    repeated: int
    exhausted: bool
    front: frozenset[int]
    trials: Sequence[TrialRecord]

    @property
    def measured(self) -> list[TrialRecord]:
        """The trials of which something came, in order."""
        return [trial for trial in self.trials if trial.values]


@dataclass(frozen=True)
class Search:
    """A search as its folder tells it. ``sought``: what, and whether most of it; ``steps``: of a whole training."""

    path: str
    name: str
    task: str
    data: str
    options: Mapping[str, Any]
    steps: int
    sought: Mapping[str, bool]
    finished: bool
    genes: Sequence[str]
    searches: Sequence[Searched]
    importance: Mapping[str, float]
    comparison: str
    winner: Mapping[str, Any] = field(default_factory=dict)
    final: Mapping[str, Any] = field(default_factory=dict)

    @property
    def methods(self) -> list[str]:
        """The methods that searched, in order."""
        return list(dict.fromkeys(one.method for one in self.searches))

    @property
    def seeds(self) -> list[int]:
        """The seeds of the searches, in order."""
        return list(dict.fromkeys(one.seed for one in self.searches))

    @property
    def objective(self) -> str:
        """What is sought first."""
        return next(iter(self.sought))

    @property
    def trials(self) -> list[TrialRecord]:
        """The trials of all searches."""
        return [trial for one in self.searches for trial in one.trials]

    @property
    def generations(self) -> dict[int, list[TrialRecord]]:
        """The trials of the genetic searches by generation."""
        found = [t for t in self.trials if t.method == GENETIC and t.generation is not None]
        numbers = sorted({t.generation for t in found if t.generation is not None})
        return {number: [t for t in found if t.generation == number] for number in numbers}

    @property
    def best_trial(self) -> TrialRecord | None:
        """The trial that won."""
        place = (self.winner.get("method"), self.winner.get("seed"), self.winner.get("number"))
        return next((t for t in self.trials if t.values and (t.method, t.seed, t.number) == place), None)

    @property
    def ranked(self) -> list[str]:
        """The genes, those first that matter most; as the space has them where that is not known."""
        return sorted(self.genes, key=lambda name: -self.importance.get(name, 0.0))

    def cost(self, trial: TrialRecord) -> float:
        """What is sought first, so that less is better."""
        assert trial.values
        return -trial.values[0] if self.sought[self.objective] else trial.values[0]

    def best(self, values: Sequence[float]) -> float:
        """The best of values of what is sought first."""
        return max(values) if self.sought[self.objective] else min(values)

    def label(self, gene: str) -> str:
        """``learning_rate``: the gene without its section, where that is clear."""
        short = Counter(name.partition(".")[2] for name in self.genes)
        bare = gene.partition(".")[2]
        return bare if short[bare] == 1 else gene

    @staticmethod
    def unit(objective: str) -> str:
        """What an axis calls it."""
        return _UNITS.get(objective, objective)

    @staticmethod
    def title(method: str) -> str:
        """What a legend calls a method."""
        return _TITLES.get(method, method)


def read(path: Path) -> Search:
    """The search in a folder.

    Raises:
        RunError: it has no search.json yet, or what is there is none.
    """
    file = path / "search.json"
    if not present(file):
        raise RunError(f"{path} has no search.json yet: nothing was found; go on with it: {command('resume', path)}")
    data = read_json(file)
    if not isinstance(data, dict):
        raise RunError(f"{file} is not what a search writes; make it again: {command('resume', path)}")
    sought = {name: kind == "most" for name, kind in _mapping(data.get("sought")).items()} or {"loss": False}
    searches = [_searched(one, len(sought)) for one in _mappings(data.get("searches"))]
    genes = [str(name) for name in _list(data.get("genes"))]
    return Search(
        path=str(path),
        name=_text(data.get("name")) or path.resolve().name,
        task=_text(data.get("task")),
        data=_text(data.get("data")),
        options=_mapping(data.get("options")),
        steps=max(1, _whole(data.get("steps"))),
        sought=sought,
        finished=data.get("finished") is True,
        genes=genes or list(dict.fromkeys(name for one in searches for trial in one.trials for name in trial.genes)),
        searches=searches,
        importance=_numbers(data.get("importance")),
        comparison=_text(_mapping(data.get("comparison")).get("text")),
        winner=_mapping(data.get("winner")),
        final=_mapping(data.get("final")),
    )


def _searched(data: Mapping[str, Any], objectives: int) -> Searched:
    method, seed = _text(data.get("method")) or "unnamed", _whole(data.get("seed"))
    return Searched(
        method=method,
        seed=seed,
        budget=_whole(data.get("budget")),
        spent=_whole(data.get("spent")),
        repeated=_whole(data.get("repeated")),
        exhausted=data.get("exhausted") is True,
        front=frozenset(n for n in _list(data.get("front")) if isinstance(n, int)),
        trials=[_trial(row, method, seed, objectives) for row in _mappings(data.get("trials"))],
    )


def _trial(data: Mapping[str, Any], method: str, seed: int, objectives: int) -> TrialRecord:
    values = [float(v) for v in _list(data.get("values")) if _is_number(v)]
    generation = data.get("generation")
    return TrialRecord(
        method=method,
        seed=seed,
        number=_whole(data.get("number")),
        generation=generation if isinstance(generation, int) else None,
        parents=[n for n in _list(data.get("parents")) if isinstance(n, int)],
        values=values if len(values) == objectives else None,
        steps=_whole(data.get("steps")),
        spent=_whole(data.get("spent")),
        stopped=data.get("stopped") is True,
        failed=_text(data.get("failed")),
        genes={name: v for name, v in _mapping(data.get("genes")).items() if isinstance(v, str | bool | int | float)},
        counts=frozenset(str(name) for name in _list(data.get("counts"))),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _whole(value: Any) -> int:
    return int(value) if _is_number(value) else 0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _numbers(value: Any) -> dict[str, float]:
    return {name: float(v) for name, v in _mapping(value).items() if _is_number(v)}
