"""Escape sequences in labels, names, texts and samples do not reach a real (pseudo) terminal."""

import re
import subprocess
import sys

import pytest

from processes import ENVIRONMENT, in_terminal

pytestmark = pytest.mark.slow

TITLE, CLEAR, BLINK, EIGHT_BIT, LINK = "\x1b]0;pwned\x07", "\x1b[2J", "\x1b[5m", "\x9b31m", "\x1b]8;;http://x\x1b\\"
#: What rich sends of its own: colours, the cursor, lines of a bar that are drawn again.
OWN = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[[0-9]*[AK]|\r")
STRAY = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def shown_by(folder, *arguments, term="dumb", status=0):
    """What ``undertow`` writes to a terminal."""
    environment = {**ENVIRONMENT, "TERM": term, "COLUMNS": "150"}
    if term != "dumb":
        del environment["NO_COLOR"]
    return in_terminal(folder, environment, *arguments, status=status)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table and a text with hostile words in hostile places."""
    folder = tmp_path_factory.mktemp("hostile")
    labels = f"F{TITLE}", f"M{EIGHT_BIT}[red]"
    rows = [f"{a}{b}{c}{d}{CLEAR if d == 'o' else ''},{labels[(i + j) % 2]}" for i, a in enumerate("ABCDE")
            for j, b in enumerate("aeiou") for c in "nmr" for d in "ok"]  # fmt: skip
    table = "\n".join([f"na{BLINK}me,gen\u202eder", *rows, ""])
    (folder / f"t{TITLE}.csv").write_text(table, encoding="utf-8", newline="")
    text = f"To {CLEAR} be\x08 or {EIGHT_BIT} not\r to be {TITLE}{LINK} [red]that[/red] \u202e:\n"
    (folder / f"p{CLEAR}.txt").write_text(text * 60, encoding="utf-8", newline="")
    return folder


SMALL = ["--hidden", "4", "--steps", "6", "--batch", "4"]


@pytest.mark.parametrize("term", ["dumb", "xterm-256color"])
def test_no_sequence_of_others_reaches_a_terminal(folder, term):
    table, text, run, writer = f"t{TITLE}.csv", f"p{CLEAR}.txt", f"r{CLEAR}{term}", f"[red]w{BLINK}{term}"
    columns = ["--header", "yes", "--text", f"na{BLINK}me", "--label", "gen\u202eder"]
    asked = [
        (["train", "classify", table, *SMALL, *columns, "--out", run], 0),
        (["train", "text", text, *SMALL, "--set=window=8", "--set=sample_every=3", "--set=evaluate_every=3",
          "--out", writer], 0),
        (["runs", "."], 0),
        (["evaluate", run], 0),
        (["diagnose", run, "--reach", "3"], 0),
        (["predict", run, table], 0),
        (["predict", run, table, "--json"], 0),
        (["sample", writer, "--length", "200"], 0),
        (["sample", writer, "--prompt", f"To {CLEAR}", "--beam", "2", "--length", "5"], 0),
        (["report", run], 0),
        (["resume", run], 2),
        (["tune", run, "--budget=1", "--workers=1", "--retrain=1", "--no-controls", "--out", f"s{TITLE}{term}"], 0),
        (["report", f"gone{CLEAR}{EIGHT_BIT}"], 2),
        ([f"comm{CLEAR}and"], 2),
        (["runs", f"--opt{CLEAR}ion"], 2),
        (["runs", ".", f"more{TITLE}"], 2),
        (["train", f"ta{CLEAR}sk"], 2),
        (["train", "classify", table, "--set", f"no{CLEAR}such=1"], 2),
    ]  # fmt: skip
    for arguments, status in asked:
        shown = shown_by(folder, *arguments, term=term, status=status)
        assert BLINK not in shown, arguments
        own = OWN if term != "dumb" else re.compile("\r(?=\r*\n)")  # a terminal makes \r\n of every \n
        assert STRAY.findall(own.sub("", shown)) == [], (arguments, shown)
        assert "\\x1b" in shown or "\\u001b" in shown, "and it is shown"


def test_the_same_words_are_exact_in_a_pipe(folder):
    def piped(*arguments):
        command = [sys.executable, "-m", "undertow", *arguments]
        return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, check=True).stdout.decode()

    run, writer = f"r{CLEAR}dumb", f"[red]w{BLINK}dumb"
    assert f"F{TITLE}" in piped("predict", run, f"t{TITLE}.csv")
    assert piped("report", run) == f"{run}/report.html\n"
    assert set(piped("sample", writer, "--length", "400", "--seed", "1")) & set("\x1b\x9b\u202e\x07")
    assert STRAY.findall(piped("evaluate", run)) == [], "what is worded for people is not"
