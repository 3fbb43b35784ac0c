"""Every quantity of ``watch`` against the slow twin: both backends, padded batches, both directions, two layers."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from flow import naive
from flow.scenes import HIDDEN, KINDS, SHAPES, scene
from flow.twin import GATES, STATE
from undertow.flow.quantities import QUANTITIES
from undertow.flow.quantities.gradient import Gradient
from undertow.flow.quantities.omega import Omega


@pytest.fixture(params=[(k, s, b) for k in KINDS for s in SHAPES for b in ("fused", "reference")], ids=", ".join)
def seen(request):
    return scene(*request.param)


def near(found, expected, rtol=1e-4, atol=0.0):
    """What reports show has five digits; NaN, where nothing is, shows as None."""
    plain = [math.nan if v is None else v for v in found]
    np.testing.assert_allclose(plain, list(expected), rtol=rtol, atol=atol)


def test_every_quantity_has_a_slow_twin():
    compared = Path(__file__).read_text()
    assert [make.name for make in QUANTITIES if f'"{make.name}"' not in compared] == []


def test_the_twin_computes_what_the_layer_computes(seen):
    """Else nothing here would mean anything."""
    last = [(i, d) for i, d in seen.places if i == seen.module.num_layers - 1]
    for b in range(len(seen.walks[last[0]])):
        for direction, place in enumerate(last):
            states = [s["h"].detach() for s in seen.walks[place][b].seen]
            own = seen.output[: len(states), b, direction * HIDDEN : (direction + 1) * HIDDEN]
            torch.testing.assert_close(own, torch.stack(states[::-1] if direction else states), rtol=1e-10, atol=1e-12)
            assert not seen.output[len(states) :, b].any()


def test_carried_and_total_gradient(seen):
    for place, walks, quantities in seen.both():
        gradient = Gradient()
        gradient.sums = seen.sums(place, "gradient")
        means, names = gradient.means(), STATE[seen.kind]
        for order, suffix in (("lag", ""), ("age", "_by_age")):
            for which in ("carried", "total"):
                for name in names:
                    expected = naive.mean_square(walks, which, name, order)
                    np.testing.assert_allclose(means[which + suffix][name], expected, rtol=1e-9, atol=1e-18)
                    near(quantities["gradient"][which + suffix][name], np.sqrt(expected), atol=1e-9)
            counts = [sum(len(w) > k for w in walks) for k in range(seen.steps)]
            (key,) = gradient.sums.of(Gradient.kept[order == "age"])
            assert (str(key), gradient.sums[key.counts].tolist()) == (f"{order} {' '.join(names)}", counts)


def test_omega(seen):
    for place, walks, quantities in seen.both():
        expected = naive.omega(walks)
        np.testing.assert_allclose(seen.sums(place, "omega").mean(Omega.kept[0].of()), expected, rtol=1e-8)
        near(quantities["omega"]["by_lag"], expected)
        assert quantities["omega"]["mean"] == pytest.approx(np.nanmean(expected), rel=1e-4)


def test_lag_profile_horizon_and_growth(seen):
    for (index, direction), walks, quantities in seen.both():
        expected = naive.lag_profile(walks, f"recurrent.{index}", direction, seen.steps)
        for name, values in expected.items():
            near(quantities["lag_profile"][name], values, atol=1e-12)
        assert quantities["lag_profile"]["probes"] == 2
        steps, at_end, growth = naive.horizon(expected["joint"])
        found = quantities["horizon"]
        assert (found["steps"], found["open"]) == (steps, at_end)
        assert found["growth"] == pytest.approx(growth, rel=1e-3)


def test_gates(seen):
    stuck = 0
    for _, walks, quantities in seen.both():
        assert set(quantities["gates"]) == set(GATES[seen.kind])
        for gate in GATES[seen.kind]:
            found, expected = quantities["gates"][gate], naive.gate(walks, gate)
            stuck += found["saturated_units"] or 0
            for key in {"activation", "saturated_units"} & set(expected):
                assert found[key] == expected[key], key
            for key in ("mean", "outside", "low", "high"):
                assert (key in found) == (key in expected)
                assert found.get(key, 0) == pytest.approx(expected.get(key, 0), rel=1e-4), key
            for key in ("min", "max"):
                assert found["preactivation"][key] == pytest.approx(expected[key], rel=1e-4)
            for key in ("q05", "q25", "q50", "q75", "q95"):
                assert found["preactivation"][key] == pytest.approx(np.clip(expected[key], -20, 20), abs=0.0501)
            if "histogram" in expected:
                near(found["histogram"], expected["histogram"])
            else:
                assert "histogram" not in found
    # The layer was made with saturated units, so that their count is not zero on both sides.
    assert stuck > 0 or seen.kind == "relu"


def test_half_lives(seen):
    gate = {"lstm": "f", "gru": "z"}.get(seen.kind)
    for place, walks, quantities in seen.both():
        if gate is None:
            assert "half_life" not in quantities
            assert "declares no forget gate" in seen.glances[place].unavailable["half_life"]
            continue
        expected = naive.half_lives(walks, gate)
        assert quantities["half_life"]["gate"] == gate
        near(quantities["half_life"]["units"], expected)
        assert expected[-1] > 20 * expected[0]


def test_dead_units(seen):
    found = 0
    for _, walks, quantities in seen.both():
        expected = naive.dead(walks)
        found += expected
        assert quantities["dead_units"] == {"count": expected, "share": pytest.approx(expected / HIDDEN, rel=1e-4)}
    assert found


def test_inputs(seen):
    for _, walks, quantities in seen.both():
        length, entries = naive.inputs(walks)
        largest = quantities["inputs"]["largest"]
        size, mean, deviation = entries[largest["entry"]]  # several may be as large, where they are saturated
        assert size == pytest.approx(max(entries)[0], rel=1e-9)
        assert quantities["inputs"]["length"] == pytest.approx(length, rel=1e-4)
        assert largest["mean"] == pytest.approx(mean, rel=1e-4, abs=1e-9)
        assert largest["deviation"] == pytest.approx(deviation, rel=1e-4)


def test_matrices(seen):
    for _, walks, quantities in seen.both():
        for gate, (radius, singular) in naive.matrices(walks).items():
            assert quantities["matrices"][gate]["spectral_radius"] == pytest.approx(radius, rel=2e-3)
            assert quantities["matrices"][gate]["largest_singular_value"] == pytest.approx(singular, rel=2e-3)


def test_paths(seen):
    for place, walks, quantities in seen.both():
        found = quantities["paths"]
        parts = [naive.paths(walk) for walk in walks]
        assert set(found["by_gate"]) == set(GATES[seen.kind])
        for way in ("", *GATES[seen.kind], "gated"):
            expected = []
            for k in range(seen.steps):
                squares = []
                for walk, own in zip(walks, parts, strict=True):
                    t = len(walk) - 1 - k
                    for name in STATE[seen.kind] if t >= 0 else ():
                        vector = walk.carried(t, name) - own[""][t][name] if way == "gated" else own[way][t][name]
                        squares += [v * v for v in vector.tolist()]
                expected.append(math.sqrt(sum(squares) / len(squares)))
            shown = found["highway"] if way == "" else found["gated"] if way == "gated" else found["by_gate"][way]
            near(shown, expected, atol=1e-9)
        for walk, own in zip(walks, parts, strict=True):
            for t in range(len(walk)):
                for name in STATE[seen.kind]:
                    total = sum(own[way][t][name] for way in own)
                    np.testing.assert_allclose(total, walk.carried(t, name), rtol=1e-9, atol=1e-12)
        assert seen.glances[place].unavailable.keys() <= {"half_life"}
