"""A clock that is set back while a model is trained: times are taken from one that nobody sets."""

import time
from itertools import count
from pathlib import Path

import undertow
from undertow.training.session import begin, resume


def set_back(monkeypatch):
    """From here on the clock on the wall goes an hour back whenever it is looked at."""
    start, looked = time.time(), count(1)
    monkeypatch.setattr(time, "time", lambda: start - 3600 * next(looked))
    monkeypatch.setattr(time, "time_ns", lambda: int(1e9 * time.time()))


def test_times_and_rates_are_right(small, tmp_path, monkeypatch):
    plain = begin(small, tmp_path / "plain")
    plain.train(listen=lambda event: None)
    set_back(monkeypatch)
    asked = count()
    begun = time.monotonic()
    begin(small, tmp_path / "run").train(listen=lambda event: None, interrupted=lambda: next(asked) == 7)
    session = resume(tmp_path / "run")
    session.train(listen=lambda event: None)
    took = time.monotonic() - begun
    lines = [event for event in session.run.events() if event["event"] == "train"]
    seconds = [event["seconds"] for event in lines]
    assert seconds == sorted(seconds)
    assert 0 < seconds[-1] <= took
    assert all(event["symbols_per_second"] > 0 for event in lines)
    assert session.run.model_file.read_bytes() == plain.run.model_file.read_bytes()


def test_nothing_takes_time_from_the_clock_on_the_wall():
    source = Path(undertow.__file__).parent
    users = [
        file.name for file in source.rglob("*.py")
        if "time.time(" in (text := file.read_text()) or "datetime.now(" in text
    ]  # fmt: skip
    # One says on which day it was done, the other compares with the times of files.
    assert sorted(users) == ["cache.py", "recalibrating.py"]
