"""Where printing goes: results to standard output, everything about the way to standard error.

What is printed for people holds text of others: labels, names of files, samples. So a console takes no markup and no
emoji codes from a text (:func:`styled` is the one way to style), and shows control characters as they are written
(:func:`undertow.words.visible`). What a command is asked for as such, a sample, a table, JSON, is written to
``sys.stdout``, which is exact but where it is a terminal (:func:`standard_streams`).
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, HighlighterType, JustifyMethod, OverflowMethod, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from undertow.words import visible

__all__ = [
    "INTERRUPTED", "OutputError", "listed", "notes", "print_json", "results", "standard_streams", "styled",
    "write_json", "write_pieces",
]  # fmt: skip

INTERRUPTED = 130
_HOLE = "{}"
#: What no terminal and no encoding of a stream is trusted with, in JSON.
_BEYOND = re.compile("[^\0-~]")


class OutputError(Exception):
    """Standard output takes no more: ``reason`` says why. No OSError, which others might take for theirs."""

    def __init__(self, reason: OSError | UnicodeError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _Legible(Console):
    """A console on which text of others is text: no markup, no emoji codes, no control characters."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    @property
    def encoding(self) -> str:
        """Of the stream as it is now."""
        return (getattr(self.file, "encoding", None) or "utf-8").lower()

    def render_str(
        self, text: str, *, style: str | Style = "", justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None, emoji: bool | None = None, markup: bool | None = None,
        highlight: bool | None = None, highlighter: HighlighterType | None = None,
    ) -> Text:  # fmt: skip
        """A text as it is laid out: with control characters as they are shown, so that tables stay straight."""
        return super().render_str(
            visible(text, self.encoding), style=style, justify=justify, overflow=overflow, emoji=emoji, markup=markup,
            highlight=highlight, highlighter=highlighter,
        )  # fmt: skip

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Everything that is printed, whoever made it: what the console itself says to the terminal stays."""
        for segment in super().render(renderable, options):
            shown = segment.text if segment.control else visible(segment.text, self.encoding)
            yield segment if shown == segment.text else Segment(shown, segment.style)


#: For results: what a pipe gets.
results = _Legible()
#: For progress, hints and errors.
notes = _Legible(stderr=True)


def styled(template: str, *values: object) -> Text:
    """A template with rich's markup, whose holes ``{}`` are filled with values that are text and no markup.

    >>> styled("[bold]{}[/]: [dim]{}[/]", "a[red]b", 1).plain
    'a[red]b: 1'
    """
    made, left = Text(), iter(values)
    whole = Text.from_markup(template, emoji=False)
    edges = [edge for at in _places(whole.plain) for edge in (at, at + len(_HOLE))]
    for piece in whole.divide(edges):
        if piece.plain != _HOLE:
            made.append_text(piece)
            continue
        value = next(left)
        filled = value.copy() if isinstance(value, Text) else Text(visible(str(value)))
        for span in piece.spans:
            filled.stylize_before(span.style)
        made.append_text(filled)
    return made


def _places(text: str) -> Iterator[int]:
    at = text.find(_HOLE)
    while at >= 0:
        yield at
        at = text.find(_HOLE, at + len(_HOLE))


def listed(texts: Iterable[Text]) -> Text:
    """Texts with commas between them."""
    return Text(", ").join(texts)


def print_json(value: Any) -> None:
    """One line of JSON on standard output."""
    write_json(json.dumps(value, ensure_ascii=False) + "\n")


def write_json(text: str) -> None:
    """Lines of JSON on standard output: in their characters as they are; escaped, which is as exact, where the stream
    cannot say them, or a terminal might obey them."""
    if not _sayable(text) or (sys.stdout.isatty() and visible(text) != text):
        text = _BEYOND.sub(lambda found: json.dumps(found[0])[1:-1] if found[0] != "\x7f" else "\\u007f", text)
    sys.stdout.write(text)
    sys.stdout.flush()


def write_pieces(pieces: Iterable[str]) -> None:
    """A text on standard output as it comes; where the stream cannot say every character, all of it or nothing."""
    held: Iterable[str] = pieces if sys.stdout.isatty() or _sayable("\N{BLACK FLAG}\x9b") else ["".join(pieces)]
    for piece in held:
        sys.stdout.write(piece)
        sys.stdout.flush()


def _sayable(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


class _Stream:
    """A standard stream whose failures are told apart from others, and its bytes of names that are no text kept."""

    def __init__(self, stream: TextIO, *, needed: bool) -> None:
        self._stream, self._needed = stream, needed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text, as it is."""
        with self._failing():
            try:
                return self._stream.write(text)
            except UnicodeEncodeError:
                raw = text.encode(self._stream.encoding, "surrogateescape")
                self._stream.flush()
                self._stream.buffer.write(raw)
        return len(text)

    def flush(self) -> None:
        """Have it all written."""
        with self._failing():
            self._stream.flush()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, UnicodeError) as error:
            _leave(self._stream)
            if self._needed:
                raise OutputError(error) from error


class _Spoken(_Stream):
    """The same for whoever is no console (warnings, logs, samples, tables): people see no control character."""

    @property
    def rich_proxied_file(self) -> _Stream:
        """What consoles write to: they neutralise texts themselves, and send sequences of their own."""
        return _Stream(self._stream, needed=self._needed)

    def write(self, text: str) -> int:
        """Write a text, as it is where standard output is no terminal."""
        for_people = not self._needed or self._stream.isatty()
        return super().write(visible(text, self._stream.encoding or "utf-8") if for_people else text)


def _leave(stream: TextIO) -> None:
    """What is left in a stream that takes no more, goes nowhere: the interpreter would try it again at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def standard_streams() -> Iterator[None]:
    """Standard output and error, watched: output that fails is an :class:`OutputError`; an error stream that fails is
    left, for nobody is there to be told. One that is closed takes everything and keeps nothing."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        out, err = _Spoken(sys.stdout or nowhere, needed=True), _Spoken(sys.stderr or nowhere, needed=False)
        with redirect_stdout(out), redirect_stderr(err):
            yield
