"""Arrays of any make as NumPy's, and whether their axes stand in the order that is read here."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.errors import DataError
from undertow.words import Warned

__all__ = ["as_array", "order_warnings", "plain_array"]

Array = NDArray[Any]

#: So many values for each step, and so many at least, are more likely steps that stand last (see `_swapped`).
_TIMES_AS_MANY, _AT_LEAST = 4, 32
#: Durations in these units have no length in seconds.
_NO_LENGTH = ("Y", "M", "generic")


def as_array(data: Any, what: str) -> Array:
    """``data``, which has ``__array__``, as an array of NumPy; ``what`` it is called in messages.

    Raises:
        DataError: it does not let itself be read, as a tensor without data or a sparse one.
    """
    if isinstance(data, np.ma.MaskedArray):
        return data
    try:
        if hasattr(data, "detach") and hasattr(data, "cpu"):  # a tensor of torch, which this floor does not import
            data = data.detach().cpu()
            if str(data.dtype) == "torch.bfloat16":  # a type that NumPy lacks
                data = data.float()
        return np.asarray(data)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(
            f"{what} is a {type(data).__name__} that cannot be read: {str(error).splitlines()[0]}"
        ) from None


def plain_array(array: Array) -> Array:
    """Masked values as missing ones (NaN, NaT or None), durations as seconds, fractions of all sizes as 64-bit floats.

    Raises:
        DataError: durations in months or years, which have no length in seconds.
    """
    mask = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    made: Array = np.asarray(array)
    if made.dtype.kind == "m":
        if (unit := np.datetime_data(made.dtype)[0]) in _NO_LENGTH:
            raise DataError(
                f"durations in the unit {unit!r} have no length in seconds; convert them to days or seconds"
            )
        made = made / np.timedelta64(1, "s")
    if made.dtype.kind == "f" or (made.dtype.kind in "iub" and mask is not None and made.ndim > 1):
        made = made.astype(np.float64)
    if mask is None or not mask.any():
        return made
    missing: Any = {"f": np.nan, "M": np.datetime64("NaT")}.get(made.dtype.kind)
    made = made.copy() if missing is not None else made.astype(object)
    made[mask] = missing
    return made


def _swapped(steps: int, values: int) -> bool:
    """Whether series of so many steps, with so many values each, look like channels by steps.

    Shapes alone cannot tell: 3 steps of 500 values may be meant. But steps are mostly more than channels, and where
    they are few, so are the values of a step. Archives of series have 3 x 152 up to 64 x 400 (channels x steps), which
    this tells; 12 x 29 and 28 x 50 it does not, for 12 steps of 29 values are as likely. A lone step of several values
    is no series at all.
    """
    return values > 1 and (steps == 1 or (values >= _TIMES_AS_MANY * steps and values >= _AT_LEAST))


def order_warnings(frame: pl.DataFrame, called: str = "") -> tuple[str, ...]:
    """A warning for each column of series that seem to have their steps last; it is ``called`` so, else by its name."""
    told = []
    for series in frame.select(pl.col(pl.List(pl.List(pl.Float64)))):
        steps, values = series.list.len().max(), series.list.first().list.len().max()
        if isinstance(steps, int) and isinstance(values, int) and steps and _swapped(steps, values):
            many = f"{len(series)} samples of {steps} step{'s' * (steps != 1)} with {values} values each"
            what, shape = called or f"`{series.name}`", (len(series), steps, values)
            told.append(
                Warned(
                    f"{what} has shape {shape} and is read as {many}; if it is (samples, channels, steps), as in "
                    "sktime and tsai, turn it: np.swapaxes(X, 1, 2), or x.T of each in a list"
                )
            )
    return tuple(told)
