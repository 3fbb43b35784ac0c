"""``undertow recalibrate``: what is said, what is in force afterwards, and that a mistake changes nothing."""

import json

import numpy as np
import pytest

OPTIONS = [
    "--window",
    "8",
    "--validation",
    "0.3",
    "--test",
    "0.2",
    "--hidden",
    "4",
    "--steps",
    "3",
    "--set=flow.watch=false",
]


def lines(steps, offset=0.0, seed=0):
    """A file of two channels with noise."""
    rng, t = np.random.default_rng(seed), np.arange(steps)
    x = np.sin(t / 3) + 0.1 * rng.normal(size=steps)
    return "x,y\n" + "".join(f"{a:.4f},{b:.4f}\n" for a, b in zip(x, x + offset, strict=True))


@pytest.fixture
def run(tmp_path, undertow):
    """A run of a detector, and a later file."""
    (tmp_path / "t.csv").write_text(lines(300))
    (tmp_path / "later.csv").write_text(lines(240, 0.4, seed=1))
    undertow("train", "reconstruct", "t.csv", *OPTIONS, "--out", "run")
    return tmp_path / "run"


def test_which_calibration_is_in_force_is_said_everywhere(undertow, run):
    assert "learned on the validation part" in undertow("predict", "run", "later.csv").err
    said = undertow("recalibrate", "run", "later.csv", "--force")
    assert "later.csv: 117 windows\nuntil now " in said.out
    assert "to go back: undertow recalibrate run --undo" in said.err
    assert "learned on later.csv (240 rows, 20" in undertow("predict", "run", "later.csv").err
    page = (run / "report.html").read_text()
    assert "what is normal on the validation part" in page
    assert "In force now is what is normal on later.csv (240 rows, 20" in page
    assert "of normal ones did on later.csv (240 rows" in undertow("evaluate", "run").out
    page = (run / "report.html").read_text()
    assert "what is normal on later.csv (240 rows, 20" in page
    assert "In force now" not in page
    on = undertow("evaluate", "run", "later.csv", "--json").events[0]["calibration"]["learned_on"]
    assert (on["file"], on["rows"]) == ("later.csv", 240)
    back = undertow("recalibrate", "run", "--undo", "--json").events[0]
    assert back["before"]["learned_on"] == on
    assert back["calibration"]["learned_on"] == {"part": "validation"}
    assert "of normal ones did on the validation part" in undertow("evaluate", "run").out


def test_a_mistake_changes_nothing(tmp_path, undertow, run):
    (tmp_path / "few.csv").write_text(lines(20))
    (tmp_path / "other.csv").write_text(lines(240).replace("x,y", "x,z"))
    (tmp_path / "far.csv").write_text(lines(240, 50.0))
    before = (run / "model.safetensors").read_bytes()
    for arguments, said in [
        (["few.csv"], "few.csv has 7 windows, too few to learn a threshold from, which takes 20"),
        (["other.csv"], "other.csv has no column 'y' (wanted as numbers); known: x, z"),
        (["far.csv"], "% of the steps of far.csv are flagged by the threshold in force"),
        (["gone.csv"], "there is no file gone.csv"),
        (["--undo"], "the run was not recalibrated"),
        ([], "recalibrate wants a file with what is normal now"),
        (["later.csv", "--undo"], "recalibrate wants a file with what is normal now"),
        (["--undo", "--force"], "recalibrate wants a file with what is normal now"),
    ]:
        ran = undertow("recalibrate", "run", *arguments, status=2)
        assert said in ran.err, ran.err
        assert "Traceback" not in ran.err
    assert (run / "model.safetensors").read_bytes() == before
    assert not list(run.rglob("*.partial"))


def test_other_tasks_have_nothing_to_recalibrate(tmp_path, undertow):
    (tmp_path / "t.csv").write_text("name,gender\n" + "".join(f"{a}{b}na,{b}\n" for a in "bdglmnprst" for b in "ou"))
    undertow("train", "classify", "t.csv", "--steps", "2", "--hidden", "4", "--out", "run", "--set=flow.watch=false")
    said = undertow("recalibrate", "run", "t.csv", status=2).err
    assert "run is a run of task classify, and this wants one of task reconstruct" in said


def test_help_has_an_example(undertow):
    assert "undertow recalibrate runs/sensors-1 last_week.csv" in undertow("recalibrate", "--help").out


def test_a_run_that_is_being_trained_is_left_alone(undertow, run):
    from undertow.runs import RunFolder

    lock = RunFolder(run).lock()
    try:
        json_line = undertow("recalibrate", "run", "later.csv", "--force", "--json", status=2)
    finally:
        lock.release()
    assert "another process is training run just now" in json_line.err
    assert json.loads(undertow("recalibrate", "run", "later.csv", "--force", "--json").out)["windows_flagged"] >= 0
