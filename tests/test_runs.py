"""The growing files of a run folder: read leniently, and cut back together."""

import json

import pytest
import tomlkit

from undertow.errors import DamagedError, RunError
from undertow.runs import RunFolder, summarise


@pytest.fixture
def run(tmp_path):
    return RunFolder.create(tmp_path / "run", tomlkit.parse('task = "text"\n'), {})


@pytest.mark.parametrize("name", ["metrics", "flow"])
@pytest.mark.parametrize("end", ["", '{"event": "tr', "7", "\n"])
def test_a_last_line_that_was_cut_off_is_left_out(run, name, end):
    file, events = (run.metrics_file, run.events) if name == "metrics" else (run.flow_file, run.flow_events)
    assert events() == []
    lines = [{"event": "flow", "step": n} for n in range(3)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines) + end)
    assert events() == lines


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        (b"7", "must be an object, got 7"),
        (b'{"event": "fl', "is not JSON"),
        (b"\xff", "is not text in UTF-8"),
        (b'{"event": "flow", "step": -1}', "step must be a whole number from 0 on, got -1"),
        (b'{"event": "flow", "layer": "\\ud800"}', "has half of a character"),
        (b"[" * 100_000, "is nested|more than 64 deep"),
    ],
)
@pytest.mark.parametrize("name", ["metrics", "flow"])
def test_a_line_in_the_middle_that_is_damaged_is_told(run, name, line, fact):
    file, events = (run.metrics_file, run.events) if name == "metrics" else (run.flow_file, run.flow_events)
    file.write_bytes(b'{"event": "flow", "step": 1}\n' + line + b'\n{"event": "flow", "step": 2}\n')
    with pytest.raises(DamagedError, match=rf"{name}\.jsonl, line 2 .*({fact}).*; take the line out"):
        events()


def test_a_line_is_added_in_the_place_of_one_that_was_cut_off(run):
    """What a process that was killed left does not stand in the middle later."""
    run.record({"event": "train", "step": 1})
    whole = run.metrics_file.read_bytes()
    for left in (b'{"event": "tr', b"\xff"):
        run.metrics_file.write_bytes(whole + left)
        run.record({"event": "train", "step": 2})
        assert [e["step"] for e in run.events()] == [1, 2]
    run.metrics_file.write_bytes(whole.rstrip())  # it lacks its end alone
    run.record({"event": "train", "step": 2})
    assert [e["step"] for e in run.events()] == [1, 2]


def test_figures_that_are_no_numbers_are_not_kept(run):
    run.keep_evaluation({"figures": {"loss": 1.0}})
    before = run.evaluation_file.read_bytes()
    with pytest.raises(RunError, match=r"evaluation\.json cannot hold what .*model\.safetensors comes to"):
        run.keep_evaluation({"figures": {"loss": float("nan")}})
    assert run.evaluation_file.read_bytes() == before


def test_flow_is_cut_back_with_the_others(run):
    run.record({"event": "train", "step": 1})
    run.flow_file.write_text('{"step": 1}\n')
    run.keep_sample("step 1", "text")
    sizes = run.sizes()
    assert set(sizes) == {"metrics.jsonl", "flow.jsonl", "samples.txt"}
    before = {name: (run.path / name).read_bytes() for name in sizes}
    for name in sizes:
        with (run.path / name).open("a") as file:
            file.write("later\n")
    run.cut_back(sizes)
    assert {name: (run.path / name).read_bytes() for name in sizes} == before


def test_a_summary_has_the_figure_that_the_task_names(run):
    run.record({"event": "evaluate", "step": 4, "part": "held_out", "loss": 1.0})
    assert (summarise(run).step, summarise(run).figure, summarise(run).measure) == (4, 1.0, "loss")
    run.record({"event": "evaluate", "step": 5, "part": "validation", "loss": 1.0, "f1": 0.5, "figure": "f1"})
    assert (summarise(run).figure, summarise(run).measure) == (0.5, "f1")
