"""Tables of arguments: a task reads its words by their place, and whoever makes a table gives them by their names.

A word in the wrong place is an address in the place of a length, which nothing notices before memory is overwritten. So
names are checked where a table is made, once for a shape: none is unknown, none is given twice, none is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from undertow.errors import nearest

__all__ = ["Address", "Arguments", "Signature", "Symbolic", "Words"]

T = TypeVar("T")

#: In the place of a word that nobody reads: it fills up a cache line.
_PADDING = "_"


@dataclass(frozen=True, slots=True)
class Symbolic:
    """An address that is not known yet: ``offset`` bytes behind the one that will be given for ``base``."""

    base: str
    offset: int = 0

    def __add__(self, nbytes: int) -> Symbolic:
        return Symbolic(self.base, self.offset + nbytes)


#: Where something stands in memory: known now, or when the routine is done.
Address: TypeAlias = int | Symbolic


class Signature:
    """The words of the table of ``task``, in order, as ``"A:p a_row:i _"``: a pointer, a whole number, padding.

    Those in ``optional`` are zero if nobody gives them.
    """

    def __init__(self, task: str, fields: str, optional: Iterable[str] = ()) -> None:
        self.task, self.fields, self.optional = task, fields, frozenset(optional)
        pairs = [field.partition(":") for field in fields.split()]
        self.names = tuple(name for name, _, _ in pairs)
        self.pointers = frozenset(name for name, _, kind in pairs if kind == "p")
        self._places = {name: place for place, name in enumerate(self.names) if name != _PADDING}
        assert len(self._places) + self.names.count(_PADDING) == len(self.names), f"{task}: a name stands for two words"
        assert self.optional <= self._places.keys(), f"{task}: what is optional is no word"

    def __len__(self) -> int:
        return len(self.names)

    def place(self, name: str) -> int:
        """Which word is called ``name``.

        Raises:
            TypeError: none is.
        """
        try:
            return self._places[name]
        except KeyError:
            raise TypeError(f"{self.task}: there is no word {name!r}{nearest(name, self._places)}") from None

    def arguments(self, *given: Mapping[str, Address]) -> Arguments:
        """A table of these words.

        Raises:
            TypeError: one is unknown, given twice or missing.
        """
        return Arguments(self, self.in_order(*given))

    def in_order(self, *given: Mapping[str, T]) -> tuple[T | int, ...]:
        """These words in the order of the table.

        Raises:
            TypeError: one is unknown, given twice or missing.
        """
        found: dict[str, T] = {}
        for some in given:
            self.collect(found, some)
        missing = [n for n in self.names if n not in found and n not in self.optional and n != _PADDING]
        if missing:
            raise TypeError(f"{self.task}: missing: {', '.join(missing)}")
        return tuple(found.get(name, 0) for name in self.names)

    def collect(self, found: dict[str, T], some: Mapping[str, T]) -> None:
        """Add some words to those that are found.

        Raises:
            TypeError: one is unknown, or found already.
        """
        for name, value in some.items():
            self.place(name)
            if name in found:
                raise TypeError(f"{self.task}: the word {name!r} is given twice")
            found[name] = value


class Words:
    """A table of arguments under construction."""

    def __init__(self, signature: Signature) -> None:
        self._signature = signature
        self._given: dict[str, Address] = {}

    def __setitem__(self, name: str, value: Address) -> None:
        self.enter({name: value})

    def enter(self, words: Mapping[str, Address]) -> None:
        """Give some words.

        Raises:
            TypeError: one is unknown, or given twice.
        """
        self._signature.collect(self._given, words)

    def arguments(self) -> Arguments:
        """The finished table.

        Raises:
            TypeError: words are missing.
        """
        return self._signature.arguments(self._given)


@dataclass(frozen=True)
class Arguments:
    """A table whose words were checked, in the order in which machine code reads them."""

    signature: Signature
    words: tuple[Address, ...]
