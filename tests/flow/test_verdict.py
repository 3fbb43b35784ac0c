"""Every kind of finding, brought about by a real network; and networks in good health, about which nothing is said."""

import re
from dataclasses import replace

import pytest
import torch
from torch import nn

import undertow
from undertow import cell, cells, sigmoid, tanh
from undertow.cli.live import _verdict as told
from undertow.flow import Facts, Glance, judge
from undertow.flow.remedies import REMEDIES, Case, remedies_for
from undertow.flow.schedule import every
from undertow.nn import Recurrent
from undertow.nn.shaping.options import Shaping


def seen(model, steps=40, batch=4, reach=20, scale=1.0, windows=1, every_so_many=1):
    torch.manual_seed(1)
    with undertow.watch(model, reach=reach, examine=every(every_so_many)) as watch:
        for _ in range(windows):
            model.zero_grad()
            output, _ = model(scale * torch.randn(steps, batch, model.input_size))
            output[-1].sum().backward()
    return watch


def finding(watch, kind, **facts):
    """The one of this kind."""
    (found,) = [f for f in watch.judged(Facts(**facts)).findings if f.kind == kind]
    return found


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


# ---- in good health


@pytest.mark.parametrize("make", [
    lambda: undertow.LSTM(3, 16),
    lambda: undertow.GRU(3, 16),
    lambda: undertow.LSTM(3, 16, 2, bidirectional=True),
])  # fmt: skip
def test_fresh_layers_reach_five_steps(make):
    verdict = seen(make(), reach=5).verdict
    assert verdict.level == "fine"
    assert (verdict.alarms, verdict.open) == ((), ())
    assert {f.kind for f in verdict.findings} == {"reaches"}
    for found in verdict.findings:
        figures = found.figures
        assert 5 <= figures["horizon"] < 39
        assert f"reaches {figures['horizon']} of 40 steps, where 5 are needed" in found.text
        assert figures["growth"] < 0
        assert not found.remedies
    assert verdict.remedies == ()


def test_every_layer_and_direction_has_its_finding():
    verdict = seen(undertow.LSTM(3, 16, 2, bidirectional=True), reach=5).verdict
    assert sorted(f.place for f in verdict.findings) == ["lstm.0", "lstm.0 (reverse)", "lstm.1", "lstm.1 (reverse)"]
    printed = [line for event in verdict.lines() for line in told(event)]
    assert printed == str(verdict).splitlines(), "the progress of a training words places as the verdict does"


def test_a_gradient_that_reaches_the_window_s_beginning():
    model = Recurrent("lstm", 3, 16, forget_bias=6.0)
    found = finding(seen(model, reach=30), "reaches")
    assert found.figures["open"]
    assert "reaches at least 39 of 40 steps, where 30 are needed" in found.text


# ---- not in good health


def test_vanishing():
    watch = seen(undertow.LSTM(3, 16), steps=60, reach=50)
    found = finding(watch, "vanishing")
    figures = found.figures
    assert figures["horizon"] < 20
    assert figures["reach"] == 50
    factor = re.search(r"by a factor of ([\d.]+) a step", found.text)
    assert factor is not None
    assert float(factor[1]) == pytest.approx(2.718281828 ** figures["growth"], rel=1e-2)
    assert f"reaches {figures['horizon']} of 60 steps, where 50 are needed" in found.text
    assert [r.name for r in found.remedies][:2] == ["chrono initialisation", "forget bias"]


@pytest.mark.parametrize(("bias", "growing"), [(0.3, False), (1.0, True), (-2.0, False)])
def test_vanishing_is_no_alarm_while_the_gradient_reaches_further_and_further(bias, growing):
    model = Recurrent("lstm", 3, 16, forget_bias=0.0)
    torch.manual_seed(1)
    with undertow.watch(model, reach=50, examine=every(1)) as watch:
        for changed in (0.0, bias):
            with torch.no_grad():
                model.bias_ih_l0[16:32] = changed
            model(torch.randn(60, 4, 3))[0][-1].sum().backward()
    found = finding(watch, "reaches further" if growing else "vanishing")
    before, now = (glance.quantities["horizon"]["steps"] for glance in watch.history)
    assert now < 50
    assert found.level == "open"
    assert growing is (now >= max(1.5 * before, before + 5))
    assert ("at_first" in found.figures) is growing
    if growing:
        assert f"reaches further and further: {now} of 60 steps by now, {before} at step 1, where 50" in found.text
        assert [r.name for r in found.remedies][:2] == ["chrono initialisation", "forget bias"]


