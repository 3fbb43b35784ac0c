"""Files of other versions: a record in a form that is not known here becomes an absence, not an error."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from undertow import __version__
from undertow.report.read import Absent

__all__ = ["tolerant"]

P = ParamSpec("P")
R = TypeVar("R")


def tolerant(build: Callable[P, R | Absent]) -> Callable[P, R | Absent]:
    """``build``, which makes something of a run's record, or says why it cannot be read."""

    @functools.wraps(build)
    def built(*args: P.args, **kwargs: P.kwargs) -> R | Absent:
        try:
            return build(*args, **kwargs)
        except KeyError as error:
            return Absent(f"its record has no {error}, which Undertow {__version__} reads it by")
        except (TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
            return Absent(f"its record is not in the form that Undertow {__version__} reads ({error})")

    return built
