"""Forms of plain data, and whether a value has one.

A form is one of these:

- a type: ``int``, ``float``, ``str``, ``bool``, ``dict``, ``list``, with parameters too, a union, ``Any``;
- a dataclass, which is made of a mapping of its fields;
- ``{"key": form, "other?": form}``: a mapping that has at least these keys; those with a question mark may be missing;
- a :class:`Number`, such as :data:`COUNT`;
- :data:`NUMBERS`: a list of numbers in which some may be missing;
- an :class:`Each`, an :class:`Only` or a :class:`Listed`;
- a tuple of forms: the value has one of them.

This is a file of its own, not msgspec or pydantic. msgspec says no value and half a place, pydantic says both on
several lines. Both take NaN for a number, need the same bounds of depth and letters around them, and take 80 ms or more
to import where this takes 10. Their models would be as long as our forms.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

__all__ = [
    "COUNT",
    "MEASURED",
    "NUMBERS",
    "POSITIVE",
    "Each",
    "Listed",
    "MisfitError",
    "Number",
    "Only",
    "depth_of",
    "fitted",
    "shown",
]


#: Whole numbers from here on do not go into TOML, nor into 64 bits.
_LONG = 2**63


class MisfitError(ValueError):
    """A value that has not the form it should have; the message goes on after what it is of."""


@dataclass(frozen=True)
class Number:
    """A number from ``least`` to ``most``; ``whole``, or with a fraction, or not finite at all, as long as it is
    ``any``."""

    least: float = -math.inf
    most: float = math.inf
    whole: bool = False
    any: bool = False

    def fits(self, value: Any) -> bool:
        """Whether a value is such a number."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            return False
        if isinstance(value, int) and abs(value) >= _LONG:
            return False
        return self.any or (self.least <= value <= self.most and math.isfinite(value))

    def wanted(self, value: Any) -> str:
        """What was wanted in the place of a value that does not fit."""
        kind = "a whole number" if self.whole else "a number"
        if isinstance(value, float) and not math.isfinite(value) and not self.whole:
            return "a finite number"
        if isinstance(value, int) and abs(value) >= _LONG:
            return f"{kind} of 18 digits at most"
        if self.least == -math.inf and self.most == math.inf:
            return kind
        return (
            f"{kind} from {self.least:g} on" if self.most >= 2**53 else f"{kind} from {self.least:g} to {self.most:g}"
        )


@dataclass(frozen=True)
class Each:
    """An object with any keys, whose values all have the form ``of``."""

    of: Any


@dataclass(frozen=True)
class Only:
    """An object with the keys of the mapping ``of``, each in its form, and no others: names that are used as such."""

    of: Mapping[str, Any]


@dataclass(frozen=True)
class Listed:
    """A list, whose items all have the form ``of``."""

    of: Any


#: The most letters of a value that a message shows.
_SHOWN = 80
#: Beyond all that is measured.
_HUGE = 1e300
#: How many: of bytes, steps, things.
COUNT = Number(0, 2**53, whole=True)
#: How many, of what there must be.
POSITIVE = Number(1, 2**53, whole=True)
#: A figure that was measured, of a network that may have diverged.
MEASURED = Number(any=True)

#: A list of numbers, or null where there is none.
NUMBERS = "numbers"

_PLAIN: Mapping[Any, str] = {
    str: "a string",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    type(None): "null",
    None: "null",
}


def fitted(value: Any, form: Any, where: str = "") -> Any:
    """``value``, if it has the form; lists are made tuples where these are asked for, mappings dataclasses.

    Raises:
        MisfitError: it has not; ``where`` is said to be its place.
    """
    if form is Any:
        return value
    if isinstance(form, Number) or form in (int, float):
        number = form if isinstance(form, Number) else Number(whole=form is int)
        return value if number.fits(value) else _misfit(value, number.wanted(value), where)
    if form is NUMBERS:
        return value if _are_numbers(value) else _misfit(value, "a list of numbers", where)
    if isinstance(form, tuple):
        return _one_of(value, form, where)
    if isinstance(form, Mapping):
        return _mapping(value, form, where)
    if isinstance(form, Each):
        return {k: fitted(part, form.of, _in(where, k)) for k, part in fitted(value, dict, where).items()}
    if isinstance(form, Only):
        return _only(value, form, where)
    if isinstance(form, Listed):
        return [fitted(part, form.of, _in(where, at)) for at, part in enumerate(fitted(value, list, where))]
    if form in _PLAIN:
        return value if isinstance(value, form or type(None)) else _misfit(value, _PLAIN[form], where)
    if dataclasses.is_dataclass(form):
        return _made(value, form, where)
    return _generic(value, form, where)


