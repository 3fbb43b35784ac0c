"""The progress bar in a real (pseudo) terminal."""

import os
import pty
import re
import subprocess
import sys

import pytest

from processes import ENVIRONMENT

pytestmark = pytest.mark.slow


def test_the_bar_shows_loss_speed_and_time_left(text, flags, tmp_path):
    parent, child = pty.openpty()
    environment = {**ENVIRONMENT, "TERM": "xterm-256color", "COLUMNS": "120"}
    command = [sys.executable, "-m", "undertow", "train", "text", str(text), "--out", "r", *flags]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=child, stderr=child, stdin=child)
    os.close(child)
    shown = b""
    while True:
        try:
            piece = os.read(parent, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        shown += piece
    assert process.wait(60) == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())
    assert re.search(r"training .* 30/30 [\d.]+ bits/char [\d,]+ char/s \d:\d\d:\d\d left \d:\d\d:\d\d", plain)
    assert "step 30: held-out" in plain
    assert "step 30 writes:" in plain
    assert "\x1b[?25h" in shown.decode(), "the cursor is shown again at the end"
