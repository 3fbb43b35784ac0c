"""The links of a page in Markdown and the anchors that it has, as GitHub makes them. Tests and the site ask here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["anchors", "dead", "links", "relinked"]

_FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2\s*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
#: What follows a link's text, or the address in a tag of HTML.
_LINK = re.compile(r'(?P<before>\]\()(?P<target>[^)\s]+)(?P<after>[^)]*\))|(?:src|srcset|href)="(?P<html>[^"]+)"')
_HEADING = re.compile(r"^#{1,6} +(.+?) *#* *$", re.MULTILINE)


def _blanked(text: str) -> str:
    """The text with code as blanks of the same length, so that places stay."""
    for pattern in (_FENCE, _CODE):
        text = pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    return text


def links(text: str) -> Iterator[str]:
    """Every target of a link or a picture that is not a page of the web."""
    for found in _LINK.finditer(_blanked(text)):
        target = found["target"] or found["html"]
        if not re.match(r"[a-z]+:", target):
            yield target


def relinked(text: str, change: Callable[[str], str]) -> str:
    """The text with ``change(target)`` in the place of the target of every inline link that :func:`links` yields."""
    parts, end = [], 0
    for found in _LINK.finditer(_blanked(text)):
        target = found["target"]
        if target and not re.match(r"[a-z]+:", target):
            parts += [text[end : found.start("target")], change(target)]
            end = found.end("target")
    return "".join([*parts, text[end:]])


def anchors(text: str) -> set[str]:
    """What may stand after ``#`` in a link to this page: its headings, as GitHub names them, and ids in HTML."""
    names: set[str] = set(re.findall(r'(?:id|name)="([^"]+)"', _blanked(text)))
    counts: dict[str, int] = {}
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        again = counts.get(slug, 0)
        counts[slug] = again + 1
        names.add(f"{slug}-{again}" if again else slug)
    return names


def dead(page: Path, root: Path) -> list[str]:
    """What is wrong with links of ``page``: no such file in ``root``, or no such heading in it."""
    wrong = []
    for target in links(page.read_text()):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page.resolve()
        if not file.is_relative_to(root.resolve()):
            wrong.append(f"{target}: outside of the project")
        elif not file.exists():
            wrong.append(f"{target}: no such file")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            wrong.append(f"{target}: no such heading")
    return wrong
