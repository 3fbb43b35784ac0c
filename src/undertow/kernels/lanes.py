"""Types of the IR: whole numbers, addresses, and the vectors of a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from llvmlite import ir

from undertow.kernels.host import Target

__all__ = ["BOOL", "I32", "I64", "POINTER", "VOID", "Int", "Lanes", "Value"]

VOID, BOOL, I32, I64, POINTER = ir.VoidType(), ir.IntType(1), ir.IntType(32), ir.IntType(64), ir.PointerType()

Value: TypeAlias = ir.Value
Int: TypeAlias = int | ir.Value


@dataclass(frozen=True)
class Lanes:
    """The numbers of a kernel: their type, and how many a vector holds."""

    dtype: str
    count: int
    target: Target

    @property
    def scalar(self) -> ir.Type:
        """One number."""
        return ir.FloatType() if self.dtype == "float32" else ir.DoubleType()

    @property
    def vector(self) -> ir.Type:
        """``count`` numbers."""
        return ir.VectorType(self.scalar, self.count)

    @property
    def whole(self) -> ir.Type:
        """``count`` whole numbers of the same width."""
        return ir.VectorType(ir.IntType(self.bits), self.count)

    @property
    def bits(self) -> int:
        """Bits of one number."""
        return 32 if self.dtype == "float32" else 64

    @property
    def size(self) -> int:
        """Bytes of one number."""
        return self.bits // 8

    def whole_vectors(self, numbers: int) -> int:
        """``numbers`` rounded up to whole vectors."""
        return -(-numbers // self.count) * self.count

    @property
    def suffix(self) -> str:
        """How LLVM's intrinsics call the vector."""
        return f"v{self.count}f{self.bits}"
