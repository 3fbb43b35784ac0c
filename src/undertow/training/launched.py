"""Which of several processes this one is, as ``torchrun`` says in the environment. Needs no torch."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Launched", "launched"]


@dataclass(frozen=True)
class Launched:
    """Process ``rank`` of ``size`` that train one model, ``here`` of them on this machine; they began anew ``attempt``
    times."""

    rank: int = 0
    size: int = 1
    here: int = 1
    attempt: int = 0


def launched(environment: Mapping[str, str] = os.environ) -> Launched:
    """What torch's ``env://`` reads, where all of it is there; else one process alone."""
    if not all(name in environment for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")):
        return Launched()
    size = int(environment["WORLD_SIZE"])
    here, attempt = environment.get("LOCAL_WORLD_SIZE", size), environment.get("TORCHELASTIC_RESTART_COUNT", 0)
    return Launched(int(environment["RANK"]), size, int(here), int(attempt))