def glance(step, horizon, left, layer="lstm.0", **quantities):
    """Of a window of 51 steps, of which all are needed: a horizon, and what is left at its beginning."""
    profile = [1.0, *[max(left, 0.5)] * horizon, *[left] * (50 - horizon)]
    seen = {
        "horizon": {"steps": horizon, "open": horizon == 50, "growth": -0.1},
        "lag_profile": {"joint": profile},
    }
    return Glance(step, layer, "forward", "lstm", "fused", 51, 8, 16, 1, 50, True, seen | quantities)


@pytest.mark.parametrize(("updates", "first", "last", "left", "level", "why"), [
    (1, 7, 7, 1e-12, "open", "1e-12 of it is left there, at update 1; whether it comes to reach further shows after"),
    (299, 7, 7, 1e-12, "open", "shows after some 300"),
    (300, 7, 7, 1e-12, "alarm", "1e-12 of it is left there, and it has not come to reach further from update 1 to 300"),
    (300, 49, 7, 1e-12, "alarm", "not come to reach further"),
    (300, 7, 9, 9.9e-7, "open", "begun to reach further"),
    (300, 20, 22, 9.9e-7, "alarm", "not come to reach further"),
    (300, 20, 25, 9.9e-7, "open", "begun to reach further"),
    (300, 7, 7, 1e-6, "open", "1e-06 of it is left there, and networks have learned late from as little"),
    (300, 20, 30, 1e-12, "open", "reaches further and further: 30 of 51 steps by now, 20 at step 1"),
    (300, 20, 50, 0.1, "fine", "reaches"),
])  # fmt: skip
def test_a_short_horizon_is_an_alarm_once_it_is_known_not_to_grow(updates, first, last, left, level, why):
    """And so are saturated gates and dead units, which the gradient may yet get through."""
    many = {
        "gates": {"f": {"saturated_units": 16}},
        "dead_units": {"count": 16, "share": 1.0},
    }
    reach, saturated, dead = judge([glance(1, first, left), glance(updates, last, left, **many)]).findings
    assert reach.level == level
    assert why in reach.text
    assert (saturated.kind, saturated.level) == ("saturated", level)
    assert (dead.kind, dead.level) == ("dead units", level)
    for found in (reach, saturated, dead):
        assert bool(found.remedies) is (found.level != "fine")


def test_an_untrained_network_that_stays_as_it_is_gets_its_alarm():
    """Three hundred windows of a network that nobody trains, looked at as a training's would be."""
    watch = seen(undertow.RNN(3, 16), steps=60, reach=50, windows=301, every_so_many=100)
    found = finding(watch, "vanishing")
    assert (found.level, found.figures["updates"]) == ("alarm", 301)
    assert found.figures["left"] < 1e-6
    assert watch.verdict.level == "alarm"
    assert watch.verdict.alarms == (found,)


def test_the_worst_finding_counts_and_its_remedies_come_first():
    early, late = glance(1, 7, 1e-12, layer="a"), glance(400, 7, 1e-12, layer="b")
    short = replace(late, steps=10, layer="c", quantities={})
    verdict = judge([early, replace(late, step=1), late, short])
    assert [(f.layer, f.kind, f.level) for f in verdict.findings if f.kind != "too little data"] == [
        ("a", "vanishing", "open"), ("b", "vanishing", "alarm"), ("c", "window too short", "alarm"),
    ]  # fmt: skip
    assert verdict.level == "alarm"
    assert judge([early]).level == "open"
    assert judge([]).level == "open", "nothing was seen"


def test_what_is_offered_against_vanishing_helps():
    """The first two remedies, as their code says, on the same network."""
    before = seen(undertow.LSTM(3, 16), steps=60, reach=50).verdict.findings[0].figures["horizon"]
    for options in (dict(init="chrono", memory=50), dict(forget_bias=3.89)):
        torch.manual_seed(0)
        after = seen(Recurrent("lstm", 3, 16, **options), steps=60, reach=50).verdict.findings[0].figures["horizon"]
        assert after > 2 * before


