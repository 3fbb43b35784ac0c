"""Run folders from a stranger: links, pipes and folders in the place of every file, and every command that opens it.

Whatever a run's or a search's folder holds, a command works or refuses in words, at once, and nothing outside of the
folder is changed. Beside the folder lies ``outside``, which has the victims: a copy of what is replaced, so that a
command which follows a link finds what it looks for.
"""

import argparse
import hashlib
import importlib
import io
import os
import pkgutil
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import undertow
from fuzz.boxed import load
from fuzz.file_runs import Home
from fuzz.told import say
from undertow.cli import main as undertow_main

__all__ = ["ATTACKS", "Case", "Found", "cases", "tried"]

#: Seconds that a command may take; nothing here waits for anybody.
SECONDS = 30


# ---- what is put in the place of a file or a folder


def _moved(place: Path, victim: Path) -> Path:
    """What is in a place goes outside; where there is nothing, a file that is dear to somebody does."""
    if place.is_dir() and not place.is_symlink():
        shutil.move(place, victim)
    elif place.exists():
        victim.write_bytes(place.read_bytes())
        place.unlink()
    else:
        victim.write_text("dear to somebody\n" * 9)
    place.parent.mkdir(parents=True, exist_ok=True)
    return victim


def _gone(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)


def _link(place: Path, outside: Path) -> None:
    place.symlink_to(_moved(place, outside / "victim"))


def _hard_link(place: Path, outside: Path) -> None:
    victim = _moved(place, outside / "victim")
    if victim.is_dir():  # which cannot have two names
        place.symlink_to(victim)
    else:
        os.link(victim, place)


def _dangling(place: Path, outside: Path) -> None:
    _gone(place)
    place.symlink_to(outside / "none")


def _to_folder(place: Path, outside: Path) -> None:
    _gone(place)
    (outside / "empty").mkdir()
    place.symlink_to(outside / "empty")


def _pipe(place: Path, outside: Path) -> None:
    _gone(place)
    os.mkfifo(place)


def _other_kind(place: Path, outside: Path) -> None:
    was_folder = place.is_dir()
    _gone(place)
    if was_folder:
        place.write_text("a file\n")
    else:
        place.mkdir()


ATTACKS: dict[str, Callable[[Path, Path], None]] = {
    "a link to a file or folder outside": _link, "a link to nothing": _dangling,
    "a link to an empty folder": _to_folder, "a hard link to a file outside": _hard_link, "a pipe": _pipe,
    "a folder for a file, a file for a folder": _other_kind,
}  # fmt: skip

# ---- where, and who opens it

#: The files of a run, and its folders; what is called ``partial`` was the name of a half-written file once.
FILES = (
    "config.toml", "metrics.jsonl", "flow.jsonl", "samples.txt", "evaluation.json", "remedy.json", "remedy.toml",
    "report.html", "model.safetensors", "checkpoint/state.safetensors", ".lock", "checkpoint", "remedies",
    "remedies/*", "remedies/*/metrics.jsonl", "remedies/*/checkpoint",
)  # fmt: skip
PARTIALS = (
    ".evaluation.json.partial", ".remedy.json.partial", ".report.html.partial", ".model.safetensors.partial",
    "checkpoint/.state.safetensors.partial",
)  # fmt: skip
OF_RUN = (
    ["resume", "run"], ["report", "run"], ["evaluate", "run"], ["diagnose", "run"], ["runs", "."],
    ["tune", "run", "--show-space"], ["remedy", "run", "--steps", "1", "--seeds", "1", "--reach", "3"],
)  # fmt: skip
USES = {
    "text": [["sample", "run", "--length", "9"], ["evaluate", "run", "poem.txt"]],
    "reconstruct": [["predict", "run", "hours.csv"], ["embed", "run", "hours.csv"],
                    ["recalibrate", "run", "hours.csv", "--force"]],
}  # fmt: skip
SEARCH = (
    "search.toml", "config.toml", "space.toml", "trials.db", "trials.db-wal", "trials.db-shm", "trials.db-journal",
    "search.json", "winner.toml", "report.html", ".lock", ".search.json.partial", ".winner.toml.partial",
    ".report.html.partial", "trials", "trials/*", "trials/*/trial.json", "trials/*/config.toml",
    "trials/*/metrics.jsonl", "trials/*/checkpoint", "trials/.*.lock", "final", "final/*", "final/*/trial.json",
    "final/*/model.safetensors", "final/*/checkpoint",
)  # fmt: skip
OF_SEARCHES = (["resume", "run", "--workers", "1"], ["report", "run"], ["runs", "."], ["tune", "run", "--show-space"])


@dataclass(frozen=True)
class Case:
    """A place in a run of a ``kind``, what is put there, and the command that comes upon it."""

    kind: str
    place: str
    attack: str
    command: tuple[str, ...]


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
        return self.what not in ("worked", "refused")


def cases(kinds: list[str]) -> Iterator[Case]:
    """Everything, everywhere."""
    for kind in kinds:
        places = SEARCH if kind == "search" else (*FILES, *PARTIALS)
        commands = OF_SEARCHES if kind == "search" else (*OF_RUN, *USES[kind])
        for place in places:
            for attack in ATTACKS:
                yield from (Case(kind, place, attack, tuple(command)) for command in commands)


