"""A campaign over the layers: cases drawn at random, each compared with the reference in float64 and with torch.nn.

    python tests/fuzz/layers.py --minutes 30 --seed 7        prints cases that are wrong, and a table at the end
    python tests/fuzz/layers.py --replay '{"layer": "GRU"}'  one case, with its traceback if there is one
    python tests/fuzz/layers.py --replay 7/12                a batch: some faults need the calls before them

Cases run in batches in a process of their own, which a crash or a hang ends; it is told of the case that was running.
The exit status is 1 if any case is bad: wrong, crashed, hung, or with a traceback of ours.
"""

from __future__ import annotations

import argparse
import atexit
import itertools
import json
import os
import random
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from layer_build import has_torch
from layer_cases import Case, draw, line, read, smaller
from layer_judge import BAD, VERDICTS, Outcome, judge

_BATCH = 60
#: Seconds that one case may take.
_PATIENCE = 90.0
#: Kinds of errors in a table.
_MOST_ERRORS = 30
#: Verdicts after which the process of a batch is gone.
_ENDS = ("crashed", "hung")


def cases_of(seed: int, batch: int) -> list[Case]:
    """The cases of one batch."""
    rng = random.Random(f"{seed}/{batch}")
    return [draw(rng) for _ in range(_BATCH)]


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# ---- in the process of a batch


def work() -> None:
    """Judge the cases that come in, a line each, and print the verdicts."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what else is printed goes elsewhere
    for text in sys.stdin:
        answers.write(json.dumps(judge(read(text))) + "\n")
        answers.flush()


# ---- around it


class Worker:
    """A process that judges cases one by one."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", __file__, "--work"], env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.errors, start_new_session=True,
        )  # fmt: skip

    def judged(self, case: Case, patience: float = _PATIENCE) -> tuple[str, str]:
        """The verdict; this process is of no use after ``crashed`` or ``hung``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(line(case).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return "crashed", self._last_words()
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(patience):
                self.close()
                return "hung", f"no answer in {patience:g} s"
        answer = self.process.stdout.readline()
        if not answer:
            return "crashed", self._last_words()
        verdict, said = json.loads(answer)
        return verdict, said

    def _last_words(self) -> str:
        status = self.process.wait()
        self.errors.seek(0)
        words = self.errors.read().decode(errors="replace").splitlines()
        at = [w.strip() for w in words if w.strip().startswith(("Fatal", "File"))][:3]
        return f"exit status {status}: {' | '.join(at) or ' '.join(words[-3:])}"

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def judged_alone(case: Case, environment: dict[str, str], patience: float = _PATIENCE) -> tuple[str, str]:
    """The verdict of a case in a process of its own."""
    worker = Worker(environment)
    try:
        return worker.judged(case, patience)
    finally:
        worker.close()


def shrunk(case: Case, verdict: str, environment: dict[str, str], seconds: float = 20.0) -> Case:
    """The smallest case with this verdict that is found in time."""
    end, worker = time.monotonic() + seconds, Worker(environment)
    found = True
    while found and time.monotonic() < end:
        found = False
        for candidate in smaller(case):
            if time.monotonic() > end:
                break
            now, _ = worker.judged(candidate, 20.0)
            if now in _ENDS:
                worker.close()
                worker = Worker(environment)
            if now == verdict:
                case, found = candidate, True
                break
    worker.close()
    return case


class Campaign:
    """Counts of verdicts by mode, and what was said."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.errors: dict[str, dict[str, tuple[int, str]]] = {"refused": {}, "both raised": {}}
        self.bad: list[str] = []
        self.taken = 0

    def add(self, case: Case, verdict: str, said: str) -> None:
        self.counts[case["mode"], verdict] += 1
        if verdict in self.errors:
            kind = "".join(c for c in said if not c.isdigit())[:60]
            count, example = self.errors[verdict].get(kind, (0, f"{said}\n        {line(case)}"))
            self.errors[verdict][kind] = count + 1, example

    def tell(self, fact: str, again: str) -> None:
        """Keep what is bad, and print it at once."""
        self.bad.append(f"{fact}\n    {again}")
        say(self.bad[-1])

    def table(self) -> Iterator[str]:
        modes = sorted({mode for mode, _ in self.counts})
        yield f"{'kind':20}{'cases':>8}" + "".join(f"{v:>13}" for v in VERDICTS)
        for mode in [*modes, "all"]:
            row = [
                sum(n for (m, v), n in self.counts.items() if v == verdict and mode in (m, "all"))
                for verdict in VERDICTS
            ]
            yield f"{mode:20}{sum(row):8}" + "".join(f"{n:13}" for n in row)
        for verdict, kinds in self.errors.items():
            yield f"\n{verdict}, the most frequent errors with an example each:"
            for count, example in sorted(kinds.values(), reverse=True)[:_MOST_ERRORS]:
                yield f"{count:6}  {example}"
        yield "\nbad:" if self.bad else "\nnothing bad"
        yield from self.bad


