"""A step, planned: stages, products, and what goes to which buffer. Plain data, made by :mod:`.plan`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from undertow.lang.expr import Node
from undertow.lang.lazily import lazily

__all__ = ["Contraction", "DeltaPlanes", "Kept", "Memory", "Program", "Stage", "Write"]

#: Where a value stands: a buffer, and the name or index of its place there.
Memory = tuple[str, str | int]


@dataclass(frozen=True)
class Contraction:
    """Products with the same operands: ``slots[i]`` is the sum over ``operands`` of matrix ``gates[i][o]`` times it.

    ``kind`` is ``input`` (W x + b), ``product`` (U times a value) or ``transposed_product``. An operand is ``None``
    (x itself) or a node that stands in memory.
    """

    kind: str
    slots: tuple[Node, ...]
    operands: tuple[Node | None, ...]
    gates: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Write:
    """A value that leaves a stage: ``kind`` says to which buffer, ``index`` or ``name`` to which place in it.

    ========  ====================================================================
    next      the state component ``name`` after this step
    kept      plane ``index`` of what the forward step keeps
    delta     plane ``index`` of the gradients of pre-activations
    spill     plane ``index`` of what a later stage of the same step reads
    carried   plane ``index`` of gradients of the state before this step: the components', then their highways'
    weight    added to the gradient of the weight per unit ``name``
    raw       dL/dx through ``x.raw``
    sum       added up over units: sum ``index`` of the step
    ========  ====================================================================
    """

    kind: str
    node: Node
    name: str = ""
    index: int = 0


@dataclass
class Stage:
    """One pass over units: products first, then ``nodes`` in order, then ``writes``.

    ``nodes`` maps each value to where it is read from, (buffer, name or index), or to None if it is computed.
    """

    contractions: list[Contraction] = field(default_factory=list)
    nodes: dict[Node, Memory | None] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)


@dataclass(frozen=True)
class Kept:
    """What the forward step leaves for BPTT: values per unit by their plane, and sums, one number a sample.

    Planes of operands of products lie behind those that gradients of pre-activations take the place of.
    """

    planes: Mapping[Node, int]
    sums: Mapping[Node, int]


@dataclass(frozen=True)
class DeltaPlanes:
    """Where a BPTT step leaves dL/d(pre-activation), as planes of its ``delta`` buffer; None where nothing flows.

    ``inputs`` and ``recurrent_bias`` are by gate; ``products`` lists (gate, plane, where its operand stands).
    """

    inputs: Mapping[str, int | None]
    products: tuple[tuple[str, int | None, Memory], ...]
    recurrent_bias: Mapping[str, int | None]
    weights: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Program:
    """A step, planned.

    ``memory`` says where values stand that products read, ``samples`` maps sums that are written out for every step
    to their index there. ``planes`` is the number of
    planes of the buffer that ``kept`` and ``delta`` share.
    """

    name: str
    stages: tuple[Stage, ...]
    memory: Mapping[Node, Memory]
    components: tuple[str, ...]
    vectors: tuple[tuple[str, str], ...]
    names: Mapping[Node, str]
    spills: int
    sums: Mapping[Node, int]
    samples: Mapping[Node, int]
    planes: int
    heads: int
    gradients: DeltaPlanes | None = None
    carried: int = 0

    @lazily
    def contractions(self) -> tuple[Contraction, ...]:
        """Every contraction, in the order of the stages."""
        return tuple(c for stage in self.stages for c in stage.contractions)
