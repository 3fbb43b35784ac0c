"""PyTorch's own tests of recurrent layers, with Undertow's layers in the place of torch's.

    python tests/torchs/suite.py FOLDER

FOLDER is the ``test`` folder of PyTorch's source, best of the version that is installed: its source distribution and
its repository have one, and so has Debian's source package (``apt-get source pytorch``). Wheels have none. Nothing is
downloaded, and nothing is written into it.

Each file runs in a process of its own, first with torch's layers, then, of the tests that passed, with
``torch.nn.RNN``, ``LSTM`` and ``GRU`` (and ``RNNCell``, ``LSTMCell``, ``GRUCell``, where there are Undertow's) replaced
wherever a module of torch has them. Names that this torch lacks and the files import are stubbed; what needs them fails
with torch's layers too, and so is not counted. By default those tests run whose name or source mentions RNN, LSTM, GRU,
"recurrent" or packed sequences: ``--select`` takes another pattern, ``--all`` takes every test that makes a recurrent
layer.

Exit status: 0 if ours pass all that torch's pass, but the differences that are meant (``DIFFERENCES``); 1 if not; 2 if
there is nothing to run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import undertow

#: Where a process finds what it imports: the Undertow of this one, all that this one finds, and the plugin.
PATH = [Path(undertow.__file__).parent.parent, *(Path(p).resolve() for p in sys.path), Path(__file__).parent.parent]

#: Files of torch that have tests of recurrent layers on the CPU. Those that a version lacks are passed over.
#: ``functorch/test_aotdispatch.py`` has some more, and is left out: torch's layers alone take over ten minutes there.
FILES = (
    "test_nn.py", "test_modules.py", "test_autograd.py", "test_expanded_weights.py", "test_fx.py", "test_jit.py",
    "test_jit_fuser_te.py", "test_overrides.py", "test_serialization.py",
    "nn/test_load_state_dict.py", "nn/test_packed_sequence.py", "nn/test_pruning.py",
    "ao/sparsity/test_structured_sparsifier.py", "export/test_export.py", "functorch/test_control_flow.py",
    "jit/test_models.py", "quantization/core/test_quantized_module.py", "quantization/core/test_quantized_op.py",
    "quantization/eager/test_numeric_suite_eager.py", "quantization/eager/test_quantize_eager_ptq.py",
    "quantization/fx/test_numeric_suite_fx.py", "quantization/fx/test_quantize_fx.py",
    "quantization/jit/test_deprecated_jit_quant.py",
)  # fmt: skip

PATTERN = "(?i)rnn|lstm|gru|recurrent|packed_?sequence"

#: Tests that torch's layers pass and ours need not, by the pattern of their id, and why.
DIFFERENCES: dict[str, str] = {
    **dict.fromkeys(
        ("test_jit.py::TestScript::test_nn_GRU", "test_jit.py::TestScript::test_nn_LSTM*"),
        "torch.jit.script, which torch has deprecated, compiles a part of Python that the layers do not keep to",
    ),
    **dict.fromkeys(
        (
            "quantization/core/test_quantized_module.py::TestReferenceQuantizedModule::test_rnn",
            "quantization/core/test_quantized_op.py::TestQuantizedOps::test_custom_module_lstm",
            "quantization/eager/test_numeric_suite_eager.py::TestNumericSuiteEager::test_compare_*_lstm_dynamic",
            "quantization/eager/test_quantize_eager_ptq.py::TestQuantizeEagerPTQDynamic::test_quantized_rnn",
            "quantization/fx/test_quantize_fx.py::TestQuantizeFx::test_preserve_tuple",
            "quantization/fx/test_quantize_fx.py::TestQuantizeFx::test_static_lstm*",
            "quantization/fx/test_quantize_fx.py::TestQuantizeFxOps::test_rnn",
            "quantization/fx/test_numeric_suite_fx.py::TestFXGraphMatcher::test_op_relationship_mapping",
            "quantization/fx/test_numeric_suite_fx.py::TestFXNumericSuiteCoreAPIs::test_op_io_dtype_coverage",
            "quantization/fx/test_numeric_suite_fx.py::TestFXNumericSuiteCoreAPIsModels::test_compare_*_lstm_dynamic",
        ),
        "torch.ao.quantization and torch.fx go by lists of torch's own classes; swap(...).undo() gives those back",
    ),
}


@dataclass
class Result:
    """How one test ended, and how many recurrent layers it made."""

    outcome: str
    error: str = ""
    made: int = 0


@dataclass
class Ran:
    """What one file gave with one kind of layers."""

    results: dict[str, Result] = field(default_factory=dict)
    broken: str = ""
    stubs: list[str] = field(default_factory=list)

    def passes(self) -> list[str]:
        return [test for test, result in self.results.items() if result.outcome == "passed"]


@dataclass
class Failure:
    """A test that torch's layer passes and ours does not; ``meant`` is why that is right, if it is."""

    test: str
    error: str
    meant: str = ""


