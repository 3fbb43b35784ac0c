"""The room of files: plain ones alone, in their own folder, and never through what a stranger put there."""

import ast
import os
import shutil
from pathlib import Path

import pytest

import undertow
from undertow import files
from undertow.documents import contents
from undertow.errors import DataError, RunError
from undertow.files import MisplacedError
from undertow.storage import append, append_line, clear_folder, lock_of, make_folder, remove, tidy, write_atomically

SOURCE = Path(undertow.__file__).parent


@pytest.fixture(params=[True, False], ids=["by folder", "by path"])
def run(tmp_path, monkeypatch, request):
    """A run's folder with a file, beside a folder with what is dear to somebody; on a system that has descriptors of
    folders, and as on one that has none."""
    monkeypatch.setattr(files, "_BY_FOLDER", request.param)
    folder = tmp_path / "run"
    (folder / "checkpoint").mkdir(parents=True)
    (folder / "config.toml").write_text("a = 1\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "dear").write_text("dear\n")
    return folder


def outside(run):
    return {p.name: p.read_bytes() for p in (run.parent / "outside").iterdir()}


DEAR = {"dear": b"dear\n"}
CHANGES = {
    "append": lambda file: append(file, "more\n"),
    "append_line": lambda file: append_line(file, "{}"),
    "cut": lambda file: files.cut(file, 1),
    "lock": lock_of,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("target", ["dear", "none"])
def test_no_link_is_written_through(run, change, target):
    file = run / "metrics.jsonl"
    file.symlink_to(run.parent / "outside" / target)
    with pytest.raises((RunError, MisplacedError), match=rf"symbolic link to .*outside/{target}, where a plain file"):
        change(file)
    assert outside(run) == DEAR


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_has_another_name_is_not_changed(run, change):
    file = run / "metrics.jsonl"
    os.link(run.parent / "outside" / "dear", file)
    with pytest.raises((RunError, MisplacedError), match=r"one of 2 names \(hard links\)"):
        change(file)
    assert outside(run) == DEAR
    assert contents(file) == b"dear\n"  # a copy that shares its files can be read


@pytest.mark.parametrize("change", [*CHANGES.values(), contents, lambda file: write_atomically(file, b"")])
def test_nobody_waits_for_a_pipe(run, change):
    os.mkfifo(run / "pipe")
    with pytest.raises((RunError, MisplacedError), match="it is a pipe"):
        change(run / "pipe")
    assert os.listdir(run / "checkpoint") == []


def test_a_link_is_read_where_a_user_gives_it_alone(run):
    (run / "a.csv").symlink_to(run.parent / "outside" / "dear")
    assert contents(run / "a.csv", DataError, given=True) == b"dear\n"
    with pytest.raises(RunError, match=r"cannot read .*a\.csv: it is a symbolic link"):
        contents(run / "a.csv")


def test_a_link_is_replaced_and_not_followed(run):
    for name in ("report.html", ".report.html.partial"):
        (run / name).symlink_to(run.parent / "outside" / "dear")
    write_atomically(run / "report.html", b"page")
    assert not (run / "report.html").is_symlink()
    assert (run / "report.html").read_bytes() == b"page"
    assert outside(run) == DEAR


def test_nobody_can_tell_the_name_of_a_half_written_file(run, monkeypatch):
    names, real = [], os.replace
    monkeypatch.setattr(os, "replace", lambda a, b, **folders: (names.append(Path(a).name), real(a, b, **folders)))
    for _ in range(2):
        write_atomically(run / ("é" * 120), b"")
    assert len(set(names)) == 2
    assert all(name.startswith(".é") and len(name.encode()) < 255 for name in names)


@pytest.mark.parametrize("target", ["outside", "none"])
def test_a_folder_of_a_run_is_no_link(run, target):
    shutil.rmtree(run / "checkpoint")
    (run / "checkpoint").symlink_to(run.parent / target)
    file = run / "checkpoint" / "dear"
    told = rf"checkpoint is a symbolic link to .*{target}, where a folder of the run itself is wanted"
    for change in (contents, remove, lambda f: write_atomically(f, b""), lambda f: clear_folder(f.parent),
                   lambda f: make_folder(f.parent), lambda f: make_folder(f)):  # fmt: skip
        with pytest.raises(RunError, match=told):
            change(file)
    assert outside(run) == DEAR
    assert not (run.parent / "none").exists()


def test_links_that_a_user_makes_to_a_run_are_followed(run, tmp_path):
    (tmp_path / "latest").symlink_to(run)
    write_atomically(tmp_path / "latest" / "checkpoint" / "a", b"1")
    assert contents(run / "checkpoint" / "a") == b"1"
    scratch = tmp_path / "checkpoint"  # not of a run: nothing is beside it
    scratch.symlink_to(run)
    assert contents(scratch / "config.toml") == b"a = 1\n"


def test_half_written_files_go_and_not_what_they_lead_to(run):
    (run / ".a.partial").write_text("half")
    (run / ".b.partial").symlink_to(run.parent / "outside" / "dear")
    (run / ".c.partial").mkdir()
    tidy(run)
    assert sorted(os.listdir(run)) == [".c.partial", "checkpoint", "config.toml"]
    assert outside(run) == DEAR
    (run / "checkpoint").rmdir()
    (run / "checkpoint").symlink_to(run.parent / "outside")
    (run.parent / "outside" / ".d.partial").write_text("")
    with pytest.raises(RunError, match="checkpoint is a symbolic link"):
        tidy(run / "checkpoint")
    assert len(outside(run)) == 2


# ---- nobody else opens anything

#: What opens, makes, changes or removes a file, as a function, as a method, and of which modules.
NAMES = {"open", "mkdtemp", "mkstemp", "NamedTemporaryFile"}
METHODS = {
    "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "rmdir", "touch", "symlink_to",
    "hardlink_to", "rename_to", "rmtree", "copytree", "copy", "copyfile", "move", "truncate", "ftruncate", "mkfifo",
    "makedirs", "mkdtemp", "mkstemp", "NamedTemporaryFile", "TemporaryDirectory", "FileLock", "load_file", "safe_open",
    "fdopen",
}  # fmt: skip
OF_FILES = {"os", "io", "shutil", "tempfile", "gzip", "zipfile", "codecs", "filelock", "np", "numpy", "safetensors"}
#: Who else does, in how many places, and to what: nothing of it is a run's or a search's.
OTHERS = {
    "files.py": None,
    "storage.py": 3,  # what was opened there is cut, and locked
    "kernels/cache.py": None, "ours.py": None,  # which have rules of their own
    "kernels/host.py": None, "kernels/threads.py": None,
    "examples.py": 3,  # the data that are installed with the package
    "report/document.py": 1, "tuning/space.py": 1, "tasks/kind.py": 1,  # text that is installed with the package
    "remedy/trainers.py": 1,  # the source of functions that a user named
    "cli/app.py": 1, "cli/console.py": 2,  # /dev/null
    "cli/training.py": 1,  # the plays that are installed with the package
    "tables/table.py": 1,  # what was read is unpacked
    "estimators/base.py": 1,  # a folder that is made for an estimator
}  # fmt: skip


def openings(tree):
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        of = node.func
        if isinstance(of, ast.Name) and of.id in NAMES:
            found.append(node.lineno)
        elif isinstance(of, ast.Attribute):
            module = of.value.id if isinstance(of.value, ast.Name) else ""
            methods = METHODS - {"copy"} if module not in ("shutil",) else METHODS
            opens = module in OF_FILES and of.attr in ("open", "remove", "rename", "replace", "link", "symlink", "load")
            if opens or of.attr in methods:
                found.append(node.lineno)
    return found


def test_nothing_but_this_room_opens_files():
    wrong = {}
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        found = openings(ast.parse(path.read_text()))
        if OTHERS.get(name, 0) not in (None, len(found)):
            wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize(
    "line",
    ["open(p)", "os.open(p, 0)", "p.read_text()", "p.unlink()", "os.replace(a, b)", "shutil.rmtree(p)", "p.mkdir()",
     "filelock.FileLock(p)", "np.load(p)", "os.truncate(p, 3)", "tempfile.mkstemp()"],
)  # fmt: skip
def test_the_checker_sees_who_opens_files(line):
    assert openings(ast.parse(line)) == [1]
