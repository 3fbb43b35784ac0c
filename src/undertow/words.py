"""Words of others, made fit for people: shown as what they are, and quoted where a shell is to read them.

A label, a file's name or a model's sample may hold what a terminal obeys: it clears the screen, names the window,
turns text around. People are shown such a character as Python writes it: ``\\x1b``, ``\\r``, ``\\u202e``. Files and
JSON stay exact.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Self

__all__ = ["Warned", "command", "in_column", "on_line", "quoted", "shown_width", "visible"]

#: What is not shown as it stands: C0 but tab and newline, DEL, C1; what turns the direction of text; what ends a line
#: and is no newline; halves of characters, which also stand for bytes of names that are no text.
_HIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: What no pair of single quotes makes safe to show or to copy: the same, and what breaks a line.
_UNQUOTABLE = re.compile(f"{_HIDDEN.pattern}|[\t\n]")
#: Bytes of a name that are no text stand as these and more, as ``os.fsdecode`` gives them.
_BYTES = range(0xDC80, 0xDD00)


class Warned(str):
    """A line that warns, among lines that tell: ``warning:`` and the ``fact``. What it is, its type says.

    >>> print(Warned("two rows are the same"))
    warning: two rows are the same
    """

    fact: str

    def __new__(cls, fact: str) -> Self:
        """From what there is to say."""
        made = super().__new__(cls, f"warning: {fact}")
        made.fact = fact
        return made

    def __getnewargs__(self) -> tuple[str]:
        """A copy is made from the fact too."""
        return (self.fact,)


def visible(text: str, encoding: str = "utf-8") -> str:
    """A text with every control character in it written out; so is what ``encoding`` cannot say.

    >>> visible("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    shown = _HIDDEN.sub(_written, text)
    return shown if shown.isascii() else shown.encode(encoding, "backslashreplace").decode(encoding)


def on_line(text: str) -> str:
    """The same on one line: what breaks a line is written out too."""
    return visible(_UNQUOTABLE.sub(_written, text))


def shown_width(text: str) -> int:
    """How many columns of a terminal a text takes, as it is shown on a line: letters of East Asia take two, marks over
    a letter none."""
    from rich.cells import cell_len

    return cell_len(on_line(text))


def in_column(text: str, columns: int) -> str:
    """A text as it is shown on a line of a table, filled up to so many columns."""
    return on_line(text) + " " * (columns - shown_width(text))


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code - 0xDC00:02x}" if code in _BYTES else repr(found[0])[1:-1]


def quoted(word: str | Path) -> str:
    """A word as a shell is told it. A path that begins like an option begins with ``./``.

    One with control characters is written as bash and zsh read it: ``$'a\\x1bb'``.
    """
    text = str(word)
    if isinstance(word, Path) and text.startswith("-"):
        text = f"./{text}"
    if not _UNQUOTABLE.search(text):
        return shlex.quote(text)
    plain = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{_UNQUOTABLE.sub(_bytes, plain)}'"


def _bytes(found: re.Match[str]) -> str:
    raw = found[0].encode("utf-8", "surrogateescape" if ord(found[0]) in _BYTES else "surrogatepass")
    return "".join(f"\\x{byte:02x}" for byte in raw)


def command(*words: str | Path) -> str:
    """A command to give next, for a shell: ``command("resume", path)`` is ``undertow resume 'my run'``."""
    return " ".join(["undertow", *map(quoted, words)])
