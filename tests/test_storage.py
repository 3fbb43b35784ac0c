"""Files that are whole or not there."""

import os
import struct

import numpy as np
import pytest
import safetensors.torch
import torch

from undertow.errors import RunError
from undertow.storage import append, read_metadata, seal, unseal, write_atomically


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
