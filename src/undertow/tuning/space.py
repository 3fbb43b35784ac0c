"""A space: which options a search may choose, and among which values. Written as a config with sets for values.

::

    [model]
    cell = ["lstm", "gru"]                              # one of these
    layers = { low = 1, high = 3 }                      # a range
    hidden = { low = 16, high = 256, log = true }       # on a log scale; of every layer, where layers is a gene
    residual = { choices = [false, true], when = { layers = [2, 3] } }

Each option is a gene. A genome has a value for every gene, also for those that do nothing in it (``when`` does not
hold; the third layer's width in two layers): these are carried along, as in nature, and may count in a child. Two
genomes are the same if they agree in what counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import tomlkit
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from tomlkit.exceptions import TOMLKitError

from undertow.errors import OptionError, nearest
from undertow.options import describe, verify
from undertow.training.config import Config, sections

__all__ = ["Gene", "Genome", "Space", "default_space", "read_space"]

#: A value for every gene, by name.
Genome = Mapping[str, Any]

_LAYERS, _HIDDEN, _RESIDUAL, _WIDTHS = "model.layers", "model.hidden", "model.residual", "model.widths"
_KEYS = ("choices", "low", "high", "log", "step", "when")

#: Options that the search itself decides, or that change what is measured, so that losses would not compare.
_FIXED = {
    "model": {"widths"},
    "training": {
        "steps", "seed", "threads", "choose", "patience", "evaluate_every", "sample_every", "sample_length",
        "log_every", "checkpoint_every",
    },
    "text": {"data", "bytes", "held_out", "validation"},
    "classify": {"data", "label", "split", "group", "validation", "test", "class_weights", "label_smoothing"},
    "forecast": {"data", "target", "horizon", "quantiles", "scaling", "transform", "validation", "test"},
    "translate": {"data", "source", "target", "target_tokens", "pieces", "label_smoothing", "validation", "test"},
    "reconstruct": {"data", "text", "columns", "scaling", "window", "validation", "test", "anomaly"},
}  # fmt: skip


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


@dataclass(frozen=True)
class Space:
    """The genes of a search for networks of a task; ``tables`` is the space as it was written."""

    task: str
    genes: tuple[Gene, ...]
    tables: Mapping[str, Mapping[str, Any]]

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """The values of every gene, by name."""
        return {gene.name: gene.distribution for gene in self.genes}

    def active(self, genome: Genome, base: Config) -> dict[str, Any]:
        """The genes that count in a genome; what is no gene is as in ``base``."""
        return {gene.name: genome[gene.name] for gene in self.genes if self._counts(gene, genome, base)}

    def _counts(self, gene: Gene, genome: Genome, base: Config) -> bool:
        layers = self._value(_LAYERS, genome, base)
        if gene.layer > layers:
            return False
        if gene.option == _RESIDUAL and layers == 1:
            return False
        if gene.layer > 1 and self._same_widths(genome, base):
            return False
        return all(self._value(option, genome, base) in values for option, values in gene.when.items())

    def _value(self, option: str, genome: Genome, base: Config) -> Any:
        """What an option is in a genome, whether or not it counts."""
        section, _, key = option.partition(".")
        return genome[option] if option in genome else getattr(base.section(section), key)

    def _same_widths(self, genome: Genome, base: Config) -> bool:
        """A layer's input is added to its output: all are as wide as the first."""
        return bool(self._value(_RESIDUAL, genome, base))

    def config(self, genome: Genome, base: Config) -> Config:
        """The config that a genome stands for.

        Raises:
            OptionError: its options do not go together.
        """
        active = self.active(genome, base)
        widths = [active[g.name] for g in self.genes if g.layer and g.name in active]
        changed = {gene.name: active[gene.name] for gene in self.genes if not gene.layer and gene.name in active}
        if widths:
            layers = changed.pop(_LAYERS)
            widths += widths[:1] * (layers - len(widths))
            alike = len(set(widths)) == 1
            changed |= {
                _HIDDEN: widths[0],
                _LAYERS: layers if alike else 1,
                _WIDTHS: "" if alike else ",".join(map(str, widths)),
            }
        return base.replaced(changed)

    def genome_of(self, config: Config) -> dict[str, Any]:
        """The genes that a config has; those whose value lies outside the space are left out."""
        found = {}
        sizes = config.model.sizes
        for gene in self.genes:
            section, _, key = gene.option.partition(".")
            value = getattr(config.section(section), key)
            if gene.layer:
                value = sizes[min(gene.layer, len(sizes)) - 1]
            elif gene.option == _LAYERS:
                value = len(sizes)
            if _contains(gene.distribution, value):
                found[gene.name] = value
        return found

    def document(self) -> tomlkit.TOMLDocument:
        """The space as a file, every option explained."""
        document = tomlkit.document()
        for line in _HEADING:
            document.add(tomlkit.comment(line))
        document.add("task", self.task)
        known = sections(self.task)
        for section, table in self.tables.items():
            written = tomlkit.table()
            for key, value in table.items():
                written.add(tomlkit.comment(describe(known[section])[key][2].help))
                written.add(key, _inline(value))
            document.add(section, written)
        return document


