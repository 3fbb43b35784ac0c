"""A command of ``undertow`` in a fork of this process, with limits of time and memory.

What runs here must not have used polars before: its threads do not outlive a fork.
"""

import faulthandler
import os
import resource
import signal
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import undertow
from undertow.cli import main
from undertow.cli.guarding import guarded

__all__ = ["Ended", "boxed", "called", "load"]

_RAISED = 70
#: Bytes that a command may take beyond what this process has.
MEMORY = 3 << 30


@dataclass(frozen=True)
class Ended:
    """How a command ended. ``status`` is None where its time was over, negative where a signal ended it."""

    status: int | None
    out: str
    err: str
    seconds: float

    @property
    def raised(self) -> bool:
        """Whether an exception got out."""
        return self.status == _RAISED or "Traceback (most recent call last)" in self.err


def load() -> None:
    """Import what commands import, once for all."""
    import optuna  # noqa: F401
    import polars  # noqa: F401
    import torch

    from undertow.tasks.kinds import KINDS

    for kind in KINDS.values():
        __import__(kind.home)
    torch.set_num_threads(1)


def boxed(run, folder: Path, *, seconds: float = 20.0, memory: int = MEMORY) -> Ended:
    """Run the command ``run`` (arguments, or a function) in ``folder``."""
    out, err = folder.with_name(f"{folder.name}.out"), folder.with_name(f"{folder.name}.err")
    sys.stdout.flush()
    sys.stderr.flush()
    began = time.monotonic()
    child = os.fork()
    if not child:
        _child(run, folder, out, err, memory)
    status, dumped = None, False
    while True:
        done, code = os.waitpid(child, os.WNOHANG)
        if done:
            status = None if dumped else os.waitstatus_to_exitcode(code)
            break
        if time.monotonic() - began > seconds:
            _signal(child, signal.SIGKILL if dumped else signal.SIGABRT)  # which says where it hangs
            dumped, seconds = True, seconds + 2
        time.sleep(0.002)
    _signal(child, signal.SIGKILL)  # the processes that it left
    said = [file.read_text(encoding="utf-8", errors="replace") for file in (out, err)]
    return Ended(status, *said, time.monotonic() - began)


def _signal(leader: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _child(run, folder: Path, out: Path, err: Path, memory: int) -> None:
    status = _RAISED
    try:
        os.setsid()
        os.chdir(folder)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        for number, file in ((1, out), (2, err)):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        faulthandler.enable(2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory:
            has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (has + memory, has + memory))
        status = _status(run)
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def called(command) -> None:
    """A command as somebody types it; or ``load`` and ``save``, as a program has them."""
    match command:
        case ["load", run, data]:
            sys.exit(guarded(lambda: undertow.load(run).predict(data)))
        case ["save", run, to]:
            sys.exit(guarded(lambda: undertow.load(run).save(to)))
    sys.argv = ["undertow", *map(str, command)]
    main()


def _status(run) -> int:
    try:
        run() if callable(run) else called(run)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    return 0
