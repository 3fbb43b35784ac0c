"""How long threads that wait keep their processor: set before torch is loaded, whose threads read it then."""

from __future__ import annotations

from collections.abc import MutableMapping

__all__ = ["sleep_when_idle"]

#: Turns of libgomp's waiting loop before a thread sleeps: some ten microseconds. Its own default is milliseconds, in
#: which another process's thread that has work to do waits for the processor: four trainings of two threads on two
#: cores were 20 times as slow as one (benchmarks/results/oversubscribed.md).
_TURNS = "4000"


def sleep_when_idle(environment: MutableMapping[str, str]) -> None:
    """Let OpenMP's waiting threads soon sleep, unless ``environment`` says how they are to wait."""
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", _TURNS)
