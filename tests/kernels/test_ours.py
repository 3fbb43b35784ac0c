"""Which folders and files are this user's alone."""

import contextlib
import grp
import os
import pwd
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kernels.forging import Strangers
from processes import alone
from undertow import ours
from undertow.kernels import cache
from undertow.ours import ForeignError


@pytest.fixture
def strangers(monkeypatch):
    return Strangers(monkeypatch)


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_what_is_missing_is_made_and_closed_to_others(tmp_path, open_umask):
    assert ours.folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("where", ["in it", "beyond it"])
def test_nothing_is_made_in_a_folder_of_another(tmp_path, strangers, where):
    """As with root in the home of a user: what is not used is not littered either."""
    (tmp_path / "home" / "cache").mkdir(parents=True)
    strangers.give(tmp_path / "home")
    with pytest.raises(ForeignError, match="home belongs to another user"):
        ours.folder(tmp_path / "home" / ("kernels" if where == "in it" else "cache/kernels"))
    assert [*(tmp_path / "home").rglob("*")] == [tmp_path / "home" / "cache"]


def test_links_of_this_user_are_followed_and_what_they_lead_through_is_looked_at(tmp_path, strangers):
    """A home is often too small, and its cache a link."""
    (tmp_path / "large").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cache").symlink_to("../large/./cache")  # there is none yet
    assert ours.folder(tmp_path / "home" / "cache" / "kernels") == tmp_path / "large" / "cache" / "kernels"
    (tmp_path / "large").chmod(0o777)
    with pytest.raises(ForeignError, match=r"other users can write to .*large"):
        ours.folder(tmp_path / "home" / "cache" / "kernels")


def test_a_circle_of_links_ends(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="Too many levels"):
        ours.folder(tmp_path / "a")


def test_a_folder_back_is_the_one_before_the_link(tmp_path):
    (tmp_path / "far" / "off").mkdir(parents=True)
    (tmp_path / "link").symlink_to("far/off")
    assert ours.folder(tmp_path / "link" / ".." / "kernels") == tmp_path / "far" / "kernels"


def test_in_a_sticky_folder_what_is_ones_own_is_safe(tmp_path, strangers):
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    assert ours.folder(tmp_path / "tmp" / "mine") == tmp_path / "tmp" / "mine"
    (tmp_path / "tmp" / "another").mkdir()
    strangers.give(tmp_path / "tmp" / "another")
    with pytest.raises(ForeignError, match="belongs to another user"):
        ours.folder(tmp_path / "tmp" / "another" / "kernels")


