"""``undertow tune``: from its flags to its last word, and what it refuses."""

import json
import sqlite3
import sys

import pytest

from undertow.cli import tuning
from undertow.tuning.folder import SearchFolder

NAMES = "name,gender\n" + "".join(f"{a}{b}{c}{d},{'FM'[(i + j) % 2]}\n" for i, a in enumerate("ABCDE")
                                  for j, b in enumerate("aeiou") for c in "nmr" for d in "ok")  # fmt: skip
GENES = "[model]\nhidden = { low = 2, high = 6 }\nlayers = [1, 2]\n[training]\nlearning_rate = [0.001, 0.01]\n"
CONFIG = 'task = "classify"\n[classify]\ndata = "names.csv"\n[training]\nsteps = 6\nevaluate_every = 3\nbatch = 16\n'


@pytest.fixture
def undertow(undertow, tmp_path):
    """Run a command in a folder with data, a config and genes: its status, standard output and error."""
    (tmp_path / "names.csv").write_text(NAMES)
    (tmp_path / "c.toml").write_text(CONFIG)
    (tmp_path / "genes.toml").write_text(GENES)

    def run(*arguments):
        ran = undertow(*arguments, status=None)
        return ran.status, ran.out, " ".join(ran.err.split())

    return run


SMALL = [
    "--space",
    "genes.toml",
    "--budget",
    "4",
    "--population",
    "2",
    "--retrain",
    "1",
    "--workers",
    "1",
    "--no-controls",
]


@pytest.mark.slow
def test_from_a_config_to_a_report(undertow, tmp_path):
    status, out, err = undertow("tune", "c.toml", *SMALL, "--out", "s")
    assert status == 0, err
    assert "s: 4 genes, a search of 4 trainings of 6 steps, 1 at once" in err
    assert "The winner" in out
    assert "no control was searched beside it" in " ".join(out.split())
    assert "accuracy: winner" in out
    assert (tmp_path / "s" / "report.html").is_file()
    status, _, err = undertow("train", "classify", "--config", "s/winner.toml", "--steps", "2", "--out", "w")
    assert status == 0, err
    before = (tmp_path / "s" / "search.json").read_text()
    status, out, err = undertow("resume", "s", "--json")
    assert status == 0
    events = [json.loads(line) for line in out.splitlines()]
    assert [e["event"] for e in events] == ["before", "found"], "nothing is trained again"
    assert (tmp_path / "s" / "search.json").read_text() == before
    status, _, err = undertow("tune", "s", "--budget", "9")
    assert status == 2
    assert "whose options are in its search.toml" in err
    status, out, _ = undertow("runs", ".")
    assert status == 0
    assert "search" in out
    status, out, _ = undertow("tune", "s", "--show-space")
    assert "learning_rate = [0.001, 0.01]" in out


def test_the_table_names_what_is_measured(capsys):
    trials = [{"number": 3, "values": [0.25, 1200]}]
    searches = [{"method": "random", "seed": 0, "trials": trials, "best": 3}]
    found = {"searches": searches, "sought": {"loss": "least", "parameters": "least"}, "winner": None, "final": None}
    tuning._show({**found, "comparison": {"text": ""}})
    told = capsys.readouterr().out
    assert "best loss, parameters" in told
    assert "0.25, 1200" in told


def test_show_space(undertow):
    status, out, _ = undertow("tune", "--show-space", "text")
    assert status == 0
    assert "window = [25, 50, 100]" in out
    assert "# hidden units of each layer" in out
    status, out, _ = undertow("tune", "c.toml", "--show-space", "--space", "genes.toml")
    assert "layers = [1, 2]" in out


