"""The command line as users meet it, without a terminal; the main ways through it as real processes."""

import json
import re
import xml.etree.ElementTree as ET

import llvmlite.binding as llvm
import pytest

from undertow.cells import CELLS


@pytest.fixture
def run(undertow, text, flags, tmp_path):
    """A finished small run, ``run``."""
    undertow("train", "text", text, "--out", "run", *flags)
    return tmp_path / "run"


def test_a_text_of_one_line_is_trained_on_and_written(undertow, tmp_path, flags):
    """Writing goes on from the end of a line, which such a model has never seen."""
    (tmp_path / "line.txt").write_text("one two three " * 200)
    undertow("train", "text", "line.txt", "--out", "run", *flags)
    assert "==== step 10 ====" in (tmp_path / "run/samples.txt").read_text()
    assert undertow("sample", "run", "--length", "5").out.startswith(" ")


def test_version_and_help(undertow_process):
    assert undertow_process("--version").out == "undertow 0.1.0\n"
    assert "Example: undertow demo" in undertow_process("--help").out


@pytest.mark.parametrize(
    "command",
    ["train text", "resume", "sample", "evaluate", "report", "cells", "runs", "config", "demo", "train", "data", ""],
)
def test_help_fits_a_screen_and_gives_an_example(undertow, command):
    out = undertow(*command.split(), "--help").out
    assert len(out.splitlines()) <= 40
    assert "Example: undertow" in out


def test_train_sample_evaluate_runs(undertow_process, run, text):
    shown = undertow_process("sample", "run", "--prompt", "O brave", "--length", 30, "--seed", 3).out
    assert shown.startswith("O brave")
    assert len(shown) == len("O brave") + 30 + 1
    assert shown == undertow_process("sample", "run", "--prompt", "O brave", "--length", 30, "--seed", 3).out
    measured = undertow_process("evaluate", "run", text).out
    assert re.fullmatch(r"\d\.\d{4} bits/char over [\d,]+ chars\n", measured)
    listed = undertow_process("runs", ".").out
    assert "finished" in listed
    assert "30/30" in listed


def test_report(undertow, run):
    assert undertow("report", "run").out == "run/report.html\n"
    page = (run / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    last = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()][-2]
    assert last["event"] == "evaluate"
    assert f"{last['bits']:.3g}" in page
    (event,) = undertow("report", "run", "--json").events
    assert event == {"report": "run/report.html", "bytes": len((run / "report.html").read_bytes())}
    failed = undertow("report", "nowhere", status=2)
    assert "there is no run folder nowhere" in failed.err


def test_progress_without_a_terminal(undertow_process, text, flags):
    err = undertow_process("train", "text", text, *flags).err
    assert re.search(r"step 30/30  [\d.]+ bits/char  [\d,]+ char/s  0 s left", err)
    assert "held-out" in err
    assert "writes:" in err
    assert "undertow sample runs/poem-1" in err
    assert re.search(r"recurrent\.0: the gradient reaches \d+ of 16 steps", err)
    assert "\x1b" not in err
    assert "runs/poem-2" in undertow_process("train", "text", text, *flags).err


FILES = ("metrics.jsonl", "flow.jsonl")


def test_json_everywhere(undertow, run, text, flags):
    events = undertow("train", "text", text, "--out", "other", "--json", *flags).events
    assert {e["event"] for e in events} == {"train", "evaluate", "examine", "sample", "flow", "end", "verdict"}
    folder = run.parent / "other"
    metrics, flow = ([json.loads(line) for line in (folder / f).read_text().splitlines()] for f in FILES)
    assert [e for e in events if e["event"] not in ("flow", "verdict", "examine")] == metrics
    assert [e for e in events if e["event"] == "verdict"] == [e for e in flow if e["event"] == "verdict"]
    assert len(undertow("sample", "run", "--json", "--length", 5).events[0]["text"]) == 5
    assert undertow("evaluate", "run", text, "--json").events[0]["figures"]["bits"] > 0
    assert {row["name"] for row in undertow("runs", ".", "--json").events[0]} >= {"run", "other"}
    assert {row["name"] for row in undertow("cells", "--json").events[0]} == set(CELLS)
    assert undertow("cells", "gru", "--json").events[0]["equations"][0].startswith("r = sigmoid(")


