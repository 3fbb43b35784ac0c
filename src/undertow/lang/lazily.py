"""Properties that are computed once, without a lock."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeVar

__all__ = ["lazily"]

T = TypeVar("T")


def lazily(method: Callable[[Any], T]) -> functools.cached_property[T]:
    """``functools.cached_property`` as it is from Python 3.12 on.

    Before, each has one lock for all instances. A fork copies it as it is, and if another thread is in there just then
    nobody is left in the child to release it: the first layer that runs there would wait for ever.
    """
    found = functools.cached_property(method)
    found.lock = nullcontext()  # type: ignore[attr-defined]
    return found