@dataclass
class Compared:
    """One file: the tests that torch's layers pass, how many of them make a layer, and those that ours fail."""

    file: str
    tests: list[str]
    layers: int
    failures: list[Failure]
    broken: str
    stubs: list[str]


# ---- running


def read(lines: Iterable[str], ran: Ran) -> list[str] | None:
    """Add what a process recorded to ``ran``; return the tests that it selected and did not end, the one that it was
    at first, or None if it did not get as far as to select."""
    order = {"skipped": 0, "passed": 1, "failed": 2}  # of the parts of one test the worst counts
    selected: list[str] | None = None
    begun = ""
    for fact in map(json.loads, lines):
        if "selected" in fact:
            selected = fact["selected"]
        elif "begin" in fact:
            begun = fact["begin"]
        elif "end" in fact:
            new, old = Result(fact["outcome"], fact.get("error", ""), fact["made"]), ran.results.get(fact["end"])
            if old is None or order[new.outcome] > order[old.outcome]:
                ran.results[fact["end"]] = new
        elif "stub" in fact:
            ran.stubs.append(fact["stub"])
        elif "broken" in fact:
            ran.broken = fact["broken"]
    if selected is None:
        return None
    return sorted((test for test in selected if test not in ran.results), key=lambda test: test != begun)


def run(folder: Path, file: str, layers: str, select: str, only: list[str] | None, limit: int) -> Ran:
    """One file's tests, in as many processes as they need: one that dies fails the test that it was at."""
    ran = Ran()
    while only is None or only:
        with tempfile.TemporaryDirectory() as scratch:
            status, lines, said = _process(Path(scratch), folder, file, layers, select, only, limit)
        only = read(lines, ran)
        ended = f"the process ended with status {status}: {said}"
        if only is None:
            ran.broken = ran.broken or ended
        elif only:
            ran.results[only.pop(0)] = Result("failed", ended)
        if not only:
            break
    return ran


def _process(
    scratch: Path, folder: Path, file: str, layers: str, select: str, only: list[str] | None, limit: int
) -> tuple[int, list[str], str]:
    """Its exit status, the lines that it recorded, and why it ended."""
    record, ids = scratch / "record", scratch / "ids"
    record.touch()
    command = [
        sys.executable, "-m", "pytest", "-p", "torchs.child", "--noconftest", "-c", os.devnull, "--rootdir", folder,
        "-p", "no:cacheprovider", "--assert=plain", "--capture=no", "--quiet", "--tb=no", "--limit", limit,
        "--layers", layers, "--select", select, "--record", record, "--folder", folder, folder / file,
    ]  # fmt: skip
    if only is not None:
        ids.write_text(json.dumps(only), encoding="utf-8")
        command += ["--only", ids]
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join(map(str, PATH)), "PYTHONDONTWRITEBYTECODE": "1",
        "PYTORCH_PRINT_REPRO_ON_FAILURE": "0",
    }  # fmt: skip
    options = dict(cwd=scratch, env=environment, capture_output=True, text=True, errors="replace", check=False)
    done = subprocess.run([*map(str, command)], **options)
    return done.returncode, record.read_text(encoding="utf-8").splitlines(), last_words(done.stderr)