def test_config_file_and_flags_that_override_it(undertow, text, tmp_path):
    config = undertow("config").out
    changed = (
        config.replace("hidden = 384", "hidden = 7").replace("steps = 2500", "steps = 3").replace('"lstm"', '"gru"')
    )
    (tmp_path / "mine.toml").write_text(changed)
    undertow("train", "text", text, "--config", "mine.toml", "--hidden", 9, "--set", "batch=2", "--out", "r")
    effective = (tmp_path / "r" / "config.toml").read_text()
    for line in ("hidden = 9", "steps = 3", 'cell = "gru"', "batch = 2"):
        assert line in effective
    # the effective config repeats the run: same config, same bits
    undertow("train", "text", "--config", "r/config.toml", "--out", "again")
    assert (tmp_path / "r/model.safetensors").read_bytes() == (tmp_path / "again/model.safetensors").read_bytes()


def test_cells(undertow, tmp_path):
    listed = undertow("cells").out
    assert all(name in listed for name in CELLS)
    shown = undertow("cells", "lstm", "--draw", "pictures").out
    assert "c = f * c[t-1] + i * g" in shown
    assert "d_c[t-1] = d_c * f" in shown
    assert "Hochreiter" in shown
    assert "(4 H, H)" in shown
    drawn = sorted(p.name for p in (tmp_path / "pictures").iterdir())
    assert drawn == ["lstm-bptt.svg", "lstm-cell.svg", "lstm-unrolled.svg"]
    for name in drawn:
        assert ET.parse(tmp_path / "pictures" / name).getroot().tag.endswith("svg")
    assert r"\sigma" in undertow("cells", "lstm", "--latex").out


def test_the_kernels_of_a_cell(undertow):
    plan = undertow("cells", "lstm", "--kernel").out
    assert "product: U.o h[t-1], U.f h[t-1], U.i h[t-1], U.g h[t-1]" in plan
    assert "define" not in plan
    ir = undertow("cells", "lstm", "--kernel", "--ir").out
    assert ir.startswith(f"; {plan.splitlines()[0]}")
    llvm.parse_assembly(ir).verify()
    assert ir == undertow("cells", "lstm", "--ir").out
    (data,) = undertow("cells", "lstm", "--kernel", "--json").events
    assert [len(passes) for passes in data["programs"].values()] == [1, 1, 2]
    assert "ir" not in data
    assert undertow("cells", "lstm", "--ir", "--json").events[0]["ir"] == ir.removesuffix("\n")


