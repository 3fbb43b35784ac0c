"""Ctrl-C and SIGTERM, told to whoever can save first."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Self

__all__ = ["Interruption"]


class Interruption:
    """Ctrl-C and SIGTERM ask training to save and end; a second Ctrl-C ends at once."""

    asked = False

    def __enter__(self) -> Self:
        self._before = {s: signal.signal(s, self._ask) for s in (signal.SIGINT, signal.SIGTERM)}
        return self

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
