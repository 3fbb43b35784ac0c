"""Whether sharing work among threads pays at the moment.

On a machine that is busy with other processes, threads that wait for each other also wait for a processor. A call then
takes up to a hundred times as long as with one thread. The system cannot tell us when this happens: neither loads nor
processor times say who waits for whom. So we measure. An account sums up, by the clock, the time that sharing has saved
or lost against one thread. When sharing loses, calls run on one thread for a while, and then sharing is tried again.

The numbers are written without locks. If two threads of Python write at once, one gain is lost; nothing else breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns

__all__ = ["Account", "Pace", "account", "pace_of"]

_MS = 1_000_000

#: How much time sharing may lose, in ns, before it rests, if it has paid so far: room for one bad moment.
_TRUST = 20 * _MS
#: The same when sharing is tried again after a rest.
_PROBATION = _MS // 5
#: The rest lasts this many times as long as what was lost; so the loss stays under a twentieth of the time.
_PATIENCE = 20
#: The longest rest, in ns.
_LONGEST_REST = 1000 * _MS
#: The weight of the newest time in the average.
_NEWEST = 0.3


class Account:
    """The time that sharing has gained, in ns (at most :data:`_TRUST`), and until when all calls run on one thread."""

    def __init__(self) -> None:
        self.rest_until = 0
        self._balance = self._highest = float(_TRUST)

    def settle(self, gain: float, now: int) -> None:
        """Sharing has saved ``gain`` ns over working alone, or cost it."""
        self._balance = min(self._balance + gain, _TRUST)
        if self._balance < 0:
            lost = self._highest - self._balance
            self.rest_until = now + int(min(_PATIENCE * lost, _LONGEST_REST))
            self._balance = self._highest = _PROBATION
        elif self._balance > self._highest:
            self._highest = self._balance


class Pace:
    """The speed of one kind of work on one thread, and what sharing it among ``parts`` threads gains."""

    __slots__ = ("_account", "_alone", "_known", "_parts")

    def __init__(self, parts: int, account: Account) -> None:
        self._parts, self._account = parts, account
        self._alone = 0.0
        self._known = -1

    def run(self, work: int, together: Callable[[], object], alone: Callable[[], object]) -> None:
        """Do ``work`` units, in whichever way pays."""
        known, begin = self._known, perf_counter_ns()
        if begin < self._account.rest_until or known == 0:
            alone()
            took = (perf_counter_ns() - begin) / work
            self._alone += (took - self._alone) * (_NEWEST if known > 0 else 1)
            self._known = 1
            return
        together()
        if known < 0:  # The first time also fetches memory and starts threads: it does not count.
            self._known = 0
            return
        end = perf_counter_ns()
        took = end - begin
        self._account.settle(self._alone * work - took, end)
        # Nobody is faster than so many threads: if this was, the time alone was a bad moment's.
        self._alone = min(self._alone, took / work * self._parts)


account = Account()
_paces: dict[tuple[int, int, int], Pace] = {}


def pace_of(address: int, work: int, parts: int) -> Pace:
    """The pace of a function over about so much work: within a factor of two it counts as the same kind."""
    key = (address, work.bit_length(), parts)
    pace = _paces.get(key)
    if pace is None:
        pace = _paces[key] = Pace(parts, account)
    return pace