MISTAKES = {
    "missing file": (["train", "text", "gone.txt"], "gone.txt\n"),
    "mistyped file": (["train", "text", "peom.txt"], "peom.txt; did you mean 'poem.txt'?"),
    "empty file": (["train", "text", "empty.txt"], "is empty"),
    "binary file": (["train", "text", "binary"], "--bytes reads it"),
    "not UTF-8": (["train", "text", "latin.txt"], "not UTF-8 text (line 1, byte 3)"),
    "short text": (["train", "text", "short.txt"], "too short"),
    "shorter than a window": (["train", "text", "poem.txt", "--window", "5000"], "less than one window of 5000"),
    "no file at all": (["train", "text"], "which data?"),
    "unknown cell": (["train", "text", "poem.txt", "--cell", "lsmt"], "did you mean 'lstm'?"),
    "unknown option": (["train", "text", "poem.txt", "--set", "hiden=3"], "did you mean 'hidden'?"),
    "unknown flag": (["train", "text", "poem.txt", "--hiden", "3"], "--hidden"),
    "a file for a task": (["train", "poem.txt"], "there is no task 'poem.txt'; known: text, classify, forecast"),
    "mistyped task": (["train", "clasify", "poem.txt"], "did you mean 'classify'?"),
    "unknown command": (["sampel"], "Did you mean 'sample'?"),
    "unknown initialisation": (["train", "text", "poem.txt", "--set", "init=ortogonal"], "did you mean 'orthogonal'?"),
    "unknown normalisation": (["train", "text", "poem.txt", "--set", "normalisation=lair"], "did you mean 'layer'?"),
    "momentum for adam": (["train", "text", "poem.txt", "--set", "momentum=0.9"], "optimizer is 'adam'"),
    "chrono without memory": (["train", "text", "poem.txt", "--set", "init=chrono"], "memory="),
    "forget bias without a forget gate": (
        ["train", "text", "poem.txt", "--cell", "rnn", "--set", "forget_bias=1"], "declares no forget gate",
    ),
    "relu for a cell that is not rnn": (
        ["train", "text", "poem.txt", "--set", "nonlinearity=relu"], "nonlinearity belongs to the cell rnn",
    ),
    "a set without a value": (["train", "text", "poem.txt", "--set", "hidden"], "KEY=VALUE"),
    "width 0": (["train", "text", "poem.txt", "--hidden", "0"], "hidden must be at least 1, got 0"),
    "no list of widths": (
        ["train", "text", "poem.txt", "--set", "widths=128,,x"], "model.widths must be whole numbers from 1 on",
    ),
    "not a number": (["train", "text", "poem.txt", "--hidden", "wide"], "Invalid value for '--hidden'"),
    "vendor for a cell torch lacks": (
        ["train", "text", "poem.txt", "--cell", "min_gru", "--set", "backend=vendor"], "torch ships no kernel",
    ),
    "unknown backend": (["train", "text", "poem.txt", "--set", "backend=cuda"], "there is no backend 'cuda'"),
    "out exists": (["train", "text", "poem.txt", "--out", "taken"], "exists already"),
    "out under a file": (["train", "text", "poem.txt", "--out", "poem.txt/run"], "cannot make the run folder"),
    "missing config": (["train", "text", "poem.txt", "--config", "no.toml"], "cannot read config"),
    "missing run": (["resume", "nope"], "there is no run folder"),
    "not a run": (["sample", "taken"], "it has no config.toml"),
    "cell that is not there": (["cells", "grru"], "did you mean 'gru'?"),
    "draw without a cell": (["cells", "--draw", "x"], "want a cell"),
    "kernel without a cell": (["cells", "--kernel"], "want a cell"),
    "ir of no cell": (["cells", "--ir"], "want a cell"),
    "draw into a file": (["cells", "gru", "--draw", "poem.txt/x"], "poem.txt/x: Not a directory; give a path"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_told_and_leave_nothing_behind(undertow, text, tmp_path, arguments, message):
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "latin.txt").write_bytes("caf\u00e9".encode("latin-1") * 50)
    (tmp_path / "short.txt").write_text("short")
    (tmp_path / "taken").mkdir()
    before = sorted(tmp_path.rglob("*"))
    ran = undertow(*arguments, status=2)
    assert message in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_a_finished_run_cannot_be_resumed(undertow, run):
    before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
    assert "has finished training" in undertow("resume", "run", status=2).err
    assert {p: p.read_bytes() for p in run.rglob("*") if p.is_file()} == before


SAMPLING_MISTAKES = {
    "temperature": (["--temperature", "-1"], "temperature must be at least 0"),
    "top_p": (["--top-p", "2"], "top_p must be at most 1"),
    "length": (["--length", "0"], "length must be at least 1"),
    "empty prompt": (["--prompt", ""], "the prompt is empty"),
    "strange prompt": (["--prompt", "O \u2603"], "the prompt has '\u2603' (line 1, column 3)"),
}


@pytest.mark.parametrize(("arguments", "message"), SAMPLING_MISTAKES.values(), ids=SAMPLING_MISTAKES.keys())
def test_sampling_mistakes(undertow, run, arguments, message):
    ran = undertow("sample", "run", *arguments, status=2)
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_a_tampered_model_is_noticed(undertow, run):
    file = run / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[-5] ^= 4
    file.write_bytes(bytes(data))
    assert "checksum does not match" in undertow("sample", "run", status=2).err


def test_a_run_without_a_model_yet(undertow, run):
    (run / "model.safetensors").unlink()
    assert "has no model yet" in undertow("sample", "run", status=2).err


def test_evaluating_unknown_characters(undertow, run, tmp_path):
    (tmp_path / "new.txt").write_text("O brave\nnew w\u00f6rld")
    assert "has '\u00f6' (line 2, column 6)" in undertow("evaluate", "run", "new.txt", status=2).err


def test_bytes_read_anything(undertow, tmp_path, flags):
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 40)
    undertow("train", "text", "binary", "--bytes", "--out", "b", *flags)
    assert "bits/byte" in undertow("evaluate", "b", "binary").out
    undertow("sample", "b", "--length", 10)


def test_runs_where_there_are_none(undertow):
    assert "no runs in runs" in undertow("runs").err
