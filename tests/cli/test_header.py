"""``--header``: what a file's first line is taken for can be said in every task on tables, and a run remembers it."""

import json
import pickle

import pytest

import undertow
from undertow.tasks.kinds import KINDS

#: A file whose first line looks like data though it has names, options of its task, and a column by the name there.
WORDS = [f"{a}{b}{c}" for a in "bdglm" for b in "aeiou" for c in "nrst"]
FILES = {
    "classify": ("t.tsv", ["mot\tgenre", *(f"{w}\t{'f' if w[1] in 'ae' else 'm'}" for w in WORDS)], [], "genre"),
    "forecast": ("t.csv", ["2019,2020", *(f"{n % 5},{n % 7}" for n in range(120))],
                 ["--target", "2020", "--horizon", "3", "--context", "6"], "2020"),
    "translate": ("t.tsv", ["mot\tson", *(f"{w}\t{w[::-1]}" for w in WORDS)],
                  ["--source-tokens", "characters", "--target-tokens", "symbols"], "mot"),
    "reconstruct": ("t.txt", ["mot", *WORDS], ["--text", "mot"], "mot"),
}  # fmt: skip
SMALL = ["--hidden", "4", "--steps", "2", "--batch", "8"]


@pytest.fixture
def told(undertow):
    """What a command of ``undertow`` writes and says in an empty folder, and how it ends."""

    def run(*arguments):
        ran = undertow(*arguments, status=None)
        return ran.status, ran.out, ran.err

    return run


def test_every_task_on_tables_is_here():
    assert FILES.keys() == {name for name, kind in KINDS.items() if kind.tabular}


@pytest.mark.parametrize("task", FILES)
def test_the_first_line_is_what_it_is_said_to_be(tmp_path, told, task):
    name, lines, options, column = FILES[task]
    (tmp_path / name).write_text("\n".join(lines) + "\n")
    status, _, said = told("train", task, name, *options, *SMALL, "--out", "guessed")
    assert status == 2 or "column_1" in said or "`text`" in said
    status, _, said = told("train", task, name, *options, *SMALL, "--header", "yes", "--out", "run")
    assert (status, f"`{column}`" in said) == (0, True), said
    other = tmp_path / f"other-{name}"
    other.write_text("\n".join([lines[0], *lines[31:]]) + "\n")
    status, rows, said = told("predict", "run", other.name, "--json")
    assert status == 0, said
    assert len(rows.splitlines()) == (3 if task == "forecast" else len(lines) - 31)
    first = json.loads(rows.splitlines()[0])
    assert told("predict", "run", other.name)[1].splitlines()[0].split(",") == list(first)
    if task != "forecast":  # whose answers are of rows to come
        assert (first["line"], first.get("source", first.get("text"))) == (2, lines[31].split("\t")[0])
    assert told("evaluate", "run", other.name)[0] == 0
    assert told("evaluate", "run")[0] == 0


def test_a_first_pair_that_looks_like_names(tmp_path, told):
    """It would name the columns; said to be data it is the first row, in other files too."""
    (tmp_path / "t.csv").write_text("".join(f"{w},{w[::-1]}\n" for w in ["first", *WORDS]))
    options = [*FILES["translate"][2], *SMALL]
    assert "`first` as source" in told("train", "translate", "t.csv", *options)[2]
    status, _, said = told("train", "translate", "t.csv", *options, "--header", "no", "--out", "run")
    assert (status, "`column_1` as source" in said) == (0, True), said
    status, rows, _ = told("predict", "run", "t.csv", "--json")
    assert len(rows.splitlines()) == len(WORDS) + 1


