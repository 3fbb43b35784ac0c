"""Truncated backpropagation through time: which steps each window covers.

Every k1 steps the weights are updated by a gradient that flows back k2 steps (Williams and Peng 1990; BPTT(k2; k1) in
Sutskever 2013, thesis, sec. 2.8.6). With k1 = k2 windows lie side by side; with k1 < k2 they overlap, and each
step's loss counts once, in the first window that has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Span", "spans"]


@dataclass(frozen=True)
class Span:
    """One window of truncated BPTT in a stream: steps ``start`` to ``stop``.

    The state carried to the next window is the one after ``carry`` steps; loss counts from step ``scored`` of the
    window on; ``fresh`` windows start from the declared state.
    """

    start: int
    stop: int
    carry: int
    scored: int
    fresh: bool


def spans(length: int, k1: int, k2: int) -> Iterator[Span]:
    """The windows of one pass over a stream of ``length`` steps. ``k1`` = 0: one window, full BPTT; ``k2`` = 0: k1.

    Each window has k1 new steps at its end (the last one what is left), and as many of the steps before them as
    k2 allows and the stream has.
    """
    k1 = min(k1 or length, length)
    k2 = max(k2, k1)
    for new in range(0, length, k1):
        start, next_start = max(0, new + k1 - k2), max(0, new + 2 * k1 - k2)
        stop = min(new + k1, length)
        yield Span(start, stop, carry=min(next_start, stop) - start, scored=new - start, fresh=start == 0)
