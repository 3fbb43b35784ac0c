"""The loop: what it computes against a twin by hand, and what must not change what it computes."""

import json
import math

import pytest
import torch
from torch.nn import functional

from undertow.errors import DivergedError, RunError
from undertow.runs import RunFolder
from undertow.training.optimize import learning_rate
from undertow.training.session import begin, resume

TIMES = {"seconds", "symbols_per_second"}


def train(config, folder, **keywords):
    session = begin(config, folder)
    session.train(listen=lambda event: None, **keywords)
    return session.run


def facts(run: RunFolder) -> list[dict]:
    """The events without times, which differ from run to run."""
    return [{k: v for k, v in event.items() if k not in TIMES} for event in run.events()]


def same(a: RunFolder, b: RunFolder) -> bool:
    return (
        a.model_file.read_bytes() == b.model_file.read_bytes()
        and facts(a) == facts(b)
        and a.samples_file.read_bytes() == b.samples_file.read_bytes()
        and a.flow_file.read_bytes() == b.flow_file.read_bytes()
    )


def test_equals_a_loop_written_by_hand(small, tmp_path):
    config = small.replaced({"steps": 6, "sample_every": 0, "evaluate_every": 0})
    run = train(config, tmp_path / "run")
    twin = begin(config, tmp_path / "twin")
    model, task, options = twin.task.model, twin.task, config.training
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0)
    state, losses = None, []
    for step in range(6):
        rows = slice(step * options.window, (step + 1) * options.window)
        logits, state = model(task._inputs[rows], state)
        state = tuple(s.detach() for s in state)
        loss = functional.cross_entropy(logits.flatten(0, 1), task._targets[rows].flatten())
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), options.clip_norm)
        optimizer.param_groups[0]["lr"] = learning_rate(step, options)
        optimizer.step()
    session = begin(config, tmp_path / "third")
    session.task.model.load_state_dict(model.state_dict())
    assert session.task.serialise() == run.model_file.read_bytes()
    lines = [e for e in run.events() if e["event"] == "train"]
    assert lines[0]["loss"] == pytest.approx(sum(losses[:5]) / 5)
    assert lines[0]["bits"] == pytest.approx(lines[0]["loss"] / math.log(2))


VARIANTS = [
    {},
    {"optimizer": "adamw", "weight_decay": 0.1, "dropout": 0.3, "layers": 2},
    {"optimizer": "rmsprop", "momentum": 0.5, "cell": "gru"},
    {"optimizer": "rmsprop", "cell": "rnn"},
    {"optimizer": "sgd", "momentum": 0.9, "schedule": "linear"},
    {"optimizer": "sgd", "schedule": "constant", "cell": "min_gru"},
    {"bptt": 40, "accumulate": 3, "dropout": 0.2},
    {"window": 0, "cell": "peephole_lstm", "steps": 8, "batch": 40},
    {"bytes": True, "clip_value": 0.1, "dropout": 0.5},
    {"patience": 2, "evaluate_every": 3},
]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("stop_at", [1, 7])
def test_an_interrupted_run_resumes_to_the_same_bits(small, tmp_path, variant, stop_at):
    config = small.replaced(variant)
    whole = train(config, tmp_path / "whole")
    seen = []
    session = begin(config, tmp_path / "broken")
    count = {"asked": 0}

    def interrupted():
        count["asked"] += 1
        return count["asked"] == stop_at

    assert session.train(listen=seen.append, interrupted=interrupted) == "interrupted"
    assert facts(session.run)[-1]["reason"] == "interrupted"
    torch.manual_seed(999)  # whatever happened in between
    resume(tmp_path / "broken").train(listen=lambda event: None)
    assert same(whole, RunFolder(tmp_path / "broken"))


def test_looking_does_not_change_training(small, tmp_path):
    """Samples, evaluations, logs and checkpoints consume no training randomness (dropout would show it)."""
    config = small.replaced({"dropout": 0.5})
    looked = train(config, tmp_path / "looked")
    quiet = config.replaced({"sample_every": 0, "evaluate_every": 0, "log_every": 30, "checkpoint_every": 30})
    unseen = train(quiet, tmp_path / "unseen")
    assert looked.model_file.read_bytes() == unseen.model_file.read_bytes()
    assert looked.samples_file.read_text().count("====") == 2 * 3
    assert not unseen.samples_file.exists()


