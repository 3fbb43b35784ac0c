"""Run folders from a stranger: links, pipes and folders in the place of every file, and every command that opens it.

Whatever a run's or a search's folder holds, a command works or refuses in words, at once; nothing outside of the folder
is changed, and nothing is read through a link. Beside the folder lies ``outside``, which has the victims: a copy of
what is replaced, so that a command which follows a link finds what it looks for.
"""

import argparse
import hashlib
import importlib
import io
import os
import pkgutil
import shutil
import signal
import stat
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import undertow
from fuzz.boxed import called, load
from fuzz.file_runs import Home, Inline
from fuzz.link_cases import ATTACKS, KINDS, Case, cases, place_of, top
from fuzz.remedied import make_remedied
from fuzz.told import say

__all__ = ["Found", "aged", "tried", "was_read"]

#: Seconds that a command may take; nothing here waits for anybody.
SECONDS = 30
#: What stands beside a run and may change: what a command was asked to write.
ASKED_FOR = ("run", "new", "saved", "told.csv", "__pycache__")
FINE = ("worked", "refused")
BAD = ("wrote outside", "read outside", "hang", "traceback", "vague")


@dataclass(frozen=True)
class Found:
    """What came of a case: ``worked``, ``refused``; else what is wrong. ``told`` is what the command said of it."""

    case: Case
    what: str
    told: str
    seconds: float

    @property
    def bad(self) -> bool:
        """Whether something is wrong."""
        return self.what not in FINE


def _sums(folder: Path) -> dict[str, str]:
    """Everything beside a run: names, kinds, bytes."""
    found = {}
    for place in folder.iterdir():
        if place.name in ASKED_FOR:
            continue
        for path in (place, *place.rglob("*")):
            plain = path.is_file() and not path.is_symlink()
            told = hashlib.sha256(path.read_bytes()).hexdigest() if plain else f"{path.lstat().st_mode:o}"
            found[str(path.relative_to(folder))] = told
    return found


def aged(outside: Path) -> list[Path]:
    """Have the system write down who reads a file: it does where that was before the last change.

    Gives the files that have no other name. One that has may lie in the run, and be read there.
    """
    alone = []
    for path in outside.rglob("*"):
        state = path.lstat()
        os.utime(path, (1, state.st_mtime), follow_symlinks=False)
        if stat.S_ISREG(state.st_mode) and state.st_nlink == 1:
            alone.append(path)
    return alone


def was_read(alone: list[Path]) -> bool:
    """Whether one of these files was read since, through a link."""
    return any(path.lstat().st_atime != 1 for path in alone if path.exists())


def tried(home: Home, case: Case) -> Found:
    """What a command makes of a case."""
    folder = home.take(case.kind)
    outside = folder / "outside"
    outside.mkdir()
    ATTACKS[case.attack](place_of(folder / "run", case.place), outside)
    before = _sums(folder)
    alone = aged(outside)
    began = time.monotonic()
    what, told = _run(case.command, folder)
    seconds = time.monotonic() - began
    what = "read outside" if what in FINE and was_read(alone) else what
    return Found(case, "wrote outside" if _sums(folder) != before else what, told, seconds)


class LateError(BaseException):
    """A command takes too long. No ``except`` of its own may take this for anything else."""


def _late(number: int, frame: object) -> None:
    raise LateError


def _run(command: tuple[str, ...], folder: Path) -> tuple[str, str]:
    """A command in this process: what came of it, and the last that it said."""
    said, status = io.StringIO(), 0
    os.chdir(folder)
    signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 1)  # again, where the first one is caught by whoever waits
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(said):
            called(command)
    except SystemExit as ended:
        status = ended.code or 0
    except LateError:
        return "hang", traceback.format_exc(limit=-3)
    except BaseException as error:
        return "traceback", f"{traceback.format_exc(limit=-3)}\n{error!r}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    err = said.getvalue()
    if status == 2:
        return "refused" if "undertow: error: " in err or "training stopped" in err else "vague", err
    return ("worked" if not status else f"ended with {status}"), err


def _load() -> None:
    """Import everything, once."""
    load()
    for module in pkgutil.walk_packages(undertow.__path__, "undertow."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    sys.modules["undertow.tuning.workers"].LocalWorkers = Inline


def _made(home: Home, kind: str) -> None:
    """A run of a kind, in which remedies were tried, or a search."""
    home.make(kind, None if kind == "search" else make_remedied)
    if unknown := {path.name for path in (home.kept / kind / "run").iterdir()} - top(kind):
        raise RuntimeError(f"a run has {', '.join(sorted(unknown))} too, which is attacked nowhere")


def table(counts: dict[tuple[str, str], Counter]) -> str:
    """What came of it, by kind of run and attack."""
    columns = (*FINE, *BAD, *sorted({what for count in counts.values() for what in count} - {*FINE, *BAD}))
    rows = [f"{'run':12} {'in the place of a file or folder':44} {'cases':>7}" + "".join(f"{c:>15}" for c in columns)]
    totals = {kind: sum((c for (of, _), c in counts.items() if of == kind), Counter()) for kind, _ in counts}
    every = {**counts, **{(kind, "all"): count for kind, count in totals.items()}}
    every["all", "all"] = sum(counts.values(), Counter())
    for (kind, attack), count in every.items():
        rows.append(f"{kind:12} {attack:44} {count.total():>7}" + "".join(f"{count[c]:>15}" for c in columns))
    return "\n".join(rows)


def _tells_readers(folder: Path) -> bool:
    outside = folder / "outside"
    outside.mkdir()
    (outside / "file").write_text("words")
    alone = aged(outside)
    (outside / "file").read_bytes()
    return was_read(alone)


def main() -> int:
    """The matrix as a command."""
    asked = argparse.ArgumentParser(description="Links and pipes in run folders, and who follows them.")
    asked.add_argument("--only", default=",".join(KINDS), help="kinds of run, with commas")
    asked.add_argument("--every", type=int, default=1, help="every so many-th case alone")
    asked.add_argument("--place", default="", help="this place alone")
    asked.add_argument("--attack", default="", help="this alone put there")
    asked.add_argument("--verbose", action="store_true", help="tell every case")
    said = asked.parse_args()
    kinds = said.only.split(",")
    folder = Path(tempfile.mkdtemp(prefix="undertow-links-"))
    os.environ["UNDERTOW_CACHE"] = str(folder / "kernels")
    began, counts, slowest = time.monotonic(), {}, 0.0
    try:
        if not _tells_readers(folder):
            say("this disk does not write down who reads: what is read outside is not seen")
        _load()
        home = Home(folder / "home")
        for kind in kinds:
            _made(home, kind)
        say(f"made in {time.monotonic() - began:.0f} s")
        chosen = [c for c in cases(kinds) if said.place in ("", c.place) and said.attack in ("", c.attack)]
        for case in chosen[:: said.every]:
            found = tried(home, case)
            counts.setdefault((case.kind, case.attack), Counter())[found.what] += 1
            slowest = max(slowest, found.seconds)
            if found.bad or said.verbose:
                line = (found.told.strip().splitlines() or [""])[-1]
                say(f"{found.what}: {case.kind} | {case.place} | {case.attack} | {' '.join(case.command)}: {line}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say(table(counts))
    total = sum(counts.values(), Counter())
    told = ", ".join(f"{count} {what}" for what, count in total.most_common())
    say(f"{total.total()} cases in {time.monotonic() - began:.0f} s, the slowest {slowest:.1f} s: {told}")
    return 1 if set(total) - set(FINE) or not total else 0


if __name__ == "__main__":
    sys.exit(main())