def test_exploding():
    # A saturated tanh lets no gradient explode: the cell without a bound does.
    model = undertow.RNN(3, 16, nonlinearity="relu")
    with torch.no_grad():
        model.weight_hh_l0.copy_(1.5 * torch.eye(16))
    watch = seen(model, scale=0.1)
    found = finding(watch, "exploding")
    assert found.level == "open"
    assert "training often tames that within some 300 updates" in found.text
    later = seen(model, scale=0.1, windows=301, every_so_many=100)
    assert finding(later, "exploding").level == "open"
    assert "tames" not in finding(later, "exploding").text
    figures = found.figures
    assert figures["largest"] > 1e3
    assert figures["growth"] > 0.2
    assert f"{figures['lag']} steps back it is {figures['largest']:.3g} times as long" in found.text
    assert watch.history[-1].quantities["lag_profile"]["joint"][figures["lag"]] == figures["largest"]
    assert {"clipping by norm", "gates", "orthogonal initialisation"} <= {r.name for r in found.remedies}


def test_a_gradient_that_is_not_finite_any_more():
    """At rest a tanh is not flat: the states stay 0, and the gradient grows by 20 a step."""
    model = undertow.RNN(3, 16, bias=False)
    with torch.no_grad():
        model.weight_hh_l0.copy_(20 * torch.eye(16))
    watch = seen(model, steps=50, scale=0.0)
    found = finding(watch, "exploding")
    assert (found.level, found.figures["largest"]) == ("alarm", None)
    assert "the gradient explodes: it is no longer finite" in found.text
    assert "vanishing" not in [f.kind for f in watch.verdict.findings]


def test_states_that_are_no_numbers_any_more():
    """A relu is flat at NaN: the gradient is zero there, which is no vanishing."""
    model = undertow.RNN(3, 16, nonlinearity="relu")
    with torch.no_grad():
        model.weight_hh_l0.copy_(20 * torch.eye(16))
    watch = seen(model, steps=50)
    found = finding(watch, "exploding")
    assert "states of this layer are not numbers any more (NaN)" in found.text
    assert [f.kind for f in watch.verdict.findings] == ["exploding"]
    assert watch.history[-1].unavailable["horizon"] == "values of the layer itself are not numbers (NaN)"


# ---- not finite, in the end


@pytest.mark.parametrize("often", [1, 2, 100])
def test_a_network_that_breaks_after_it_was_in_good_health(often):
    """Whether the window in which it does is looked at closely or not."""
    model = undertow.LSTM(3, 16)
    with undertow.watch(model, reach=5, examine=every(often)) as watch:
        for number in range(4):
            if number == 3:
                with torch.no_grad():
                    model.weight_hh_l0[0, 0] = torch.nan
            model(torch.randn(40, 4, 3))[0][-1].sum().backward()
    (found,) = watch.verdict.findings
    assert (found.kind, found.level) == ("exploding", "alarm")
    assert found.figures["step"] == 4


@pytest.mark.parametrize("often", [1, 100])
def test_a_loss_that_is_not_finite_is_no_explosion_through_time(often):
    model = undertow.LSTM(3, 16, 2)
    with undertow.watch(model, reach=5, examine=every(often)) as watch:
        for factor in (1.0, torch.nan):
            (factor * model(torch.randn(40, 4, 3))[0][-1].sum()).backward()
    assert [(f.place, f.kind, f.level) for f in watch.verdict.findings] == [
        (f"lstm.{layer}", "gradient not finite", "alarm") for layer in (0, 1)
    ]
    assert "look at the loss" in str(watch.verdict)


def test_a_training_that_diverged_is_not_in_order():
    history = [glance(1, 50, 0.5), glance(300, 50, 0.5)]
    verdict = judge(history, Facts(diverged="loss is not a number at step 310"))
    assert [(f.kind, f.level) for f in verdict.findings] == [("diverged", "alarm"), ("reaches", "fine")]
    assert "clipping by norm" in [r.name for r in verdict.remedies]
    assert "training had to stop: loss is not a number at step 310" in str(verdict)


def test_one_bad_batch_is_told_and_what_was_seen_after_it_too():
    model = undertow.LSTM(3, 16)
    with undertow.watch(model, reach=5, examine=every(1)) as watch:
        for number in range(4):
            x = torch.randn(40, 4, 3)
            if number == 1:
                x[7, 2, 1] = torch.nan
            model(x)[0][-1].sum().backward()
    bad, reach = watch.verdict.findings
    assert (bad.kind, bad.level) == ("input not finite", "alarm")
    assert bad.figures == {"x at step": 7, "of sample": 2, "seen at": 2}
    assert (reach.kind, reach.level) == ("reaches", "fine")


