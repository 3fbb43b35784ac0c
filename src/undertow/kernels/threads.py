"""Several threads in one kernel: a fork and join in machine code, and waiting that does not burn the machine."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from undertow.kernels import x86
from undertow.kernels.jit import TASK
from undertow.kernels.loops import I64, Function, Int, Value, Variable

__all__ = ["run", "wait"]


def wait(f: Function, barrier: Value, parts: Int, rounds: Variable) -> None:
    """Wait until all ``parts`` have come here. ``barrier`` counts arrivals, ``rounds`` how often this part has waited."""
    b = f.builder
    with f.when(b.icmp_signed(">", f.int(parts), f.int(1))):
        done = b.add(rounds.get(), f.int(1))
        rounds.set(done)
        b.atomic_rmw("add", barrier, f.int(1), "seq_cst")
        target = f.mul(done, parts)
        spin, after = f.function.append_basic_block("spin"), f.function.append_basic_block("joined")
        b.branch(spin)
        b.position_at_end(spin)
        x86.pause(f)
        arrived = b.load_atomic(barrier, "acquire", 8, typ=I64)
        b.cbranch(f.less(arrived, target), spin, after)
        b.position_at_end(after)


def run(address: int, words: Sequence[int], begin: int, end: int, *, parts: int = 1, grain: int = 1) -> None:
    """Call a task for ``begin`` to ``end``."""
    table = (ctypes.c_int64 * len(words))(*words)
    TASK(address)(ctypes.addressof(table), begin, end, 0, 1)
