"""Genes, and how one is read from a space's file: an option, its values, and when it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from undertow.errors import OptionError, nearest
from undertow.options import describe
from undertow.tasks.kinds import kind_of
from undertow.tasks.model_options import MOST_LAYERS
from undertow.training.config import Config, sections, verify_alone

__all__ = ["HIDDEN", "LAYERS", "Gene", "genes_of"]

#: The options whose genes belong together: how many layers there are, and how wide each is.
LAYERS, HIDDEN = "model.layers", "model.hidden"
_KEYS = ("choices", "low", "high", "log", "step", "when")
#: Beyond it no option has a value, and floating point soon ends.
_MOST = 1e300

#: Options that the search itself decides, or that change what is measured, so that losses would not compare: of the
#: sections that all tasks have. A task says of its own by itself (``undertow.tasks.kind``).
_FIXED = {
    "model": {"widths"},
    "training": {
        "steps", "seed", "threads", "choose", "patience", "evaluate_every", "sample_every", "sample_length",
        "log_every", "checkpoint_every",
    },
}  # fmt: skip
#: In every task's own options: which data, and what goes into which part.
_PARTS = {"data", "header", "validation", "test", "held_out", "split_seed"}


@dataclass(frozen=True)
class Gene:
    """One gene: the option that it sets, its values, and when it counts (options and the values they must have).

    ``layer`` counts from 1 where each layer has a gene of its own; 0 elsewhere.
    """

    option: str
    distribution: BaseDistribution
    when: Mapping[str, Sequence[Any]]
    layer: int = 0

    @property
    def name(self) -> str:
        """``model.hidden``, or ``model.hidden.2`` of the second layer."""
        return f"{self.option}.{self.layer}" if self.layer else self.option

    def can_be(self, value: Any) -> bool:
        """Whether it is one of the gene's values."""
        if isinstance(self.distribution, CategoricalDistribution):
            return value in self.distribution.choices
        return self.distribution._contains(self.distribution.to_internal_repr(value))


def genes_of(task: str, section: str, key: str, values: Any, tables: Mapping[str, Any]) -> list[Gene]:
    """The gene of an option, or one a layer, from what ``tables``, a whole space, says of it.

    Raises:
        OptionError: it is no option, cannot be a gene, or has values that it cannot have, or none.
    """
    options = describe(sections(task)[section])
    name = f"{section}.{key}"
    if key not in options:
        raise OptionError(f"there is no option {name}{nearest(key, options)}")
    fixed = kind_of(task).fixed | _PARTS if section == task else _FIXED.get(section, set())
    if section == "flow" or key in fixed:
        raise OptionError(f"{name} cannot be a gene: it changes what is measured, or the search decides it")
    given = values if isinstance(values, Mapping) else {"choices": values}
    for word in given:
        if word not in _KEYS:
            raise OptionError(f"{name}: a gene has no {word!r}{nearest(word, _KEYS)}")
    kind = options[key][0]
    distribution = _choices(name, given) if "choices" in given else _range(name, kind, given)
    for value in _extremes(distribution):
        verify_alone(task, section, key, value)
    when = _conditions(task, name, given.get("when", {}))
    layers = _most_layers(tables) if name == HIDDEN else 0
    numbers = range(1, layers + 1) if layers else (0,)
    return [Gene(name, distribution, when, number) for number in numbers]


def _choices(name: str, given: Mapping[str, Any]) -> BaseDistribution:
    choices = given["choices"]
    if not isinstance(choices, list):
        raise OptionError(f"{name}: values are a list, [..], or a range, {{ low = .., high = .. }}; got {choices!r}")
    if not choices:
        raise OptionError(f"{name}: an empty list leaves nothing to choose")
    twice = [c for i, c in enumerate(choices) if c in choices[:i]]
    if twice:
        raise OptionError(f"{name}: {twice[0]!r} is listed twice")
    more = [word for word in given if word not in ("choices", "when")]
    if more:
        raise OptionError(f"{name}: choices and {more[0]} cannot both be given")
    return CategoricalDistribution(choices)


def _range(name: str, kind: type, given: Mapping[str, Any]) -> BaseDistribution:
    if kind not in (int, float):
        raise OptionError(f"{name} is no number; list its values: choices = [..]")
    low, high, log, step = given.get("low"), given.get("high"), given.get("log", False), given.get("step")
    allowed = (int,) if kind is int else (int, float)
    for word, value in (("low", low), ("high", high), *([("step", step)] if step is not None else [])):
        if isinstance(value, bool) or not isinstance(value, allowed):
            asked = "a whole number" if kind is int else "a number"
            raise OptionError(f"{name}: {word} must be {asked}, got {value!r}")
        if not -_MOST <= value <= _MOST:
            raise OptionError(f"{name}: {word} must be within {_MOST:g} of 0")
    assert low is not None
    assert high is not None
    if not isinstance(log, bool):
        raise OptionError(f"{name}: log is true or false, got {log!r}")
    if low > high:
        raise OptionError(f"{name}: the range from {low} to {high} is empty")
    if log and low <= 0:
        raise OptionError(f"{name}: a log scale must begin above 0, got {low}")
    if step is not None and (log or step <= 0):
        raise OptionError(f"{name}: a step must be above 0, and goes with a range that is not on a log scale")
    if kind is int:
        return IntDistribution(low, high, log=log, step=step or 1)
    return FloatDistribution(float(low), float(high), log=log, step=step)


def _extremes(distribution: BaseDistribution) -> Sequence[Any]:
    """Values that stand for all of a gene's: if these are allowed, those between are."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    return distribution.low, distribution.high


def _conditions(task: str, name: str, when: Any) -> dict[str, Sequence[Any]]:
    if not isinstance(when, Mapping):
        raise OptionError(f"{name}: when is written {{ option = [values] }}, got {when!r}")
    found: dict[str, Sequence[Any]] = {}
    for option, values in when.items():
        section, key = Config.of(task).locate(option)
        if f"{section}.{key}" == name:
            raise OptionError(f"{name}: when cannot ask for the gene itself")
        found[f"{section}.{key}"] = values if isinstance(values, list) else [values]
        for value in found[f"{section}.{key}"]:
            try:
                verify_alone(task, section, key, value)
            except OptionError as error:
                raise OptionError(f"{name}: when: {error}") from error
    return found


def _most_layers(tables: Mapping[str, Any]) -> int:
    """The most layers there can be; 0 if their number is no gene."""
    layers = tables.get("model", {}).get("layers")
    if layers is None:
        return 0
    values = layers.get("choices", [layers.get("high")]) if isinstance(layers, Mapping) else layers
    whole = [v for v in values if isinstance(v, int)] if isinstance(values, list) else []
    return min(max(whole, default=0), MOST_LAYERS)  # more are refused where model.layers is read