def _place(run: Path, pattern: str) -> Path:
    """The first one that fits."""
    first, star, rest = pattern.partition("*")
    if not star:
        return run / pattern
    folder = (run / first).parent if first.endswith(".") else run / first
    inner = min(p for p in folder.iterdir() if p.is_dir())
    return folder / f".{inner.name}{rest}" if first.endswith(".") else folder / f"{inner.name}{rest}"


def _sums(folder: Path) -> dict[str, str]:
    """Everything in a folder: names, kinds, bytes."""
    found = {}
    for path in folder.rglob("*"):
        plain = path.is_file() and not path.is_symlink()
        name = str(path.relative_to(folder))
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if plain else f"{path.lstat().st_mode:o}"
    return found


def tried(home: Home, case: Case) -> Found:
    """What a command makes of a case."""
    folder = home.take(case.kind)
    outside = folder / "outside"
    outside.mkdir()
    ATTACKS[case.attack](_place(folder / "run", case.place), outside)
    before = _sums(outside)
    began = time.monotonic()
    what, told = _run(case.command, folder)
    seconds = time.monotonic() - began
    return Found(case, "wrote outside" if _sums(outside) != before else what, told, seconds)


class LateError(BaseException):
    """A command takes too long. No ``except`` of its own may take this for anything else."""


def _late(number: int, frame: object) -> None:
    raise LateError


def _run(command: tuple[str, ...], folder: Path) -> tuple[str, str]:
    """A command in this process: what came of it, and the last that it said."""
    said, status, sys.argv = io.StringIO(), 0, ["undertow", *command]
    os.chdir(folder)
    signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 1)  # again, where the first one is caught by whoever waits
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(said):
            undertow_main()
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


class Here:
    """Workers that train in this process."""

    def __init__(self, count: int) -> None:
        self.count, self._waiting = 1, []

    def submit(self, job) -> None:
        """Have a job done."""
        self._waiting.append(job)

    def wait(self, seconds: float) -> list:
        """One that is over."""
        from undertow.tuning.trial import train_job

        if not self._waiting:
            return []
        job = self._waiting.pop(0)
        try:
            train_job(job)
        except Exception as error:
            return [(job, error)]
        return [(job, None)]

    def stop(self) -> None:
        """Nothing is at work."""

    def close(self) -> None:
        """Nor idle."""


def _load() -> None:
    """Import everything, once."""
    load()
    for module in pkgutil.walk_packages(undertow.__path__, "undertow."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    sys.modules["undertow.tuning.workers"].LocalWorkers = Here


def _made(home: Home, kind: str) -> None:
    """A run of a kind, in which a remedy was tried, or a search."""
    home.make(kind)
    run = home.kept / kind / "run"
    known = {place.partition("/")[0] for place in (SEARCH if kind == "search" else FILES)}
    if unknown := {path.name for path in run.iterdir()} - known:
        raise RuntimeError(f"a run has {', '.join(sorted(unknown))} too, which is attacked nowhere")
    if kind == "search":
        return
    trained = run / "remedies" / "as-it-is-00000000-1-0"
    shutil.copytree(run, trained, ignore=shutil.ignore_patterns("remedies"))
    shutil.copy(run / "config.toml", run / "remedy.toml")


def main() -> int:
    """The matrix as a command."""
    asked = argparse.ArgumentParser(description="Links and pipes in run folders, and who follows them.")
    asked.add_argument("--only", default="text,reconstruct,search", help="kinds of run, with commas")
    asked.add_argument("--every", type=int, default=1, help="every so many-th case alone")
    asked.add_argument("--place", default="", help="this place alone")
    asked.add_argument("--verbose", action="store_true", help="tell every case")
    said = asked.parse_args()
    kinds = said.only.split(",")
    folder = Path(tempfile.mkdtemp(prefix="undertow-links-"))
    os.environ["UNDERTOW_CACHE"] = str(folder / "kernels")
    began, counts, slowest = time.monotonic(), Counter(), 0.0
    try:
        _load()
        home = Home(folder / "home")
        for kind in kinds:
            _made(home, kind)
        say(f"made in {time.monotonic() - began:.0f} s")
        for case in [c for c in cases(kinds) if said.place in ("", c.place)][:: said.every]:
            found = tried(home, case)
            counts[found.what] += 1
            slowest = max(slowest, found.seconds)
            if found.bad or said.verbose:
                line = (found.told.strip().splitlines() or [""])[-1]
                say(f"{found.what}: {case.kind} | {case.place} | {case.attack} | {' '.join(case.command)}: {line}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    bad = sum(count for what, count in counts.items() if what not in ("worked", "refused"))
    told = ", ".join(f"{count} {what}" for what, count in counts.most_common())
    say(f"{counts.total()} cases in {time.monotonic() - began:.0f} s, the slowest {slowest:.1f} s: {told}")
    return 1 if bad or not counts else 0


if __name__ == "__main__":
    sys.exit(main())
