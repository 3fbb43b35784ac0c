"""Files of a run that are damaged: a command works unharmed, or refuses, names the file, and writes nothing."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.worst import listed
from processes import ENVIRONMENT
from undertow.documents import contents, json_from, parsed, read_json, read_toml
from undertow.errors import DamagedError, DataError, OptionError
from undertow.forms import COUNT, NUMBERS, Each, Listed, MisfitError, Number, fitted

COMMANDS = {
    "model.safetensors": [("sample", "run", "--length", "5"), ("evaluate", "run", "poem.txt")],
    "checkpoint/state.safetensors": [("resume", "run")],
    "config.toml": [("resume", "run"), ("sample", "run", "--length", "5")],
    "metrics.jsonl": [("resume", "run"), ("report", "run"), ("diagnose", "run")],
    "flow.jsonl": [("resume", "run"), ("report", "run"), ("diagnose", "run")],
    "evaluation.json": [("report", "run")],
    "remedy.json": [("report", "run")],
    "samples.txt": [("report", "run")],
}


def held(folder):
    """What is in a folder, but for locks, and pipes and the like, which are not read."""
    files = [p for p in folder.rglob("*") if p.name != ".lock"]
    return {
        p: p.read_bytes() if p.is_file() and p.stat().st_size < 1 << 30 and not p.is_symlink() else b"" for p in files
    }


@pytest.mark.parametrize("file", COMMANDS)
def test_the_worst_of_each_file(kept, tmp_path, undertow, file):
    """All that :func:`fuzz.damage.listed` has; commands are tried in turn, since each takes its time."""
    refused = 0
    for number, damage in enumerate(listed(Path(file))):
        run = tmp_path / "run"
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(kept / "run", run)
        shutil.copy(kept / "poem.txt", tmp_path)
        if not (run / file).exists():
            (run / file).write_text("{}")
        damage.change(run / file)
        before, command = held(tmp_path), COMMANDS[file][number % len(COMMANDS[file])]
        ran = undertow(*command, status=None)
        assert ran.status in (0, 2), (damage.name, command, ran.err)
        if ran.status:
            refused += 1
            assert "undertow: error:" in ran.err, (damage.name, ran.err)
            assert Path(file).name in ran.err or file == "config.toml", (damage.name, ran.err)
            assert held(tmp_path) == before, damage.name
    assert refused >= 3


@pytest.mark.parametrize("kind", ["FIFO", "/dev/zero", "folder", "link to itself", "4 TiB", "missing"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    file = tmp_path / "data.csv"
    for damage in listed(file):
        if damage.name.endswith(kind):
            file.write_text("a,b\n1,2\n")
            damage.change(file)
    with pytest.raises(DataError, match=r"data\.csv"):
        contents(file, DataError)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("[" * 100_000, "more than 64 deep"),
        ("[" * 65 + "]" * 65, "more than 64 deep"),
        ('{"a": "\\ud800"}', "half of a character"),
        ("1" * 301, "a number of 301 digits"),
        ("{", "is not JSON"),
        ("", "is not JSON"),
    ],
)
def test_json_is_bounded(text, fact):
    with pytest.raises(MisfitError, match=fact):
        parsed(text)


def test_json_that_is_whole_comes_back():
    for value in ("9" * 400, "\U0001f600", 10**30, [[1.5, None]], {"a": "\u00e9"}, json.loads("[" * 64 + "]" * 64)):
        assert parsed(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("value", "form", "fact"),
    [
        (True, int, "must be a whole number"),
        (10**30, int, "must be a whole number"),
        (float("nan"), float, "must be a finite number, got nan"),
        (-1, COUNT, "from 0 on, got -1"),
        ({"a": 1}, {"a": str}, "a must be a string"),
        ({}, {"a": str}, "does not say 'a'"),
        ([1], Listed(str), "0 must be a string"),
        ({"a": [1, "x"]}, Each(NUMBERS), "a must be a list of numbers"),
        ([1, 2], tuple[int], "a list of 1"),
        (None, (str, Number(0, 1)), "must be a number from 0 to 1"),
    ],
)
def test_a_value_of_another_form_is_told(value, form, fact):
    with pytest.raises(MisfitError, match=fact):
        fitted(value, form)


def test_a_value_of_its_form_is_made_what_it_is_asked_to_be():
    assert fitted([1, 2.5, None], NUMBERS) == [1, 2.5, None]
    assert fitted({"a": [1], "more": 2}, {"a": tuple[int, ...], "b?": str}) == {"a": (1,), "more": 2}
    assert fitted(None, (str, None)) is None
    assert json_from('{"x": null}', dict[str, float | None]) == {"x": None}


def test_files_are_named_with_what_to_do(tmp_path):
    file = tmp_path / "trial.json"
    file.write_text('{"loss": "low"}')
    with pytest.raises(DamagedError, match=r"trial\.json .*loss must be a number, got 'low'; put it back"):
        read_json(file, {"loss": float})
    file.write_bytes(b"a = 1\nb = '\xff'\n")
    with pytest.raises(OptionError, match=r"trial\.json is not text in UTF-8 \(byte 11, line 2 of it\)"):
        read_toml(file, OptionError)


@pytest.mark.slow
def test_a_short_campaign_finds_nothing():
    script, asked = Path(__file__).with_name("files.py"), ["--cases", "20", "--seed", "11", "--only", "text,classify"]
    command = [sys.executable, str(script), *asked]
    path = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(
        command, env={**ENVIRONMENT, **path}, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 cases" in done.stdout