def test_another_file_than_the_runs_can_have_another_header(tmp_path, told):
    (tmp_path / "t.csv").write_text("".join(f"{w} 1,{'f' if w[1] in 'ae' else 'm'}\n" for w in WORDS))
    status, _, said = told("train", "classify", "t.csv", *SMALL, "--out", "run")
    assert (status, "`column_1` as text" in said) == (0, True), said
    (tmp_path / "other.csv").write_text("text\nbar\n")
    assert told("predict", "run", "other.csv", "--header", "no")[1].splitlines()[1].startswith("1,text,")
    assert told("predict", "run", "other.csv", "--header", "yes")[1].splitlines()[1].startswith("2,bar,")
    assert told("evaluate", "run", "t.csv", "--header", "yes")[0] == 2
    status, _, said = told("evaluate", "run", "--header", "no")
    assert (status, "--header is for another file" in said) == (2, True)


@pytest.mark.parametrize("task", ["translate", "classify", "reconstruct"])
def test_what_training_found_holds_for_other_files(tmp_path, told, task):
    """A file of single words looks as if its first one named a column: trained without a header, it is a row."""
    own = {"translate": FILES["translate"][2], "reconstruct": ["--text", "column_1"]}.get(task, [])
    (tmp_path / "t.tsv").write_text("".join(f"{w} {w}\t{'f' if w[1] in 'ae' else 'm'} x\n" for w in WORDS))
    status, _, said = told("train", task, "t.tsv", *own, *SMALL, "--out", "run")
    assert (status, "columns are called column_1" in said) == (0, True), said
    (tmp_path / "other.csv").write_text("ban\nbar\nbas\n")
    status, rows, said = told("predict", "run", "other.csv", "--json")
    assert [json.loads(row)["line"] for row in rows.splitlines()] == [1, 2, 3], said
    assert "line 1 is read as data, as in training, and looks like names of columns (--header yes)" in said
    if task == "translate":  # which names no column
        assert len(told("predict", "run", "other.csv", "--header", "yes", "--json")[1].splitlines()) == 2


def test_what_training_found_holds_the_other_way_round(tmp_path, told):
    (tmp_path / "t.csv").write_text("source,target\n" + "".join(f"{w} {w},{w[::-1]}\n" for w in WORDS))
    assert told("train", "translate", "t.csv", *FILES["translate"][2], *SMALL, "--out", "run")[0] == 0
    (tmp_path / "other.csv").write_text("the words to read\nban bar\n")
    status, rows, said = told("predict", "run", "other.csv", "--json")
    assert (status, len(rows.splitlines())) == (0, 1)
    assert "line 1 is read as names of columns, as in training, and looks like data (--header no)" in said
    (tmp_path / "lines.txt").write_text("the words to read\nban bar\n")  # a text a line names nothing
    assert len(told("predict", "run", "lines.txt", "--json")[1].splitlines()) == 2


def test_what_a_header_cannot_be(tmp_path, told):
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2,y\n")
    status, _, said = told("train", "classify", "t.csv", "--header", "maybe")
    assert status == 2
    assert "header cannot be 'maybe'" in said


def test_an_estimator_remembers_it_too(tmp_path):
    name, lines, _, _ = FILES["classify"]
    file = tmp_path / name
    file.write_text("\n".join(lines) + "\n")
    quick = {"header": "yes", "steps": 2, "hidden": 4, "options": {"flow.watch": False}}
    made = undertow.Classifier(label="genre", **quick).fit(file)
    made.save(tmp_path / "kept")
    loaded = undertow.load(tmp_path / "kept")
    assert loaded.header == "yes"
    assert len(made.predict(file)) == len(loaded.predict(file)) == len(WORDS)


def test_an_estimator_reads_other_files_as_training_found_the_first(tmp_path):
    file, other = tmp_path / "t.csv", tmp_path / "other.csv"
    file.write_text("".join(f"{w} {w},{'f' if w[1] in 'ae' else 'm'}\n" for w in WORDS))
    other.write_text("ban\nbar\n")
    made = undertow.Classifier(steps=2, hidden=4, options={"flow.watch": False}).fit(file)
    made.save(tmp_path / "kept")
    assert len(made.predict(other)) == len(undertow.load(tmp_path / "kept").predict(other)) == 2
    assert len(pickle.loads(pickle.dumps(made)).predict(other)) == 2
