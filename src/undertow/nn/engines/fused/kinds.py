"""Kinds of layers by name: compiled graphs hold no cells, and find theirs again by a name made from its equations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from undertow.errors import BackendError
from undertow.lang import Cell

__all__ = ["LayerKind", "find", "introduce"]


@dataclass(frozen=True)
class LayerKind:
    """What the tensors of a layer do not tell: its cell, which tensors there are, and which gates ``bias_hh`` has."""

    cell: Cell
    tensors: tuple[str, ...]
    bias_hh_gates: tuple[str, ...]


_kinds: dict[str, LayerKind] = {}


def introduce(cell: Cell, tensors: tuple[str, ...], bias_hh_gates: tuple[str, ...]) -> str:
    """The name of a kind of layer, by which graphs find it from now on. It is the same in every process, since
    graphs are kept on disk."""
    parts = [cell.graph.key, *map(repr, (tuple(cell.state), cell.gates, cell.heads, tensors, bias_hh_gates))]
    name = f"{cell.name}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:20]}"
    _kinds[name] = LayerKind(cell, tensors, bias_hh_gates)
    return name


def find(name: str) -> LayerKind:
    """The kind that has this name.

    Raises:
        BackendError: nobody has introduced it in this process.
    """
    if name not in _kinds:
        cell = name.rpartition("-")[0]
        raise BackendError(
            f"this graph has a layer of cell {cell!r} with equations that this process has not met; make a layer of "
            "the same cell and options, of any size, before the graph runs"
        )
    return _kinds[name]
