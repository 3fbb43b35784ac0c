"""The progress bar in a real (pseudo) terminal."""

import re

import pytest

from processes import ENVIRONMENT, in_terminal

pytestmark = pytest.mark.slow


def shown_by(folder, *arguments):
    """What ``undertow`` writes to a terminal."""
    shown = in_terminal(folder, {**ENVIRONMENT, "TERM": "xterm-256color", "COLUMNS": "120"}, *arguments)
    assert "\x1b[?25h" in shown, "the cursor is shown again at the end"
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)


def test_the_bar_shows_loss_speed_and_time_left(text, flags, tmp_path):
    plain = shown_by(tmp_path, "train", "text", str(text), "--out", "r", *flags)
    assert re.search(r"training .* 30/30 [\d.]+ bits/char [\d,]+ char/s \d:\d\d:\d\d left \d:\d\d:\d\d", plain)
    assert "step 30: held-out" in plain
    assert "step 30 writes:" in plain


def test_a_search_shows_its_methods_its_trainings_and_the_time_left(tmp_path):
    rows = [f"{a}{b}{c}{d},{'FM'[(i + j) % 2]}" for i, a in enumerate("ABCDE") for j, b in enumerate("aeiou")
            for c in "nmr" for d in "ok"]  # fmt: skip
    (tmp_path / "names.csv").write_text("\n".join(["name,gender", *rows, ""]))
    own, training = '[classify]\ndata = "names.csv"\n', "[training]\nsteps = 150\nevaluate_every = 50\n"
    (tmp_path / "c.toml").write_text(f'task = "classify"\n{own}{training}')
    (tmp_path / "genes.toml").write_text("[model]\nhidden = { low = 8, high = 64 }\n")
    asked = "tune c.toml --space genes.toml --budget 4 --population 2 --retrain 1 --workers 1 --no-controls --out s"
    plain = shown_by(tmp_path, *asked.split())
    assert re.search(r"genetic +seed 0 .* 2 of 4  best loss 0\.\d+", plain)
    assert re.search(r"genetic \d: step [1-9]\d* of 150", plain), "how far the training at hand has come"
    assert re.search(r"\d+ min left", plain)
    assert "with fresh seeds: 1 training left" in plain
    assert re.search(r"genetic, seed 0, trial 0: loss 0\.\d+, the best so far", plain)
