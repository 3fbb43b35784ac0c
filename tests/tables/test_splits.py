"""Splits: nothing stands in two parts, everything stands in one, and the same seed cuts the same."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from undertow.errors import DataError, OptionError
from undertow.tables.splits import Parts, by_key, by_time, duplicates

KEYS = st.lists(st.text(max_size=2), min_size=20, max_size=80).filter(lambda keys: len(set(keys)) >= 20)
SHARES = st.tuples(st.sampled_from([0.0, 0.1, 0.3]), st.sampled_from([0.0, 0.1, 0.3]))


def rows(parts: Parts) -> list[int]:
    return sorted(np.concatenate([part for _, part in parts.items()]).tolist())


@given(KEYS, SHARES, st.integers(0, 5), st.booleans())
def test_no_key_is_in_two_parts_and_every_row_in_one(keys, shares, seed, stratified):
    stratify = [len(key) for key in keys] if stratified else None
    parts = by_key(keys, *shares, seed, stratify=stratify)
    assert rows(parts) == list(range(len(keys)))
    sets = {name: {keys[i] for i in part} for name, part in parts.items()}
    assert not sets["train"] & sets["validation"]
    assert not sets["train"] & sets["test"]
    assert not sets["validation"] & sets["test"]
    distinct = len(set(keys))
    assert len(sets["validation"]) == round(distinct * shares[0])
    assert len(sets["test"]) == round(distinct * shares[1])
    assert not any(duplicates(keys, parts).values())
    again = by_key(list(keys), *shares, seed, stratify=stratify)
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(parts.items(), again.items(), strict=True))


def test_another_seed_cuts_elsewhere_and_all_keys_have_their_turn():
    """A split that always takes the first keys, or never takes some, would pass the property above."""
    tests = [by_key(range(20), 0.2, 0.2, seed).test.tolist() for seed in range(60)]
    assert len({tuple(t) for t in tests}) > 50
    often = np.bincount(np.concatenate(tests), minlength=20)
    assert often.min() >= 3
    assert often.max() <= 25


@given(st.lists(st.sampled_from("aab"), min_size=30, max_size=90), st.integers(0, 5))
def test_stratified_parts_have_every_value_in_proportion(values, seed):
    parts = by_key(range(len(values)), 0.2, 0.2, seed, stratify=values)
    for value in set(values):
        whole = values.count(value)
        assert abs(sum(values[i] == value for i in parts.test) - 0.2 * whole) < 2
        assert abs(sum(values[i] == value for i in parts.validation) - 0.2 * whole) < 2


@given(st.integers(10, 300), SHARES)
def test_time_keeps_its_order(length, shares):
    parts = by_time(length, *shares)
    joined = np.concatenate([parts.train, parts.validation, parts.test])
    assert joined.tolist() == list(range(length))
    assert len(parts.test) == round(length * shares[1])


def test_duplicates_are_counted_against_a_slow_twin():
    contents = ["a", "b", "a", "c", "a", "b", "d"]
    parts = Parts(np.array([0, 1]), np.array([2, 3]), np.array([4, 5, 6]))
    assert duplicates(contents, parts) == {("validation", "train"): 1, ("test", "train"): 2, ("test", "validation"): 1}


def test_parts_that_would_be_empty():
    with pytest.raises(DataError, match=r"2 distinct keys leave none for the validation part \(a share of 0\.1\)"):
        by_key(["a", "b", "a", "b"], 0.1, 0.5, 0)
    with pytest.raises(DataError, match="1 distinct keys leave none for the train part"):
        by_key(["a"], 0.0, 0.9, 0)
    with pytest.raises(DataError, match="3 steps leave none for the test part"):
        by_time(3, 0.4, 0.1)


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (-0.1, 0.1), (0.1, 1.0), (float("nan"), 0.1)])
def test_shares_that_cannot_be(validation, test):
    with pytest.raises(OptionError, match="share"):
        by_key(range(10), validation, test, 0)
    with pytest.raises(OptionError, match="share"):
        by_time(10, validation, test)
