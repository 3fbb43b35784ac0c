"""HTML in small pieces. Text is escaped unless it is :class:`Html` already, so nothing from a file becomes markup, and
control characters in it, such as those that turn the direction of text, are written out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from undertow.words import visible

__all__ = ["Html", "Piece", "join", "tag"]

_VOID = {"meta", "link", "br", "hr", "col"}


class Html(str):
    """Markup that goes into a page as it stands."""

    __slots__ = ()


#: What can stand inside an element; None is left out.
Piece = str | Html | None


def tag(name: str, *children: Piece, of: Mapping[str, str | bool | None] | None = None) -> Html:
    """An element: ``tag("p.lead.wide", "text", of={"id": "top"})``.

    Classes follow the name after dots. ``of`` has the other attributes: True stands bare, False and None are left out.
    """
    element, *classes = name.split(".")
    attributes: dict[str, str | bool | None] = {"class": " ".join(classes) or None, **(of or {})}
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if element in _VOID:
        return Html(f"<{element}{written}>")
    return Html(f"<{element}{written}>{join(children)}</{element}>")


def join(pieces: Iterable[Piece]) -> Html:
    """Pieces one after another, escaped where they are not markup."""
    return Html("".join(p if isinstance(p, Html) else _text(p) for p in pieces if p is not None))


def _attribute(key: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    return f" {key}" if value is True else f' {key}="{_text(value)}"'


def _text(text: str) -> str:
    return escape(visible(text))
