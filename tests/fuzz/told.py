"""What was found: case by case, and in a table."""

import re
import sys
from collections import Counter
from dataclasses import dataclass

from fuzz.boxed import Ended
from fuzz.damage import Damage

__all__ = ["Case", "Found", "Told", "say"]

BAD = ("traceback", "hang", "crash", "outside", "wrote", "silent", "vague")


@dataclass(frozen=True)
class Case:
    """A kind of run, one of its files, what is done to it, and the commands to try."""

    kind: str
    file: str
    damage: Damage
    commands: list[list[str]]
    data: str = ""


@dataclass(frozen=True)
class Found:
    """What a command came to."""

    case: Case
    command: list[str]
    what: str
    ended: Ended

    def line(self) -> str:
        """With which it is done again."""
        return (
            f"{self.case.kind}|{self.case.file}|{self.case.damage.name}|{self.case.data}|{' '.join(self.command[:4])}"
        )


def say(*words: object) -> None:
    """A line of the campaign."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


class Told:
    """Counts of what was found, and the bad cases."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], Counter[str]] = {}
        self.bad: list[Found] = []
        self.ways: Counter[str] = Counter()

    def add(self, found: Found) -> None:
        """Take in a finding; a bad one is printed."""
        for key in ((found.case.file, "all"), (found.case.file, found.case.kind)):
            self.counts.setdefault(key, Counter()).update([found.what, "cases"])
        if found.what in BAD:
            self.bad.append(found)
            way = _way(found)
            self.ways[way] += 1
            if self.ways[way] <= 3:
                say(f"{found.what}: --case '{found.line()}'\n    {way}")

    def table(self) -> str:
        """By file and kind of run."""
        columns = ("cases", "unharmed", "refused", *BAD)
        rows = [f"{'file':30} {'run':12}" + "".join(f"{name:>10}" for name in columns)]
        for (file, kind), count in sorted(self.counts.items()):
            rows.append(f"{file:30} {kind:12}" + "".join(f"{count[name]:>10}" for name in columns))
        total = sum((c for (_, kind), c in self.counts.items() if kind == "all"), Counter())
        return "\n".join([*rows, f"{'all':30} {'all':12}" + "".join(f"{total[name]:>10}" for name in columns)])


def _way(found: Found) -> str:
    """What went wrong, and where."""
    lines = [line.strip() for line in found.ended.err.splitlines() if line.strip()]
    ours = [
        re.sub(r'.*src/(undertow/[^"]*)", line (\d+).*', r"\1:\2", line) for line in lines if "src/undertow" in line
    ]
    place = (ours[0] if found.what == "hang" else ours[-1]) if ours else ""
    return f"{found.what} {place} {lines[-1][:300] if lines else ''}"
