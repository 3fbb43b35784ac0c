"""Compile a module for a target: IR to object code to functions that can be called."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import llvmlite.binding as llvm
from llvmlite import ir

from undertow.kernels.host import Target

__all__ = ["Library", "compile_object", "optimize"]


def compile_object(build: Callable[[ir.Module], None], target: Target) -> bytes:
    """Object code of the module that ``build`` fills."""
    module = ir.Module("undertow")
    build(module)
    machine = target.machine()
    parsed = llvm.parse_assembly(str(module))  # llvmlite makes IR as text
    parsed.triple, parsed.data_layout = machine.triple, str(machine.target_data)
    parsed.verify()
    optimize(parsed, machine)
    return bytes(machine.emit_object(parsed))


def optimize(module: llvm.ModuleRef, machine: llvm.TargetMachine) -> None:
    """LLVM's passes, without those that would unroll or vectorise what is so already."""
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = options.slp_vectorization = options.loop_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)


class Library:
    """Loaded object code. It is never unloaded: a thread may be inside."""

    _all: ClassVar[list[Library]] = []

    def __init__(self, code: bytes, target: Target) -> None:
        # An engine with nothing to compile, as it is an engine that loads objects.
        empty = llvm.parse_assembly("")
        empty.triple = target.machine().triple
        self._engine = llvm.create_mcjit_compiler(empty, target.machine())
        self._object = llvm.ObjectFileRef.from_data(code)
        self._engine.add_object_file(self._object)
        self._engine.finalize_object()
        Library._all.append(self)

    def address(self, name: str) -> int:
        """Where function ``name`` begins.

        Raises:
            KeyError: there is no such function.
        """
        found = int(self._engine.get_function_address(name))
        if not found:
            raise KeyError(name)
        return found
