"""Schedules, history, frames, and the numbers that summaries are made of."""

import doctest
import math

import numpy as np
import pytest
import torch

import undertow
from undertow.flow import watching
from undertow.flow.quantities.horizon import horizon
from undertow.flow.quantities.matrices import largest_singular_value, spectral_radius
from undertow.flow.quantity import Merge, Sum, Sums, Unavailable, rounded
from undertow.flow.schedule import at, every, never
from undertow.forms import MisfitError


def run(watch, model, windows, steps=12):
    for _ in range(windows):
        model(torch.randn(steps, 2, 3))[0].sum().backward()
    return watch


@pytest.fixture
def model():
    torch.manual_seed(0)
    return undertow.LSTM(3, 5)


def test_the_example_in_the_docstring():
    assert doctest.testmod(watching).failed == 0


# ---- schedules and history


@pytest.mark.parametrize(("schedule", "expected"), [
    (every(3), [0, 3, 6]), (at([1, 5]), [1, 5]), (never, []), (lambda n: n == 2, [2]),
])  # fmt: skip
def test_which_windows_are_looked_at_closely(model, schedule, expected):
    with undertow.watch(model, examine=schedule) as seen:
        run(seen, model, 8)
    looked = [g.step - 1 for g in seen.history if "lag_profile" in g.quantities]
    assert looked == expected
    assert sum(g.windows for g in seen.history) == 8


def test_by_default_every_hundredth_window(model):
    with undertow.watch(model) as seen:
        run(seen, model, 101, steps=2)
    assert [g.step for g in seen.history if "lag_profile" in g.quantities] == [1, 101]


def test_a_record_says_which_gate_has_which_role(model):
    with undertow.watch(model) as seen:
        run(seen, model, 1)
    assert seen.history[0].line()["roles"] == {"forget": "f", "input": "i", "candidate": "g"}


def test_taking_what_is_new(model):
    with undertow.watch(model, examine=every(2)) as seen:
        assert seen.take() == []
        counts = []
        for _ in range(5):
            run(seen, model, 1)
            counts.append(len(seen.take()))
    assert counts == [1, 0, 1, 0, 1]
    assert seen.take() == []
    assert [g.windows for g in seen.history] == [1, 2, 2]


@pytest.mark.parametrize(("steps", "expected"), [(12, 10), (100, 10), (250, 25)])
def test_the_default_reach(model, steps, expected):
    with undertow.watch(model) as seen:
        run(seen, model, 1, steps)
    assert (seen.history[0].reach, seen.history[0].declared) == (expected, False)
    assert seen.verdict.reach is None, "nobody declared one"


def test_seeds_and_numbers_of_probes(model):
    """Other seeds send other gradients back; the same one the same, whatever torch's generator does."""
    x, profiles = torch.randn(12, 2, 3), []
    for seed in (0, 0, 1):
        torch.rand(3)
        with undertow.watch(model, probes=3, seed=seed) as seen:
            model(x)[0].sum().backward()
        profile = seen.history[0].quantities["lag_profile"]
        assert profile["probes"] == 3
        profiles.append(profile["joint"])
    assert profiles[0] == profiles[1] != profiles[2]


def test_a_frame_has_every_number_of_the_history(model):
    with undertow.watch(model, examine=every(1)) as seen:
        run(seen, model, 2)
    frame = seen.to_frame()
    assert frame.columns == ["step", "layer", "direction", "quantity", "name", "lag", "value"]
    for row in frame.filter(frame["quantity"] != "horizon").iter_rows(named=True):
        (glance,) = [g for g in seen.history if g.step == row["step"]]
        value = glance.quantities[row["quantity"]]
        for part in row["name"].split(".") if row["name"] else []:
            value = value[part]
        assert (value if row["lag"] is None else value[row["lag"]]) == row["value"]
    curve = frame.filter((frame["step"] == 2) & (frame["name"] == "carried.c"))
    assert curve["value"].to_list() == seen.history[1].quantities["gradient"]["carried"]["c"]
    assert curve["lag"].to_list() == list(range(12))


