"""What is made once in a process and then kept for good, whoever asks for it first.

``functools.cache`` lets two threads make the same thing at once and drops one of the two, which is no way to treat
machine code that somebody may be about to run. Everything here is made under one lock, the compiler's as well. A fork
waits for it: a child in which nobody is left to release the lock, or to finish what LLVM had begun, could not compile.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Hashable
from typing import ParamSpec, TypeVar

__all__ = ["MAKING", "once"]

P = ParamSpec("P")
T = TypeVar("T")

#: Held while something is made. The same thread may come again: to make what is needed for it.
MAKING = threading.RLock()

os.register_at_fork(before=MAKING.acquire, after_in_parent=MAKING.release, after_in_child=MAKING.release)


def once(make: Callable[P, T]) -> Callable[P, T]:
    """``make``, called once for all equal arguments, which are given by position."""
    made: dict[Hashable, T] = {}

    @functools.wraps(make)
    def found(*args: P.args, **kwargs: P.kwargs) -> T:
        assert not kwargs
        if args not in made:
            with MAKING:
                if args not in made:
                    # A handler of a signal may have made it meanwhile, and somebody may use that one already.
                    made.setdefault(args, make(*args, **kwargs))
        return made[args]

    return found
