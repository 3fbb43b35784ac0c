"""A folder that names a database server, or code elsewhere, is asked about, unless this user has named it himself."""

import json
import re
import shutil
import sys

import pytest

from cli.test_diagnosing import OWN
from processes import ENVIRONMENT, in_terminal
from undertow.cli import asking
from undertow.errors import RunError
from undertow.runs import TRUSTED
from undertow.training.config import Config
from undertow.tuning.folder import SearchFolder
from undertow.tuning.options import SearchOptions
from undertow.tuning.space import default_space
from undertow.tuning.store import server_of

STORAGE = "postgresql://me:dear@db.example:5432/search?sslmode=require"


@pytest.fixture
def search(tmp_path):
    """A search's folder from somebody else, with its trials on a server."""
    return SearchFolder.create(
        tmp_path / "s", SearchOptions(storage=STORAGE), Config.of("classify"), default_space("classify")
    )


@pytest.fixture
def connected(monkeypatch):
    """The storages that were connected to."""
    found = []

    def connect(storage, folder):
        found.append(storage)
        raise RunError("connected")

    monkeypatch.setattr("undertow.tuning.search.open_storage", connect)
    monkeypatch.setattr("undertow.tuning.session.open_storage", connect)
    return found


@pytest.mark.parametrize("command", ["resume", "tune"])
def test_a_server_is_not_connected_to_unasked(undertow, search, connected, command):
    told = undertow(command, "s", "--workers", 1, status=2)
    assert connected == []
    assert "s keeps its trials on a database server, as its search.toml says: db.example:5432/search" in told.err
    assert "as me, sslmode" in told.err
    assert told.err.endswith("undertow resume s --trust\n")
    assert "dear" not in told.err
    assert not (search.path / TRUSTED).exists()
    assert "connected" in undertow(command, "s", "--workers", 1, "--trust", status=2).err
    assert connected == [STORAGE]
    assert "as its search.toml says" in undertow(command, "s", status=2).err, "that was for once"


def test_a_server_that_this_user_named_himself_is_known(undertow, search, connected, monkeypatch, tmp_path):
    asking.remember(asking.connects(search))
    assert "connected" in undertow("resume", "s", "--workers", 1, status=2).err
    shutil.move(search.path, tmp_path / "moved")
    assert "connected" in undertow("resume", "moved", "--workers", 1, status=2).err
    monkeypatch.setenv("UNDERTOW_CACHE", str(tmp_path / "of another user"))
    assert "as its search.toml says" in undertow("resume", "moved", status=2).err
    monkeypatch.setenv("UNDERTOW_CACHE", "off")
    assert "as its search.toml says" in undertow("resume", "moved", status=2).err
    assert len(connected) == 2


def test_what_tune_is_given_is_known_afterwards(undertow, search, connected, monkeypatch, tmp_path):
    (tmp_path / "c.toml").write_text('task = "classify"\n[classify]\ndata = "x.csv"\n')
    monkeypatch.setattr("undertow.tuning.session.begin", lambda *_: search)
    undertow("tune", "c.toml", "--storage", STORAGE, "--workers", 1, "--out", "s", status=2)
    assert "connected" in undertow("resume", "s", "--workers", 1, status=2).err


@pytest.mark.parametrize("changed", ["db.example", "5432/search", "sslmode=require", "dear", 'name = "s-'])
def test_a_mark_is_for_what_was_named_alone(undertow, search, connected, changed):
    """And what is changed to lies beside it, in the same folder."""
    asking.remember(asking.connects(search))
    file = search.path / "search.toml"
    file.write_text(file.read_text().replace(changed, f"{changed}x"))
    undertow("resume", "s", status=2)
    assert connected == []


@pytest.mark.parametrize(
    "mark", ["{}", "[]", "no JSON", '{"seal": ""}', '{"seal": "\u00e9"}', f'{{"seal": "{"0" * 64}"}}']
)
def test_a_mark_that_is_none_is_none(undertow, search, connected, mark):
    (search.path / TRUSTED).write_text(mark)
    assert "as its search.toml says" in undertow("resume", "s", status=2).err
    assert connected == []


