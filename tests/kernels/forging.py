"""Forged kernels: entries of a cache that compute something else, put there in every way that others might have."""

import functools
import hashlib
import hmac
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from kernels.runs import Problem, compiled, differences
from undertow import ours
from undertow.kernels import cache, jit
from undertow.lang import cell, sigmoid, tanh

#: Somebody who is neither this user nor root.
STRANGER = 65_534
PROGRAMS = ("forward", "forward_keeping", "backward")


@cell(gates="f g", state=dict(h=0))
def mine(x, s):
    f, g = sigmoid(x.f), tanh(x.g)
    return s.next(h=f * s.h + (1 - f) * g)


@cell(gates="f g", state=dict(h=0))
def forgers(x, s):
    """Runs in the place of ``mine``, and is wrong."""
    f, g = sigmoid(x.f), tanh(x.g)
    return s.next(h=(1 - f) * s.h + f * g)


PROBLEM = Problem(mine, 5, 2, 3, 8)


class Strangers:
    """Gives files away; where this user is not root, they only seem to be given away."""

    def __init__(self, monkeypatch):
        self.given = set()
        if os.geteuid() != 0:
            for name in ("stat", "lstat", "fstat"):
                monkeypatch.setattr(os, name, self._seeming(getattr(os, name)))

    def give(self, path):
        if os.geteuid() == 0:
            os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
        else:
            status = os.lstat(path)
            self.given.add((status.st_dev, status.st_ino))
        return path

    def _seeming(self, look):
        def seen(*where, **options):
            status = look(*where, **options)
            if (status.st_dev, status.st_ino) not in self.given:
                return status
            return os.stat_result([*status[:4], STRANGER, STRANGER, *status[6:]])

        return seen


@dataclass
class Scene:
    """A cache of this user's with the kernels of ``mine``, somebody who forges, and what was loaded since."""

    strangers: Strangers
    place: Path
    elsewhere: Path
    #: Codes of ``mine`` and of ``forgers``, by the name of the entry.
    genuine: dict[str, bytes]
    forged: dict[str, bytes]
    loaded: list[bytes]

    @property
    def entries(self):
        return {self.place / f"{key}.o": (key, code) for key, code in self.forged.items()}

    def sealed(self, key, code, secret=None):
        """An entry as it should be; the forger may know the secret."""
        return cache._header(key, code, secret or self.secret) + code

    @property
    def secret(self):
        return (self.place / "secret").read_bytes()

    def difference(self):
        """The largest difference of the cell's kernels to the interpreter's numbers; they are looked up anew."""
        return max(differences(PROBLEM, compiled(mine)).values())


@functools.cache
def codes():
    """The codes of a cell's programs, by cell: as they are made here, and found to compute what they should."""
    made = {mine: {}, forgers: {}}
    with pytest.MonkeyPatch.context() as patched:
        for cell, code_of in made.items():
            steps = compiled(cell)
            patched.setattr(cache, "fetch", lambda key, build, code_of=code_of: code_of.setdefault(key, build()))
            found = max(differences(PROBLEM, steps).values())
            assert found < 1e-12 if cell is mine else found > 0.1, "what is forged can be told by its numbers"
            made[cell] = {program: code_of[steps._key(program)] for program in PROGRAMS}
    return made


def keys(cell):
    """The key of each program of a cell."""
    return {program: compiled(cell)._key(program) for program in PROGRAMS}


def scene(tmp_path, monkeypatch, name):
    """A scene whose cache lies in folder ``name``, with everything in order yet."""
    genuine, forged, loaded = codes()[mine], codes()[forgers], []

    class Watched(jit.Library):
        def __init__(self, code, target):
            loaded.append(code)
            super().__init__(code, target)

    place, elsewhere = tmp_path / name, tmp_path / "elsewhere"
    monkeypatch.setenv("UNDERTOW_CACHE", str(place))
    monkeypatch.setattr(cache, "_told", set())
    monkeypatch.setattr(jit, "Library", Watched)
    elsewhere.mkdir()
    entries = {key: genuine[program] for program, key in keys(mine).items()}
    for key, code in entries.items():
        cache.fetch(key, lambda code=code: code)
    replaced = {key: forged[program] for program, key in keys(mine).items()}
    return Scene(Strangers(monkeypatch), place, elsewhere, entries, replaced, loaded)


