"""What is put in the place of which file, and the commands that come upon it."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fuzz.file_runs import KINDS as RUNS, flags_of
from fuzz.remedied import HALF, OWN, WHOLE
from undertow.runs import TRUSTED

__all__ = ["ATTACKS", "KINDS", "Case", "cases", "place_of", "top"]


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
    "report.html", "model.safetensors", "checkpoint/state.safetensors", ".lock", "checkpoint", "remedies", TRUSTED,
    ".evaluation.json.partial", ".remedy.json.partial", ".report.html.partial", ".model.safetensors.partial",
    "checkpoint/.state.safetensors.partial",
)  # fmt: skip
#: Of the training of a remedy that is over, and of one that was interrupted.
OF_WHOLE = ("", "/config.toml", "/metrics.jsonl", "/flow.jsonl", "/.lock", "/checkpoint", "/model.safetensors")
OF_HALF = (*OF_WHOLE, "/samples.txt", "/checkpoint/state.safetensors", "/checkpoint/.state.safetensors.partial",
           "/.model.safetensors.partial", "/remedies")  # fmt: skip
REMEDIES = (*(f"remedies/*-1-0{name}" for name in OF_WHOLE), *(f"remedies/*-3-0{name}" for name in OF_HALF))
OF_REMEDIES = (["resume", "run"], ["report", "run"], ["diagnose", "run"], ["runs", "."], WHOLE,
               [*HALF, "forget bias"])  # fmt: skip
OF_RUN = (*OF_REMEDIES, ["evaluate", "run"], ["tune", "run", "--show-space"])


def _uses(kind: str) -> list[list[str]]:
    """The commands that are of a kind of run alone."""
    data, own = RUNS[kind].file, []
    told = [["predict", "run", data, "--out", "told.csv"], ["load", "run", data], ["save", "run", "saved"]]
    match kind:
        case "text":
            return [["sample", "run", "--length", "9"], ["evaluate", "run", data]]
        case "reconstruct":
            own = [["embed", "run", data], ["recalibrate", "run", data, "--force"]]
        case "classify":
            own = [["train", "classify", data, "--encoder", "run", "--out", "new", *flags_of(kind)]]
    return [*told, *own, ["evaluate", "run", data]]


SEARCH = (
    "search.toml", "config.toml", "space.toml", "trials.db", "trials.db-wal", "trials.db-shm", "trials.db-journal",
    "search.json", "winner.toml", "report.html", ".lock", TRUSTED, ".search.json.partial", ".winner.toml.partial",
    ".report.html.partial", "trials", "trials/*", "trials/*/trial.json", "trials/*/config.toml",
    "trials/*/metrics.jsonl", "trials/*/checkpoint", "trials/.*.lock", "final", "final/*", "final/*/trial.json",
    "final/*/model.safetensors", "final/*/checkpoint",
)  # fmt: skip
OF_SEARCHES = (["resume", "run", "--workers", "1"], ["report", "run"], ["runs", "."], ["tune", "run", "--show-space"])

#: A run of each task, a diagnosis of somebody's own model, and a search.
KINDS = ("text", "classify", "forecast", "translate", "reconstruct", OWN, "search")


@dataclass(frozen=True)
class Case:
    """A place in a run of a ``kind``, what is put there, and the command that comes upon it."""

    kind: str
    place: str
    attack: str
    command: tuple[str, ...]


def cases(kinds: list[str]) -> Iterator[Case]:
    """Everything, everywhere."""
    for kind in kinds:
        for places, commands in _matrices(kind):
            for place in places:
                for attack in ATTACKS:
                    yield from (Case(kind, place, attack, tuple(command)) for command in commands)


def _matrices(kind: str) -> list[tuple[tuple[str, ...], tuple[list[str], ...]]]:
    if kind == "search":
        return [(SEARCH, OF_SEARCHES)]
    return [(FILES, (*OF_RUN, *([] if kind == OWN else _uses(kind)))), (REMEDIES, OF_REMEDIES)]


def top(kind: str) -> set[str]:
    """What stands in a run of a kind and is attacked, by its name there."""
    return {place.partition("/")[0] for places, _ in _matrices(kind) for place in places}


def place_of(run: Path, pattern: str) -> Path:
    """The first one that fits; a star is for a folder's name, or the beginning of it."""
    before, star, after = pattern.partition("*")
    if not star:
        return run / pattern
    hidden = before.endswith(".")  # the lock beside a folder
    ending, _, inside = after.partition("/")
    folder = run / before.rpartition("/")[0]
    names = sorted(p.name for p in folder.iterdir() if p.is_dir() and (hidden or p.name.endswith(ending)))
    return folder / f".{names[0]}{ending}" if hidden else folder / names[0] / inside
