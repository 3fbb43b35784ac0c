"""A sixth task, a package of its own that is registered in one place: it does all that a task does."""

import ast
import json
from dataclasses import replace
from importlib import util
from pathlib import Path

import pytest

import undertow as package
from undertow.cli import app
from undertow.errors import OptionError
from undertow.report import read as report_of
from undertow.report.numbers import figure
from undertow.report.sections import tiles as tiles_of
from undertow.tasks.given import Given
from undertow.tasks.kinds import KINDS, kind_of, register
from undertow.training.session import begin
from undertow.tuning.space import default_space, space_from

SOURCE = Path(package.__file__).parent
WORDS = [a + b + c + d for a in "bgl" for b in "aei" for c in "nrs" for d in "ao"]
QUICK = ["--steps", "60", "--batch", "16", "--set=learning_rate=0.02", "--set=evaluate_every=20",
         "--set=checkpoint_every=20", "--set=log_every=10"]  # fmt: skip


def tiles(run):
    """The figures at the top of a run's report."""
    return str(tiles_of(report_of.read(run)))


@pytest.fixture
def count(tmp_path):
    """The task, registered, and a table for it."""
    register("sixth")
    (tmp_path / "words.csv").write_text("text\n" + "".join(f"{word}\n" for word in WORDS))
    yield kind_of("count")
    del KINDS["count"]
    app.train.registered_commands[:] = [c for c in app.train.registered_commands if c.name != "count"]


def test_it_trains_evaluates_predicts_and_reports(count, tmp_path, undertow):
    assert "count" in undertow("train", "--help").out
    assert "the symbol that is counted" in undertow("train", "count", "--help").out
    assert "[count]" in undertow("config", "count").out
    said = undertow("train", "count", "words.csv", *QUICK, "--out", "run").err
    assert "try: undertow evaluate run" in " ".join(said.split())
    assert "texts, off by" in undertow("evaluate", "run").out
    rows = undertow("predict", "run", "words.csv", "--json").out.splitlines()
    assert [json.loads(row)["text"] for row in rows] == WORDS
    off = [abs(json.loads(row)["count"] - word.count("a")) for row, word in zip(rows, WORDS, strict=True)]
    assert sum(off) / len(off) < 0.25, sum(off) / len(off)  # to say 1 of all is off by 0.5
    assert json.loads(undertow("evaluate", "run", "words.csv", "--json").out)["figures"]["error"] < 0.35
    undertow("report", "run")
    report = (tmp_path / "run" / "report.html").read_text()
    assert "texts that were counted worst" in report
    assert "count" in undertow("runs", ".").out


def test_of_which_figures_more_is_better(count, tmp_path, undertow, monkeypatch):
    """It is off by less and less: were that bad, the first evaluation would be the best."""
    undertow("train", "count", "words.csv", *QUICK, "--out", "run")
    events = package.runs.RunFolder(tmp_path / "run").events()
    errors = [event["error"] for event in events if event["event"] == "evaluate"]
    assert errors[0] == max(errors)
    assert f" best {figure(errors[0])}" not in tiles(tmp_path / "run")
    monkeypatch.setitem(KINDS, "count", replace(count, rising=frozenset({"error"})))
    assert f" best {figure(errors[0])}" in tiles(tmp_path / "run")


def test_it_goes_on_to_the_same_bits(count, tmp_path, undertow):
    undertow("train", "count", "words.csv", *QUICK, "--out", "whole")
    asked = iter([False] * 27 + [True] * 99)
    config = package.training.config.config_of(package.runs.RunFolder(tmp_path / "whole"))
    cut = begin(config, tmp_path / "cut")
    assert cut.train(listen=lambda event: None, interrupted=lambda: next(asked)) == "interrupted"
    undertow("resume", "cut")
    assert (tmp_path / "cut/model.safetensors").read_bytes() == (tmp_path / "whole/model.safetensors").read_bytes()


def test_what_it_cannot_do_is_told(count, undertow):
    undertow("train", "count", "words.csv", *QUICK, "--out", "run")
    assert "this wants one of task text" in undertow("sample", "run", status=2).err
    assert "this wants one of task reconstruct" in undertow("recalibrate", "run", "words.csv", status=2).err
    assert "folds no sequence to a vector" in undertow("embed", "run", "words.csv", status=2).err
    assert "count.symbol is one symbol" in undertow("train", "count", "words.csv", "--symbol", "ab", status=2).err
    assert "did you mean 'count'?" in undertow("train", "cuont", "words.csv", status=2).err


def test_a_search_knows_its_genes(count, undertow):
    assert "embedding = {low = 4, high = 32, log = true}" in undertow("tune", "--show-space", "count").out
    assert "count" not in default_space("count").tables
    with pytest.raises(OptionError, match=r"count\.symbol cannot be a gene"):
        space_from({"count": {"symbol": ["a", "b"]}}, "count", "here")


def test_its_estimator_takes_data_in_memory(count, tmp_path):
    from sixth.estimator import Counter

    table = {"text": WORDS}
    told = Counter(steps=30, run=tmp_path / "run").fit(table).predict(table)
    loaded = package.load(tmp_path / "run")
    assert isinstance(loaded, Counter)
    assert loaded.predict(table) == told
    assert package.estimators.Counter is Counter


def test_names_that_a_task_cannot_have(count):
    with pytest.raises(ValueError, match="'count'"):
        register("sixth")
    assert "count" in KINDS


def test_what_is_in_memory_is_no_file_and_the_other_way_round(tmp_path):
    assert Given(memory={"text": ["a"]}).table().frame.height == 1
    with pytest.raises(package.UndertowError, match="reads a file"):
        Given(memory="a text").file()
    assert Given("words.csv").parquet() is None


# ---- the five that ship


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_task_has_the_same_rooms(kind):
    for name in ("kind", "options", "reading", "model", "examining", "task", "trained"):
        assert util.find_spec(f"{kind.home}.{name}"), name
    assert kind.home == f"undertow.tasks.{kind.name}"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE)))
def test_nobody_else_calls_a_task_by_name(path):
    """What belongs to a task is said by its record; who keeps a table of tasks of his own would miss the sixth."""
    own = [SOURCE / "tasks" / kind.name for kind in KINDS.values()]
    own += [SOURCE / "report" / "tasks", SOURCE / "examples.py"]  # what they draw; data, which are for some task
    own += [SOURCE / (kind.estimator.partition(":")[0].partition(".")[2].replace(".", "/") + ".py")
            for kind in KINDS.values() if kind.estimator]  # fmt: skip
    if any(path.is_relative_to(place) for place in own):
        return
    names = {kind.name for kind in KINDS.values()} - {"text"}  # which is the name of much else
    words = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
    assert not names & {word for word in words if isinstance(word, str)}


@pytest.mark.parametrize("room", ["training", "tuning", "report"])
def test_what_serves_all_tasks_imports_none_of_them(room):
    folders = tuple(f"undertow.tasks.{name}" for name in KINDS)
    for path in (SOURCE / room).rglob("*.py"):
        if path.parent != SOURCE / "report" / "tasks":
            modules = [node.module or "" for node in ast.walk(ast.parse(path.read_text())) if
                       isinstance(node, ast.ImportFrom)]  # fmt: skip
            assert not [module for module in modules if module.startswith(folders)], path
