"""Structured IR: one function at a time, with loops and branches as context managers.

Whole numbers may be Python's or the IR's: what is known while emitting is folded away.
Offsets and strides count elements, never bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from llvmlite import ir

from undertow.kernels.arguments import Signature
from undertow.kernels.lanes import BOOL, I32, I64, POINTER, VOID, Int, Lanes, Value

__all__ = ["BOOL", "I32", "I64", "POINTER", "VOID", "Function", "Int", "Lanes", "Value", "Variable"]


class Variable:
    """A value that changes from one turn of a loop to the next."""

    def __init__(self, function: Function, value: Value) -> None:
        self.function = function
        # LLVM makes a register of what is allocated in the entry block; in a loop it would be new stack in every turn.
        with function.builder.goto_entry_block():
            self.slot = function.builder.alloca(value.type)
        self.set(value)

    def get(self) -> Value:
        """The value now."""
        return self.function.builder.load(self.slot, typ=self.slot.allocated_type)

    def set(self, value: Value) -> None:
        """Give it another value."""
        self.function.builder.store(value, self.slot)


class Function:
    """A function under construction. ``arguments`` as ``"a:p n:i"``: pointers and whole numbers, then ``f["a"]``."""

    def __init__(self, module: ir.Module, name: str, arguments: str, lanes: Lanes, *, internal: bool = False) -> None:
        pairs = [a.split(":") for a in arguments.split()]
        kind = ir.FunctionType(VOID, [POINTER if k == "p" else I64 for _, k in pairs])
        self.module, self.lanes = module, lanes
        self.function = ir.Function(module, kind, name)
        self.function.attributes.add("nounwind")
        if internal:
            self.function.linkage = "internal"
            self.function.attributes.add("noinline")
        self.arguments = {}
        for (argument, _), value in zip(pairs, self.function.args, strict=True):
            value.name = argument
            self.arguments[argument] = value
        entry = self.function.append_basic_block("entry")
        self.builder = ir.IRBuilder(entry)

    @classmethod
    def task(cls, module: ir.Module, signature: Signature, lanes: Lanes) -> Function:
        """A function that threads share: ``(words, begin, end, part, parts)``.

        It does ``begin`` to ``end`` of its work, as one of ``parts``; ``words`` is a table as ``signature`` says.
        """
        f = cls(module, signature.task, "words:p begin:i end:i part:i parts:i", lanes)
        for index, argument in enumerate(signature.names):  # LLVM drops what nobody reads
            value = f.word(f["words"], index, is_pointer=argument in signature.pointers)
            value.name = argument
            f.arguments[argument] = value
        return f

    def __getitem__(self, argument: str) -> Value:
        return self.arguments[argument]

    def __enter__(self) -> Function:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.builder.ret_void()

    # ---- whole numbers

    def whole(self, value: Int) -> Value:
        """``value`` as IR."""
        return ir.Constant(I64, value) if isinstance(value, int) else value

    def add(self, *values: Int) -> Int:
        """The sum of whole numbers."""
        known = sum(v for v in values if isinstance(v, int))
        result: Int = known
        for value in (v for v in values if not isinstance(v, int)):
            result = value if result is known and known == 0 else self.builder.add(self.whole(result), value)
        return result

    def sub(self, a: Int, b: Int) -> Int:
        """``a - b``."""
        if isinstance(b, int):
            return self.add(a, -b)
        return self.builder.sub(self.whole(a), b)

    def mul(self, *values: Int) -> Int:
        """The product of whole numbers."""
        known = 1
        for value in values:
            known *= value if isinstance(value, int) else 1
        rest = [v for v in values if not isinstance(v, int)]
        if known == 0 or not rest:
            return known
        result = rest[0]
        for value in rest[1:]:
            result = self.builder.mul(result, value)
        return result if known == 1 else self.builder.mul(result, self.whole(known))

    def div(self, a: Int, b: Int) -> Int:
        """``a / b``, neither below zero, rounded down."""
        if isinstance(a, int) and isinstance(b, int):
            return a // b
        return a if b == 1 else self.builder.udiv(self.whole(a), self.whole(b))

    def up(self, a: Int, b: Int) -> Int:
        """``a / b``, rounded up."""
        return self.div(self.add(a, b, -1), b)

    def min(self, a: Int, b: Int) -> Int:
        """The smaller one."""
        if isinstance(a, int) and isinstance(b, int):
            return min(a, b)
        return self.builder.select(self.less(a, b), self.whole(a), self.whole(b))

    def share(self, count: Int) -> tuple[Int, Int]:
        """(first, end) of what this part does of ``count`` things, where several do a task together."""
        parts = self["parts"]
        part = self.select(self.less(1, parts), self["part"], 0)
        return self.div(self.mul(count, part), parts), self.div(self.mul(count, self.add(part, 1)), parts)

    def less(self, a: Int, b: Int) -> Value:
        """Whether ``a < b``."""
        return self.builder.icmp_signed("<", self.whole(a), self.whole(b))

    def equal(self, a: Int, b: Int) -> Value:
        """Whether ``a == b``."""
        return self.builder.icmp_signed("==", self.whole(a), self.whole(b))

    def select(self, condition: Value, a: Int, b: Int) -> Value:
        """``a`` if ``condition`` else ``b``: whole numbers or pointers."""
        return self.builder.select(condition, self.whole(a), self.whole(b))

    # ---- control

    @contextmanager
    def loop(self, start: Int, stop: Int, step: Int = 1, name: str = "") -> Iterator[Value]:
        """``for i in range(start, stop, step)``."""
        b = self.builder
        # Tested before the first turn and after each: one branch a turn, and a block that only runs if there is one.
        before = b.block
        body = self.function.append_basic_block(f"{name}.loop" if name else "loop")
        after = self.function.append_basic_block(f"{name}.end" if name else "end")
        b.cbranch(self.less(start, stop), body, after)
        b.position_at_end(body)
        index = b.phi(I64, name=name)
        index.add_incoming(self.whole(start), before)
        yield index
        following = b.add(index, self.whole(step))
        index.add_incoming(following, b.block)
        b.cbranch(self.less(following, stop), body, after)
        b.position_at_end(after)

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Only if ``condition`` holds."""
        with self.builder.if_then(condition):
            yield

    @contextmanager
    def either(self, condition: Value) -> Iterator[tuple[AbstractContextManager[None], AbstractContextManager[None]]]:
        """Two branches, as ``with f.either(c) as (then, otherwise): with then: ... ; with otherwise: ...``."""
        with self.builder.if_else(condition) as branches:
            yield branches

    def variable(self, value: Value) -> Variable:
        """A value to be changed inside loops."""
        return Variable(self, value)

    def row_blocks(self, start: Int, stop: Int, most: int) -> _Blocks:
        """Rows split evenly into blocks of at most ``most``: 25 rows are 5 x 5, not 4 x 6 and a slow 1."""
        count = self.sub(stop, start)
        return _Blocks(self, start, count, self.up(count, most))

    # ---- memory

    def at(self, pointer: Value, *offsets: Int) -> Value:
        """The address ``sum(offsets)`` elements further on."""
        offset = self.add(*offsets)
        if isinstance(offset, int) and offset == 0:
            return pointer
        return self.builder.gep(pointer, [self.whole(offset)], source_etype=self.lanes.scalar)

    def load(self, pointer: Value, mask: Value | None = None) -> Value:
        """A vector; lanes outside of ``mask`` are not read, and zero."""
        lanes = self.lanes
        # Tensors of users begin at any number, so no more alignment is promised; where there is some, it is as fast.
        if mask is None:
            return self.builder.load(pointer, typ=lanes.vector, align=lanes.size)
        name = f"llvm.masked.load.{lanes.suffix}.p0"
        read = self.intrinsic(name, lanes.vector, [POINTER, I32, mask.type, lanes.vector])
        return self.builder.call(read, [pointer, I32(lanes.size), mask, self.splat(0.0)])

    def store(self, value: Value, pointer: Value, mask: Value | None = None) -> None:
        """Write a vector, only the lanes of ``mask``."""
        lanes = self.lanes
        if mask is None:
            self.builder.store(value, pointer, align=lanes.size)
            return
        name = f"llvm.masked.store.{lanes.suffix}.p0"
        write = self.intrinsic(name, VOID, [lanes.vector, POINTER, I32, mask.type])
        self.builder.call(write, [value, pointer, I32(lanes.size), mask])

    def load_scalar(self, pointer: Value) -> Value:
        """One number."""
        return self.builder.load(pointer, typ=self.lanes.scalar, align=self.lanes.size)

    def store_scalar(self, value: Value, pointer: Value) -> None:
        """Write one number."""
        self.builder.store(value, pointer, align=self.lanes.size)

    def word(self, pointer: Value, index: Int, *, is_pointer: bool = False) -> Value:
        """Entry ``index`` of a table of 64-bit words."""
        slot = self.builder.gep(pointer, [self.whole(index)], source_etype=I64)
        return self.builder.load(slot, typ=POINTER if is_pointer else I64, align=8)

    def scratch(self, count: int) -> Value:
        """``count`` numbers on the stack, aligned for vectors."""
        with self.builder.goto_entry_block():
            place = self.builder.alloca(ir.ArrayType(self.lanes.scalar, count))
            place.align = 64
            place.type = POINTER
            return place

    # ---- vectors

    def splat(self, value: float | Value) -> Value:
        """One number in every lane."""
        lanes = self.lanes
        if not isinstance(value, ir.Value):
            return ir.Constant(lanes.vector, [_representable(value, lanes)] * lanes.count)
        return self.spread(value)

    def spread(self, value: Value) -> Value:
        """One value of any type in every lane."""
        undefined = ir.Constant(ir.VectorType(value.type, self.lanes.count), ir.Undefined)
        first = self.builder.insert_element(undefined, value, I32(0))
        return self.builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(I32, self.lanes.count), None))

    def broadcast(self, pointer: Value) -> Value:
        """The number at ``pointer`` in every lane."""
        return self.splat(self.load_scalar(pointer))

    def mask(self, count: Int) -> Value:
        """A mask of the first ``count`` lanes."""
        lanes = self.lanes
        kind = ir.VectorType(I64, lanes.count)
        limit = self.spread(self.whole(count))
        return self.builder.icmp_signed("<", ir.Constant(kind, list(range(lanes.count))), limit)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """``a * b + c``, rounded once."""
        # Asked for by name: if LLVM were free to fuse where it likes, bits would depend on its version.
        v = self.lanes.vector
        return self.builder.call(self.intrinsic(f"llvm.fma.{self.lanes.suffix}", v, [v, v, v]), [a, b, c])

    def total(self, vector: Value) -> Value:
        """The sum of the lanes, in a fixed order: halves are added until one is left."""
        b, width = self.builder, self.lanes.count
        while width > 1:
            width //= 2
            order = ir.VectorType(I32, width)
            low = b.shuffle_vector(vector, vector, ir.Constant(order, list(range(width))))
            high = b.shuffle_vector(vector, vector, ir.Constant(order, list(range(width, 2 * width))))
            vector = b.fadd(low, high)
        return b.extract_element(vector, I32(0))

    def intrinsic(self, name: str, result: ir.Type, arguments: Sequence[ir.Type]) -> ir.Function:
        """Declare an intrinsic once."""
        known = self.module.globals.get(name)
        return known or ir.Function(self.module, ir.FunctionType(result, arguments), name)

    def call_address(self, address: Value, kind: ir.FunctionType, *arguments: Int) -> Value:
        """Call what stands at ``address``."""
        pointer = self.builder.inttoptr(address, kind.as_pointer())
        return self.builder.call(pointer, [self.whole(a) for a in arguments])


@dataclass(frozen=True)
class _Blocks:
    """Blocks of rows, one after the other: see :meth:`Function.row_blocks`."""

    function: Function
    start: Int
    count: Int
    blocks: Int

    @contextmanager
    def each(self) -> Iterator[tuple[Int, Int]]:
        """(first row, number of rows) of every block."""
        f = self.function
        with f.loop(0, self.blocks, name="block") as number:
            low = f.div(f.mul(self.count, number), self.blocks)
            high = f.div(f.mul(self.count, f.add(number, 1)), self.blocks)
            yield f.add(self.start, low), f.sub(high, low)


def _representable(value: float, lanes: Lanes) -> float:
    """``value`` rounded to the kernel's precision, as LLVM wants its constants."""
    import struct

    return struct.unpack("f", struct.pack("f", value))[0] if lanes.dtype == "float32" else float(value)
