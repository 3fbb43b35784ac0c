"""The table of arguments of a program's function: its entries' names, and addresses made from them."""

from __future__ import annotations

from functools import cache

from undertow.errors import BackendError
from undertow.kernels import tiles
from undertow.kernels.arguments import Signature
from undertow.kernels.loops import Function, Int, Value
from undertow.kernels.program import Program

__all__ = ["Kernel", "Timestep", "signature"]


@cache
def signature(program: Program) -> Signature:
    """The table's entries, in order."""
    sequence = ["", ".step", ".row"]
    names = ["table", "steps", "hidden", "inputs", "head", "head.panel", "edge", "barrier", "vectors"]
    names += ["lengths", "time", "time.step", "phase", "seed"]
    names += ["x" + s for s in sequence] + ["projected" + s for s in sequence]
    for name in program.components:
        names += [f"before.{name}", f"before.{name}.row", *(f"state.{name}{s}" for s in sequence), f"state.{name}.ring"]
        if program.gradients:
            names += [f"direct.{name}{s}" for s in sequence]
    for buffer in ("kept", "delta"):
        names += [buffer + s for s in sequence]
    names += ["delta.ring", "carried", "spill", "weight", "sum", "partial"]
    for buffer in ("sample", "kept_sum", "raw"):
        names += [buffer + s for s in sequence]
    for number in range(len(program.contractions)):
        names += [f"matrix{number}", f"bias{number}"]
    fields = " ".join(f"{name}:{'i' if _is_number(name) else 'p'}" for name in names)
    return Signature(program.name, fields, [name for name in names if _is_optional(name, program)])


def _is_optional(word: str, program: Program) -> bool:
    """Whether an entry may be left out: nothing was computed before the first step, that one is even, the routine
    knows where threads meet; or it describes a buffer that the step neither reads nor writes."""
    buffer = word.partition(".")[0]
    if buffer in ("projected", "phase", "barrier"):
        return True
    used = {write.kind for stage in program.stages for write in stage.writes}
    used |= {place for place, _ in program.memory.values()}
    backwards = program.gradients is not None
    needed = {
        "kept": "kept" in used, "kept_sum": "kept_sum" in used, "raw": "raw" in used, "sample": bool(program.samples),
        "delta": backwards, "carried": backwards, "weight": backwards,
    }  # fmt: skip
    return not needed.get(buffer, True)


class Kernel:
    """What is the same in all steps."""

    def __init__(self, f: Function, program: Program) -> None:
        self.f, self.program = f, program
        self.width = f.mul(f.up(self["hidden"], f.lanes.count), f.lanes.count)
        self.rounds = f.variable(f.whole(0))
        self.numbers = {id(c): i for i, c in enumerate(program.contractions)}
        self.zeros = f.scratch(_MOST_SLOTS * f.lanes.count)
        widest = max((len(c.slots) for c in program.contractions), default=0)
        if widest > _MOST_SLOTS:
            raise BackendError(
                f"a step with {widest} products of one value is more than the kernels take ({_MOST_SLOTS}); "
                "use backend='reference'"
            )
        for v in range(max(widest, tiles.widest(f.lanes.target))):
            f.store(f.splat(0.0), f.at(self.zeros, v * f.lanes.count))

    def __getitem__(self, name: str) -> Value:
        return self.f[name]

    def ring(self, name: str, t: Int, row: Int) -> Value:
        """The address of row ``row`` at step ``t`` of a sequence of which only the last steps may be there."""
        f = self.f
        # The mask keeps every step if it is -1; if it is 1, odd and even steps alternate, without a branch.
        return f.at(self[name], f.mul(f.builder.and_(f.whole(t), self[f"{name}.ring"]), self[f"{name}.step"]), row)

    def step(self, name: str, t: Int) -> Value:
        """Where step ``t`` of a sequence begins."""
        return self.f.at(self[name], self.f.mul(t, self[f"{name}.step"]))


def _is_number(word: str) -> bool:
    """Whether an entry of the table is a whole number, not an address."""
    return word.endswith((".step", ".row", ".ring", ".panel")) or word in (
        "steps",
        "hidden",
        "inputs",
        "head",
        "edge",
        "time",
        "phase",
        "seed",
    )


#: Products of one value in one stage; beyond, a tile does not fit the first cache.
_MOST_SLOTS = 32


class Timestep:
    """One step: addresses of its sequences, and its stages."""

    def __init__(self, kernel: Kernel, t: Value) -> None:
        self.kernel, self.f, self.program = kernel, kernel.f, kernel.program
        f = self.f
        self.before: dict[str, tuple[Value, Value]] = {}
        self.after: dict[str, Value] = {}
        # The state before the first step is a tensor of its own: what users get of the others does not begin with it.
        edge = f.equal(t, kernel["edge"])
        other = f.add(t, 1 if self.program.gradients else -1)
        for name in self.program.components:
            usual = kernel.ring(f"state.{name}", other, 0)
            row = f.select(edge, kernel[f"before.{name}.row"], kernel[f"state.{name}.row"])
            self.before[name] = f.select(edge, kernel[f"before.{name}"], usual), row
            self.after[name] = kernel.ring(f"state.{name}", t, 0)
        self.bases = {name: kernel.step(name, t) for name in ("x", "kept", "sample", "kept_sum", "raw")}
        self.bases["delta"] = kernel.ring("delta", t, 0)
        self.t = t

    def plane(self, buffer: str, place: str | int) -> tuple[Value, Int]:
        """Where a value per unit stands in this step: its address in row 0, and the step from row to row."""
        f, kernel = self.f, self.kernel
        match buffer:
            case "before":
                return self.before[str(place)]
            case "after":
                return self.after[str(place)], kernel[f"state.{place}.row"]
            case "kept" | "delta":
                return f.at(self.bases[buffer], f.mul(kernel.width, int(place))), kernel[f"{buffer}.row"]
            case "raw":
                return self.bases["raw"], kernel["raw.row"]
            case _:
                counts = {
                    "spill": self.program.spills,
                    "carried": self.program.carried,
                    "weight": len(self.program.gradients.weights) if self.program.gradients else 0,
                }
                return f.at(kernel[buffer], f.mul(kernel.width, int(place))), f.mul(kernel.width, counts[buffer])
