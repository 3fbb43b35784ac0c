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

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import tomlkit
from optuna.distributions import BaseDistribution

from undertow.errors import OptionError, nearest
from undertow.options import describe, read_toml
from undertow.tasks.kinds import kind_of
from undertow.training.config import Config, sections
from undertow.tuning.genes import HIDDEN, LAYERS, Gene, genes_of
from undertow.words import command

__all__ = ["Genome", "Space", "default_space", "read_space", "space_from"]

#: A value for every gene, by name.
Genome = Mapping[str, Any]

_RESIDUAL, _WIDTHS = "model.residual", "model.widths"


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
        layers = self._value(LAYERS, genome, base)
        if gene.layer > layers:
            return False
        if gene.option == _RESIDUAL and layers == 1:
            return False
        if gene.layer > 1 and self._value(_RESIDUAL, genome, base):
            return False  # a layer's input is added to its output: all are as wide as the first
        return all(self._value(option, genome, base) in values for option, values in gene.when.items())

    def _value(self, option: str, genome: Genome, base: Config) -> Any:
        """What an option is in a genome, whether or not it counts."""
        section, _, key = option.partition(".")
        return genome[option] if option in genome else getattr(base.section(section), key)

    def config(self, genome: Genome, base: Config) -> Config:
        """The config that a genome stands for.

        Raises:
            OptionError: its options do not go together.
        """
        active = self.active(genome, base)
        widths = [active[g.name] for g in self.genes if g.layer and g.name in active]
        changed = {gene.name: active[gene.name] for gene in self.genes if not gene.layer and gene.name in active}
        if widths:
            layers = changed.pop(LAYERS)
            widths += widths[:1] * (layers - len(widths))
            alike = len(set(widths)) == 1
            changed |= {
                HIDDEN: widths[0],
                LAYERS: layers if alike else 1,
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
            elif gene.option == LAYERS:
                value = len(sizes)
            if gene.can_be(value):
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


def default_space(task: str) -> Space:
    """The space that a task has if nothing else is said.

    Raises:
        OptionError: there is no such task.
    """
    tables: dict[str, dict[str, Any]] = {}
    common = (resources.files("undertow") / "tuning" / "common.toml").read_text(encoding="utf-8")
    for text in (kind_of(task).space, common):
        for section, table in tomlkit.parse(text).unwrap().items():
            tables.setdefault(section, {}).update(table)
    return _space(task, tables, "the default space")


def read_space(path: Path, task: str, *, given: bool = False) -> Space:
    """A space from a file, which may be a link if it is ``given``, named by a user.

    Raises:
        OptionError: it cannot be read, is for another task, has a gene that is no option, a range with nothing in it,
            or a choice that its option cannot have, whatever the other options are.
    """
    return space_from(read_toml(path, "the space", given=given), task, str(path))


def space_from(document: Mapping[str, Any], task: str, where: str) -> Space:
    """A space from the plain data of a TOML document."""
    said = document.get("task", task)
    if said != task:
        raise OptionError(f"{where} is a space for the task {said}, and the config is for {task}")
    space = _space(task, {name: table for name, table in document.items() if name != "task"}, where)
    _check_names(space, where)
    return space


def _check_names(space: Space, where: str) -> None:
    """Whether layers know the names among the choices. Needs torch, so the default spaces are not asked."""
    from undertow.tasks.recurrent import NAMES

    for gene in space.genes:
        for option, values in ((gene.option, getattr(gene.distribution, "choices", ())), *gene.when.items()):
            try:
                for name in values if option in NAMES else ():
                    NAMES[option](name)
            except OptionError as error:
                raise OptionError(f"{where}: {gene.option}: {error}") from error


def _space(task: str, tables: Mapping[str, Any], where: str) -> Space:
    known, genes = sections(task), []
    for section, table in tables.items():
        if section not in known:
            raise OptionError(f"{where}: there is no section [{section}]{nearest(section, known)}")
        if not isinstance(table, Mapping):
            raise OptionError(f"{where}: {section} must be a section: [{section}]")
        for key, values in table.items():
            try:
                genes += genes_of(task, section, key, values, tables)
            except OptionError as error:
                raise OptionError(f"{where}: {error}") from error
    if not genes:
        raise OptionError(f"{where} has no genes; `{command('tune', '--show-space', task)}` shows a space")
    return Space(task, tuple(genes), tables)
