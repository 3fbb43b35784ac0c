"""Files that are whole or not there."""

import errno
import os
import struct

import numpy as np
import pytest
import safetensors.torch
import torch

from undertow import files
from undertow.errors import RunError
from undertow.storage import append, make_folder, read_metadata, seal, unseal, write_atomically


def test_replaces_whole_files(tmp_path):
    file = tmp_path / "a"
    write_atomically(file, b"one")
    write_atomically(file, b"two")
    assert file.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("folder", ["none", "file"])
def test_a_folder_that_is_not_there_is_named(tmp_path, folder):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=rf"cannot write .*a\.csv: there is no folder .*{folder}; make it"):
        write_atomically(tmp_path / folder / "a.csv", b"one")


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch, call):
    file = tmp_path / "a"
    write_atomically(file, b"one")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    if call == "write":
        monkeypatch.setattr("builtins.open", lambda *a, **k: full())
    else:
        monkeypatch.setattr(os, call, full)
    with pytest.raises(RunError, match=r"cannot write .*a: No space left on device.*untouched"):
        write_atomically(file, b"two")
    monkeypatch.undo()
    assert file.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a"]


def test_append_cuts_back_what_could_not_be_written_whole(tmp_path, monkeypatch):
    file = tmp_path / "lines"
    append(file, "one\n")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="No space left"):
        append(file, "two\n")
    assert file.read_text() == "one\n"


def sealed():
    tensors = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(7)}
    return seal(safetensors.torch.save(tensors, {"note": "hello"}))


def test_sealed_files_are_ordinary_safetensors(tmp_path):
    file = tmp_path / "m.safetensors"
    file.write_bytes(sealed())
    loaded = safetensors.torch.load_file(file)
    assert torch.equal(loaded["a"], torch.arange(6.0).reshape(2, 3))
    assert unseal(file) == sealed()
    assert read_metadata(sealed())["note"] == "hello"


def test_every_changed_byte_is_noticed(tmp_path):
    file, whole = tmp_path / "m", sealed()
    rng = np.random.default_rng(0)
    for position in [0, 7, 8, *rng.integers(9, len(whole), 60), len(whole) - 1]:
        broken = bytearray(whole)
        broken[position] ^= 0x01
        file.write_bytes(bytes(broken))
        with pytest.raises(RunError):
            unseal(file)


@pytest.mark.parametrize("length", [0, 4, 8, 20, 100, -1])
def test_cut_files_are_noticed(tmp_path, length):
    file = tmp_path / "m"
    file.write_bytes(sealed()[:length])
    with pytest.raises(RunError):
        unseal(file)


def test_other_files_are_noticed(tmp_path):
    file = tmp_path / "m"
    for data in (b"not a model", struct.pack("<Q", 2**60) + b"{}", struct.pack("<Q", 2) + b"[]"):
        file.write_bytes(data)
        with pytest.raises(RunError, match=r"safetensors|damaged"):
            unseal(file)


# ---- a disk that is full


@pytest.fixture
def full(monkeypatch):
    """From so many files on, the disk takes no more."""
    fill = files._fill

    def after(count):
        left = iter(range(count))

        def filled(descriptor, data):
            if next(left, None) is None:
                os.close(descriptor)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            fill(descriptor, data)

        monkeypatch.setattr(files, "_fill", filled)

    return after


def there(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


MAKING = {
    ("data", "names_gender", "--out"): 1, ("cells", "lstm", "--draw"): 3, ("train", "text", "poem.txt", "--out"): 1,
    ("tune", "c.toml", "--budget", "2", "--out"): 3,
}  # fmt: skip


@pytest.mark.parametrize(("command", "count"), [(c, n) for c, files in MAKING.items() for n in range(files)])
def test_a_full_disk_leaves_no_new_folder(undertow, text, full, tmp_path, command, count):
    """Whichever of its files is the one that there is no room for."""
    (tmp_path / "c.toml").write_text('task = "text"\n[text]\ndata = "poem.txt"\n')
    (tmp_path / "here").mkdir()
    before = there(tmp_path)
    for place in ("new", "a/b/c", "here/a/b"):
        full(count)
        assert "No space left on device" in undertow(*command, place, status=2).err
        assert there(tmp_path) == before


@pytest.mark.parametrize("command", [("data", "names_gender", "--out"), ("cells", "lstm", "--draw")])
def test_a_full_disk_leaves_what_a_folder_had(undertow, full, tmp_path, command):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "lstm-cell.svg").write_text("dear")
    full(0)
    undertow(*command, "here", status=2)
    assert there(tmp_path) == ["here", "here/lstm-cell.svg"]
    assert (tmp_path / "here" / "lstm-cell.svg").read_text() == "dear"


def test_a_folder_that_cannot_be_made_leaves_none_that_it_was_to_lie_in(tmp_path):
    with pytest.raises(RunError, match="File name too long"):
        make_folder(tmp_path / "a" / "b" / ("c" * 300))
    assert there(tmp_path) == []


def test_folders_that_are_no_more_empty_stay(tmp_path):
    """Another process has put something there."""
    made = make_folder(tmp_path / "a" / "b")
    assert made == [tmp_path / "a", tmp_path / "a" / "b"]
    assert make_folder(tmp_path / "a" / "b") == []
    (tmp_path / "a" / "anothers").write_text("")
    files.unmade(made)
    assert there(tmp_path) == ["a", "a/anothers"]