# ---- windows of unlike lengths


def of_lengths(lengths, reach, config=None, forget=0.0):
    """The findings on windows of these lengths, all looked at closely; a list is of samples, padded to 100 steps."""
    torch.manual_seed(0)
    model = Recurrent("lstm", 3, 16, forget_bias=forget)
    with undertow.watch(model, reach=reach, examine=every(1)) as watch:
        for steps in lengths:
            padded = steps if isinstance(steps, list) else None
            x = torch.randn(100 if padded else steps, 4, 3)
            model(x, lengths=padded)[0][-1 if padded is None else 0].sum().backward()
    return [f for f in watch.judged(Facts(config=config or {})).findings if f.kind != "saturated"]


@pytest.mark.parametrize("whole", [False, True])
def test_the_look_at_the_longest_window_counts_and_not_the_last(whole):
    config = {"training.window": 0} if whole else {}
    (found,) = of_lengths([100, 100, 6], 50, config)
    assert found.kind == "vanishing"
    assert "of 100 steps, where 50 are needed" in found.text
    assert found.figures["updates"] == 2


def test_a_longer_window_later_is_no_growth():
    (found,) = of_lengths([6, 100], 50)
    assert (found.kind, found.figures["updates"]) == ("vanishing", 1)
    assert [f.kind for f in of_lengths([6, 100], 50, forget=6.0)] == ["reaches"]


def test_padding_makes_no_window_longer():
    """Samples of ten steps, padded to a hundred."""
    (found,) = of_lengths([[10] * 4], 50, {"training.window": 0}, forget=6.0)
    assert found.text == "the samples have only 10 steps: a reach of 50 cannot be met there"
    assert of_lengths([[10, 10, 60, 10]], 50, {"training.window": 0}, forget=6.0)[0].kind == "reaches"


def test_samples_of_which_one_is_long_enough_are_not_too_short():
    """The longest is in a window that is not looked at closely."""
    model = Recurrent("lstm", 3, 16, forget_bias=6.0)
    with undertow.watch(model, reach=30, examine=every(100)) as watch:
        for steps in (9, 40, 9):
            model(torch.randn(steps, 4, 3))[0][-1].sum().backward()
    kinds = [f.kind for f in watch.judged(Facts(config={"training.window": 0})).findings]
    assert "samples too short" not in kinds


# ---- nobody said how far


def test_without_a_reach_nothing_about_it_is_an_alarm():
    many = {"gates": {"f": {"saturated_units": 16}}, "dead_units": {"count": 16, "share": 1.0}}
    history = [replace(glance(step, 3, 1e-12, **many), reach=10, declared=False) for step in (1, 500)]
    assert [(f.kind, f.level) for f in judge(history).findings] == [
        ("reaches", "fine"), ("saturated", "open"), ("dead units", "open"),
    ]  # fmt: skip


def test_without_a_reach_a_cut_window_that_the_gradient_fills_may_be_too_short():
    """Where windows are cut from a longer sequence, and not where they are whole samples, or nobody knows."""
    config = {"training.window": 40, "training.bptt": 0}
    for forget, facts, kinds in (
        (6.0, config, ["window too short", "reaches"]),
        (0.0, config, ["reaches"]),
        (6.0, {"training.window": 0}, ["reaches"]),
        (6.0, {}, ["reaches"]),
    ):
        torch.manual_seed(0)
        model = Recurrent("lstm", 3, 16, forget_bias=forget)
        with undertow.watch(model) as watch:
            model(torch.randn(40, 4, 3))[0][-1].sum().backward()
        found = [f for f in watch.judged(Facts(config=facts)).findings if f.kind != "saturated"]
        assert [f.kind for f in found] == kinds
        if kinds[0] == "window too short":
            assert found[0].level == "open"
            assert "so it could go further: say how far back the task needs memory" in found[0].text
            assert found[0].remedies[0].config["training.window"] == 80


