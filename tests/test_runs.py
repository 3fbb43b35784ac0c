"""The growing files of a run folder: read leniently, and cut back together."""

import json

import pytest
import tomlkit

from undertow.runs import RunFolder, summarise


@pytest.fixture
def run(tmp_path):
    return RunFolder.create(tmp_path / "run", tomlkit.parse('task = "text"\n'), {})


@pytest.mark.parametrize("name", ["metrics", "flow"])
@pytest.mark.parametrize("end", ["", '{"event": "tr', "7\n", "\n"])
def test_lines_are_read_up_to_the_first_that_is_not_whole(run, name, end):
    file, events = (run.metrics_file, run.events) if name == "metrics" else (run.flow_file, run.flow_events)
    assert events() == []
    lines = [{"event": "flow", "step": n} for n in range(3)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines) + end)
    assert events() == lines


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
