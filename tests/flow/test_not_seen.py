"""What cannot be told: an error that says what to do, or the reason in the record; never a zero."""

import warnings

import pytest
import torch
from torch import nn

import undertow
from undertow.errors import OptionError
from undertow.flow import Glance
from undertow.flow.schedule import at, every, never


def seen_once(model, x, loss=lambda output: output.square().sum(), **options):
    with undertow.watch(model, **options) as seen:
        output, _ = model(x)
        loss(output).backward()
    return seen


def numbers(value):
    """Every number in a summary."""
    if isinstance(value, dict):
        return [n for v in value.values() for n in numbers(v)]
    return [n for v in value for n in numbers(v)] if isinstance(value, list) else [value]


# ---- nothing to watch


def test_a_model_without_recurrent_layers():
    with pytest.raises(OptionError, match=r"Sequential has no recurrent layer to watch"):
        undertow.watch(nn.Sequential(nn.Linear(2, 2)))


class Own(nn.LSTM):
    """A subclass of torch's layer."""


@pytest.mark.parametrize(("model", "advice"), [
    (nn.Sequential(nn.LSTM(2, 2)), r"0 is torch's own layer.*: undertow\.swap\(model\)"),
    (nn.Sequential(nn.LSTMCell(2, 2)), r"0 is torch's own layer.*: undertow\.swap\(model\)"),
    (nn.GRU(2, 2), r"GRU is torch's own layer.*: undertow\.GRU\.from_torch\(layer\)"),
    (nn.Sequential(Own(2, 2)), r"0 is torch's own layer.*: Own is a subclass of a torch layer, which swap\(\) leaves"),
])  # fmt: skip
def test_torchs_own_layer_and_what_to_do(model, advice):
    with pytest.raises(OptionError, match=advice):
        undertow.watch(model)


@pytest.mark.parametrize(("options", "said"), [
    ({"reach": 0}, "reach is a number of steps, 1 or more; got 0"),
    ({"reach": "50"}, "reach is a number of steps, 1 or more; got '50'"),
    ({"probes": 0}, "probes must be 1 or more; got 0"),
])  # fmt: skip
def test_options_out_of_range(options, said):
    with pytest.raises(OptionError, match=said):
        undertow.watch(undertow.LSTM(2, 3), **options)


def test_a_schedule_of_no_windows():
    with pytest.raises(OptionError, match="1 or more; got 0"):
        every(0)


# ---- nothing went by


def test_no_backward_pass():
    model = undertow.LSTM(2, 3)
    with undertow.watch(model) as seen:
        model(torch.randn(4, 2, 2))
    (finding,) = seen.verdict.findings
    assert (seen.history, finding.kind, finding.level) == ([], "too little data", "open")
    assert "no backward pass went through this layer while it was watched" in finding.text
    assert seen.to_frame().shape == (0, 7)


def test_without_gradients_nothing_is_seen_and_nothing_goes_wrong():
    model = undertow.LSTM(2, 3)
    with undertow.watch(model) as seen, torch.no_grad():
        model(torch.randn(4, 2, 2))
    assert seen.step == 0


def test_only_the_layer_that_took_part():
    model = nn.ModuleDict({"used": undertow.LSTM(2, 3), "idle": undertow.GRU(2, 3)})
    with undertow.watch(model) as seen:
        model["used"](torch.randn(12, 2, 2))[0].sum().backward()
    kinds = {finding.layer: finding.kind for finding in seen.verdict.findings}
    assert kinds["idle.0"] == "too little data"
    assert {glance.layer for glance in seen.history} == {"used.0"}


def test_a_layer_on_torchs_kernels():
    model = undertow.LSTM(2, 3, 2, backend="vendor")
    seen = seen_once(model, torch.randn(4, 2, 2))
    assert seen.history == []
    assert [finding.kind for finding in seen.verdict.findings] == ["not available"] * 2
    assert "do not show what flows inside; use backend='reference'" in str(seen.verdict)


def test_gradients_of_gradients_on_the_kernels():
    model = undertow.LSTM(2, 3)
    with undertow.watch(model) as seen:
        loss = model(torch.randn(4, 2, 2))[0].sum()
        torch.autograd.grad(loss, model.weight_hh_l0, create_graph=True)
    assert [finding.kind for finding in seen.verdict.findings] == ["not available"]
    assert "create_graph=True" in str(seen.verdict)


def test_a_batch_without_samples_is_no_window_to_look_at():
    model = undertow.LSTM(2, 3)
    with undertow.watch(model) as seen:
        model(torch.randn(5, 0, 2))[0].sum().backward()
    assert seen.history == []
    assert model.weight_hh_l0.grad is not None


# ---- not enough


def test_windows_of_one_step():
    glance: Glance = seen_once(undertow.LSTM(2, 3), torch.randn(1, 2, 2)).history[0]
    for name in ("horizon", "lag_profile", "omega"):
        assert name not in glance.quantities
        assert glance.unavailable[name] == "windows of one step have no step before"
    assert glance.quantities["gradient"]["carried"] == {"h": [0.0], "c": [0.0]}


@pytest.mark.parametrize("backend", ["fused", "reference"])
def test_windows_of_one_step_are_too_little_data(backend):
    verdict = seen_once(undertow.LSTM(2, 3, backend=backend), torch.randn(1, 2, 2)).verdict
    assert [(f.kind, f.level) for f in verdict.findings] == [("step by step", "open")]


