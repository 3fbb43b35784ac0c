"""Records as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from undertow.flow.eye import Glance

if TYPE_CHECKING:
    import polars

__all__ = ["to_frame"]


def to_frame(history: Sequence[Glance]) -> polars.DataFrame:
    """One number a row: step, layer, direction, quantity, name, lag, value.

    ``name`` is the way to the number inside the quantity (``carried.h``, ``f.outside``); ``lag`` its place in a list by
    lag or unit, None for single numbers.
    """
    import polars

    columns = ["step", "layer", "direction", "quantity", "name", "lag", "value"]
    kinds = (polars.Int64, polars.String, polars.String, polars.String, polars.String, polars.Int64, polars.Float64)
    rows = [
        (glance.step, glance.layer, glance.direction, quantity, *number)
        for glance in history
        for quantity, value in glance.quantities.items()
        for number in _numbers(value)
    ]
    return polars.DataFrame(rows, schema=dict(zip(columns, kinds, strict=True)), orient="row")


def _numbers(value: Any, name: str = "") -> Iterator[tuple[str, int | None, float | None]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield name, place, None if inner is None else float(inner)
    elif isinstance(value, int | float):
        yield name, None, float(value)
