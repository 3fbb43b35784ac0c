"""One process at a time at a training, and limits that outlive it."""

import json
import threading
import time

import filelock
import pytest

from undertow.errors import BusyError
from undertow.tuning import trial
from undertow.tuning.trial import Job, read_trial, train_job, trial_config


@pytest.fixture
def job(tmp_path, small):
    return Job(tmp_path / "trials" / "key", trial_config(small, watch=False))


def held(job):
    job.folder.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(job.folder.with_name(f".{job.folder.name}.lock"), thread_local=False)
    lock.acquire()
    return lock


def test_who_waited_finds_the_result_of_the_one_before(job):
    """It looks into the folder when the other one has left it, not before."""
    lock, over = held(job), []
    waiting = threading.Thread(target=lambda: over.append(train_job(job)))
    waiting.start()
    time.sleep(0.3)
    assert not job.folder.exists()
    trial.keep_failure(job.folder, "the other one's result")
    lock.release()
    waiting.join(30)
    assert over == [True]
    assert read_trial(job.folder).failed == "the other one's result"


def test_a_process_that_does_not_leave(job, monkeypatch):
    monkeypatch.setattr(trial, "_PATIENCE", 0.3)
    lock = held(job)
    with pytest.raises(BusyError, match=r"another process is training .*key, and does not end"):
        train_job(job)
    assert train_job(job, lambda: True) is False
    lock.release()


def test_a_limit_that_was_met_before_a_break_is_met_after_it(job):
    """The process died between its evaluation and its result; the checkpoint is that of the evaluation."""
    limited = Job(job.folder, job.config.replaced({"checkpoint_every": 10}), {10: 0.0})
    steps = []
    assert train_job(Job(limited.folder, limited.config), lambda: steps.append(0) or len(steps) == 10) is False
    assert [e["step"] for e in events(job) if e["event"] == "evaluate"] == [10]
    assert train_job(limited)
    result = read_trial(job.folder)
    assert (result.stopped, result.steps) == (True, 11)


def events(job):
    return [json.loads(line) for line in (job.folder / "metrics.jsonl").read_text().splitlines()]