# ---- one entry in the place of another: what is forged is sealed with the right secret, only the file is not right


def placed(put):
    """A forgery that puts every entry there by ``put(scene, path, data)``; nothing is in its way."""

    def forge(scene):
        for path, (key, code) in scene.entries.items():
            path.unlink()
            put(scene, path, scene.sealed(key, code))

    return forge


def write(path, data, mode=0o600):
    path.write_bytes(data)
    path.chmod(mode)
    return path


def link_to_anothers(scene, path, data):
    path.symlink_to(scene.strangers.give(write(scene.elsewhere / path.name, data)))


def link_to_own(scene, path, data):
    path.symlink_to(write(scene.elsewhere / path.name, data))


def hard_link(scene, path, data):
    os.link(write(scene.elsewhere / path.name, data), path)


def anothers(scene, path, data):
    scene.strangers.give(write(path, data))


def with_mode(mode):
    return lambda scene, path, data: write(path, data, mode)


def pipe(_, path, data):
    """With somebody who writes into it as soon as it is opened."""

    def feed():
        with suppress(OSError), open(os.open(path, os.O_WRONLY), "wb") as file:
            if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):  # another file may have its name by now
                file.write(data)

    os.mkfifo(path, 0o600)
    threading.Thread(target=feed, daemon=True).start()


def pipe_without_writer(scene, path, data):
    os.mkfifo(path, 0o600)


def a_folder(scene, path, data):
    path.mkdir(0o700)


def endless(scene, path, data):
    path.symlink_to("/dev/zero")


# ---- the folder: what is forged is as good as this user's own, but for where it lies


def replaced(scene):
    for path, (key, code) in scene.entries.items():
        path.write_bytes(scene.sealed(key, code))


def folder_mode(mode):
    def forge(scene):
        replaced(scene)
        scene.place.chmod(mode)
        if os.geteuid() == 0 and not mode & 0o002:
            os.chown(scene.place, -1, STRANGER)

    return forge


def folder_of_another(scene):
    replaced(scene)
    scene.strangers.give(scene.place)


def parent_open(scene):
    replaced(scene)
    scene.place.parent.chmod(0o777)


def parent_of_another(scene):
    replaced(scene)
    scene.strangers.give(scene.place.parent)


def link_of_another(scene):
    """The folder that is named is a link that somebody else has made."""
    replaced(scene)
    moved = scene.place.rename(scene.elsewhere / "kernels")
    scene.place.symlink_to(moved)
    scene.strangers.give(scene.place)


def link_to_anothers_folder(scene):
    replaced(scene)
    moved = scene.place.rename(scene.elsewhere / "kernels")
    scene.place.symlink_to(scene.strangers.give(moved))


# ---- the seal: what is forged is an entry as it should be, by somebody who does not know the secret


def by_plain_hash(scene):
    """As it was once: whoever can write an entry can make its hash."""
    for path, (key, code) in scene.entries.items():
        path.write_bytes(cache._MAGIC + f"{key} {len(code):016x} {hashlib.sha256(code).hexdigest()}\n".encode() + code)


def by_another_secret(scene):
    for path, (key, code) in scene.entries.items():
        path.write_bytes(scene.sealed(key, code, bytes(32)))


def code_changed(scene):
    """The genuine seal, before other code."""
    for path, (_, code) in scene.entries.items():
        said = path.read_bytes().split(b"\n", 2)[:2]
        path.write_bytes(b"\n".join([*said, code]))


def renamed(scene):
    """Entries that this user has made, in each other's place."""
    for path, (_, entry) in zip(scene.entries, genuine_of_forgers(scene), strict=True):
        path.write_bytes(entry)