# ---- horizon


def test_a_profile_that_comes_back():
    """The last lag counts at which there is enough, not the first at which there is not."""
    found = horizon(np.array([1.0, 0.005, 0.02, 0.009, 0.001]))
    assert (found["steps"], found["open"]) == (2, False)


def test_a_steady_profile():
    found = horizon(0.8 ** np.arange(50))
    assert found == {"steps": 20, "open": False, "growth": pytest.approx(math.log(0.8), rel=1e-4)}
    assert horizon(np.full(7, 0.5))["open"]


def test_growth_is_fitted_above_rounding():
    profile = np.maximum(0.1 ** np.arange(20), 3e-8)
    assert horizon(profile)["growth"] == pytest.approx(math.log(0.1), rel=1e-4)


@pytest.mark.parametrize(("profile", "said"), [
    ([1.0], "one step"), ([1.0, math.nan], "one step"), ([1.0, math.inf], "infinite"),
])  # fmt: skip
def test_no_horizon(profile, said):
    with pytest.raises(Unavailable, match=said):
        horizon(np.array(profile))


# ---- matrices


def matrices():
    rng = np.random.default_rng(0)
    square = rng.normal(size=(64, 64)) / 8
    yield "random", square
    yield "orthogonal", np.linalg.qr(square)[0]
    yield "symmetric", square + square.T
    yield "a rotation, larger", 3 * np.kron(np.eye(4), [[0.6, -0.8], [0.8, 0.6]])
    yield "one number", np.array([[-0.7]])
    yield "tiny", 1e-20 * square
    yield "large", 1e10 * square
    yield "triangular", np.triu(np.full((8, 8), 0.3))


@pytest.mark.parametrize(("name", "matrix"), list(matrices()), ids=lambda v: v if isinstance(v, str) else "")
def test_spectral_radius_and_largest_singular_value(name, matrix):
    tensor = torch.from_numpy(matrix)[None]
    radius, singular = np.abs(np.linalg.eigvals(matrix)).max(), np.linalg.norm(matrix, 2)
    assert float(spectral_radius(tensor)) == pytest.approx(radius, rel=2e-2 if name == "triangular" else 5e-3)
    assert float(largest_singular_value(tensor)) == pytest.approx(singular, rel=5e-3)


@pytest.mark.parametrize("matrix", [np.zeros((3, 3)), np.diag([1.0, 1.0], 1)], ids=["zero", "nilpotent"])
def test_matrices_that_lead_nowhere(matrix):
    tensor = torch.from_numpy(matrix)[None]
    assert float(spectral_radius(tensor)) == 0
    assert float(largest_singular_value(tensor)) == pytest.approx(np.linalg.norm(matrix, 2), rel=1e-3)


def test_of_blocks_the_largest():
    """A cell with heads: each block is a matrix of its own."""
    torch.manual_seed(0)
    layer = undertow.Recurrent(undertow.cells.slstm.bind(heads=2), 3, 8, dtype=torch.float64)
    with undertow.watch(layer) as seen:
        layer(torch.randn(12, 2, 3, dtype=torch.float64))[0].sum().backward()
    for gate, rows in zip("ifzo", layer.weight_hh_l0.detach().chunk(4), strict=True):
        blocks = [block.numpy() for block in rows.chunk(2)]
        found = seen.history[0].quantities["matrices"][gate]
        radius = max(np.abs(np.linalg.eigvals(block)).max() for block in blocks)
        assert found["spectral_radius"] == pytest.approx(radius, rel=5e-3)
        assert found["largest_singular_value"] == pytest.approx(max(np.linalg.norm(b, 2) for b in blocks), rel=5e-3)


# ---- sums


