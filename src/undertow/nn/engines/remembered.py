"""Layers as a module made them last, so that a call need not make them again."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from torch import Tensor, nn

from undertow.nn.engines.layer import Layer

__all__ = ["Remembered"]


class Remembered:
    """Layers by key, each as long as its tensors are the very parameters it was made with.

    A parameter that was replaced is seen by its identity; what an edit does to one that stays (``.data``, ``.to()``) is
    not remembered here. Tensors that are computed (parametrisations, ``functional_call``) are new in every
    call, and their layers are not kept. Copies of a module begin with nothing.

    ``passes`` is what backends have prepared, by layer: it holds for any tensors of the same shapes.
    """

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[Sequence[Tensor], Layer]] = {}
        self.passes: defaultdict[int, dict[Any, Any]] = defaultdict(dict)

    def get(self, key: Hashable, tensors: Sequence[Tensor], make: Callable[[], Layer]) -> Layer:
        """The layer ``key`` of these tensors: the known one, or what ``make`` makes of them."""
        known = self._made.get(key)
        if known is not None and all(map(operator.is_, known[0], tensors)):
            return known[1]
        layer = make()
        if all(type(t) is nn.Parameter for t in tensors):
            self._made[key] = tensors, layer
        return layer

    def __deepcopy__(self, memo: dict[int, Any]) -> Remembered:
        return Remembered()

    def __reduce__(self) -> tuple[Any, ...]:
        return Remembered, ()