def retitled(scene):
    """The same, and what it is for is changed as well."""
    for (path, (key, _)), (own, entry) in zip(scene.entries.items(), genuine_of_forgers(scene), strict=True):
        path.write_bytes(entry.replace(own.encode(), key.encode()))


def genuine_of_forgers(scene):
    """(key, entry) of the other cell, as this user's own process makes them."""
    codes_of = codes()[forgers]
    return [(key, scene.sealed(key, codes_of[program])) for program, key in keys(forgers).items()]


# ---- the secret: what is forged is sealed with one that others know, and put in the place of this user's


def known_secret(put):
    def forge(scene):
        secret = b"known to others, as all may read"
        for path, (key, code) in scene.entries.items():
            path.write_bytes(scene.sealed(key, code, secret))
        path = scene.place / "secret"
        path.unlink()
        put(scene, path, secret)

    return forge


# ---- what would run it if it were not checked


def reads_all(monkeypatch):
    read = functools.cache(Path.read_bytes)  # a pipe says what it has once
    monkeypatch.setattr(ours, "contents", lambda path, most, closed=0: read(path))


def takes_any_folder(monkeypatch):
    monkeypatch.setattr(ours, "folder", lambda path: path)


def takes_any_seal(monkeypatch):
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: True)


@dataclass(frozen=True)
class Forgery:
    """A way to put something there, and what would let it run."""

    forge: Callable[[Scene], None]
    without: Callable[..., None]


FILES = {
    "link to another's file": placed(link_to_anothers),
    "link to an own file": placed(link_to_own),
    "a second name of a file": placed(hard_link),
    "another's file": placed(anothers),
    "the group may write": placed(with_mode(0o620)),
    "all may write": placed(with_mode(0o602)),
    "pipe": placed(pipe),
}
FOLDERS = {
    "folder that all may write to": folder_mode(0o707),
    "folder that the group may write to": folder_mode(0o770),
    "sticky folder that all may write to": folder_mode(0o1707),
    "another's folder": folder_of_another,
    "parent that all may write to": parent_open,
    "another's parent": parent_of_another,
    "folder is another's link": link_of_another,
    "link to another's folder": link_to_anothers_folder,
}
SEALS = {
    "a plain hash": by_plain_hash,
    "another secret": by_another_secret,
    "other code": code_changed,
    "genuine, of another name": renamed,
    "genuine, said to be another": retitled,
}
SECRETS = {
    "secret: link to another's": known_secret(link_to_anothers),
    "secret: link to an own": known_secret(link_to_own),
    "secret: a second name": known_secret(hard_link),
    "secret: another's": known_secret(anothers),
    "secret: all may read": known_secret(with_mode(0o604)),
    "secret: the group may read": known_secret(with_mode(0o640)),
    "secret: all may write": known_secret(with_mode(0o602)),
    "secret: pipe": known_secret(pipe),
}
#: What runs nothing even so, but could stop a process, or keep it for ever.
STOPPERS = {
    "pipe without a writer": placed(pipe_without_writer),
    "endless": placed(endless),
    "folder in its place": placed(a_folder),
    "empty": placed(lambda scene, path, data: write(path, b"")),
    "cut short": placed(lambda scene, path, data: write(path, data[:-1])),
    "cut in its header": placed(lambda scene, path, data: write(path, data[:50])),
    "longer": placed(lambda scene, path, data: write(path, data + b"x")),
    "larger than memory": placed(lambda scene, path, data: os.truncate(write(path, data), 1 << 42)),
    "secret: pipe without a writer": known_secret(pipe_without_writer),
    "secret: folder in its place": known_secret(a_folder),
    "secret: endless": known_secret(endless),
    "secret: empty": known_secret(lambda scene, path, data: write(path, b"")),
    "secret: longer": known_secret(lambda scene, path, data: write(path, data + b"x")),
}
FORGERIES = {
    **{name: Forgery(forge, reads_all) for name, forge in {**FILES, **SECRETS}.items()},
    **{name: Forgery(forge, takes_any_folder) for name, forge in FOLDERS.items()},
    **{name: Forgery(forge, takes_any_seal) for name, forge in SEALS.items()},
}
