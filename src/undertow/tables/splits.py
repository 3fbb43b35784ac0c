"""Parts of a table that share nothing: by key, by group, by time. Pure functions of their arguments."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.errors import DataError, OptionError

__all__ = ["Parts", "by_key", "by_time", "duplicates"]

Indices = NDArray[np.int64]
NAMES = ("train", "validation", "test")


@dataclass(frozen=True)
class Parts:
    """Indices of the rows (or samples) of each part, ascending; a part that was not asked for is empty."""

    train: Indices
    validation: Indices
    test: Indices

    def items(self) -> list[tuple[str, Indices]]:
        """Names and indices of the parts."""
        return [(name, getattr(self, name)) for name in NAMES]


def by_key(
    keys: Sequence[Hashable],
    validation: float,
    test: float,
    seed: int,
    *,
    stratify: Sequence[Hashable] | None = None,
) -> Parts:
    """Parts in random order of their keys: rows with equal keys stay together, so no key is in two parts.

    With a group's name as key this is the split by group. Shares are shares of the *distinct keys*, rounded.

    Args:
        keys: one a row.
        validation: share of the distinct keys.
        test: share of the distinct keys.
        seed: the same keys and seed give the same parts.
        stratify: one a row: each value gets its share of every part, to within one key; a key's value is that of its
            first row.

    Raises:
        DataError: a part that was asked for would be empty.
        OptionError: the shares leave nothing to train on.
    """
    _check_shares(validation, test)
    first: dict[Hashable, int] = {}
    numbers = np.empty(len(keys), dtype=np.int64)
    strata: list[int] = []
    levels: dict[Hashable, int] = {}
    for row, key in enumerate(keys):
        if key not in first:
            first[key] = len(first)
            strata.append(0 if stratify is None else levels.setdefault(stratify[row], len(levels)))
        numbers[row] = first[key]
    counts = _counts(len(first), validation, test, "distinct keys")

    order = np.random.default_rng(seed).permutation(len(first))
    if stratify is not None:  # equal levels stand together, in random order: what is drawn evenly has all of them
        order = order[np.argsort(np.array(strata)[order], kind="stable")]
    part = np.zeros(len(first), dtype=np.int64)
    for number in (2, 1):
        rest = order[part[order] == 0]
        part[rest[_evenly(counts[number], len(rest))]] = number
    of_row = part[numbers]
    return Parts(*(np.flatnonzero(of_row == number) for number in range(3)))


def by_time(length: int, validation: float, test: float) -> Parts:
    """The first rows to train on, the next for validation, the last for the test. Rows must be in the order of time.

    Raises:
        DataError: a part that was asked for would be empty.
        OptionError: the shares leave nothing to train on.
    """
    _check_shares(validation, test)
    train, middle, _ = _counts(length, validation, test, "steps")
    rows = np.arange(length)
    return Parts(rows[:train], rows[train : train + middle], rows[train + middle :])


def duplicates(contents: Sequence[Hashable], parts: Parts) -> dict[tuple[str, str], int]:
    """How many items of one part stand in an earlier one too, for each two parts.

    Args:
        contents: one a row: what makes two rows the same.
        parts: the split.

    Returns:
        ``{("validation", "train"): 3, ("test", "train"): 0, ("test", "validation"): 0}``: three rows of the validation
        part are also in training.
    """
    named = parts.items()
    present = {name: {contents[i] for i in rows} for name, rows in named}
    return {
        (later, earlier): sum(contents[i] in present[earlier] for i in rows)
        for at, (later, rows) in enumerate(named)
        for earlier, _ in named[:at]
    }


def _evenly(count: int, length: int) -> Indices:
    """``count`` places spread evenly over ``length``."""
    return ((np.arange(count) + 0.5) * length / max(count, 1)).astype(np.int64)


def _check_shares(validation: float, test: float) -> None:
    for name, share in (("validation", validation), ("test", test)):
        if not 0 <= share < 1:
            raise OptionError(f"the share {name} must be at least 0 and below 1, got {share:g}")
    if validation + test >= 1:
        raise OptionError(
            f"the shares validation ({validation:g}) and test ({test:g}) leave nothing to train on; "
            "together they must be below 1"
        )


def _counts(total: int, validation: float, test: float, of: str) -> tuple[int, int, int]:
    middle, last = round(total * validation), round(total * test)
    counts = {"train": total - middle - last, "validation": middle, "test": last}
    shares = {"train": 1 - validation - test, "validation": validation, "test": test}
    for name, count in counts.items():
        if shares[name] > 0 and count < 1:
            raise DataError(
                f"{total} {of} leave none for the {name} part (a share of {shares[name]:g}); "
                "give more data or another share"
            )
    return counts["train"], middle, last