def test_a_sticky_folder_of_another_is_not(tmp_path, strangers):
    """Whoever owns it may move what is in it."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    strangers.give(tmp_path / "tmp")
    with pytest.raises(ForeignError, match="belongs to another user"):
        ours.folder(tmp_path / "tmp" / "mine")


@pytest.mark.parametrize(
    ("name", "members", "fine"),
    [("anna", [], True), ("anna", ["anna"], True), ("anna", ["anna", "otto"], False), ("users", [], False)],
)
def test_a_group_with_nobody_else_in_it_may_write_to_a_folder_on_the_way(tmp_path, monkeypatch, name, members, fine):
    """Many systems give each user one, and a umask with it that lets it write to what he makes."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o775)
    group = (tmp_path / "home").stat().st_gid
    user = pwd.struct_passwd(("anna", "x", os.geteuid(), group, "", "/home", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda number: user)
    monkeypatch.setattr(grp, "getgrgid", lambda number: grp.struct_group((name, "x", group, members)))
    with contextlib.nullcontext() if fine else pytest.raises(ForeignError, match="other users can write"):
        ours.folder(tmp_path / "home" / "kernels")
    with pytest.raises(ForeignError, match="other users can write"):  # what is run lies closer
        ours.folder(tmp_path / "home")


def test_the_last_folder_is_this_users_and_not_roots(tmp_path, monkeypatch):
    """Root's own is enough on the way."""
    home = Path("/") if os.geteuid() != 0 else tmp_path
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    looked = os.lstat

    def roots(path):
        status = looked(path)
        return os.stat_result([*status[:4], 0, *status[5:]])

    monkeypatch.setattr(os, "lstat", roots)
    with pytest.raises(ForeignError, match="belongs to another user"):
        ours.folder(home)


def test_a_system_that_does_not_tell_whose_a_file_is(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "geteuid")
    with pytest.raises(ForeignError, match="does not tell"):
        ours.folder(tmp_path)


def test_a_name_that_would_command_a_terminal_is_escaped(tmp_path, strangers):
    place = tmp_path / "\x1b[31mred"
    place.mkdir()
    strangers.give(place)
    with pytest.raises(ForeignError) as caught:
        ours.folder(place)
    assert caught.value.fact.isprintable()


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_only_plain_files_have_contents(tmp_path, kind):
    path = tmp_path / "that"
    {"pipe": os.mkfifo, "folder": os.mkdir, "device": lambda path: None}[kind](path)
    before = len(os.listdir("/dev/fd"))
    assert ours.contents(Path(os.devnull) if kind == "device" else path, 100, 0) is None
    assert len(os.listdir("/dev/fd")) == before


# ---- where the cache lies


@pytest.mark.parametrize(
    ("environment", "where"),
    [
        ({"HOME": "/home/anna"}, "/home/anna/.cache/undertow/kernels"),
        ({"HOME": "/home/anna", "XDG_CACHE_HOME": "/var/cache"}, "/var/cache/undertow/kernels"),
        ({"HOME": "/home/anna", "XDG_CACHE_HOME": "here"}, "/home/anna/.cache/undertow/kernels"),
        ({"HOME": "anna"}, None),
        ({}, None),  # nor does the list of users know one
        ({"HOME": "/home/anna", "UNDERTOW_CACHE": "here"}, "here"),
    ],
)
def test_where_the_cache_lies(monkeypatch, environment, where):
    for name in ("HOME", "XDG_CACHE_HOME", "UNDERTOW_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def nobody(number):
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert ours.place() == (where and Path(where))


# ---- the secret


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERTOW_CACHE", str(tmp_path / "kernels"))
    return tmp_path / "kernels"


def never():
    raise AssertionError("it was not kept")


def test_an_entry_is_sealed_with_the_secret_that_is_there_when_it_is_made(place):
    """Another process may have made another one while this one compiled."""

    def build():
        ours.put(place / "secret", bytes(32))
        return b"code"

    assert cache.fetch("k" * 64, build) == b"code"
    assert cache.fetch("k" * 64, never) == b"code"


def test_secrets_are_not_alike(place, tmp_path, monkeypatch):
    cache.fetch("k" * 64, lambda: b"code")
    first = (place / "secret").read_bytes()
    monkeypatch.setenv("UNDERTOW_CACHE", str(tmp_path / "other"))
    cache.fetch("k" * 64, lambda: b"code")
    assert len(first) == 32
    assert (tmp_path / "other" / "secret").read_bytes() != first


MAKES = """
import sys, threading, time
from undertow.kernels import cache
from undertow.kernels.once import MAKING
number, wrong = int(sys.argv[1]) if len(sys.argv) > 1 else {number}, []
def fetch(n):
    key = f"{{n % 5:064x}}"
    with MAKING:
        if cache.fetch(key, lambda: key.encode() * 1000) != key.encode() * 1000:
            wrong.append(n)
while time.time() < {start}:
    pass
threads = [threading.Thread(target=fetch, args=(n,)) for n in range(40)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert not wrong
"""


def test_processes_that_make_the_secret_at_once_end_up_with_one(place):
    start = time.time() + 4
    running = [
        subprocess.Popen([sys.executable, "-c", MAKES.format(number=n, start=start)], stderr=subprocess.PIPE)
        for n in range(4)
    ]
    for process in running:
        _, err = process.communicate(timeout=100)
        assert process.returncode == 0, err.decode()
    assert {path.name for path in place.iterdir()} == {"secret", "tidied", *(f"{n:064x}.o" for n in range(5))}
    alone(MAKES.format(number=9, start=0), UNDERTOW_CACHE=str(place))  # what a secret that is gone had sealed
    for n in range(5):
        assert cache.fetch(f"{n:064x}", never) == f"{n:064x}".encode() * 1000


def test_a_cache_that_cannot_be_written_to_is_read(place, monkeypatch):
    cache.fetch("k" * 64, lambda: b"code")

    def full(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(ours.tempfile, "mkstemp", full)
    assert cache.fetch("k" * 64, never) == b"code"
    assert cache.fetch("j" * 64, lambda: b"other") == b"other"
    (place / "secret").unlink()
    assert cache.fetch("k" * 64, lambda: b"anew") == b"anew"


def test_a_secret_that_cannot_be_closed_to_others_is_told(place, monkeypatch):
    """Some disks of other systems give every file the same mode."""
    write = ours.put

    def opened(path, data):
        write(path, data)
        path.chmod(0o755)

    monkeypatch.setattr(cache, "_told", set())
    monkeypatch.setattr(ours, "put", opened)
    with pytest.warns(UserWarning, match="secret cannot be closed to other users"):
        assert cache.fetch("k" * 64, lambda: b"code") == b"code"
