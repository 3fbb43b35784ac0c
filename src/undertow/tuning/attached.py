"""A worker's process ends with its search, however that ends.

This imports next to nothing, so that the process knows of its search's end from its first moment on, while it is still
importing what it trains with.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.synchronize import Event

__all__ = ["at_work", "begin", "interrupted"]

#: Seconds that a training has to save itself. An update may take longer: its checkpoints are for that.
_PATIENCE = 0.5

#: Held by a training.
at_work = threading.Lock()
_gone = threading.Event()
_stop: Callable[[], bool] = lambda: False  # noqa: E731


def interrupted() -> bool:
    """Whether the training at hand is to save itself and end."""
    return _gone.is_set() or _stop()


def begin(stop: Event) -> None:
    """Make this process a worker's: one thread, deaf to Ctrl-C, which its search hears for it."""
    global _stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _stop = stop.is_set
    threading.Thread(target=_leave_with_search, daemon=True).start()
    import torch

    torch.set_num_threads(1)


def _leave_with_search() -> None:
    """End this process when its search is gone: at once, or when the training at hand has saved itself."""
    search = parent_process()
    if search is None:
        return
    search.join()  # a pipe whose other end is the search's alone: closed by the system, whatever ended it
    _gone.set()
    at_work.acquire(timeout=_PATIENCE)
    os._exit(0)
