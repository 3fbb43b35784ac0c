"""What kernels are compiled for: vector widths, and which of them this machine has."""

from __future__ import annotations

import platform
from dataclasses import dataclass

import llvmlite.binding as llvm

from undertow.kernels.once import once

__all__ = ["AARCH64", "AVX2", "AVX512", "FMA128", "Target", "available", "host"]


@dataclass(frozen=True)
class Target:
    """A kind of processor: vectors of ``bits``, how many vector ``registers``, and LLVM's words for it.

    An empty ``cpu`` is the machine's own.
    """

    name: str
    bits: int
    registers: int
    needs: frozenset[str] = frozenset()
    cpu: str = ""
    features: str = ""
    triple: str = ""

    def lanes(self, dtype: str) -> int:
        """How many numbers of ``dtype`` (float32, float64) a vector holds."""
        return self.bits // {"float32": 32, "float64": 64}[dtype]

    @property
    def is_x86(self) -> bool:
        """Whether instructions of x86 may be used (:mod:`.x86`)."""
        return not self.triple

    def machine(self) -> llvm.TargetMachine:
        """LLVM's code generator for it."""
        _initialise()
        if self.triple:
            return llvm.Target.from_triple(self.triple).create_target_machine(cpu=self.cpu, features="", opt=3)
        own = llvm.get_host_cpu_features().flatten()
        chosen = llvm.Target.from_default_triple()
        return chosen.create_target_machine(
            cpu=self.cpu or llvm.get_host_cpu_name(), features=self.features or own, opt=3
        )


# Narrower vectors are compiled for the plainest processor that has them, not for this one: what is tested here is what
# runs there.
AVX512 = Target("avx512", 512, 32, frozenset(["avx512f", "avx512vl", "avx512dq", "avx512bw", "fma"]))
AVX2 = Target("avx2", 256, 16, frozenset(["avx2", "fma"]), "x86-64-v3", "+avx2,+fma")
FMA128 = Target("fma128", 128, 16, frozenset(["avx2", "fma"]), "x86-64-v3", "+avx2,+fma")
#: Objects for it are emitted and looked at in a test; they have not been run.
AARCH64 = Target("aarch64", 128, 32, cpu="generic", triple="aarch64-unknown-linux-gnu")


@once
def _initialise() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


@once
def available() -> tuple[Target, ...]:
    """Targets this machine can run, widest first; none without fused multiply-add."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return ()
    # Without the instruction each fused multiply-add would be a call of the C library, for one number at a time.
    has = {name for name, present in llvm.get_host_cpu_features().items() if present}
    return tuple(t for t in (AVX512, AVX2, FMA128) if t.needs <= has)


def host() -> Target | None:
    """The widest target of this machine, or None where the kernels cannot run."""
    return next(iter(available()), None)