@pytest.mark.parametrize("name", ["it", "max", "every", "last"])
def test_sums_grow_and_are_merged_as_they_say_whatever_they_are_called(name):
    sums = Sums()
    plain, number = Sum(name).of(), Sum("number").of()
    larger, beside, later = (Sum(name, merge).of() for merge in (Merge.LARGER, Merge.SIDE_BY_SIDE, Merge.LATER))
    sums.add(plain, [1.0, 2.0])
    sums.add(plain, [1.0, 2.0, 3.0])
    sums.add(number, 2.0)
    sums.add(number, 3.0)
    sums.add(larger, [1.0, 5.0])
    sums.add(larger, [math.nan, 6.0])
    sums.add(beside, [[1.0], [2.0]])
    sums.add(beside, [[3.0]])
    sums.add(later, [1.0])
    sums.add(later, [2.0])
    assert sums[plain].tolist() == [2.0, 4.0, 3.0]
    assert sums[number].tolist() == 5.0
    assert isinstance(sums[number], np.ndarray)
    assert sums[larger].tolist() == [1.0, 6.0]
    np.testing.assert_array_equal(sums[beside], [[1.0, 3.0], [2.0, math.nan]])
    assert sums[later].tolist() == [2.0]


def test_means_are_of_what_is_there():
    sums, key = Sums(), Sum("m").of()
    sums.add_mean(key, np.array([[1.0, 3.0], [5.0, math.nan], [math.nan, math.nan]]))
    sums.add_mean(key, np.array([[5.0, 5.0]]))
    np.testing.assert_array_equal(sums.mean(key), [3.5, 5.0, math.nan])


def written(sums):
    return {str(key): array for key, array in sums.arrays.items()}


def test_sums_are_read_by_the_names_that_files_have():
    """Also of gates and components with the names of other sums, of counts too."""
    means, by, many = Sum("m"), Sum("by", parts=1), Sum("lag", parts=None)
    low, high = Sum("max minus", Merge.LARGER, 1), Sum("max", Merge.LARGER, 1)
    sums = Sums()
    for key in (means.of(), by.of("f"), by.of("count"), many.of("h", "c"), many.of("h", "count"), many.of("count")):
        sums.add_mean(key, np.ones((2, 2)))
    for key in (high.of("f"), low.of("f"), high.of("minus"), low.of("minus")):
        sums.add(key, [1.0])
    names = set(written(sums))
    assert {"m", "m count", "by f", "by f count", "lag h c", "lag h c count", "max f", "max minus f"} <= names
    again = Sums.read(written(sums), (high, low, means, by, many))
    assert list(again.arrays) == list(sums.arrays)


@pytest.mark.parametrize("name", ["n", "m f", "by", "by f g", "lag", "m count", "m ", ""])
def test_sums_of_other_names_are_refused(name):
    with pytest.raises(MisfitError, match="of the gradient, which is not known here"):
        Sums.read({name: np.ones(2)}, (Sum("m"), Sum("by", parts=1), Sum("lag", parts=None)))


def test_every_quantity_says_what_it_keeps():
    torch.manual_seed(0)
    with undertow.watch(undertow.LSTM(3, 5, bidirectional=True), examine=every(1)) as seen:
        for model in seen._layers.values():
            model(torch.randn(9, 2, 3))[0].sum().backward()
        for eye in seen._eyes.values():
            for quantity in eye.quantities.values():
                assert {key.sum for key in quantity.sums.arrays} <= set(quantity.kept)
                again = Sums.read(written(quantity.sums), quantity.kept)
                assert list(again.arrays) == list(quantity.sums.arrays) != []


def test_five_digits_and_nothing_for_no_number():
    value = {"a": [1.234567, math.inf], "b": np.array([math.nan, 1e-30]), "c": (True, 3, "x")}
    assert rounded(value) == {"a": [1.2346, None], "b": [None, 1e-30], "c": [True, 3, "x"]}
