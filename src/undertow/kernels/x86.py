"""The instructions that only x86 has: the one file that names them. Every other target gets the plain form."""

from __future__ import annotations

from llvmlite import ir

from undertow.kernels.loops import I32, POINTER, VOID, Function, Value

__all__ = ["flush_denormals", "pause", "reciprocal", "restore_denormals", "times_power_of_two"]

#: Flush to zero and denormals are zero, in the control word of the vector unit.
_FLUSH = 0x8040


def pause(f: Function) -> None:
    """Tell the processor that this is a waiting loop."""
    # It leaves the core to the other thread on it, and the loop without a mispredicted load when the wait is over.
    if f.lanes.target.is_x86:
        f.builder.call(f.intrinsic("llvm.x86.sse2.pause", VOID, []), [])


def flush_denormals(f: Function) -> Value | None:
    """Let numbers too small for full precision be zero, without which they are computed many times slower.

    Returns what to give to :func:`restore_denormals`.
    """
    if not f.lanes.target.is_x86:
        return None
    b = f.builder
    before, changed = b.alloca(I32), b.alloca(I32)
    b.call(f.intrinsic("llvm.x86.sse.stmxcsr", VOID, [POINTER]), [before])
    b.store(b.or_(b.load(before, typ=I32), I32(_FLUSH)), changed)
    b.call(f.intrinsic("llvm.x86.sse.ldmxcsr", VOID, [POINTER]), [changed])
    return before


def restore_denormals(f: Function, before: Value | None) -> None:
    """Undo :func:`flush_denormals`."""
    if before is not None:
        f.builder.call(f.intrinsic("llvm.x86.sse.ldmxcsr", VOID, [POINTER]), [before])


def times_power_of_two(f: Function, a: Value, n: Value) -> Value | None:
    """``a * 2**n`` for a vector of floats ``n`` that are whole numbers, or None without an instruction for it.

    What is too large becomes infinite and what is too small zero.
    """
    lanes = f.lanes
    if not lanes.target.is_x86 or lanes.target.bits != 512:
        return None
    v, mask = lanes.vector, ir.IntType(lanes.count)
    kind = "ps" if lanes.dtype == "float32" else "pd"
    scale = f.intrinsic(f"llvm.x86.avx512.mask.scalef.{kind}.512", v, [v, v, v, mask, I32])
    return f.builder.call(scale, [a, n, a, ir.Constant(mask, -1), I32(4)])


def reciprocal(f: Function, a: Value) -> Value | None:
    """1/a for normal a that is neither zero nor infinite, or None where there is no quick instruction for it.

    The instruction's estimate is good to 14 bits on vectors of 512, on others to 11; a correction of the second order
    for the one, of the third for the other makes it good to all.
    """
    lanes = f.lanes
    if not lanes.target.is_x86 or lanes.dtype != "float32":
        return None
    v = lanes.vector
    if lanes.count == 16:
        i16 = ir.IntType(16)
        estimate = f.intrinsic("llvm.x86.avx512.rcp14.ps.512", v, [v, v, i16])
        y = f.builder.call(estimate, [a, f.splat(0.0), ir.Constant(i16, -1)])
        return f.fma(y, f.fma(f.builder.fneg(a), y, f.splat(1.0)), y)
    name = {8: "llvm.x86.avx.rcp.ps.256", 4: "llvm.x86.sse.rcp.ps"}[lanes.count]
    y = f.builder.call(f.intrinsic(name, v, [v]), [a])
    error = f.fma(f.builder.fneg(a), y, f.splat(1.0))
    return f.fma(y, f.fma(error, error, error), y)