@pytest.mark.parametrize("examine", [every(1), every(100)])
@pytest.mark.parametrize("lengths", [None, [40, 40, 40, 40]])
def test_an_input_that_is_not_finite_is_said_and_nothing_else(examine, lengths):
    """In the second window of three, which may not be the one looked at closely; what is padding does not matter."""
    model = undertow.LSTM(3, 16)
    with undertow.watch(model, reach=20, examine=examine) as watch:
        for bad in (False, True, True):
            x = torch.randn(40, 4, 3)
            if bad:
                x[17, 2, 1] = torch.nan
            model(x, lengths=lengths)[0][-1].sum().backward()
    (found,) = watch.verdict.findings
    assert (found.kind, found.level, found.remedies) == ("input not finite", "alarm", ())
    assert "input x is not finite at step 17 of sample 2 (counted from 0)" in found.text


def test_padding_that_is_not_finite_is_no_input():
    x = torch.randn(40, 4, 3)
    x[30:, 2] = torch.nan
    model = undertow.LSTM(3, 16)
    with undertow.watch(model, reach=5) as watch:
        model(x, lengths=[40, 40, 30, 40])[0][-1].sum().backward()
    assert "input not finite" not in [f.kind for f in watch.verdict.findings]


def test_an_input_that_an_explosion_made_infinite_does_not_hide_it():
    """The second window's x comes from weights that the first one's gradient, no longer finite, has ruined."""
    model = undertow.RNN(3, 16, bias=False)
    with torch.no_grad():
        model.weight_hh_l0.copy_(20 * torch.eye(16))
    with undertow.watch(model, reach=20, examine=every(100)) as watch:
        for x in (torch.zeros(50, 4, 3), torch.full((50, 4, 3), torch.nan)):
            model(x)[0][-1].sum().backward()
    assert [f.kind for f in watch.verdict.alarms] == ["exploding"]


@pytest.mark.parametrize(("scale", "offset", "told"), [
    (0.01, 0.0, "the input is small: vectors x are 0.017 long"),
    (0.03, 0.0, None),
    (25.0, 0.0, None),
    (35.0, 0.0, "the input is large: entry"),
    (1.0, 4.0, None),
    (1.0, 30.0, "the input is large: entry 2 of x (counted from 0) has mean 29.9 and deviation 1.01"),
    (0.0, 0.0, None),
])  # fmt: skip
def test_an_input_out_of_scale(scale, offset, told):
    """The lowest layer's; what is all zeros may be meant so."""
    torch.manual_seed(0)
    model = undertow.LSTM(3, 16, 2)
    with undertow.watch(model, reach=5) as watch:
        x = scale * torch.randn(40, 4, 3) + offset * torch.tensor([0.0, 0.0, 1.0])
        model(x)[0][-1].sum().backward()
    found = [f for f in watch.verdict.findings if f.kind == "input out of scale"]
    assert [f.place for f in found] == ([] if told is None else ["lstm.0"])
    for each in found:
        assert each.level == "open"
        assert told in each.text
        assert [r.name for r in each.remedies] == ["scaled inputs"]


def test_a_scaled_input_is_no_cause_for_a_word_any_more():
    """The remedy, as its code says."""
    model, x = undertow.LSTM(3, 16), 40 * torch.randn(40, 4, 3) + 300
    for read, kinds in ((x, {"input out of scale"}), ((x - x.mean((0, 1))) / x.std((0, 1)), set())):
        with undertow.watch(model, reach=5) as watch:
            model(read)[0][-1].sum().backward()
        assert {f.kind for f in watch.verdict.findings} & {"input out of scale", "saturated"} >= kinds
        assert bool(kinds) or [f.kind for f in watch.verdict.findings] == ["reaches"]


@pytest.mark.parametrize("layer", ["lstm.1", "lstm.10", "encoder.0.1"])
def test_what_layers_above_read_is_no_input(layer):
    large = {"length": 300.0, "largest": {"entry": 0, "mean": 300.0, "deviation": 1.0}}
    assert [f.kind for f in judge([glance(1, 50, 0.5, layer, inputs=large)]).findings] == ["reaches"]
    lowest = layer.rpartition(".")[0] + ".0"
    assert "input out of scale" in [f.kind for f in judge([glance(1, 50, 0.5, lowest, inputs=large)]).findings]


def test_saturated_and_harmful():
    model = undertow.RNN(3, 16)
    found = finding(seen(model, scale=1000.0), "saturated")
    gate, share = found.figures["gate"], found.figures["units"]["a"]
    assert gate == "a"
    assert share >= 0.5
    assert f"gate a is saturated in {share:.0%} of its units" in found.text
    assert "layer normalisation" in [r.name for r in found.remedies]
    assert found.level == "open"


