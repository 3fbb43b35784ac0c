"""Checkpoints and resuming: what is noticed, and what a mistake leaves untouched."""

import json
import os
import re
import shutil

import pytest
import torch

from undertow.errors import RunError
from undertow.runs import RunFolder
from undertow.training.session import begin, resume


@pytest.fixture
def stopped(small, tmp_path):
    """A run interrupted after 10 of 30 steps."""
    session = begin(small, tmp_path / "run")
    asked = iter(range(100))
    assert session.train(listen=lambda e: None, interrupted=lambda: next(asked) == 9) == "interrupted"
    return session.run


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refuse(run, message):
    before = contents(run.path)
    with pytest.raises(RunError, match=message):
        resume(run.path).train(listen=lambda e: None)
    assert contents(run.path) == before


def edit(file, pattern, replacement):
    changed, count = re.subn(pattern, replacement, file.read_text())
    assert count == 1
    file.write_text(changed)


def test_an_edited_config_is_noticed(stopped):
    edit(stopped.config_file, r"learning_rate = [\d.]+", "learning_rate = 0.5")
    refuse(stopped, r"config\.toml was changed after this run began \(training\.learning_rate: 0\.02 and 0\.5\)")


def test_another_format_is_noticed(stopped):
    edit(stopped.config_file, r"format = 1", "format = 0")
    refuse(stopped, r"another version of Undertow: .*format 0; this is .*format 1")


def test_a_broken_config_is_noticed(stopped):
    stopped.config_file.write_text("[text\n")
    refuse(stopped, r"config\.toml is not TOML: .*line 1")


def test_a_missing_config_is_noticed(stopped):
    stopped.config_file.unlink()
    refuse(stopped, r"half-written: it has no config\.toml")


def test_a_damaged_checkpoint_is_noticed(stopped):
    data = bytearray(stopped.checkpoint_file.read_bytes())
    data[len(data) // 2] ^= 1
    stopped.checkpoint_file.write_bytes(bytes(data))
    refuse(stopped, "checksum does not match")


@pytest.mark.parametrize("longer", [b" ", b"  ", b" " * 30], ids=["by one", "by two", "by many"])
def test_growing_files_end_where_the_checkpoint_says(stopped, longer):
    """The last line within the checkpoint's bytes is then no line that was cut off by a kill."""
    lines = stopped.metrics_file.read_bytes().splitlines(keepends=True)
    lines[0] = lines[0].rstrip(b"\n") + longer + b"\n"
    changed = b"".join(lines)
    stopped.metrics_file.write_bytes(changed)
    refuse(stopped, r"metrics\.jsonl, line \d+ does not end where it did")
    assert stopped.metrics_file.read_bytes() == changed


def test_a_cut_checkpoint_is_noticed(stopped):
    stopped.checkpoint_file.write_bytes(stopped.checkpoint_file.read_bytes()[:1000])
    refuse(stopped, r"cut short|damaged")


def test_a_model_in_place_of_the_checkpoint_is_noticed(stopped):
    shutil.copy(stopped.model_file, stopped.checkpoint_file)
    refuse(stopped, "of another version")


@pytest.mark.parametrize("name", ["metrics_file", "flow_file", "samples_file"])
def test_a_pipe_in_the_place_of_a_growing_file_is_noticed(stopped, name):
    """Before anything is written: writing to it would wait for ever."""
    file = getattr(stopped, name)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(RunError, match=f"{file.name}"):
        resume(stopped.path).train(listen=lambda e: None)


def test_a_pipe_in_the_place_of_the_checkpoint_is_not_taken_for_none(stopped):
    metrics = stopped.metrics_file.read_bytes()
    stopped.checkpoint_file.unlink()
    os.mkfifo(stopped.checkpoint_file)
    with pytest.raises(RunError, match=r"state\.safetensors: it is a pipe"):
        resume(stopped.path).train(listen=lambda e: None)
    assert stopped.metrics_file.read_bytes() == metrics


def test_lines_that_are_gone_are_told(stopped):
    told = []
    stopped.metrics_file.write_bytes(stopped.metrics_file.read_bytes().splitlines(keepends=True)[0])
    resume(stopped.path).train(listen=told.append)
    texts = [e["text"] for e in told if e["event"] == "warning"]
    assert len(texts) == 1
    assert re.match(r"metrics\.jsonl was \d+ bytes, is \d+", texts[0])


def test_changed_text_is_noticed(stopped, text):
    text.write_text(text.read_text() + "more")
    refuse(stopped, "has changed since")


def test_missing_text_is_noticed(stopped, text):
    text.unlink()
    refuse(stopped, "cannot go on: there is no file")


def test_two_processes_cannot_train_one_run(stopped):
    lock = stopped.lock()
    try:
        with pytest.raises(RunError, match="another process is training"):
            resume(stopped.path).train(listen=lambda e: None)
    finally:
        lock.release()


def test_a_missing_folder(tmp_path):
    with pytest.raises(RunError, match="there is no run folder"):
        resume(tmp_path / "nothing")


def test_a_run_without_a_checkpoint_starts_over(small, tmp_path):
    whole = begin(small, tmp_path / "whole")
    whole.train(listen=lambda e: None)
    early = begin(small, tmp_path / "early")
    early.run.metrics_file.write_text('{"event": "train", "step": 3}\n{"event": "tr')
    (early.run.path / ".model.safetensors.partial").write_bytes(b"half")
    resume(early.run.path).train(listen=lambda e: None)
    assert early.run.model_file.read_bytes() == whole.run.model_file.read_bytes()
    assert not list(early.run.path.rglob("*.partial"))


def test_other_threads_are_told(stopped):
    told = []
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(before + 1)
        resume(stopped.path).train(listen=told.append)
    finally:
        torch.set_num_threads(before)
    warnings = [e["text"] for e in told if e["event"] == "warning"]
    assert len(warnings) == 1
    assert f"threads was {before}, is {before + 1}" in warnings[0]


def test_a_new_run_never_touches_an_old_one(small, stopped):
    before = contents(stopped.path)
    with pytest.raises(RunError, match="exists already"):
        begin(small, stopped.path)
    assert contents(stopped.path) == before


def test_a_full_disk_keeps_the_checkpoint_before(stopped, monkeypatch):
    import os

    before, real = stopped.checkpoint_file.read_bytes(), os.replace

    def full(source, target, **folders):
        if str(target).endswith("state.safetensors"):
            raise OSError(28, "No space left on device")
        real(source, target, **folders)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RunError, match=r"cannot write .*state\.safetensors: No space left on device"):
        resume(stopped.path).train(listen=lambda e: None)
    assert stopped.checkpoint_file.read_bytes() == before
    monkeypatch.undo()
    assert resume(stopped.path).train(listen=lambda e: None) == "finished"


