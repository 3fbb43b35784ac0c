"""Bad input on the command line: one clear error with file and line or column, status 2, and nothing written."""

import pytest

SMALL = ["--hidden", "4", "--steps", "2", "--batch", "8"]

PEOPLE = "name,gender\n" + "".join(f"{a}{b}{c},{'FM'[(i + j + k) % 2]}\n" for i, a in enumerate("ABCDE")
                                   for j, b in enumerate("aeiou") for k, c in enumerate("nmr"))  # fmt: skip
HOURS = [f"2024-01-{1 + hour // 24:02d} {hour % 24:02d}:00,{hour % 7},{hour % 5}" for hour in range(240)]
PAIRS = [f"{a} {b}\t{b.upper()} {a.upper()}" for a in ("one", "two", "three", "four", "five") for b in "abcdefgh"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def said(undertow):
    """How a command of ``undertow`` ends, and what it says on standard error."""

    def run(*arguments):
        ran = undertow(*arguments, status=None)
        return ran.status, " ".join(ran.err.split())

    return run


def table(rows, header="time,a,b"):
    return "\n".join([header, *rows]) + "\n"


def with_row(rows, at, row):
    return [*rows[:at], row, *rows[at:]]


LONG = "x" * 1_000_000

#: What is wrong; the file; the task with its options; what must be said.
WRONG = {
    "no file": (None, None, "classify", "gone.csv"),
    "no rows": ("t.csv", "name,gender\n", "classify", "t.csv has a header (line 1: name, gender) and no rows"),
    "nothing": ("t.csv", "", "classify", "t.csv is empty"),
    "suffix": ("t.xls", "name,gender\n", "classify", "t.xls: tables are read from .csv,"),
    "ragged": ("t.csv", PEOPLE + "Zoe\n", "classify", "t.csv, line 77 has 1 field, line 1 has 2"),
    "million characters": ("t.csv", PEOPLE + f"{LONG},F\n", "classify", "t.csv, line 77: a field has more than"),
    "label column missing": (
        "t.csv", PEOPLE, "classify --label sex --text name", "t.csv has no column 'sex' (wanted as label)"
    ),
    "label column mistyped": ("t.csv", PEOPLE, "classify --label gendr", "did you mean 'gender'?"),
    "no label column": ("t.csv", "name\nAnn\nBob\nCy\n", "classify", "t.csv: which column holds the labels?"),
    "one class": ("t.csv", PEOPLE.replace(",M", ",F"), "classify", "t.csv: column `gender` has one class only, 'F'"),
    "class that is not in training": (
        "t.csv", table([f"n{i}x,{'FM'[i % 2]},{'abc'[i // 10]}" for i in range(30)] + ["Zoe,X,d"], "name,gender,place"),
        "classify --group place --validation 0.25 --test 0.25 --seed 6",
        "t.csv, line 32, column `gender`: 'X' is in the validation part alone, none to train on"
    ),
    "label missing": ("t.csv", PEOPLE + "Zoe,\n", "classify", "t.csv, line 77, column `gender`: the label is missing"),
    "text missing": ("t.csv", PEOPLE + ",F\n", "classify", "t.csv, line 77, column `name`: the text is empty"),
    "too few for parts": ("t.csv", PEOPLE[:35], "classify", "leave none for the"),
    "mixed types": (
        "t.csv", "a,b,label\n" + "1,2,x\n3,4,y\n" * 20 + "5,?,x\n", "classify",
        "t.csv, line 42, column `b`: '?' is not a number, but 40 of"
    ),
    "column of NaN": (
        "t.csv", "a,b,label\n" + "1,NaN,x\n3,,y\n" * 20, "classify", "t.csv: column `b` has no numbers: all 40"
    ),
    "column of NaN to rebuild": (
        "t.csv", "a,b\n" + "1,NaN\n3,NA\n" * 60, "reconstruct", "t.csv: column `b` has no"
    ),
    "mixed types to rebuild": (
        "t.csv", "a,b\n" + "1,2\n3,4\n" * 60 + "5,five\n", "reconstruct", "t.csv, line 122, column `b`: 'five' is not"
    ),
    "times of a series out of order": (
        "t.csv", table(with_row(HOURS, 30, HOURS[7])), "reconstruct --time time --columns a,b",
        "t.csv, line 32, column `time`: 2024-01-01 07:00:00 comes after 2024-01-02 05:00:00 (line 31); sort the rows"
    ),
    "a time of a series twice": (
        "t.csv", table(with_row(HOURS, 30, HOURS[29])), "reconstruct --time time --columns a,b",
        "t.csv, line 32, column `time`: 2024-01-02 05:00:00 stands in line 31 too"
    ),
    "known anomalies that are neither": (
        "t.csv", table([f"{row},{2 * (i == 99)}" for i, row in enumerate(HOURS)], "time,a,b,odd"),
        "reconstruct --anomaly odd --columns a,b --time time", "t.csv, line 101, column `odd`: 2 is not 0 (normal) or 1"
    ),
    "an empty list": (
        "t.jsonl", '{"s": [1, 2]}\n' * 40 + '{"s": []}\n', "reconstruct", "t.jsonl, line 41, column `s`: the series is"
    ),
    "an infinite number": (
        "t.csv", table([*HOURS, "2024-01-11 00:00,inf,1"]), "reconstruct --columns a,b",
        "t.csv, line 242, column `a`: the number is infinite"
    ),
    "times to forecast out of order": (
        "t.csv", table(with_row(HOURS, 30, HOURS[7])), "forecast --target a", "t.csv, line 32, column `time`: 2024"
    ),
    "a time to forecast twice": (
        "t.csv", table(with_row(HOURS, 30, HOURS[29])), "forecast --target a", "t.csv, line 32, column `time`: 2024"
    ),
    "nothing to forecast": (
        "t.csv", table([f"{row.rsplit(',', 1)[0]}," for row in HOURS]), "forecast --target b",
        "t.csv: column `b` has no numbers: all 240 cells are missing"
    ),
    "mixed types to forecast": (
        "t.csv", table([*HOURS, "2024-01-11 00:00,?,1"]), "forecast --target a", "t.csv, line 242, column `a`: '?' is"
    ),
    "no such target": ("t.csv", table(HOURS), "forecast --target c", "t.csv has no column 'c' (wanted as target)"),
    "which target": ("t.csv", table(HOURS), "forecast", "t.csv has 2 columns of numbers: a, b; name"),
    "too short to forecast": ("t.csv", table(HOURS[:5]), "forecast --target a", "5 steps leave none for"),
    "a source without a target": (
        "t.tsv", "\n".join([*PAIRS, "six i\t"]), "translate", "t.tsv, line 41, column `column_2`: the text is empty"
    ),
    "a target without a source": (
        "t.tsv", "\n".join(["\tI SIX", *PAIRS]), "translate", "t.tsv, line 1, column `column_1`: the text is empty"
    ),
    "one side alone": ("t.csv", "en\n" + "one\ntwo\n" * 20, "translate", "a pair needs two, source and target"),
    "a million characters to translate": (
        "t.tsv", "\n".join([*PAIRS, f"six\t{LONG}"]), "translate", "t.tsv, line 41: a field has more than"
    ),
    "bytes that are no text": ("t.txt", b"caf\xe9 noir\n" * 9, "text", "t.txt is not UTF-8 text (line 1, byte 3)"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_training_on_it(here, said, wrong):
    name, content, task, message = WRONG[wrong]
    if name:
        (here / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    before = sorted(here.rglob("*"))
    task, *options = task.split()
    status, told = said("train", task, name or "gone.csv", *options, *SMALL)
    assert status == 2
    assert message in told, told
    assert told.startswith("undertow: error:"), told
    assert "Traceback" not in told
    assert sorted(here.rglob("*")) == before


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Small runs of some tasks, by task, with the tables that they were trained on."""
    from undertow.tasks.kinds import KINDS
    from undertow.training.config import Config
    from undertow.training.session import begin

    home = tmp_path_factory.mktemp("runs")
    files = {
        "classify": ("people.csv", PEOPLE, {}),
        "text": ("poem.txt", PEOPLE * 4, {}),
        "forecast": ("hours.csv", table(HOURS), {"target": "a", "known": "b", "horizon": 3, "context": 6}),
        "translate": ("pairs.tsv", "\n".join(PAIRS), {"source_tokens": "words", "target_tokens": "words"}),
        "reconstruct": ("steps.csv", table(HOURS), {"columns": "a,b", "time": "time", "window": 8}),
    }
    for task, (name, content, own) in files.items():
        if task not in KINDS:
            continue
        (home / name).write_text(content)
        own = {f"{task}.data": str(home / name)} | {f"{task}.{key}": value for key, value in own.items()}
        small = {"model.hidden": 4, "training.steps": 2, "training.batch": 4, "training.warmup": 1}
        begin(Config.of(task).replaced({**own, **small}), home / task).train(listen=lambda event: None)
    return home


#: A command on a trained run; what must be said.
WRONG_USE = {
    "a class unseen in training": (
        "evaluate", "classify", "name,gender\nAnn,F\nBob,M\nCy,X\n",
        "t.csv, line 4, column `gender`: the class 'X' was not seen in training"
    ),
    "no label to evaluate with": ("evaluate", "classify", "name\nAnn\nBob\n", "t.csv has no column 'gender'"),
    "a label missing": ("evaluate", "classify", "name,gender\nAnn,F\nBob,\n", "t.csv, line 3, column `gender`: the"),
    "a column missing": ("predict", "classify", "nam,x\nAnn,1\n", "t.csv has no column 'name'"),
    "no rows": ("predict", "classify", "name,gender\n", "t.csv has a header (line 1: name, gender) and no rows"),
    "an empty text": ("predict", "classify", "name,x\nAnn,1\n,2\n", "t.csv, line 3, column `name`: the text is empty"),
    "a million characters": ("predict", "classify", f"name,x\nAnn,1\n{LONG},2\n", "t.csv, line 3: a field has"),
    "another table to rebuild": ("predict", "reconstruct", "time,a\n2024-01-01,1\n", "t.csv has no column 'b'"),
    "times out of order": (
        "predict", "reconstruct", table(with_row(HOURS, 30, HOURS[7])),
        "t.csv, line 32, column `time`: 2024-01-01 07:00:00 comes after 2024-01-02 05:00:00 (line 31)"
    ),
    "text where numbers are": (
        "predict", "reconstruct", table([*HOURS, "2024-01-11 00:00,?,1"]), "t.csv, line 242, column `a`: '?' is not"
    ),
    "known values that end": ("predict", "forecast", table(HOURS), "b"),
    "times to go on from out of order": (
        "predict", "forecast", table(with_row(HOURS, 30, HOURS[7])), "t.csv, line 32, column `time`: 2024"
    ),
    "nothing to go on from": (
        "predict", "forecast", table([f"{row.split(',')[0]},,1" for row in HOURS]), "t.csv: column `a` has no numbers"
    ),
    "an empty source": ("predict", "translate", "one a\n\t\n", "t.csv"),
    "a source without a target": (
        "evaluate", "translate", "column_1,column_2\none a,A ONE\ntwo b,\n",
        "t.csv, line 3, column `column_2`: the text"
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_USE)
def test_using_a_model_on_it(here, said, trained, wrong):
    command, task, content, message = WRONG_USE[wrong]
    (here / "t.csv").write_text(content)
    before = {file: file.read_bytes() for file in (trained / task).rglob("*") if file.is_file()}
    status, told = said(command, trained / task, "t.csv", *(["--out", "out.csv"] if command == "predict" else []))
    assert status == 2
    assert message in told, told
    assert told.startswith(("undertow: error:", "t.csv: line 1 is read as")), told
    assert [file.name for file in here.iterdir()] == ["t.csv"]
    assert {file: file.read_bytes() for file in (trained / task).rglob("*") if file.is_file()} == before


@pytest.mark.parametrize(
    ("command", "task", "more", "message"),
    [
        ("sample", "classify", [], "is a run of task classify, and this wants one of task text"),
        ("embed", "text", ["t.csv"], "is a run of task text, whose model folds no sequence to a vector"),
        ("predict", "text", ["t.csv"], "text"),
        ("embed", "forecast", ["t.csv"], "is a run of task forecast, whose model folds no sequence to a vector"),
        ("train classify t.csv --encoder", "text", SMALL, "text"),
        ("train classify t.csv --encoder", "forecast", SMALL, "forecast"),
    ],
)
def test_a_run_of_another_task(here, said, trained, command, task, more, message):
    (here / "t.csv").write_text(PEOPLE)
    status, told = said(*command.split(), trained / task, *more)
    assert status == 2
    assert message in told, told
    assert told.startswith("undertow: error:"), told
    assert [file.name for file in here.iterdir()] == ["t.csv"]


def test_a_config_of_another_task(here, said):
    (here / "t.csv").write_text(PEOPLE)
    (here / "c.toml").write_text('task = "text"\n')
    status, told = said("train", "classify", "t.csv", "--config", "c.toml")
    assert (status, "is a config for `undertow train text`, not for classify" in told) == (2, True), told


def test_the_run_s_data_have_changed(here, said, trained, tmp_path_factory):
    """The test part is cut from the data again: other data would have other parts."""
    file = trained / "people.csv"
    content = file.read_text()
    try:
        file.write_text(content + "Zoe,F\n")
        status, told = said("evaluate", trained / "classify")
        assert (status, "has changed since" in told) == (2, True), told
        file.unlink()
        status, told = said("evaluate", trained / "classify")
        assert (status, "there is no file" in told) == (2, True), told
    finally:
        file.write_text(content)


def test_a_real_process_ends_with_status_2(undertow_process, tmp_path):
    (tmp_path / "t.csv").write_text("name,gender\nAnn,F\nBob,F\n")
    failed = undertow_process("train", "reconstruct", "t.csv", "--columns", "name", status=2)
    assert "t.csv, line 2, column `name`: 'Ann' is not a number" in failed.err
    assert failed.out == ""
    assert [file.name for file in tmp_path.iterdir()] == ["t.csv"]