def test_saturated_and_harmless():
    """Forget gates that are open throughout are saturated, and the gradient goes through them."""
    model = Recurrent("lstm", 3, 16, forget_bias=9.0)
    found = finding(seen(model), "saturated")
    assert found.figures["gate"] == "f"
    assert found.level == "fine"
    assert "the gradient gets through all the same" in found.text
    assert not found.remedies


def test_dead_units():
    model = undertow.RNN(3, 16, nonlinearity="relu")
    with torch.no_grad():
        model.bias_ih_l0[:10] = -100
    found = finding(seen(model), "dead units")
    assert {"count": 10, "share": 0.625, "updates": 1}.items() <= found.figures.items()
    assert "10 of 16 units are dead" in found.text
    assert f"; the gradient reaches {found.figures['horizon']} of 40 steps; " in found.text
    assert found.remedies


def test_dead_units_are_harmless_where_the_gradient_gets_through():
    model = undertow.RNN(3, 16, nonlinearity="relu", init="identity")
    with torch.no_grad():
        model.bias_ih_l0[:10], model.bias_ih_l0[10:] = -100, 1
    found = finding(seen(model), "dead units")
    assert found.figures == {"count": 10, "share": 0.625}
    assert found.level == "fine"
    assert "the gradient gets through all the same" in found.text
    assert not found.remedies


@pytest.mark.parametrize(("growth", "explodes"), [(1.07, False), (1.2, True)])
def test_growth_to_ten_times_is_no_explosion(growth, explodes):
    """1.07 to the 39th is 14, and some of the gradient is lost at the output; 1.2 to the 39th is 1,225."""
    model = undertow.RNN(3, 16, nonlinearity="relu", init="identity")
    with torch.no_grad():
        model.weight_hh_l0.mul_(growth)
        model.bias_ih_l0.fill_(1.0)
    watch = seen(model)
    largest = max(watch.history[-1].quantities["lag_profile"]["joint"][1:])
    assert largest > 10
    assert ("exploding" in [f.kind for f in watch.verdict.findings]) is explodes


def test_window_too_short():
    watch = seen(Recurrent("lstm", 3, 16, forget_bias=6.0), steps=12, reach=50)
    found = finding(watch, "window too short")
    assert found.level == "alarm"
    assert (found.figures["window"], found.figures["reach"]) == (12, 50)
    assert found.figures["left"] > 0.01
    assert "12 steps, where memory of 50 is needed" in found.text
    assert f"at its start {found.figures['left']:.2g} of the gradient is left, so it could go further" in found.text
    (remedy,) = found.remedies
    assert remedy.config == {"training.window": 50, "training.bptt": 0}
    # It reaches as far as the window lets it: that is no vanishing, and no success either.
    assert [f.kind for f in watch.verdict.findings if f.kind in ("vanishing", "reaches")] == []


def test_a_window_of_as_many_steps_as_the_reach_is_met_from_end_to_end():
    model = Recurrent("lstm", 3, 16, forget_bias=6.0)
    assert "reaches from end to end: 12 steps" in finding(seen(model, steps=12, reach=12), "reaches").text
    assert finding(seen(model, steps=12, reach=13), "window too short").remedies[0].config["training.window"] == 13


@pytest.mark.parametrize(("forget", "others"), [(6.0, []), (-6.0, ["vanishing"])])
def test_samples_that_are_shorter_than_the_reach(forget, others):
    """A longer window is no remedy where windows are whole samples; nor does the last window's length count alone."""
    model, facts = Recurrent("lstm", 3, 16, forget_bias=forget), Facts(config={"training.window": 0})
    verdict = seen(model, steps=9, reach=30).judged(facts)
    assert [f.kind for f in verdict.alarms] == ["samples too short"]
    assert [f.kind for f in verdict.open if f.kind != "saturated"] == others
    assert verdict.findings[0].text == "the samples have only 9 steps: a reach of 30 cannot be met there"
    assert "a longer window" not in [r.name for r in verdict.remedies]
    longer = seen(model, steps=31, reach=30).history + seen(model, steps=9, reach=30).history
    assert "samples too short" not in [f.kind for f in judge(longer, facts).findings]