def test_run_folder_lists_and_summarises(stopped, tmp_path):
    from undertow.runs import list_runs, next_free

    (tmp_path / "zzz").mkdir()
    rows = {row.name: row for row in list_runs(tmp_path)}
    assert (rows["run"].step, rows["run"].steps, rows["run"].state) == (10, 30, "interrupted")
    assert rows["run"].figure is not None
    assert rows["zzz"].state == "unreadable"
    assert next_free(tmp_path, "run") == tmp_path / "run-1"
    assert RunFolder.open(stopped.path).made()["data_sha256"]


@pytest.mark.parametrize("options", [dict(normalisation="batch"), dict(normalisation="layer", zoneout=0.2)], ids=str)
def test_remedies_resume_to_the_same_bits(small, tmp_path, options):
    """Statistics of batches and the masks' seeds go on where the interrupted run left them."""
    config = small.replaced(options)
    begin(config, tmp_path / "whole").train(listen=lambda e: None)
    asked = iter(range(100))
    begin(config, tmp_path / "halved").train(listen=lambda e: None, interrupted=lambda: next(asked) == 13)
    resume(tmp_path / "halved").train(listen=lambda e: None)
    models = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "halved")]
    assert models[0] == models[1]


@pytest.mark.parametrize("name", ["../victim", "config.toml", "/etc/hosts"])
def test_a_checkpoint_names_the_files_that_grow_and_no_paths(stopped, tmp_path, name):
    from undertow.storage import read_metadata, restated

    (tmp_path / "victim").write_text("dear to somebody")
    data = stopped.checkpoint_file.read_bytes()
    facts = json.loads(read_metadata(data)["facts"])
    facts["sizes"][name] = 3
    stopped.checkpoint_file.write_bytes(restated(data, {"facts": json.dumps(facts)}))  # with the checksum made again
    with pytest.raises(RunError, match=rf"state\.safetensors 'facts' .*sizes says '{name}', which is not known here"):
        resume(stopped.path).train(listen=lambda e: None)
    assert (tmp_path / "victim").read_text() == "dear to somebody"
