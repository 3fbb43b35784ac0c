"""Damage to every file that Undertow reads, and what its commands make of that.

``python tests/fuzz/files.py --minutes 10 --seed 1``: a tiny run of each task and a tiny search; then, case by case, a
copy of one of them, one of its files damaged (the fixed cases first, then by chance), and the commands that read it,
each in a process of its own with limits of time and memory. A command may work unharmed, or refuse: exit status 2, a
message that names the file, nothing written. All else is bad, and makes the exit status 1.

``--case LINE`` does one case again, by the line that was printed of it.
"""

import argparse
import hashlib
import os
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count, zip_longest
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.update(COLUMNS="200", NO_COLOR="1")
if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.boxed import Ended, boxed, load
from fuzz.damage import VICTIM, again, random_damage
from fuzz.file_runs import COMMANDS, KINDS, OTHERS, Home, Inline, expanded, files_of
from fuzz.forged import forged
from fuzz.told import Case, Found, Told, say
from fuzz.worst import listed
from undertow.tuning import workers

__all__ = ["Campaign"]

#: Seconds that a command may take; a search may have to train again.
SECONDS, OF_SEARCH = 15.0, 90.0


class Campaign:
    """Runs made once, in a folder, and the cases on them."""

    def __init__(self, folder: Path, kinds: list[str]) -> None:
        self.home, self.kinds, self._usual, self.wrote = Home(folder), kinds, {}, []
        for kind in kinds:
            self.home.make(kind)
        workers.LocalWorkers = Inline
        self._victim = folder.parent / VICTIM
        self._victim.write_text("nobody's business\n" * 100)
        self._outside = self._beside()

    def _beside(self) -> dict[str, str]:
        """What stands outside of the case."""
        said = {p.name for p in self.home.path.iterdir()} - {"case.out", "case.err", "case"}
        return {VICTIM: self._victim.read_text(), **dict.fromkeys(said, "")}

    def places(self, rng: random.Random) -> list[Case]:
        """Every place of every file, in each way, each with another one of the commands; the files in turn."""
        found, turn = [], count()
        for kind in self.kinds:
            case = self.home.take(kind)
            for name, file in files_of(case, kind).items():
                damages = forged(file)
                rng.shuffle(damages)
                data = KINDS[kind].file if kind in KINDS else ""
                commands = [c for c in COMMANDS[name] if expanded(c, kind, data)]
                found.append([Case(kind, name, damage, [commands[next(turn) % len(commands)]]) for damage in damages])
        say(f"{sum(map(len, found))} places in {len(found)} files")
        return [case for row in zip_longest(*found) for case in row if case]

    def fixed(self) -> list[Case]:
        """The fixed cases."""
        found = []
        for kind in self.kinds:
            case = self.home.take(kind)
            for name, file in files_of(case, kind).items():
                tables = sorted(case.glob("other.*")) if name == "DATA" else []
                for path in [file, *tables]:
                    commands = [c for c in COMMANDS[name] if path == file or c in (["train"], ["use"])]
                    data = path.name if name == "DATA" else ""
                    found += [Case(kind, name, damage, commands, data) for damage in listed(path)]
        return found

    def chance(self, rng: random.Random) -> Case:
        """A case by chance."""
        kind = rng.choice([k for k in self.kinds for _ in range(1 if k == "search" else 2)])
        case = self.home.kept / kind
        files = files_of(case, kind)
        name = rng.choice([n for n in files for _ in range(3 if n == "model.safetensors" else 1)])
        path, commands = files[name], list(COMMANDS[name])
        if name == "DATA" and kind not in ("text", "pieces") and rng.random() < 0.5:
            path, commands = rng.choice(sorted(case.glob("other.*"))), [["train"], ["use"]]
        commands = rng.sample(commands, min(2, len(commands)))
        return Case(kind, name, random_damage(path, rng), commands, path.name if name == "DATA" else "")

    def again(self, line: str) -> list[Found]:
        """A case that was printed."""
        kind, name, damage, data, command = line.split("|")
        path = self.home.kept / kind / data if data else files_of(self.home.kept / kind, kind)[name]
        fixed = {d.name: d for d in (*listed(path), *forged(path))}
        made = fixed.get(damage) or again(path, damage)
        real = data or (KINDS[kind].file if kind in KINDS else "")
        commands = [c for c in COMMANDS[name] if " ".join((expanded(c, kind, real) or [])[:4]) == command]
        return self.tried(Case(kind, name, made, commands, data))

    def tried(self, case: Case) -> list[Found]:
        """What the commands make of a case."""
        found = []
        for command in case.commands:
            data = case.data or (KINDS[case.kind].file if case.kind in KINDS else "")
            told = expanded(command, case.kind, data)
            if told is None:
                continue
            folder = self.home.take(case.kind)
            file = folder / case.data if case.data else files_of(folder, case.kind)[case.file]
            case.damage.change(file)
            before = _contents(folder)
            ended = boxed(told, folder, seconds=OF_SEARCH if case.kind in OTHERS else SECONDS)
            found.append(Found(case, told, self._judged(case, told, file, before, ended), ended))
        return found

    def _judged(self, case: Case, told: list[str], file: Path, before: dict[str, str], ended: Ended) -> str:
        if self._beside() != self._outside:
            self._victim.write_text("nobody's business\n" * 100)
            return "outside"
        if ended.raised:
            return "traceback"
        if ended.status is None:
            return "hang"
        if ended.status not in (0, 2):
            return "crash"
        after = _contents(self.home.case)
        if ended.status == 2:
            if after != before and "training stopped:" not in ended.err:
                self.wrote = sorted(
                    name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
                )
                return "wrote"
            return "refused" if self._is_clear(case, file, ended.err) else "vague"
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        if any(name.partition("/")[0] not in ("run", "new", "told.csv") for name in changed):
            return "wrote"
        return "silent" if self._differs(case, told, ended) else "unharmed"

    def _is_clear(self, case: Case, file: Path, err: str) -> bool:
        """Whether a refusal says which file it is about. What a config says may be another file, or an option."""
        if "undertow: " not in err:
            return False
        named = file.name in err or str(file.relative_to(self.home.case)) in err
        data = case.data or (KINDS[case.kind].file if case.kind in KINDS else "people.csv")
        two = "config.toml" in err or data in err
        if case.damage.honest and (two or case.damage.name.startswith(("numbers", "NaN", "tensor"))):
            return True  # which of two files is right, and whose numbers are not, nobody can know
        return named or case.file.endswith(".toml") or file.suffix == ".toml"

    def _differs(self, case: Case, told: list[str], ended: Ended) -> bool:
        """Whether a number is another one, though the damage could be seen by a checksum."""
        sealed = case.file in ("model.safetensors", "checkpoint/state.safetensors")
        own = case.file == "DATA" and told in (["evaluate", "run"], ["resume", "run"])
        if case.damage.honest or not (sealed or own) or told[0] in ("report", "runs"):
            return False
        key = (case.kind, tuple(told))
        if key not in self._usual:
            said = self._said(told, ended)
            self.home.take(case.kind)
            self._usual[key] = self._said(told, boxed(told, self.home.case, seconds=60.0))
            return said != self._usual[key]
        return self._said(told, ended) != self._usual[key]

    def _said(self, told: list[str], ended: Ended) -> str:
        """What a command came to, but for times."""
        model = [self.home.case / "run/model.safetensors"] if told[0] == "resume" else []
        kept = [p for p in (self.home.case / "told.csv", *model) if p.is_file()]
        sums = [hashlib.sha256(p.read_bytes()).hexdigest() for p in kept]
        return re.sub(r"[\d.]+ ?(s|ms|min|/s)\b", "", ended.out) + " ".join(sums)