def last_words(text: str) -> str:
    """The line that tells why a process ended: what faulthandler says, else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith(("Fatal Python error", "Timeout ("))), (lines or [""])[-1])


def compare(folder: Path, file: str, select: str, layers_only: bool, limit: int) -> Compared:
    """Run ``file`` with torch's layers, and what passes with ours; ``layers_only`` leaves out tests that make none."""
    theirs = run(folder, file, "torch", select, None, limit)
    tests = [test for test in theirs.passes() if theirs.results[test].made or not layers_only]
    ours = run(folder, file, "undertow", "", tests, limit)
    absent = Result("absent", ours.broken or "no such test when ours are in place")
    failures = []
    for test in tests:
        result = ours.results.get(test, absent)
        if result.outcome != "passed":
            failures.append(Failure(test, result.error or result.outcome, meant(test)))
    made = sum(theirs.results[test].made > 0 for test in tests)
    return Compared(file, tests, made, failures, theirs.broken, sorted(set(theirs.stubs)))


def meant(test: str) -> str:
    """Why ours need not pass it, or nothing."""
    return next((reason for pattern, reason in DIFFERENCES.items() if fnmatchcase(test, pattern)), "")


# ---- telling

COLUMNS = ("torch passes", "make a layer", "ours pass", "ours fail", "as meant")


def table(found: list[Compared]) -> str:
    """A row a file; then the failures, those that are meant by their reason."""
    failures = [failure for one in found for failure in one.failures]
    rows = [(one.file, counts([one])) for one in found] + [("all", counts(found))]
    width = max(len(name) for name, _ in rows)
    lines = [f"{'':{width}}  {'  '.join(COLUMNS)}"]
    for name, numbers in rows:
        cells = (f"{number:{len(column)}}" for number, column in zip(numbers, COLUMNS, strict=True))
        lines.append(f"{name:{width}}  {'  '.join(cells)}")
    lines += [f"{one.file} cannot be imported here: {one.broken}" for one in found if one.broken]
    lines += [f"FAILS {f.test}\n      {f.error}" for f in failures if not f.meant]
    for reason in dict.fromkeys(f.meant for f in failures if f.meant):
        lines.append(f"MEANT {reason}")
        lines += [f"      {f.test}\n          {f.error}" for f in failures if f.meant == reason]
    lines += [f"PASSES, so it differs no longer: {pattern}" for pattern in outdated(found)]
    return "\n".join(lines)


def outdated(found: list[Compared]) -> list[str]:
    """Differences whose tests ran and did not fail."""
    ran = [test for one in found for test in one.tests]
    failed = [failure.test for one in found for failure in one.failures]
    return [one for one in DIFFERENCES if any(_like(ran, one)) and not any(_like(failed, one))]


def _like(tests: list[str], pattern: str) -> Iterable[bool]:
    return (fnmatchcase(test, pattern) for test in tests)


def counts(found: list[Compared]) -> tuple[int, ...]:
    """The numbers of some files, in the order of ``COLUMNS``."""
    tests, layers = sum(len(one.tests) for one in found), sum(one.layers for one in found)
    failures = [failure for one in found for failure in one.failures]
    return tests, layers, tests - len(failures), len(failures), sum(bool(f.meant) for f in failures)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the test folder of PyTorch's source")
    parser.add_argument("--files", nargs="+", metavar="FILE", help="files of it, in place of the usual ones")
    parser.add_argument("--select", default=PATTERN, help="tests whose id or source has this regular expression")
    parser.add_argument("--all", action="store_true", help="every test of the files that makes a recurrent layer")
    parser.add_argument("--limit", type=int, default=300, help="seconds for a test")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    chosen = parser.parse_args(arguments)
    folder = chosen.folder.resolve()
    files = [file for file in chosen.files or FILES if (folder / file).is_file()]
    missing = [file for file in chosen.files or [] if file not in files]
    if missing or not files:
        parser.error(f"{folder} has no {', '.join(missing or FILES[:2])}: give the test folder of PyTorch's source")
    try:
        re.compile(chosen.select)
    except re.error as error:
        parser.error(f"--select {chosen.select}: {error}")
    found = []
    for file in files:
        print(file, file=sys.stderr, flush=True)  # noqa: T201
        found.append(compare(folder, file, "" if chosen.all else chosen.select, chosen.all, chosen.limit))
    told = json.dumps([asdict(one) for one in found], indent=1) if chosen.json else table(found)
    print(told)  # noqa: T201
    return int(any(not failure.meant for one in found for failure in one.failures))


if __name__ == "__main__":
    sys.exit(main())
