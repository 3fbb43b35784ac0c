"""A search's folder from a stranger: what its store and its search.toml say leads nowhere else."""

import json
import os
import shutil
import sqlite3
import struct

import pytest

from tuning.searches import Formula, folder
from undertow.errors import DamagedError, RunError
from undertow.tuning.folder import SearchFolder
from undertow.tuning.outcome import outcome
from undertow.tuning.search import run
from undertow.tuning.store import check_kept, open_storage


@pytest.fixture
def search(tmp_path):
    """A search that is over, in a folder; and beside it a file that is dear to somebody."""
    (tmp_path / "dear").write_text("dear\n")
    made = folder(tmp_path / "search", budget=2, population=2, controls=False, retrain=0)
    assert run(made, Formula())
    return made


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_no_part_of_the_store_is_a_link(search, tmp_path, end, link):
    part = search.path / f"trials.db{end}"
    part.unlink(missing_ok=True)
    link(tmp_path / "dear", part)
    with pytest.raises(
        DamagedError, match=rf"cannot use the store of trials .*trials\.db{end}: it is (a symbolic|one)"
    ):
        run(search, Formula())
    assert (tmp_path / "dear").read_text() == "dear\n"


def forged_journal(file, victim):
    """A database, and beside it the journal of an unfinished transaction, which names ``victim`` as its own."""
    opened = sqlite3.connect(file)
    opened.execute("PRAGMA cache_size = 1")
    opened.execute("CREATE TABLE more (x)")
    opened.commit()
    opened.execute("BEGIN")
    for _ in range(3000):
        opened.execute("INSERT INTO more VALUES (randomblob(500))")
    journal = file.with_name(f"{file.name}-journal")
    half, left = file.read_bytes(), journal.read_bytes()
    opened.rollback()
    opened.close()
    name = os.fsencode(victim)
    total = sum(struct.unpack(f"{len(name)}b", name)) & 0xFFFFFFFF
    file.write_bytes(half)
    journal.write_bytes(
        left + struct.pack(">I", (1 << 30) // 4096 + 1) + name + struct.pack(">II", len(name), total)
        + bytes.fromhex("d9d505f920a163d7")
    )  # fmt: skip


def test_a_journal_does_not_remove_what_it_names(tmp_path):
    search = folder(tmp_path / "search")
    store, copy = search.path / "trials.db", tmp_path / "copy.db"
    (tmp_path / "dear").write_text("dear\n")
    forged_journal(store, tmp_path / "dear")
    for end in ("", "-journal"):
        shutil.copy(f"{store}{end}", f"{copy}{end}")
    with pytest.raises(DamagedError, match=r"trials\.db-journal names another file, which would be removed"):
        run(search, Formula())
    with pytest.raises(DamagedError, match=r"copy\.db-journal names another file"):
        open_storage(f"sqlite:///{copy}", tmp_path)
    assert (tmp_path / "dear").exists()
    opened = sqlite3.connect(copy)  # so that this test is one: SQLite itself does
    opened.execute("SELECT count(*) FROM more")
    opened.close()
    assert not (tmp_path / "dear").exists()


@pytest.mark.parametrize("key", ["../../dear", "/etc", "", "0" * 15, 7, None])
def test_the_name_of_a_genome_is_no_path(search, key):
    opened = sqlite3.connect(search.path / "trials.db")

    opened.execute("UPDATE trial_user_attributes SET value_json = ? WHERE key = 'key'", (json.dumps(key),))
    opened.commit()
    opened.close()
    for use in (lambda: run(search, Formula()), lambda: outcome(search)):
        with pytest.raises(DamagedError, match=r"another number or key|key must be a string"):
            use()


@pytest.mark.parametrize("there", ["nothing", "a text", "an empty file", "a database"])
def test_a_store_elsewhere_is_left_alone_unless_it_has_the_search(search, tmp_path, there):
    file = tmp_path / "elsewhere.db"
    if there == "a database":
        with sqlite3.connect(file) as opened:
            opened.execute("CREATE TABLE studies (study_name)")
            opened.execute("INSERT INTO studies VALUES ('another:genetic-0')")
        opened.close()
    elif there != "nothing":
        file.write_text("dear\n" if there == "a text" else "")
    toml = search.path / "search.toml"
    toml.write_text(toml.read_text().replace('storage = ""', f'storage = "sqlite:///{file}"'))
    before = file.read_bytes() if file.exists() else None
    with pytest.raises(RunError, match=r"search\.storage is .*elsewhere\.db, which has no trials of this search"):
        SearchFolder.open(search.path)
    assert (file.read_bytes() if file.exists() else None) == before
    assert sorted(p.name for p in tmp_path.glob("elsewhere.db?*")) == []


def test_a_store_elsewhere_that_has_the_search_is_taken(search, tmp_path):
    file = tmp_path / "elsewhere.db"
    shutil.move(search.path / "trials.db", file)
    for end in ("-wal", "-shm"):
        if (search.path / f"trials.db{end}").exists():
            shutil.move(search.path / f"trials.db{end}", f"{file}{end}")
    check_kept(f"sqlite:///{file}", search.name)
    with pytest.raises(RunError, match="no trials of this search"):
        check_kept(f"sqlite:///{file}", search.name[:-1])


TABLES = [
    "studies", "study_directions", "study_user_attributes", "trials", "trial_params", "trial_values",
    "trial_heartbeats", "version_info", "alembic_version",
]  # fmt: skip


@pytest.fixture
def apart(search, tmp_path):
    """A copy of a search that is over, which no connection of this process has open."""
    with sqlite3.connect(search.path / "trials.db") as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    opened.close()
    shutil.copytree(search.path, tmp_path / "apart", ignore=shutil.ignore_patterns("trials.db-*"))
    return SearchFolder.open(tmp_path / "apart")


@pytest.mark.parametrize("how", ["dropped", "a view", "another write is not in the file yet"])
@pytest.mark.parametrize("table", TABLES)
def test_a_store_that_lacks_a_table_does_not_get_it_again(apart, table, how):
    store = apart.path / "trials.db"
    opened = sqlite3.connect(store, isolation_level=None)
    opened.execute("PRAGMA foreign_keys = OFF")
    opened.execute(f"DROP TABLE {table}")
    if how == "a view":
        opened.execute(f"CREATE VIEW {table} AS SELECT 1")
    if how != "another write is not in the file yet":  # else it is in trials.db-wal, as long as this is open
        opened.close()
    before = {file.name: file.read_bytes() for file in apart.path.glob("trials.db*") if not file.name.endswith("shm")}
    assert len(before) == 1 + (how == "another write is not in the file yet")
    with pytest.raises(DamagedError, match=rf"trials\.db lacks {table}, and is left alone"):
        run(apart, Formula())
    after = {file.name: file.read_bytes() for file in apart.path.glob("trials.db*") if not file.name.endswith("shm")}
    opened.close()
    assert after == before


def test_a_store_with_a_study_that_seeks_nothing_is_left_alone(apart):
    """Its directions are of another study: Optuna reads it, and fails when the first trial is told."""
    file = apart.path / "trials.db"
    opened = sqlite3.connect(file, isolation_level=None)
    opened.execute("PRAGMA journal_mode = DELETE")
    opened.execute("UPDATE study_directions SET study_id = study_id + 900")
    opened.close()
    before = file.read_bytes()
    with pytest.raises(DamagedError, match=r"trials\.db has the study .* without what is sought"):
        run(apart, Formula())
    assert file.read_bytes() == before


def test_a_store_elsewhere_that_lacks_a_table_does_not_get_it_again(apart, tmp_path):
    with sqlite3.connect(apart.path / "trials.db") as opened:
        opened.execute("DROP TABLE trial_heartbeats")
    opened.close()
    shutil.move(apart.path / "trials.db", tmp_path / "elsewhere.db")
    before = (tmp_path / "elsewhere.db").read_bytes()
    with pytest.raises(DamagedError, match=r"elsewhere\.db lacks trial_heartbeats"):
        open_storage(f"sqlite:///{tmp_path / 'elsewhere.db'}", apart.path)
    assert (tmp_path / "elsewhere.db").read_bytes() == before


@pytest.mark.parametrize("made", [0, 1, 6, 12, 13, 14])
def test_a_store_that_a_killed_process_has_made_in_part_is_made_whole(search, tmp_path, made):
    """It is made a statement at a time; 12 make tables, the next say its version."""
    whole = sqlite3.connect(search.path / "trials.db")
    asked = [sql for (sql,) in whole.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND sql <> ''")]
    own, version = [sql for sql in asked if "alembic" not in sql], [sql for sql in asked if "alembic" in sql]
    row = whole.execute("SELECT * FROM version_info").fetchone()
    whole.close()
    assert (len(own), len(version)) == (12, 1)
    begun = folder(tmp_path / "begun", budget=2, population=2, controls=False, retrain=0)
    with sqlite3.connect(begun.path / "trials.db") as opened:
        for sql in own[:made]:
            opened.execute(sql)
        if made > 12:
            opened.execute("INSERT INTO version_info VALUES (?, ?, ?)", row)
        if made > 13:
            opened.execute(*version)
    opened.close()
    assert run(begun, Formula())


def test_what_a_killed_process_has_left_half_written_is_taken_back(apart):
    """A journal beside a store: its tables are those from before."""
    store = apart.path / "trials.db"
    opened = sqlite3.connect(store, isolation_level=None)
    opened.execute("PRAGMA journal_mode = DELETE")
    opened.execute("PRAGMA cache_size = 1")
    opened.execute("CREATE TABLE more (x)")
    opened.execute("BEGIN")
    opened.execute("DROP TABLE trial_heartbeats")
    for _ in range(300):
        opened.execute("INSERT INTO more VALUES (randomblob(500))")
    left = {end: (apart.path / f"trials.db{end}").read_bytes() for end in ("", "-journal")}
    opened.execute("ROLLBACK")
    opened.close()
    for end, data in left.items():
        (apart.path / f"trials.db{end}").write_bytes(data)
    assert run(apart, Formula())
