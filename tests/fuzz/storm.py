"""Threads that make the first kernel calls together: sixteen in a fresh process, each its own layer, forward and back.

    python tests/fuzz/storm.py                      fifty processes for each state of the cache: off, empty, full
    python tests/fuzz/storm.py --processes 10 --cache off

In every other process all layers are GRUs, in the rest they are of eight cells. Numbers are compared with the
reference. The exit status is 1 if a process crashes, hangs or is wrong. With ``--unlocked`` what is made once is made
without its lock: then processes must crash or hang, or the storm shows nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_TESTS = Path(__file__).parents[1]
THREADS = 16
_ONE, _EIGHT = "gru", "gru lstm peephole_lstm layer_norm_lstm rnn mgu indrnn gru_reset_before"


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


_UNLOCKED = (
    "import contextlib, functools, undertow.kernels.once as made; "
    "made.once, made.MAKING = functools.cache, contextlib.nullcontext(); "
)


def run(cache: str, kinds: str, patience: float, *, unlocked: bool) -> str:
    """What a process comes to: ``fine``, or how it ended. It may take so many seconds of ``patience``."""
    path = os.pathsep.join([str(_TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    code = _UNLOCKED * unlocked + f"import hammering; hammering.own_layers_at_once({kinds!r}, {THREADS})"
    environment = {**os.environ, "PYTHONPATH": path, "UNDERTOW_CACHE": cache, "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "hung"
    if done.returncode == 0:
        return "fine"
    last = done.stderr.strip().splitlines()[-1:] or [""]
    return f"crashed (signal {-done.returncode})" if done.returncode < 0 else f"wrong: {last[0]}"


def storm(state: str, given: argparse.Namespace) -> Counter[str]:
    """What processes come to when the cache is ``off``, ``empty`` for each of them, or ``full``."""
    with tempfile.TemporaryDirectory(prefix="undertow-storm-") as folder:

        def one(number: int) -> str:
            cache = {"off": "off", "empty": f"{folder}/{number}", "full": f"{folder}/full"}[state]
            return run(cache, _EIGHT if number % 2 else _ONE, given.patience, unlocked=given.unlocked)

        if state == "full":
            run(f"{folder}/full", _EIGHT, given.patience, unlocked=False)
        with ThreadPoolExecutor(given.at_once) as pool:
            return Counter(pool.map(one, range(given.processes)))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Threads that make the first kernel calls together.")
    parser.add_argument("--processes", type=int, default=50)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--cache", choices=["off", "empty", "full"], action="append")
    parser.add_argument("--patience", type=float, default=120, help="seconds for a process")
    parser.add_argument("--unlocked", action="store_true", help="without the lock: it must not go well")
    given, bad = parser.parse_args(), 0
    for state in given.cache or ["off", "empty", "full"]:
        begun = time.monotonic()
        found = storm(state, given)
        ends = ", ".join(f"{count} {what}" for what, count in found.most_common())
        calls, seconds = given.processes * THREADS, time.monotonic() - begun
        said = f"{given.processes} processes, {calls} first calls: {ends} ({seconds:.0f} s)"
        say(f"cache {state}: {said}")
        bad += given.processes - found["fine"]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
