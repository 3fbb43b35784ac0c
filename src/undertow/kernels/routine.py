"""Calls of kernels in order, prepared once and done many times over changing memory.

What Python makes, once for a shape, is a list of tasks with their tables of arguments; doing it is one step into
machine code and back (:mod:`.threads`). An argument is a number, or an address that is known only when the routine is
done (:class:`.Symbolic`).
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

from undertow.kernels import arena, threads
from undertow.kernels.arguments import Arguments, Symbolic
from undertow.kernels.sharing import Pace, pace_of
from undertow.kernels.threads import BARRIER, HEADER, MOVE, RECORD, TOGETHER

__all__ = ["WORTH_MEETING", "WORTH_SHARING", "Routine"]

#: Multiply-adds that take longer than calling another thread, and than meeting one that is there.
WORTH_SHARING, WORTH_MEETING = 1_000_000, 100_000

#: The base of memory that a routine needs for itself while it is done.
_SCRATCH = "scratch"

#: Words of a cache line. What threads write has lines of its own: a line that one writes is taken from all others.
_LINE = 8


@dataclass(frozen=True)
class _Call:
    function: int
    arguments: Arguments
    begin: int
    end: int
    work: int
    grain: int
    together: bool
    barrier: str


class Routine:
    """Calls in order, by up to ``parts`` threads. ``bases`` names the addresses that :meth:`run` is given.

    One routine is run by one thread of Python at a time.
    """

    def __init__(self, bases: Sequence[str] = (), parts: int = 1) -> None:
        self.parts = parts
        self._bases = {name: number for number, name in enumerate([*bases, _SCRATCH])}
        self._calls: list[_Call] = []
        self._scratch = 0
        self._kept: arena.Block | None = None
        self._prepared: _CallList | None = None

    def scratch(self, nbytes: int) -> Symbolic:
        """Memory for as long as the routine is done, contents arbitrary; it begins on a cache line."""
        place = Symbolic(_SCRATCH, self._scratch)
        self._scratch += -(-nbytes // 64) * 64
        return place

    def call(
        self,
        function: int,
        arguments: Arguments,
        begin: int,
        end: int,
        *,
        work: int = 0,
        grain: int = 1,
        together: bool = False,
        barrier: str = "",
    ) -> None:
        """Do ``begin`` to ``end`` of the task at the address ``function``, with these arguments.

        If ``work`` multiply-adds pay, threads share it: cut into parts whose length is a multiple of ``grain``, or
        ``together``, each its share of all of it. Where they meet inside, which always counts as paying, the word
        ``barrier`` of the table is to point to where.
        """
        self._calls.append(_Call(function, arguments, begin, end, work, grain, together, barrier))

    def prepare(self, *, keep_scratch: bool = False) -> Routine:
        """Write it all down. With ``keep_scratch`` the memory that it needs is taken now and kept."""
        self._prepared = _CallList(self._calls, self._bases, self.parts)
        self._calls = []
        if keep_scratch and self._scratch:
            self._kept = arena.take(self._scratch)
            self._prepared.bases[-1] = self._kept.address
        return self

    def run(self, *addresses: int) -> None:
        """Do it, with these addresses for the bases.

        Raises:
            ValueError: there are not as many as bases.
        """
        if self._prepared is None:
            self.prepare()
        prepared = self._prepared
        assert prepared is not None
        prepared.bases[:-1] = list(addresses)
        if self._scratch and self._kept is None:
            block = arena.take(self._scratch)  # ours until this is done
            prepared.bases[-1] = block.address
        prepared.go()


class _CallList:
    """A routine as machine code reads it: one array of words (see :data:`.threads.HEADER`)."""

    def __init__(self, calls: Sequence[_Call], bases: dict[str, int], parts: int) -> None:
        moves = sum(isinstance(word, Symbolic) for call in calls for word in call.arguments.words)
        starts = [len(HEADER) + len(calls) * len(RECORD)]
        for count in (len(bases), moves * len(MOVE), *(len(call.arguments.words) for call in calls)):
            starts.append(starts[-1] + -(-count // _LINE) * _LINE)
        array = (ctypes.c_int64 * (starts[-1] + _LINE))()
        first = -ctypes.addressof(array) // 8 % _LINE  # the header begins on a cache line
        self._words = (ctypes.c_int64 * starts[-1]).from_buffer(array, first * 8)
        self._list = place = ctypes.addressof(self._words)
        at_bases, self._next_move, *tables = starts[:-1]
        self.bases = (ctypes.c_int64 * len(bases)).from_buffer(self._words, 8 * at_bases)
        self._numbers = bases
        self._openmp = openmp = threads.openmp()
        team = {} if openmp is None else {**openmp.words(), "crew": threads.functions().crew}
        head = {
            "calls": len(calls), "records": place + 8 * len(HEADER), "moves": moves,
            "moved": place + 8 * self._next_move, "bases": place + 8 * at_bases, "threads": parts,
        }  # fmt: skip
        self._write(0, HEADER.arguments(head, team))
        shares = _shares(calls, parts)
        for number, (call, share, table) in enumerate(zip(calls, shares, tables, strict=True)):
            self._add(number, call, share, table)
        shared = [call for call, share in zip(calls, shares, strict=True) if share != 1]
        self._work = sum(call.work for call in shared)
        self._pace: Pace | None = None
        if shared and openmp is not None:
            largest = max(shared, key=lambda call: call.work)
            self._pace = pace_of(largest.function, self._work, parts)

    def _add(self, number: int, call: _Call, share: int, table: int) -> None:
        """Write the record of call ``number``, and at ``table`` its arguments."""
        at = len(HEADER) + number * len(RECORD)
        record = {
            "function": call.function, "table": self._list + 8 * table, "begin": call.begin, "end": call.end,
            "parts": share, "grain": call.grain, "yields": self._openmp.yields if self._openmp else 0,
        }  # fmt: skip
        self._write(at, RECORD.arguments(record))
        self._write(table, call.arguments)
        if call.barrier and share == TOGETHER:
            meeting = self._list + 8 * (at + RECORD.place(BARRIER))
            self._words[table + call.arguments.signature.place(call.barrier)] = meeting

    def _write(self, at: int, arguments: Arguments) -> None:
        """Write a table, and for each word that is not known yet how it will be made."""
        for index, word in enumerate(arguments.words, at):
            if isinstance(word, Symbolic):
                move = {"word": self._list + 8 * index, "base": self._numbers[word.base], "offset": word.offset}
                self._write(self._next_move, MOVE.arguments(move))
                self._next_move += len(MOVE)
            else:
                self._words[index] = word

    def go(self) -> None:
        """Work it off; alone where threads do not pay, or are not there (any longer: in the child of a fork)."""
        alone, together, _ = threads.functions()
        if self._pace is None or self._openmp is not threads.openmp():
            alone(self._list)
        else:
            place = self._list
            self._pace.run(self._work, lambda: together(place), lambda: alone(place))


def _shares(calls: Sequence[_Call], threads: int) -> list[int]:
    """Into how many parts each call is cut, or that it is done together; 1 where that does not pay."""
    if threads == 1 or not any(call.barrier or call.work > WORTH_SHARING for call in calls):
        return [1] * len(calls)
    # Threads go into the list once, if one call is worth it. From then on they are there, and less is worth sharing.
    shares = []
    for call in calls:
        if call.barrier or (call.together and call.work > WORTH_MEETING):
            shares.append(TOGETHER)
        elif call.work > WORTH_MEETING:
            shares.append(min(threads, -(-(call.end - call.begin) // call.grain)))
        else:
            shares.append(1)
    return shares
