"""Options as data: a dataclass whose every field has a default, an explanation and limits.

Config files, command-line flags and their help are made from these fields, so that each option
is defined once.
"""

from __future__ import annotations

import dataclasses
import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import tomlkit
from tomlkit.items import Table

from undertow import documents
from undertow.errors import OptionError, nearest
from undertow.forms import MisfitError, fitted, shown
from undertow.words import visible

__all__ = ["Meaning", "check", "describe", "option", "parse", "read", "read_toml", "to_table", "verify"]

T = TypeVar("T")

#: Halves of characters, as which bytes of a name stand that are no text.
_HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Meaning:
    """What an option means and which values it can have.

    ``above`` and ``below`` are exclusive, the other limits inclusive.
    """

    help: str
    choices: tuple[str, ...] = ()
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    below: float | None = None


def option(
    default: Any,
    help: str,
    *,
    choices: Sequence[str] = (),
    above: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    below: float | None = None,
) -> Any:
    """A dataclass field that is an option."""
    meaning = Meaning(help, tuple(choices), above, at_least, at_most, below)
    return field(default=default, metadata={"meaning": meaning})


def describe(options: type) -> dict[str, tuple[type, Any, Meaning]]:
    """Type, default and meaning of every option of a dataclass, by name."""
    hints = get_type_hints(options)
    fields = dataclasses.fields(options)
    return {f.name: (hints[f.name], f.default, f.metadata["meaning"]) for f in fields if "meaning" in f.metadata}


def check(options: Any, where: str = "") -> None:
    """Whether every value has its option's type and lies within its limits.

    Raises:
        OptionError: names the option, its value and what it may be.
    """
    for name, (kind, _, meaning) in describe(type(options)).items():
        _check_value(where + name, getattr(options, name), kind, meaning)


def verify(options: type, name: str, value: Any, where: str = "") -> None:
    """Whether one option could have a value.

    Raises:
        OptionError: names the option, the value and what it may be.
    """
    kind, _, meaning = describe(options)[name]
    _check_value(where + name, value, kind, meaning)


def _check_value(name: str, value: Any, kind: type, meaning: Meaning) -> None:
    try:
        fitted(value, kind)
    except MisfitError as error:
        raise OptionError(f"{name} {error}") from None
    if isinstance(value, str) and _HALVES.search(value):
        raise OptionError(
            f"{name} must be text in UTF-8, for a config to hold it; got '{visible(value)}'. Rename the file if it is "
            "one, or say that names are in UTF-8: LC_ALL=C.UTF-8 or PYTHONUTF8=1"
        )
    if meaning.choices and value not in meaning.choices:
        raise OptionError(f"{name} cannot be {shown(value)}{nearest(value, meaning.choices)}")
    limits = (
        (meaning.above, operator.gt, "above"),
        (meaning.at_least, operator.ge, "at least"),
        (meaning.at_most, operator.le, "at most"),
        (meaning.below, operator.lt, "below"),
    )
    for limit, holds, words_of in limits:
        if limit is not None and not holds(value, limit):
            raise OptionError(f"{name} must be {words_of} {limit:g}, got {shown(value)}")


def read(base: T, table: Mapping[str, Any], where: str = "") -> T:
    """Options from a table of a config file; what it does not say is as in ``base``.

    Raises:
        OptionError: an unknown key (the nearest known one is suggested) or a value out of its limits.
    """
    known = describe(type(base))
    for key in table:
        if key not in known:
            raise OptionError(f"there is no option {where}{key}{nearest(key, known)}")
    made: T = dataclasses.replace(base, **{key: _plain(value) for key, value in table.items()})  # type: ignore[type-var]
    check(made, where)
    return made


def read_toml(path: Path, what: str, *, given: bool = False) -> dict[str, Any]:
    """The plain data of a TOML file, which is called ``what`` in messages; it may be a link if it is ``given``, named
    by a user.

    Raises:
        OptionError: it is missing, or not TOML (with the line).
    """
    return documents.read_toml(path, OptionError, what, given=given)


def _plain(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value


def parse(options: type, name: str, text: str) -> Any:
    """The value that ``text``, from a command line, means for one option."""
    kind = describe(options)[name][0]
    try:
        value = {"true": True, "false": False}[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        value = text
    verify(options, name, value)
    return value


def to_table(options: Any) -> Table:
    """Options as a TOML table in which every key is explained."""
    table = tomlkit.table()
    for name, (_, _, meaning) in describe(type(options)).items():
        among = f" ({', '.join(meaning.choices)})" if meaning.choices else ""
        table.add(tomlkit.comment(meaning.help + among))
        table.add(name, getattr(options, name))
    return table