def _generic(value: Any, form: Any, where: str) -> Any:
    origin, inner = get_origin(form), get_args(form)
    if origin in (Union, types.UnionType):
        return _one_of(value, inner, where)
    if origin is Literal:
        return value if value in inner else _misfit(value, f"one of {', '.join(map(str, inner))}", where)
    if origin is list:
        return [fitted(part, inner[0], _in(where, at)) for at, part in enumerate(fitted(value, list, where))]
    if origin is tuple:
        return _tuple(value, inner, where)
    if origin is not None and issubclass(origin, Mapping):
        kept = fitted(value, dict, where).items()
        return {fitted(key, inner[0], where): fitted(part, inner[1], _in(where, key)) for key, part in kept}
    raise TypeError(f"{form!r} is no form")


def _are_numbers(value: Any) -> bool:
    if not isinstance(value, list) or not set(map(type, value)) <= {int, float, type(None)}:
        return False
    return all(-_HUGE < part < _HUGE for part in value if part is not None)


def _one_of(value: Any, forms: tuple[Any, ...], where: str) -> Any:
    if value is None and any(form is None or form is type(None) for form in forms):
        return None
    left = [form for form in forms if form is not None and form is not type(None)]
    for form in left[:-1]:
        try:
            return fitted(value, form, where)
        except MisfitError:
            continue
    return fitted(value, left[-1], where)


def _tuple(value: Any, inner: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    parts = fitted(value, list, where)
    if len(inner) == 2 and inner[1] is Ellipsis:
        inner = inner[:1] * len(parts)
    if len(parts) != len(inner):
        _misfit(value, f"a list of {len(inner)}", where)
    return tuple(fitted(part, form, _in(where, at)) for at, (part, form) in enumerate(zip(parts, inner, strict=True)))


def _mapping(value: Any, form: Mapping[str, Any], where: str) -> dict[str, Any]:
    found = dict(fitted(value, dict, where))
    for name, inner in form.items():
        key = name.removesuffix("?")
        if key in found:
            found[key] = fitted(found[key], inner, _in(where, key))
        elif key == name:
            raise MisfitError(f"{_place(where)}does not say {key!r}")
    return found


def _only(value: Any, form: Only, where: str) -> dict[str, Any]:
    found = _mapping(value, form.of, where)
    for name in found:
        if name not in form.of and f"{name}?" not in form.of:
            raise MisfitError(f"{_place(where)}says {name!r:.60}, which is not known here")
    return found


def _made(value: Any, form: Any, where: str) -> Any:
    given = fitted(value, dict, where)
    kinds, fields = get_type_hints(form), {field.name: field for field in dataclasses.fields(form)}
    for name in given:
        if name not in fields:
            raise MisfitError(f"{_place(where)}says {name!r}, which is not known here")
    for name, field in fields.items():
        if name not in given and field.default is field.default_factory is dataclasses.MISSING:
            raise MisfitError(f"{_place(where)}does not say {name!r}")
    forms = {name: fields[name].metadata.get("form", kinds[name]) for name in given}
    return form(**{name: fitted(part, forms[name], _in(where, name)) for name, part in given.items()})


def _misfit(value: Any, wanted: str, where: str) -> Any:
    raise MisfitError(f"{_place(where)}must be {wanted}, got {shown(value)}")


def shown(value: Any) -> str:
    """A value of a file as a message shows it: not too long, and on one line."""
    text = repr(value)
    return text if len(text) < _SHOWN else f"{text[: _SHOWN - 3]}..."


def _place(where: str) -> str:
    return f"is not as it was written: {where} " if where else ""


def _in(where: str, key: Any) -> str:
    return f"{where}.{key}" if where else str(key)


def depth_of(value: Any, most: int) -> int:
    """How deep lists and mappings stand in each other; no further than one more than ``most``."""
    depth, level = 0, [value]
    while level and depth <= most:
        level = [one for one in level if isinstance(one, dict | list)]
        depth += bool(level)
        level = [part for one in level for part in (one.values() if isinstance(one, dict) else one)]
    return depth