def campaign(minutes: float, cases: int | None, seed: int, processes: int, *, shrink: bool) -> int:
    """Run batches until time is up, or so many cases are done."""
    environment, found = _environment(), Campaign()
    end = time.monotonic() + minutes * 60
    say(f"seed {seed}, {minutes:g} minutes")
    batches = itertools.count()

    def go_on() -> None:
        for batch in batches:
            for number, case in enumerate(cases_of(seed, batch)):
                if number == 0:
                    worker = Worker(environment)
                if time.monotonic() > end or (cases is not None and found.taken >= cases):
                    worker.close()
                    return
                found.taken += 1
                verdict, said = worker.judged(case)
                found.add(case, verdict, said)
                if verdict in _ENDS:
                    worker.close()
                    worker = Worker(environment)
                if verdict in BAD:
                    found.tell(*_told(case, verdict, said, f"{seed}/{batch}/{number}", environment, shrink=shrink))
            worker.close()
            left = max(end - time.monotonic(), 0) / 60
            say(f"{found.taken} cases, {len(found.bad)} bad, {left:.1f} minutes left")

    with ThreadPoolExecutor(processes) as pool:
        for future in [pool.submit(go_on) for _ in range(processes)]:
            future.result()
    say("\n".join(found.table()))
    return 1 if found.bad else 0


def _told(
    case: Case, verdict: str, said: str, place: str, environment: dict[str, str], *, shrink: bool
) -> tuple[str, str]:
    """What is bad, and how to see it again."""
    alone, _ = judged_alone(case, environment)
    if alone != verdict:
        return f"{verdict} after others, alone {alone}: {said}", f"--replay {place}"
    small = shrunk(case, verdict, environment) if shrink else case
    return f"{verdict}: {said}", f"--replay '{line(small)}'"


def _environment() -> dict[str, str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    if "UNDERTOW_CACHE" not in environment:  # kernels that a campaign compiles do not stay in the user's folder
        environment["UNDERTOW_CACHE"] = tempfile.mkdtemp(prefix="undertow-kernels-")
        atexit.register(shutil.rmtree, environment["UNDERTOW_CACHE"], ignore_errors=True)
    return environment


def replay(text: str) -> int:
    """Judge one case here, or a batch."""
    if not text.startswith("{"):
        seed, batch, *last = (int(part) for part in text.split("/"))
        status = 0
        for case in cases_of(seed, batch)[: last[0] + 1 if last else None]:
            say(line(case))
            verdict, said = judge(case)
            say(f"    {verdict} {said}")
            status |= verdict in BAD
        return status
    case = read(text)
    verdict, said = judge(case)
    say(f"{verdict} {said}")
    for which in ("ours", "reference", *(["torch"] if has_torch(case) else [])):
        error = Outcome.of(case, which).error
        if error is not None:
            say("\n".join([f"---- {which}", *traceback.format_exception(error, limit=-8)]))
    return int(verdict in BAD)


def judge_apart(text: str, patience: float, *, shrink: bool) -> int:
    """Judge one case in a process of its own, and make it small if it is bad."""
    case, environment = read(text), _environment()
    verdict, said = judged_alone(case, environment, patience)
    say(f"{verdict} {said} {text}")
    if verdict in BAD and shrink:
        say(f"--replay '{line(shrunk(case, verdict, environment, min(patience, 20.0)))}'")
    return int(verdict in BAD)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--cases", type=int, help="end after so many")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--processes", type=int, default=1, help="batches at a time")
    parser.add_argument("--no-shrink", action="store_true", help="leave bad cases as they were drawn")
    parser.add_argument("--replay", help="a case (JSON), or SEED/BATCH[/LAST]")
    parser.add_argument("--judge", help="a case (JSON), judged in a process of its own and made small if it is bad")
    parser.add_argument("--patience", type=float, default=_PATIENCE, help="seconds that this may take")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work()
        return 0
    if options.replay:
        return replay(options.replay)
    if options.judge:
        return judge_apart(options.judge, options.patience, shrink=not options.no_shrink)
    return campaign(options.minutes, options.cases, options.seed, options.processes, shrink=not options.no_shrink)


if __name__ == "__main__":
    sys.exit(main())