def test_a_loop_that_changes_the_state_between_steps_is_no_proof_of_health():
    """Its gates are saturated, and whether the gradient gets through them nobody knows."""
    model, state, loss = undertow.Recurrent("lstm", 2, 3, forget_bias=9.0), None, 0.0
    with undertow.watch(model, reach=15) as seen:
        for x in torch.randn(20, 1, 4, 2):
            output, state = model(x, state if state is None else tuple(part * 0.99 for part in state))
            loss = loss + output.sum()
        loss.backward()
    verdict = seen.verdict
    assert [(f.kind, f.level) for f in verdict.findings] == [("step by step", "alarm"), ("saturated", "open")]
    assert "call the layer once for all steps, or hand its state on as it is" in verdict.findings[0].text
    assert "all the same" not in str(verdict)
    assert verdict.remedies[0].name == "one call"


def test_no_window_was_examined():
    glance = seen_once(undertow.LSTM(2, 3), torch.randn(12, 2, 2), examine=never).history[0]
    assert set(glance.quantities) == {"gradient"}
    assert set(glance.unavailable.values()) == {"no window was examined"}
    assert set(glance.unavailable) == {
        "lag_profile", "gates", "half_life", "dead_units", "matrices", "omega", "paths", "inputs", "horizon",
    }  # fmt: skip


def test_a_loss_that_does_not_depend_on_the_layer_leaves_no_omega():
    seen = seen_once(undertow.LSTM(2, 3), torch.randn(12, 2, 2), lambda output: output.sum() * 0)
    assert seen.history[0].unavailable["omega"] == "no gradient flowed"


@pytest.mark.parametrize("cell", ["indrnn", "min_gru", "sru"])
def test_cells_without_recurrent_matrices(cell):
    glance = seen_once(undertow.Recurrent(cell, 3, 3), torch.randn(12, 2, 3)).history[0]
    assert glance.unavailable["matrices"] == "the layer has no square recurrent matrix"


def test_a_cell_without_a_function_or_a_forget_gate():
    @undertow.cell(gates="a", state=dict(h=0))
    def plain(x, s):
        return s.next(h=0.5 * s.h + x.a.input)

    glance = seen_once(undertow.Recurrent(plain, 3, 3), torch.randn(12, 2, 3)).history[0]
    assert glance.unavailable["gates"] == "cell 'plain' has no gate with a function"
    assert glance.unavailable["half_life"] == "cell 'plain' declares no forget gate between 0 and 1"
    assert glance.quantities["horizon"]["growth"] == pytest.approx(-0.69315, rel=1e-4)


def test_projected_outputs():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch tells of its own kernel, which is not asked
        model = undertow.LSTM(2, 6, proj_size=3, backend="reference")
    glance = seen_once(model, torch.randn(12, 2, 2)).history[0]
    assert "proj_size" in glance.unavailable["paths"]
    assert glance.unavailable["matrices"] == "the layer has no square recurrent matrix"
    assert {"gradient", "gates", "horizon", "half_life", "dead_units", "omega"} <= set(glance.quantities)


# ---- not a number


@pytest.fixture(params=["fused", "reference"])
def model(request):
    torch.manual_seed(0)
    return undertow.LSTM(3, 8, backend=request.param)


def test_a_nan_in_the_loss_of_one_sample_is_not_overlooked(model):
    """Its sample is one of four, whose gradients are zero: the mean of what is left would be zero."""
    seen = seen_once(model, torch.randn(12, 4, 3), lambda output: output[-1, 2].sum() * float("nan"))
    gradient = seen.history[0].quantities["gradient"]
    assert set(gradient["total"]["h"]) == {None}
    assert set(gradient["carried"]["c"][1:]) == {None}
    assert [finding.kind for finding in seen.verdict.findings] == ["gradient not finite"]
    assert "omega" not in seen.history[0].quantities or seen.history[0].quantities["omega"]["mean"] is None


def test_a_nan_in_one_samples_input(model):
    """From the step on where it enters the sample's states are no numbers, and before it its gradients."""
    x = torch.randn(12, 4, 3)
    x[3, 1, 0] = float("nan")
    seen = seen_once(model, x)
    glance = seen.history[0]
    for name in ("gates", "half_life", "dead_units"):
        assert glance.unavailable[name] == "values of the layer itself are not numbers (NaN)"
    assert glance.unavailable["inputs"] == "x is not finite"
    assert glance.quantities["gradient"]["total_by_age"]["h"][0] is None
    assert glance.unavailable["input"] == "x is not finite at step 3 of sample 1 (counted from 0)"
    assert [finding.kind for finding in seen.verdict.findings] == ["input not finite"]


def test_weights_that_are_nan(model):
    with torch.no_grad():
        model.weight_hh_l0[0, 0] = float("nan")
    seen = seen_once(model, torch.randn(12, 4, 3))
    glance = seen.history[0]
    assert glance.unavailable["horizon"] == "values of the layer itself are not numbers (NaN)"
    assert glance.quantities["matrices"]["i"] == {"spectral_radius": None, "largest_singular_value": None}
    assert not any(numbers(glance.quantities["paths"]))
    assert [finding.kind for finding in seen.verdict.alarms] == ["exploding"]


def test_reasons_are_of_the_windows_of_a_glance(model):
    """A NaN of the first window is no reason in the next glance, where nothing was examined."""
    x = torch.randn(12, 4, 3)
    with undertow.watch(model, examine=at([0])) as seen:
        model(x * float("nan"))[0].sum().backward()
        model(x)[0].sum().backward()
    first, second = seen.history
    assert "NaN" in first.unavailable["gates"]
    assert second.unavailable["gates"] == "no window was examined"