def _contents(folder: Path) -> dict[str, str]:
    """What is in a folder; locks are nothing."""
    found = {}
    for path in folder.rglob("*"):
        if not path.name.endswith(".lock") and not path.name.endswith(("-wal", "-shm")):
            if path.suffix == ".db":
                found[str(path.relative_to(folder))] = _told_by(path)
                continue
            regular = path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 30
            found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest() if regular else "other"
    return found


def _told_by(store: Path) -> str:
    """What a database says, however its pages lie; of one that is damaged, its bytes."""
    if not store.is_file() or store.is_symlink() or store.stat().st_size > 1 << 30:
        return "other"
    with tempfile.TemporaryDirectory() as folder:
        for file in store.parent.glob(f"{store.name}*"):
            shutil.copy(file, folder)
        try:
            with closing(sqlite3.connect(Path(folder) / store.name)) as opened:
                said = "\n".join(opened.iterdump())
        except sqlite3.Error:
            return hashlib.sha256(store.read_bytes()).hexdigest()
    return hashlib.sha256(said.encode()).hexdigest()


def main() -> int:
    """The campaign as a command."""
    asked = argparse.ArgumentParser(description="Damage to every file that Undertow reads.")
    asked.add_argument("--minutes", type=float, default=5.0)
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked.add_argument("--cases", type=int, default=-1, help="so many cases at most")
    asked.add_argument("--only", default="", help="kinds of run, with commas")
    asked.add_argument("--file", default="", help="of these files alone, with commas")
    asked.add_argument("--fixed", action="store_true", help="the fixed cases alone, all of them")
    asked.add_argument("--chance", action="store_true", help="no fixed cases")
    asked.add_argument("--places", type=int, default=0, help="so many places in files, each as a forger changes it")
    asked.add_argument("--case", help="one case again, by its line")
    said = asked.parse_args()
    kinds = [said.case.split("|")[0]] if said.case else said.only.split(",") if said.only else [*KINDS, *OTHERS]
    say(f"seed {said.seed}")
    folder = Path(tempfile.mkdtemp(prefix="undertow-files-"))
    os.environ["UNDERTOW_CACHE"] = str(folder / "kernels")
    told = Told()
    try:
        load()
        campaign = Campaign(folder / "home", kinds)
        if said.case:
            for found in campaign.again(said.case):
                told.add(found)
                say(
                    found.what,
                    campaign.wrote,
                    found.ended.status,
                    f"{found.ended.seconds:.1f} s",
                    found.ended.out,
                    found.ended.err,
                )
        else:
            _go(campaign, told, said)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say(told.table())
    for way, times in told.ways.most_common():
        say(f"{times:>5} {way}")
    return 1 if told.bad else 0


