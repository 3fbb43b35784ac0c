"""The one door for files of our own: read, parsed and fitted to a form before anything of them is used.

A file is a regular one and no larger than it can be; JSON and TOML are bounded in depth, their text can be written
again, and every value is of the kind that its reader goes by. So what is beyond the door needs no doubt. What does not
fit is a :class:`undertow.errors.DamagedError`: the file, the line where there is one, what is wrong, what to do.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from undertow.errors import DamagedError, RunError, UndertowError, named, nearest_file
from undertow.files import opened
from undertow.forms import MisfitError, depth_of, fitted

__all__ = ["check_bounds", "contents", "fact", "json_from", "parsed", "present", "read_json", "read_lines", "read_toml"]

#: The most bytes of a document, and of one with an object a line.
_MOST, _MOST_LINES = 1 << 28, 1 << 32
#: What is read of a file that says it is smaller, as those of /proc do.
_UNTOLD = 1 << 24
#: Lists in lists, objects in objects: no file of ours has a tenth of it.
_DEEPEST = 64
#: The most dots in a file of TOML.
_DOTS = 10_000
#: The most digits of a number: more are beyond all floats.
_DIGITS = 300
#: What is looked at twice: halves of a character, and such numbers.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_LONG = re.compile(rf"\d{{{_DIGITS}}}")
_BACK = "put it back from a copy"


def contents(
    path: Path,
    error: type[UndertowError] = RunError,
    *,
    what: str = "",
    most: int | None = None,
    given: bool = False,
) -> bytes:
    """The bytes of a file, which is called ``what``: no pipe, no device, and not more than memory holds; no link
    either, unless it is ``given``: named by a user.

    Raises:
        UndertowError: of the kind ``error``: it is missing, no file, too large or cannot be read.
    """
    try:
        with opened(path, given=given) as file:
            size, limit = os.fstat(file.fileno()).st_size, _memory() if most is None else most
            if size > limit:
                raise error(f"cannot read {path}: it has {size:,} bytes, and {limit:,} are the most that can be read")
            told = max(size, _UNTOLD)  # some say that they are empty, and never end
            data = file.read(told + 1)
            if len(data) > told:
                raise error(f"cannot read {path}: it goes on after the {size:,} bytes that it says it has")
            return data
    except UndertowError:  # which may be a ValueError too
        raise
    except FileNotFoundError:
        fact = f"cannot read {what} {path}: No such file or directory" if what else f"there is no file {path}"
        raise error(f"{fact}{nearest_file(path)}") from None
    except MemoryError:
        raise error(f"cannot read {path}: memory does not hold it") from None
    except ValueError as reason:  # a zero byte in its name
        raise error(f"cannot read {str(path)!r}: {reason}") from None
    except OSError as reason:
        raise error(f"cannot read {named(path)}: {reason.strerror}") from reason


def present(path: Path) -> bool:
    """Whether anything has this path, be it a file that can be read or not."""
    return os.path.lexists(path)


def _memory() -> int:
    """Bytes of memory that this machine has."""
    if not hasattr(os, "sysconf"):
        return sys.maxsize
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def parsed(text: str) -> Any:
    """What a text of JSON says.

    Raises:
        MisfitError: it is not JSON, is nested too deeply, or has a number or text that cannot be written again.
    """
    try:
        value = json.loads(text)
        check_bounds(text, value)
    except RecursionError:
        raise MisfitError(_too_deep()) from None
    except MisfitError:
        raise
    except ValueError as error:
        raise MisfitError(f"is not JSON: {error}") from None
    return value


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise MisfitError(f"has a number of {len(digits):,} digits")
    return int(digits)


def check_bounds(text: str, value: Any) -> None:
    """Whether the ``value`` that a ``text`` of JSON says is of bounded depth, and can be written again.

    Raises:
        MisfitError: it is not.
    """
    if depth_of(value, _DEEPEST) > _DEEPEST:
        raise MisfitError(_too_deep())
    try:
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise MisfitError("has half of a character (a lone surrogate)") from None
    if _LONG.search(text):
        json.loads(text, parse_int=_whole)


def _too_deep() -> str:
    return f"has lists or objects more than {_DEEPEST} deep in each other"


def json_from(text: str, form: Any) -> Any:
    """What a text of JSON says, in the form that it must have (see :func:`undertow.forms.fitted`).

    Raises:
        MisfitError: it is not JSON, or has another form.
    """
    return fitted(parsed(text), form)


def fact(said: Mapping[str, str], key: str, form: Any) -> Any:
    """What one of the facts of a file, each of them JSON, says.

    Raises:
        MisfitError: it is not there, or has another form.
    """
    if key not in said:
        raise MisfitError(f"does not say {key!r}")
    try:
        return json_from(said[key], form)
    except MisfitError as error:
        raise MisfitError(f"{key!r} {error}") from None


def read_json(path: Path, form: Any, fix: str = _BACK) -> Any:
    """What a file of JSON says, in the form that it must have.

    Raises:
        DamagedError: it cannot be read, is not JSON, or has another form; ``fix`` is what to do.
    """
    data = contents(path, DamagedError, most=_MOST)
    try:
        return json_from(_text(data), form)
    except MisfitError as error:
        raise DamagedError(f"{path} {error}; {fix}") from None


def read_lines(
    path: Path, form_of: Callable[[Mapping[str, Any]], Any], upto: int | None = None
) -> list[dict[str, Any]]:
    """The objects of a file with one a line, or of its bytes ``upto`` the end of a line; none where there is no file.

    A last line that was cut off in the middle, by a process that was killed, is left out. ``form_of`` an object is the
    form that it must have.

    Raises:
        DamagedError: a line is not whole, or has another form.
    """
    if not present(path):
        return []
    data = contents(path, DamagedError, most=_MOST_LINES)
    lines = data[:upto].split(b"\n")
    if upto and len(data) >= upto and lines[-1]:
        raise DamagedError(
            f"{path}, line {len(lines)} does not end where it did: it, or a line before it, has another length now; "
            "put the file back from a copy"
        )
    return [event for number, line in enumerate(lines, 1) for event in _event(path, number, line, lines, form_of)]


def _event(
    path: Path, number: int, line: bytes, lines: list[bytes], form_of: Callable[[Mapping[str, Any]], Any]
) -> Iterator[dict[str, Any]]:
    try:
        if line.strip():
            value = fitted(parsed(_text(line)), dict)
            yield fitted(value, form_of(value))
    except MisfitError as error:
        if number < len(lines):
            fix = f"take the line out, or put the file back from a copy ({len(lines) - 1} lines)"
            raise DamagedError(f"{path}, line {number} {error}; {fix}") from None


def read_toml(path: Path, error: type[UndertowError], what: str = "", *, given: bool = False) -> dict[str, Any]:
    """What a file of TOML, which is called ``what``, says; it may be a link if it is ``given``, named by a user.

    Raises:
        UndertowError: of the kind ``error``: it cannot be read, or is not TOML (with the line).
    """
    data = contents(path, error, what=what, most=1 << 24, given=given)
    try:
        text = _text(data)
        if text.count(".") > _DOTS:  # the parser's time goes by the square of a key's parts
            raise MisfitError(f"has more than {_DOTS:,} dots, which no config has")
        value = tomllib.loads(text)
        if depth_of(value, _DEEPEST) > _DEEPEST:
            raise MisfitError(_too_deep())
        return value
    except RecursionError:
        raise error(f"{path} {_too_deep()}; {_BACK}") from None
    except (tomllib.TOMLDecodeError, ValueError) as reason:
        told = str(reason) if isinstance(reason, MisfitError) else f"is not TOML: {reason}"
        raise error(f"{path} {told}") from None


def _text(data: bytes) -> str:
    """Bytes as text.

    Raises:
        MisfitError: they are not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MisfitError(f"is not text in UTF-8 (byte {error.start}, line {line} of it)") from None
