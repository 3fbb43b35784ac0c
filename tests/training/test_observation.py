"""Training that is watched: what is recorded when, that nothing else changes, and the verdict from the folder."""

import dataclasses
import json

import pytest

from undertow.runs import RunFolder
from undertow.training.observation import facts, verdict_of
from undertow.training.session import begin, resume


def trained(config, folder):
    begin(config, folder).train(listen=lambda event: None)
    return RunFolder.open(folder)


def looks(run):
    return [event for event in run.flow_events() if event["event"] == "flow"]


@pytest.fixture
def watched(small):
    return small.replaced({"examine_every": 10})


def test_windows_are_summed_up_until_one_is_looked_at_closely_and_the_last_one_is(watched, tmp_path):
    seen = looks(trained(watched, tmp_path / "run"))
    assert [(line["step"], line["windows"]) for line in seen] == [(1, 1), (11, 10), (21, 10), (30, 9)]
    assert {line["layer"] for line in seen} == {"recurrent.0"}
    for line in seen:
        assert (line["cell"], line["steps"], line["batch"], line["hidden"]) == ("lstm", 16, 4, 12)
        assert {"gradient", "lag_profile", "horizon", "gates", "half_life", "paths"} <= set(line["quantities"])
        assert line["unavailable"] == {}


def test_windows_of_one_update_are_told_as_its_step(watched, tmp_path):
    seen = looks(trained(watched.replaced({"accumulate": 3, "steps": 12}), tmp_path / "run"))
    assert [line["step"] for line in seen] == [1, 11, 12]
    assert sum(line["windows"] for line in seen) == 36


def test_watching_changes_no_bit(watched, tmp_path):
    seen = trained(watched, tmp_path / "seen")
    unseen = trained(watched.replaced({"watch": False}), tmp_path / "unseen")
    assert not unseen.flow_file.exists()
    assert seen.model_file.read_bytes() == unseen.model_file.read_bytes()
    losses = [[e["loss"] for e in run.events() if e["event"] == "train"] for run in (seen, unseen)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("stop", [4, 10, 15, 28])
def test_a_resumed_run_has_seen_the_same(watched, tmp_path, stop):
    whole = trained(watched.replaced({"checkpoint_every": 7}), tmp_path / "whole")
    session = begin(watched.replaced({"checkpoint_every": 7}), tmp_path / "broken")
    asked = iter(range(100))
    assert session.train(listen=lambda e: None, interrupted=lambda: next(asked) == stop) == "interrupted"
    resume(tmp_path / "broken").train(listen=lambda e: None)
    assert RunFolder.open(tmp_path / "broken").flow_file.read_bytes() == whole.flow_file.read_bytes()


def test_the_verdict_is_written_and_can_be_had_for_another_reach(watched, tmp_path):
    run = trained(watched.replaced({"reach": 2}), tmp_path / "run")
    (line,) = [event for event in run.flow_events() if event["event"] == "verdict"]
    config = watched.replaced({"reach": 2})
    verdict = verdict_of(run, config)
    assert [line] == json.loads(json.dumps(list(verdict.lines())))
    assert (line["step"], line["reach"]) == (30, 2)
    horizon = looks(run)[-1]["quantities"]["horizon"]["steps"]
    assert verdict.findings[0].figures["horizon"] == horizon
    longer = verdict_of(run, config, reach=15)
    assert {finding.kind for finding in longer.findings} == ({"vanishing"} if horizon < 15 else {"reaches"})
    beyond = verdict_of(run, config, reach=50)
    assert "window too short" in {finding.kind for finding in beyond.findings}
    (window,) = [r for f in beyond.findings for r in f.remedies if r.name == "a longer window"]
    assert window.config == {"training.window": 50, "training.bptt": 0}
    whole = verdict_of(run, dataclasses.replace(config, training=dataclasses.replace(config.training, window=0)), 50)
    (short,) = [f for f in whole.findings if f.kind.endswith("too short")]
    told = (short.kind, short.level, short.remedies)
    assert told == ("samples too short", "alarm", ()), "there is no more of the sequence"
    assert short.text == "the samples have only 16 steps: a reach of 50 cannot be met there"


def test_how_clipping_acts_is_known_to_the_verdict(watched, tmp_path):
    config = watched.replaced({"clip_norm": 1e-4, "optimizer": "sgd"})
    run = trained(config, tmp_path / "run")
    known = facts(config, run.events())
    assert known.clipped == 1.0
    norms = [e["gradient_norm"] for e in run.events() if e["event"] == "train"]
    assert known.config["clipping.gradient_norm"] == pytest.approx(sum(norms) / len(norms))
    (finding,) = [f for f in verdict_of(run, config).findings if f.kind == "clipped away"]
    assert finding.level == "alarm"
    assert finding.remedies[0].config["training.clip_norm"] > 1e-4
    adam = facts(watched.replaced({"clip_norm": 1e-4}), run.events())
    assert not adam.scale_matters
    assert facts(watched.replaced({"clip_norm": 0.0}), run.events()).clipped is None


def test_what_cannot_be_watched_is_told_and_trained_all_the_same(watched, tmp_path):
    run = trained(watched.replaced({"backend": "vendor"}), tmp_path / "run")
    assert looks(run) == []
    (line,) = [event for event in run.flow_events() if event["event"] == "verdict"]
    assert line["findings"][0]["kind"] == "not available"
    assert "torch's own kernels" in line["findings"][0]["text"]


@pytest.mark.parametrize("backend", ["auto", "vendor"])
def test_overlapping_windows_are_one_backward_pass_each(watched, tmp_path, backend):
    """k1 = 8, k2 = 24: gradients flow back 24 steps, and the record covers all of them."""
    config = watched.replaced({"window": 8, "bptt": 24, "backend": backend, "layers": 2, "steps": 12})
    run = trained(config, tmp_path / "run")
    seen = looks(run)
    assert {line["steps"] for line in seen if line["step"] == 11} == (set() if backend == "vendor" else {24})
    assert [e["loss"] for e in run.events() if e["event"] == "train"]


def test_a_window_in_one_piece_is_one_in_two(small, tmp_path):
    losses = []
    for backend in ("vendor", "fused"):
        config = small.replaced({"window": 8, "bptt": 20, "backend": backend, "steps": 15, "log_every": 1})
        losses.append([e["loss"] for e in trained(config, tmp_path / backend).events() if e["event"] == "train"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
