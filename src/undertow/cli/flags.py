"""Options of a config as flags of a command, made from their one definition."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from undertow.errors import OptionError
from undertow.options import describe, parse
from undertow.training.config import Config, check_momentum, sections

__all__ = ["chosen", "with_flags"]

#: Choices from so many on are not listed in the help.
_MANY = 8


def with_flags(
    options: Sequence[tuple[type, str]], defaults: Mapping[str, Any] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command a flag for each option, named by its dataclass and field.

    The command gets those that were given as its argument ``flags``, by field. ``defaults``, by field, are shown where
    they differ from the dataclass's.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "flags"]
        made = [_flag(owner, name, defaults or {}) for owner, name in options]

        def wrapper(**given: Any) -> Any:
            flags = {name: given.pop(name) for _, name in options}
            return command(**given, flags={k: v for k, v in flags.items() if v is not None})

        wrapper.__name__, wrapper.__doc__ = command.__name__, command.__doc__
        ordered = [p.replace(kind=p.KEYWORD_ONLY) for p in own]
        wrapper.__signature__ = inspect.Signature([*ordered[:1], *made, *ordered[1:]])  # type: ignore[attr-defined]
        wrapper.__annotations__ = {p.name: p.annotation for p in [*own, *made]}
        return wrapper

    return decorate


def _flag(owner: type, name: str, defaults: Mapping[str, Any]) -> inspect.Parameter:
    kind, default, meaning = describe(owner)[name]
    default = defaults.get(name, default)
    flag = f"--{name.replace('_', '-')}"
    shown = None if kind is bool or default == "" else f"({default:g})" if kind is float else f"({default})"
    among = f": {', '.join(meaning.choices)}" if 0 < len(meaning.choices) < _MANY else ""
    help = f"{meaning.help}{among} {shown or ''}".rstrip()
    if kind is bool:  # what is on by default must be switched off
        flag += f"/--no-{name.replace('_', '-')}"
    option = typer.Option(flag, help=help, show_default=False, metavar=None if kind is bool else kind.__name__.upper())
    annotation = Annotated[kind | None, option]  # type: ignore[valid-type]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def chosen(base: Config, flags: Mapping[str, Any], assignments: Sequence[str]) -> Config:
    """``base`` with flags and ``--set KEY=VALUE`` assignments on top.

    Raises:
        OptionError: an unknown key (with the nearest) or an impossible value.
    """
    values = dict(flags)
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise OptionError(f"--set takes KEY=VALUE, got {assignment!r}")
        section, key = base.locate(name.strip())
        values[f"{section}.{key}"] = parse(sections(base.task)[section], key, text.strip())
    full = base.replaced(values)
    check_momentum({name.rpartition(".")[2] for name in values}, full.training)
    return full
