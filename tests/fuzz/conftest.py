"""A run whose files are damaged."""

import pytest

from undertow.training.config import Config
from undertow.training.session import begin


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """A small run of text that was interrupted, beside its text."""
    home = tmp_path_factory.mktemp("kept")
    (home / "poem.txt").write_text("Full fathom five thy father lies;\nOf his bones are coral made;\n" * 40)
    small = {
        "hidden": 4, "embedding": 4, "steps": 8, "batch": 4, "window": 8, "warmup": 1, "log_every": 2,
        "evaluate_every": 4, "sample_every": 4, "sample_length": 8, "checkpoint_every": 2, "examine_every": 2,
    }  # fmt: skip
    session = begin(Config().replaced({**small, "data": str(home / "poem.txt")}), home / "run")
    asked = iter(range(100))
    session.train(listen=lambda e: None, interrupted=lambda: next(asked) == 5)
    return home