@pytest.mark.parametrize(("shape", "batch_first", "hinted"), [
    ((12, 60), False, True), ((60, 12), True, False), ((12, 40), False, False),
])  # fmt: skip
def test_samples_taken_for_steps(shape, batch_first, hinted):
    """Not where the layer was told so, nor where samples would not be steps enough."""
    steps, batch = shape
    watch = seen(undertow.LSTM(3, 16, batch_first=batch_first), steps=steps, batch=batch, reach=50)
    hint = "x is read as (steps 12, batch 60): if it is the other way round, the layer wants batch_first=True"
    assert (hint in finding(watch, "window too short").text) is hinted


def test_window_too_short_where_little_is_left():
    found = finding(seen(undertow.LSTM(3, 16), steps=30, reach=50), "window too short")
    assert found.figures["left"] < 0.01
    assert "could go further" not in found.text


def test_clipped_away():
    """Gradients of a real step, against a limit a hundredth of their length."""
    model = undertow.LSTM(3, 16)
    watch = seen(model, reach=5)
    norm = float(nn.utils.clip_grad_norm_(model.parameters(), 1e9))
    config = {"training.clip_norm": norm / 100, "clipping.gradient_norm": norm, "training.optimizer": "sgd"}
    found = finding(watch, "clipped away", clipped=0.98, config=config)
    assert (found.level, "longest_step" in found.figures) == ("open", False)
    assert "98%" in found.text
    assert f"{norm:.3g} long on average, the limit is {norm / 100:g}" in found.text
    (remedy,) = found.remedies
    assert remedy.config["training.clip_norm"] == pytest.approx(2 * norm, rel=0.05)
    for longest, level in ((2.9e-4, "alarm"), (3.1e-4, "open")):
        rate = longest / config["training.clip_norm"]
        crawling = finding(watch, "clipped away", clipped=0.98, config=config | {"training.learning_rate": rate})
        assert crawling.level == level
        assert f"no step can be longer than {longest:.2g}, the learning rate times the limit" in crawling.text
    slow = config | {"training.learning_rate": 1e-6, "training.clip_norm": norm / 2}
    assert finding(watch, "clipped away", clipped=0.98, config=slow).level == "open", "by the learning rate alone"
    with_momentum = config | {"training.learning_rate": 2.9e-4 / (norm / 100), "training.momentum": 0.9}
    assert finding(watch, "clipped away", clipped=0.98, config=with_momentum).figures["longest_step"] > 2e-3
    by_value = {"training.clip_value": 1e-3, "training.optimizer": "sgd"}
    assert "their entries are cut to 0.001" in finding(watch, "clipped away", clipped=0.98, config=by_value).text
    adam = finding(watch, "clipped away", clipped=0.98, config=config | {"training.optimizer": "adam"})
    assert adam.level == "fine"
    assert not adam.remedies


def test_how_clipping_acts_is_told_once():
    watch = seen(undertow.LSTM(3, 16, 2, bidirectional=True), reach=5)
    assert [f.kind for f in watch.judged(Facts(clipped=1.0)).findings].count("clipped away") == 1


def test_half_of_the_updates_clipped_is_not_said():
    kinds = [f.kind for f in seen(undertow.LSTM(3, 16), reach=5).judged(Facts(clipped=0.5)).findings]
    assert "clipped away" not in kinds


def test_of_several_windows_the_last_one_counts():
    model = undertow.LSTM(3, 16)
    watch = seen(model, reach=5)
    with torch.no_grad():
        model.bias_ih_l0[16:32] = -9
    later = seen(model, reach=5)
    verdict = judge(watch.history + later.history)
    assert [f.kind for f in watch.verdict.findings] == ["reaches"]
    assert "vanishing" in [f.kind for f in verdict.open]


# ---- remedies


@pytest.mark.parametrize("kind", REMEDIES)
@pytest.mark.parametrize("name", cells.CELLS)
def test_remedies_fit_the_cell(kind, name):
    """What is to be changed in the layer, the layer takes."""
    cell = cells.CELLS[name]
    case = Case(kind, cell, 30, 20, {"clipping.gradient_norm": 12.0, "training.learning_rate": 0.1})
    for remedy in remedies_for(case):
        options = {key.removeprefix("model."): v for key, v in remedy.config.items() if key.startswith("model.")}
        own = Shaping.from_config({k: v for k, v in options.items() if k in Shaping.names()})
        if "nonlinearity" in options:
            cell = cell.bind(nonlinearity=options["nonlinearity"])
        Recurrent(options.get("cell", cell), 4, 4, **own)