@pytest.mark.parametrize(
    ("storage", "told"),
    [
        ("", ""),
        ("sqlite:////data/t.db", ""),
        ("mysql+pymysql://me:dear@h/d", "h/d (mysql+pymysql), as me"),
        ("postgresql:///d?host=evil&password=dear", "no host named/d (postgresql), host = evil, password"),
        ("postgresql://u@/d?host=a&host=b&port=7", "no host named/d (postgresql), as u, host = a, b, port = 7"),
        ("mssql+pyodbc:///?odbc_connect=PWD%3Ddear", "no host named/ (mssql+pyodbc), odbc_connect"),
        (f"postgresql://{'u' * 999}:dear@evil/d", f"evil/d (postgresql), as {'u' * 197} ..."),
    ],
)
def test_a_server_is_told_without_its_password(storage, told):
    assert server_of(storage) == told


@pytest.mark.slow
def test_in_a_terminal_the_user_is_asked(search, tmp_path):
    def resumed(typed):
        environment = {**ENVIRONMENT, "TERM": "xterm-256color"}
        shown = in_terminal(tmp_path, environment, "resume", "s", "--workers", "1", status=2, typed=typed)
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)

    for typed in ("\n", "n\n", "\x04"):
        shown = resumed(typed)
        assert "as its search.toml says: db.example:5432/search" in shown
        assert "Connect to it? [y/N]" in shown
        assert "s is left alone" in shown
        assert not (search.path / TRUSTED).exists()
    shown = resumed("y\n")
    assert "[y/N]" in shown
    assert "the storage postgresql://me@db.example:5432/search cannot be used" in shown or "refuses" in shown
    assert "[y/N]" not in resumed(""), "it was answered before"


# ---- code


@pytest.fixture
def own(undertow, tmp_path, monkeypatch):
    """Diagnoses and remedies of a model of one's own, whose module says when it is imported."""
    (tmp_path / "asked_model.py").write_text(f"{OWN}\nopen('imported', 'a').close()\n")
    given = ("--model", "asked_model:Tagger", "--data", "asked_model:batches", "--reach", 20)
    path = [*sys.path]

    def forget():
        sys.modules.pop("asked_model", None)
        sys.path[:] = path
        (tmp_path / "imported").unlink(missing_ok=True)

    def remedy(folder="seen", *more, status=0):
        forget()
        told = undertow("remedy", folder, "--steps", 5, "--seeds", 1, "--only", "chrono initialisation", *more,
                        status=status)  # fmt: skip
        assert (tmp_path / "imported").exists() is (status == 0)
        return told

    forget()
    undertow("diagnose", *given, "--steps", 5, "--out", "seen")
    yield remedy
    forget()


def test_code_that_this_user_named_himself_is_run(own):
    assert "5 updates, 1 seeds" in own().out


def test_code_is_not_run_unasked(own, tmp_path):
    (tmp_path / "seen" / TRUSTED).unlink()
    told = own(status=2).err
    assert f"seen names code to run, in its config.toml: asked_model:Tagger from {tmp_path / 'asked_model.py'}" in told
    assert f"asked_model:batches from {tmp_path / 'asked_model.py'}" in told
    assert told.endswith("undertow remedy seen --trust\n")
    assert "5 updates, 1 seeds" in own("seen", "--trust").out
    own(status=2)


def test_a_mark_is_for_the_functions_and_their_file(own, tmp_path, monkeypatch):
    config = tmp_path / "seen" / "config.toml"
    before = config.read_text()
    config.write_text(before.replace("asked_model:batches", "asked_model:others"))
    own(status=2)
    config.write_text(before)
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(tmp_path / "asked_model.py", tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path / "elsewhere")
    told = own(tmp_path / "seen", status=2).err
    assert str(tmp_path / "elsewhere" / "asked_model.py") in told


def test_a_mark_of_another_folder_is_none(own, search, tmp_path, undertow, connected):
    asking.remember(asking.connects(search))
    shutil.copy(search.path / TRUSTED, tmp_path / "seen" / TRUSTED)
    own(status=2)
    assert json.loads((tmp_path / "seen" / TRUSTED).read_text())