def _go(campaign: Campaign, told: Told, said: argparse.Namespace) -> None:
    until, rng, shown, number = time.monotonic() + 60 * said.minutes, random.Random(said.seed), time.monotonic(), 0
    for case in _cases(campaign, rng, said):
        if (time.monotonic() > until and not said.fixed and not said.places) or number == said.cases:
            break
        for found in campaign.tried(case):
            told.add(found)
        number += 1
        if time.monotonic() - shown > 20:
            shown = time.monotonic()
            say(f"{number} cases, {len(told.bad)} bad, {max(0, until - shown) / 60:.1f} min left")
    minutes = (time.monotonic() - until) / 60 + said.minutes
    say(f"{number} cases in {minutes:.1f} minutes")


def _cases(campaign: Campaign, rng: random.Random, said: argparse.Namespace) -> Iterator[Case]:
    """Fixed cases and cases by chance in turn, as long as somebody asks."""
    wanted = set(filter(None, said.file.split(",")))
    if said.places:
        yield from [case for case in campaign.places(rng) if not wanted or case.file in wanted][: said.places]
        return
    fixed = [] if said.chance else [case for case in campaign.fixed() if not wanted or case.file in wanted]
    rng.shuffle(fixed)
    if said.fixed:
        yield from fixed
        return
    while True:
        if fixed:
            yield fixed.pop()
        case = campaign.chance(rng)
        if not wanted or case.file in wanted:
            yield case


if __name__ == "__main__":
    sys.exit(main())