#: Arguments, the space's content if it is another, and what must be said.
WRONG = {
    "nothing": ([], None, "which network? undertow tune RUN, or a config"),
    "no such config": (["gone.toml"], None, "cannot read config gone.toml: No such file"),
    "no such run": (["runs/nope"], None, "there is no run folder runs/nope"),
    "data": (["names.csv"], None, "names.csv is data, and tune wants a config that names it, or a run"),
    "unknown gene": (["c.toml", *SMALL], "[model]\nhiden = [1]\n", "there is no option model.hiden; did you mean"),
    "empty range": (["c.toml", *SMALL], "[model]\nhidden = { low = 9, high = 3 }\n", "the range from 9 to 3 is empty"),
    "unknown name": (
        ["c.toml", *SMALL], '[model]\nnormalisation = ["layr"]\n',
        "genes.toml: model.normalisation: there is no normalisation 'layr'; did you mean 'layer'?",
    ),
    "no metric": (["c.toml", *SMALL, "--objectives", "los"], None, "measured as 'los'; did you mean 'loss'?"),
    "budget 0": (["c.toml", *SMALL, "--budget", "0"], None, "search.budget must be at least 1, got 0"),
    "population 1": (["c.toml", *SMALL, "--population", "1"], None, "search.population must be at least 2, got 1"),
    "crossover": (["c.toml", *SMALL, "--crossover", "unifrom"], None, "did you mean 'uniform'?"),
    "workers": (["c.toml", *SMALL, "--workers", "-1"], None, "--workers is a number of trainings side by side"),
    "no horizon": (
        ["c.toml", *SMALL, "--objectives", "horizon", "--set", "backend=vendor"], None, "shows no horizon"
    ),
    "no data": (["c.toml", *SMALL, "--set", "data=gone.csv"], None, "there is no file"),
    "no column": (["c.toml", *SMALL, "--set", "label=gendr"], None, "did you mean 'gender'?"),
    "no URL": (["c.toml", *SMALL, "--storage", "trials.db"], None, "the storage 'trials.db' is no URL"),
    "no dialect": (
        ["c.toml", *SMALL, "--storage", "postgres://x/y"], None, "'postgres' is no SQL database that Optuna can use"
    ),
    "no driver of it": (
        ["c.toml", *SMALL, "--storage", "postgresql+nosuch://x/y"], None, "no driver 'nosuch' for postgresql; leave it"
    ),
    "not SQL": (["c.toml", *SMALL, "--storage", "redis://x"], None, "'redis' is no SQL database that Optuna can use"),
    "in memory": (["c.toml", *SMALL, "--storage", "sqlite://"], None, "it names no file, and would be gone with this"),
    "no folder for it": (["c.toml", *SMALL, "--storage", "sqlite:////nowhere/t.db"], None, "unable to open"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_bad_input(undertow, tmp_path, wrong):
    arguments, genes, said = WRONG[wrong]
    if genes is not None:
        (tmp_path / "genes.toml").write_text(genes)
    there = sorted(p.name for p in tmp_path.iterdir())
    status, out, err = undertow("tune", *arguments, *(["--out", "s"] if arguments else []))
    assert status == 2
    assert said in err
    assert "Traceback" not in err
    assert not out
    assert sorted(p.name for p in tmp_path.iterdir()) == there, "nothing is written"


def test_a_folder_that_is_there(undertow, tmp_path):
    (tmp_path / "s").mkdir()
    status, _, err = undertow("tune", "c.toml", *SMALL, "--out", "s")
    assert status == 2
    assert "s exists already" in err
    assert list((tmp_path / "s").iterdir()) == []


@pytest.fixture
def begun(tmp_path, undertow):
    """A search that has not trained yet."""
    from undertow.training.config import read_config
    from undertow.tuning.options import SearchOptions
    from undertow.tuning.search import tracks_of
    from undertow.tuning.session import begin
    from undertow.tuning.space import read_space

    space = read_space(tmp_path / "genes.toml", "classify")
    search = begin(tmp_path / "s", SearchOptions(budget=4, population=2), read_config(tmp_path / "c.toml"), space)
    tracks_of(search)
    return search


def test_a_folder_of_another_version(undertow, begun):
    file = begun.path / "search.toml"
    file.write_text(file.read_text().replace("format = 1", "format = 99"))
    status, _, err = undertow("resume", "s")
    assert status == 2
    assert "was written by another version of Undertow: 0.1.0, format 99" in err


def test_a_store_of_another_version(undertow, begun):
    with sqlite3.connect(begun.path / "trials.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'v9.9.9.a'")
        database.execute("UPDATE version_info SET schema_version = 99")
    status, _, err = undertow("resume", "s", "--workers", "1")
    assert status == 2
    assert "another version of Optuna" in err
    assert "Traceback" not in err


def test_a_store_that_is_none(undertow, begun):
    for file in begun.path.glob("trials.db*"):
        file.unlink()
    (begun.path / "trials.db").write_bytes(b"not a database, " * 500)
    status, _, err = undertow("resume", "s", "--workers", "1")
    assert status == 2
    assert "refuses: file is not a database" in err


def test_a_space_edited_into_nonsense(undertow, begun):
    (begun.path / "space.toml").write_text("[model]\nhidden = []\n")
    status, _, err = undertow("resume", "s")
    assert status == 2
    assert "space.toml: model.hidden: an empty list" in err


def test_a_password_is_not_told(tmp_path):
    from undertow.errors import OptionError, RunError
    from undertow.tuning.store import open_storage

    with pytest.raises((OptionError, RunError)) as error:
        open_storage("postgresql://me:secret@127.0.0.1:1/db?password=secret", tmp_path)
    assert "secret" not in str(error.value)
    assert "postgresql://me@127.0.0.1:1/db" in str(error.value)


def test_a_store_in_a_file_is_found_from_any_folder(tmp_path, undertow):
    from undertow.training.config import read_config
    from undertow.tuning.options import SearchOptions
    from undertow.tuning.session import begin
    from undertow.tuning.space import read_space

    options = SearchOptions(budget=4, population=2, storage="sqlite:///t.db")
    begin(tmp_path / "s", options, read_config(tmp_path / "c.toml"), read_space(tmp_path / "genes.toml", "classify"))
    assert SearchFolder.open(tmp_path / "s").options.storage == f"sqlite:///{tmp_path / 't.db'}"


def test_a_missing_driver_is_named(undertow, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg2", None)  # as if it were not installed
    status, _, err = undertow("tune", "c.toml", *SMALL, "--storage", "postgresql+psycopg2://x/y", "--out", "s")
    assert status == 2
    assert "its driver, the Python module 'psycopg2', is not installed; install it" in err


def test_the_config_is_searched_from_where_the_data_are(begun, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    search = SearchFolder.open(tmp_path / "s")
    assert search.config.own.data == str(tmp_path / "names.csv")
    assert search.config.own.split_seed == 0
