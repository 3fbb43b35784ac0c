"""Scales: mean and deviation of what is there, in every task the same, and the files that they are kept in."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from undertow.tasks.classify.coding import Coding
from undertow.tasks.forecast.scaling import learn
from undertow.tasks.reconstruct.scaling import Scaling
from undertow.tasks.scale import standard


@given(st.integers(0, 10**6), st.sampled_from([1e-12, 1.0, 1e9]))
@settings(max_examples=30, deadline=None)
def test_it_is_the_mean_and_the_deviation_of_what_is_there_in_any_unit(seed, unit):
    rng = np.random.default_rng(seed)
    values = unit * rng.normal(3, 2, (30, 2))
    values[rng.random(values.shape) < 0.3] = np.nan
    scale = standard(values)
    assert scale.shift == pytest.approx(np.nanmean(values, 0), rel=1e-12)
    assert scale.factor == pytest.approx(np.nanstd(values, 0), rel=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.1, 1234.5678, -7e-12, 3e15])
def test_what_never_changes_is_not_divided_by_its_rounding(value):
    """The mean of many times 0.1 is not 0.1 to the last bit."""
    values = np.full((10_000, 1), value)
    assert standard(values).factor.tolist() == [1.0]
    assert Coding.learn([values], "", fold_case=False).scale == (1.0,)


def test_all_tasks_that_scale_do_so_alike():
    values = np.random.default_rng(1).normal(5, 3, (50, 2))
    values[4, 0] = np.nan
    one, coding = standard(values), Coding.learn([values], "", fold_case=False)
    assert (coding.mean, coding.scale) == (tuple(one.shift), tuple(one.factor))
    assert Scaling.of({"": [values[:20], values[20:]]}).plain == {"": [one.shift.tolist(), one.factor.tolist()]}
    assert learn(values, "standard").plain() == learn(values, "shared").plain() == one.plain()


def test_files_hold_them_as_they_did():
    assert Scaling.from_plain({"": [[1.0], [2.0]]})("", np.array([[5.0]])).tolist() == [[2.0]]
    coding = Coding.from_plain({"mean": "[1.0]", "scale": "[2.0]"})
    assert (coding.mean, coding.scale, coding.patchy) == ((1.0,), (2.0,), ())