_HEADING = (
    "What a search may choose. [..]: one of these; { low, high }: a range, with log = true on a log scale, with step",
    "in steps; when: the gene counts only where other options have one of these values, else the config's value",
    "stands. Where layers is a gene, every layer has a gene hidden of its own.",
)


def _inline(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    table = tomlkit.inline_table()
    for key, part in value.items():
        table.add(key, _inline(part))
    return table


def _contains(distribution: BaseDistribution, value: Any) -> bool:
    if isinstance(distribution, CategoricalDistribution):
        return value in distribution.choices
    return distribution._contains(distribution.to_internal_repr(value))


def default_space(task: str) -> Space:
    """The space that a task has if nothing else is said.

    Raises:
        OptionError: there is no such task.
    """
    sections(task)
    tables: dict[str, dict[str, Any]] = {}
    for name in (task, "common"):
        text = (resources.files("undertow") / "tuning" / "spaces" / f"{name}.toml").read_text(encoding="utf-8")
        for section, table in tomlkit.parse(text).unwrap().items():
            tables.setdefault(section, {}).update(table)
    return _space(task, tables, "the default space")


def read_space(path: Path, task: str) -> Space:
    """A space from a file.

    Raises:
        OptionError: it cannot be read, is for another task, has a gene that is no option, or a range with nothing in
            it.
    """
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    except OSError as error:
        raise OptionError(f"cannot read the space {path}: {error.strerror}") from error
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise OptionError(f"{path} is not TOML: {error}") from error
    return space_from(document, task, str(path))


def space_from(document: Mapping[str, Any], task: str, where: str) -> Space:
    """A space from the plain data of a TOML document."""
    said = document.get("task", task)
    if said != task:
        raise OptionError(f"{where} is a space for the task {said}, and the config is for {task}")
    return _space(task, {name: table for name, table in document.items() if name != "task"}, where)


def _space(task: str, tables: Mapping[str, Any], where: str) -> Space:
    known, genes = sections(task), []
    for section, table in tables.items():
        if section not in known:
            raise OptionError(f"{where}: there is no section [{section}]{nearest(section, known)}")
        if not isinstance(table, Mapping):
            raise OptionError(f"{where}: {section} must be a section: [{section}]")
        for key, values in table.items():
            try:
                genes += _genes(task, section, key, values, tables)
            except OptionError as error:
                raise OptionError(f"{where}: {error}") from error
    if not genes:
        raise OptionError(f"{where} has no genes; `undertow tune --show-space {task}` shows a space")
    return Space(task, tuple(genes), tables)


def _genes(task: str, section: str, key: str, values: Any, tables: Mapping[str, Any]) -> list[Gene]:
    options = describe(sections(task)[section])
    name = f"{section}.{key}"
    if key not in options:
        raise OptionError(f"there is no option {name}{nearest(key, options)}")
    if key in _FIXED.get(section, set()) or section == "flow":
        raise OptionError(f"{name} cannot be a gene: it changes what is measured, or the search decides it")
    given = values if isinstance(values, Mapping) else {"choices": values}
    for word in given:
        if word not in _KEYS:
            raise OptionError(f"{name}: a gene has no {word!r}{nearest(word, _KEYS)}")
    kind = options[key][0]
    distribution = _choices(name, given) if "choices" in given else _range(name, kind, given)
    for value in _extremes(distribution):
        verify(sections(task)[section], key, value, f"{section}.")
    when = _conditions(task, name, given.get("when", {}))
    layers = _most_layers(tables) if name == _HIDDEN else 0
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
    return found


def _most_layers(tables: Mapping[str, Any]) -> int:
    """The most layers there can be; 0 if their number is no gene."""
    layers = tables.get("model", {}).get("layers")
    if layers is None:
        return 0
    values = layers.get("choices", [layers.get("high")]) if isinstance(layers, Mapping) else layers
    whole = [v for v in values if isinstance(v, int)] if isinstance(values, list) else []
    return max(whole, default=0)