def test_a_remedy_in_force_is_not_offered_again():
    lstm = cells.CELLS["lstm"]
    names = {r.name for r in remedies_for(Case("vanishing", lstm, 30, 20, {"model.init": "chrono"}))}
    assert not names & {"chrono initialisation", "forget bias", "gates"}
    assert "clipping by norm" not in {
        r.name for r in remedies_for(Case("exploding", lstm, 30, 20, {"training.clip_norm": 1.0}))
    }


@cell(gates="f n", state=dict(h=0), roles=dict(forget="f", candidate="n"))
def mine(x, s):
    """The equations of ugrnn, under another name."""
    f, n = sigmoid(x.f), tanh(x.n)
    return s.next(h=f * s.h + (1 - f) * n)


def test_a_cell_of_ones_own_has_the_remedies_of_its_roles():
    own = seen(Recurrent(mine, 3, 16), steps=60, reach=40).verdict
    ours = seen(Recurrent("ugrnn", 3, 16), steps=60, reach=40).verdict
    assert [r.name for r in own.remedies] == [r.name for r in ours.remedies]
    assert own.remedies[0].config["model.memory"] == 40


def test_what_a_layer_was_made_with_is_not_offered_again():
    model = Recurrent(mine, 3, 16, forget_bias=-1.0, normalisation="layer", init="orthogonal")
    names = [r.name for r in seen(model, steps=60, reach=40).verdict.remedies]
    assert names == ["chrono initialisation", "forget bias"]


def test_a_deep_stack_is_offered_residual_connections():
    names = [r.name for r in seen(undertow.LSTM(3, 16, 3), steps=60, reach=50).verdict.remedies]
    assert "residual connections" in names
    assert "residual connections" not in [
        r.name for r in seen(undertow.LSTM(3, 16), steps=60, reach=50).verdict.remedies
    ]


def test_remedies_that_set_biases_say_that_the_layer_must_have_some():
    """And are not offered where a swap cannot give it any."""
    watch = seen(undertow.LSTM(3, 16, bias=False), steps=60, reach=50)
    code = {r.name: r.code for r in watch.verdict.remedies}
    assert code["chrono initialisation"] == "undertow.LSTM(..., bias=True, init='chrono', memory=50)"
    model = nn.Sequential(nn.LSTM(3, 16, bias=False))
    undertow.swap(model)
    with undertow.watch(model, reach=50) as watch:
        model(torch.randn(60, 4, 3))[0][-1].sum().backward()
    names = {r.name for r in watch.verdict.remedies}
    assert names
    assert not names & {"chrono initialisation", "forget bias"}


def test_the_whole_verdict_in_words():
    text = str(seen(undertow.LSTM(3, 16), steps=60, reach=50).verdict)
    assert text.splitlines()[0].startswith("lstm.0: the gradient vanishes: it reaches ")
    assert "What can be done:" in text
    assert "undertow.LSTM(..., init='chrono', memory=50)" in text


@pytest.mark.parametrize("make", [nn.RNN, nn.LSTM, nn.GRU])
def test_advice_on_a_swapped_model_runs_as_it_is_worded(make):
    """Each line of code, on a fresh model of torch's layers, once layers were put into it that it asks for."""
    model = nn.Sequential(make(3, 16))
    undertow.swap(model)
    torch.manual_seed(1)
    with undertow.watch(model, reach=50) as watch:
        model(torch.randn(60, 4, 3))[0][-1].sum().backward()
    advice = {r.name: r.code for r in watch.verdict.remedies}
    assert len(advice) > 3
    for line in advice.values():
        layers, then, change = line.rpartition(" in the model, then ")
        others = layers.replace("...", "3, 16").split(" or ") if then else []
        for layer in [eval(other, {"torch": torch}) for other in others] or [make(3, 16)]:
            swapped = eval(change, {"undertow": undertow, "model": nn.Sequential(layer)})
            assert swapped.swapped


def test_lines_for_a_run_folder():
    verdict = seen(undertow.LSTM(3, 16, bidirectional=True), steps=60, reach=50).verdict
    lines = list(verdict.lines())
    assert [(line["event"], line["layer"], line["direction"]) for line in lines] == [
        ("verdict", "lstm.0", "forward"), ("verdict", "lstm.0", "reverse"),
    ]  # fmt: skip
    assert lines[0]["findings"][0]["kind"] == "vanishing"
    assert lines[0]["reach"] == 50