def test_seeds_matter_and_repeat(small, tmp_path):
    runs = [train(small.replaced({"seed": s}), tmp_path / n) for s, n in [(1, "a"), (1, "b"), (2, "c")]]
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_accumulated_windows_average_their_gradients(small, tmp_path):
    """With sgd, no clipping and one update, two accumulated windows move the weights by the mean of both gradients."""
    config = small.replaced(
        {"optimizer": "sgd", "clip_norm": 0.0, "steps": 1, "warmup": 0, "schedule": "constant",
         "accumulate": 2, "sample_every": 0, "evaluate_every": 0}
    )  # fmt: skip
    session = begin(config, tmp_path / "a")
    model, task = session.task.model, session.task
    before = [p.detach().clone() for p in model.parameters()]
    rate, k1 = config.training.learning_rate, config.training.window
    logits, state = model(task._inputs[:k1], None)
    first = functional.cross_entropy(logits.flatten(0, 1), task._targets[:k1].flatten())
    logits, _ = model(task._inputs[k1 : 2 * k1], tuple(s.detach() for s in state))
    second = functional.cross_entropy(logits.flatten(0, 1), task._targets[k1 : 2 * k1].flatten())
    gradients = torch.autograd.grad((first + second) / 2, list(model.parameters()))
    session.train(listen=lambda event: None)
    for old, new, gradient in zip(before, model.parameters(), gradients, strict=True):
        torch.testing.assert_close(new, old - rate * gradient)


def test_early_stopping_keeps_the_best_model_and_measures_held_out_once(small, tmp_path):
    config = small.replaced(
        {"patience": 2, "evaluate_every": 2, "steps": 400, "learning_rate": 0.5, "schedule": "constant"}
    )
    session = begin(config, tmp_path / "run")
    assert session.train(listen=lambda event: None) == "early"
    events = session.run.events()
    curve = [e["loss"] for e in events if e["event"] == "evaluate" and e["part"] == "validation"]
    held_out = [e for e in events if e["event"] == "evaluate" and e["part"] == "held_out"]
    assert min(curve) == curve[-3]
    assert len(held_out) == 1
    assert session.task.evaluate("validation")["loss"] == pytest.approx(min(curve))
    assert events[-1]["reason"] == "early"
    with pytest.raises(RunError, match="has finished training"):
        resume(tmp_path / "run")


def test_exploding_training_stops_with_step_and_cause(small, tmp_path):
    # A cell without a bound: behind a saturated tanh no gradient is left that could explode.
    config = small.replaced({"optimizer": "sgd", "learning_rate": 1e30, "warmup": 0, "clip_norm": 0.0})
    config = config.replaced({"cell": "indrnn"})
    session = begin(config, tmp_path / "run")
    with pytest.raises(DivergedError, match=r"at step \d+.*learning_rate.*clip_norm = 1.0"):
        session.train(listen=lambda event: None)
    assert session.run.events()[-1]["reason"] == "diverged"


@pytest.mark.parametrize("broken", ["recurrent.weight_hh_l0", "readout.bias"])
def test_a_parameter_that_is_not_finite_is_named(small, tmp_path, broken):
    session = begin(small, tmp_path / "run")
    with torch.no_grad():
        dict(session.task.model.named_parameters())[broken].view(-1)[0] = float("nan")
    with pytest.raises(DivergedError, match=f"at step 0: parameter {broken} is no longer finite"):
        session.train(listen=lambda event: None)


def test_a_gradient_that_is_not_finite_is_named_before_it_touches_the_weights(small, tmp_path):
    session = begin(small, tmp_path / "run")
    session.task.model.readout.bias.register_hook(lambda g: g * float("inf"))
    before = session.task.serialise()
    with pytest.raises(DivergedError, match=r"at step 0: the gradient of readout.bias is not finite"):
        session.train(listen=lambda event: None)
    assert session.task.serialise() == before


def test_clipping_is_counted(small, tmp_path):
    run = train(small.replaced({"clip_norm": 1e-6}), tmp_path / "run")
    assert all(e["clipped"] == 1.0 for e in run.events() if e["event"] == "train")
    free = train(small.replaced({"clip_norm": 0.0}), tmp_path / "free")
    assert all(e["clipped"] == 0.0 for e in free.events() if e["event"] == "train")


def test_metrics_are_json_lines_in_order(small, tmp_path):
    run = train(small, tmp_path / "run")
    lines = run.metrics_file.read_text().splitlines()
    events = [json.loads(line) for line in lines]
    assert [e["step"] for e in events] == sorted(e["step"] for e in events)
    assert [e["step"] for e in events if e["event"] == "train"] == [5, 10, 15, 20, 25, 30]
    assert [e["step"] for e in events if e["event"] == "evaluate"] == [10, 20, 30]
    assert events[-1]["event"] == "end"


def test_training_learns(small, tmp_path):
    run = train(small.replaced({"steps": 150, "hidden": 32}), tmp_path / "run")
    train_lines = [e["bits"] for e in run.events() if e["event"] == "train"]
    assert train_lines[0] > 4
    assert train_lines[-1] < 1.5
