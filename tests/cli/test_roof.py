"""What the system refuses: one message with the fact and the path, status 2, nothing half-written. Real processes."""

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from processes import ENVIRONMENT
from undertow.cli.guarding import told

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")

#: What a system without UTF-8 says of itself.
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ROWS = [f"{a}{b}{c}{d},{'FM'[(i + j) % 2]}" for i, a in enumerate("ABCDÉ") for j, b in enumerate("aeiou")
        for c in "nmr" for d in "ok"]  # fmt: skip
FEW = "--hidden 4 --steps 4 --batch 8"


def ran(folder, command, *, before="", after="", seconds=120, **environment):
    """Status, standard output and error, in bytes, of a command of ``undertow`` that a shell starts in a folder."""
    line = f"{before} {shlex.quote(sys.executable)} -m undertow {command} {after}"
    done = subprocess.run(["bash", "-c", line], cwd=folder, env={**ENVIRONMENT, **environment}, capture_output=True,
                          timeout=seconds, check=False, stdin=subprocess.DEVNULL)  # fmt: skip
    return done.returncode, done.stdout, done.stderr.decode()


def refused(folder, command, *facts, **how):
    """What a command says that ends as it should: with status 2 and one message that has the ``facts``."""
    status, _, said = ran(folder, command, **how)
    assert status == 2, said
    assert "Traceback" not in said
    last = said.strip().splitlines()[-1]
    assert last.startswith("undertow: error: "), said
    assert all(fact in last for fact in facts), last
    return last


def names(folder):
    return sorted(os.fsencode(p.relative_to(folder)) for p in folder.rglob("*"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a table, a run of it, and a text with a run of it."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "names.csv").write_text("\n".join(["name,gender", *ROWS, ""]), encoding="utf-8")
    (folder / "poem.txt").write_text("Côte d'azur, 漢字.\n" * 60, encoding="utf-8")
    assert ran(folder, f"train classify names.csv {FEW} --out r")[0] == 0
    small = "--hidden 4 --steps 2 --batch 2 --set window=8"
    assert ran(folder, f"train text poem.txt {small} --out w")[0] == 0
    return folder


@pytest.mark.parametrize("command", ["config", "--help", "cells --json"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_to_a_full_device(tmp_path, command, unbuffered):
    full = "cannot write to standard output: No space left on device"
    refused(tmp_path, command, full, after="> /dev/full", PYTHONUNBUFFERED=unbuffered)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "--version", "train classify --help", "runs .", "runs . --json", "cells", "cells lstm", "cells lstm --json",
        "cells lstm --latex", "tune --show-space classify", "data", "data --json", "sample w", "sample w --json",
        "sample w --beam 2 --length 9", "predict r names.csv", "predict r names.csv --json", "evaluate r",
        "evaluate r --json", "diagnose r", "diagnose r --json", "report r", "report r --json",
        f"train classify names.csv {FEW} --json --out j1", "tune r --budget 1 --workers 1 --json --out j2",
    ],
)  # fmt: skip
def test_every_command_says_that_its_output_is_full(made, command):
    refused(made, command, "cannot write to standard output: No space left on device", after="> /dev/full")


def test_what_nobody_reads_ends_without_a_word(tmp_path):
    status, _, said = ran(tmp_path, "cells --json", before="set -o pipefail;", after="| true")
    assert (status, said) == (141, "")


def test_an_error_stream_that_is_full_or_closed_stops_nothing(made):
    for after in ("2> /dev/full", "2>&-", ">&- 2>&-"):
        assert ran(made, "runs nowhere", after=after)[0] == 0
    shutil.rmtree(made / "quiet", ignore_errors=True)
    assert ran(made, f"train classify names.csv {FEW} --out quiet", after="2> /dev/full")[0] == 0
    assert (made / "quiet" / "report.html").is_file()


@pytest.mark.parametrize("command", ["report", "resume", "sample", "runs", "train classify", "cells lstm --draw"])
def test_a_name_of_five_thousand_letters(tmp_path, command):
    said = refused(tmp_path, f"{command} {'x' * 5000}", "File name too long")
    assert len(said) < 600
    assert names(tmp_path) == []


@pytest.mark.slow
def test_whatever_is_no_file_is_refused_at_once(made):
    os.mkfifo(made / "fifo")
    with socket.socket(socket.AF_UNIX) as served:
        served.bind(str(made / "sock"))
    before = names(made)
    kinds = {"fifo": "pipe", "/dev/zero": "device", "r": "Is a directory", "sock": "socket",
             "/proc/self/pagemap": ""}  # fmt: skip
    for file, fact in kinds.items():
        for command in ("train text", "train classify", "evaluate w"):
            refused(made, f"{command} {file}", file, fact, seconds=60)
    for command in ("train forecast", "train translate", "train reconstruct", "predict r", "train classify --config",
                    "tune r --out n --space"):  # fmt: skip
        refused(made, f"{command} fifo", "fifo: it is a pipe", seconds=60)
    for command in ("report", "resume", "diagnose", "sample"):
        assert "did you mean" not in refused(made, f"{command} fifo", "that is a file", seconds=60)
    assert names(made) == before


@pytest.mark.slow
@pytest.mark.parametrize("surroundings", [ASCII, {"PYTHONIOENCODING": "ascii"}], ids=["C", "ascii"])
def test_streams_that_say_no_more_than_ascii(made, surroundings):
    for command in ("runs .", "cells lstm", "evaluate r", "diagnose r", "--help", "tune --show-space text"):
        status, out, said = ran(made, command, **surroundings)
        assert status == 0, said
        assert (out + said.encode()).isascii()
    status, out, said = ran(made, "predict r names.csv --json", **surroundings)
    assert (status, out.isascii()) == (0, True), said
    assert [json.loads(line)["text"] for line in out.splitlines()][-1] == "Éurk"
    for command in ("predict r names.csv", "sample w --length 400 --seed 1 --prompt C --temperature 9"):
        refused(made, command, "standard output is in ascii, which has no", "PYTHONIOENCODING=utf-8", **surroundings)
        assert ran(made, command, **surroundings)[1] == b"", "all of it or nothing"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "surroundings"), [("caf\u00e9", ASCII), (os.fsdecode(b"bad\xff"), {})], ids=["C", "no text"]
)
def test_names_that_are_no_text_here(tmp_path, made, name, surroundings):
    shutil.copy(made / "names.csv", tmp_path / f"{name}.csv")
    shutil.copy(made / "names.csv", tmp_path / "names.csv")
    (tmp_path / name).mkdir()
    before = names(tmp_path)
    quoted, shown = shlex.quote(name), repr(os.fsencode(name))[2:-1]
    refused(tmp_path, f"train classify {quoted}.csv {FEW} --out n", f"{shown}.csv", "UTF-8", **surroundings)
    refused(tmp_path, f"train classify --config {quoted}.csv", shown, **surroundings)
    assert names(tmp_path) == before
    status, _, said = ran(tmp_path, f"train classify names.csv {FEW} --out {quoted}/r", **surroundings)
    assert status == 0, said
    assert f"undertow evaluate $'{shown}/r'" in said.replace("é", "\\xc3\\xa9")
    for command in ("evaluate", "diagnose --reach 2", "report --json"):
        assert ran(tmp_path, f"{command} {quoted}/r", **surroundings)[0] == 0
    assert ran(tmp_path, f"report {quoted}/r", **surroundings)[1] == os.fsencode(f"{name}/r/report.html\n")
    told, out = ran(tmp_path, f"predict {quoted}/r {quoted}.csv --out {quoted}/p.csv", **surroundings)[::2]
    assert told == 0, out


def mounted(tmp_path, script):
    """What a script of bash does where it may mount; skips where it may not."""
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    start = f'U() {{ {shlex.quote(sys.executable)} -m undertow "$@" 2>&1 || echo "= $?"; }}'
    command = ["unshare", "-rm", "bash", "-ec", f"{start}\n{script}"]
    done = subprocess.run(
        command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout
    return done.stdout


SUMS = "find . -type f -not -name .lock | sort | xargs sha256sum"


@pytest.mark.slow
def test_a_disk_that_is_only_read(tmp_path, made):
    said = mounted(
        tmp_path,
        f"""mkdir m; mount -t tmpfs tmpfs m; cp -r {made}/r {made}/names.csv m; cd m
        grep -v '"end"' r/metrics.jsonl > t; mv t r/metrics.jsonl; {SUMS} > /tmp/sums.$$; mount -o remount,ro .
        U resume r; U report r; U evaluate r; U diagnose r --reach 2; U predict r names.csv --out x.csv
        U train classify names.csv --out n; U tune r --budget 1 --out n; U cells lstm --draw n
        {SUMS} | diff - /tmp/sums.$$; rm /tmp/sums.$$; ls""",
    )
    assert said.count("= 2") == said.count("Read-only file system") == 8
    assert said.splitlines()[-2:] == ["names.csv", "r"]


@pytest.mark.slow
def test_a_disk_that_is_full(tmp_path, made):
    said = mounted(
        tmp_path,
        f"""mkdir m; mount -t tmpfs -o size=6m tmpfs m; cp -r {made}/r {made}/names.csv m; cd m; rm -f r/.lock
        head -c 9000000 /dev/zero > fill || true; sum() {{ {SUMS} | grep -v 'flow.jsonl\\|fill'; }}; sum > /tmp/sums.$$
        U report r; U evaluate r; U diagnose r --reach 2; U predict r names.csv --out x.csv
        U train classify names.csv --out n; U tune r --budget 1 --out n; sum | diff - /tmp/sums.$$; ls; echo
        truncate -s -64k fill; U train classify names.csv {FEW} --out n | tail -2; rm fill /tmp/sums.$$
        U resume n | tail -1; U report r""",
    )
    full, _, later = said.partition("\n\n")
    assert full.count("= 2") == full.count("No space left on device") == 6
    assert full.split()[-3:] == ["fill", "names.csv", "r"], "no folder is left half-made"
    assert "= 2" in later
    assert "finished; try: undertow evaluate n" in later
    assert later.strip().endswith("r/report.html")


@pytest.mark.slow
def test_files_that_may_not_grow(made):
    before = (made / "r" / "report.html").read_bytes()
    limit = "ulimit -f 20; trap '' XFSZ;"
    refused(made, "report r", "r/report.html: File too large", before=limit)
    assert (made / "r" / "report.html").read_bytes() == before
    refused(made, f"train classify names.csv {FEW} --out small", "File too large", before=limit)
    assert ran(made, "resume small")[0] == 0


def test_a_lock_that_is_a_link(made, tmp_path):
    shutil.copytree(made / "r", tmp_path / "r")
    lines = (tmp_path / "r" / "metrics.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "r" / "metrics.jsonl").write_text("".join(line for line in lines if '"end"' not in line))
    (tmp_path / "r" / ".lock").unlink(missing_ok=True)
    (tmp_path / "r" / ".lock").symlink_to(tmp_path / "victim")
    refused(tmp_path, "resume r", ".lock", "link")
    assert not (tmp_path / "victim").exists()


def test_refusals_are_told_with_path_fact_and_advice():
    assert told(PermissionError(13, "Permission denied", "a/b")) == (
        "a/b: Permission denied; take another place, or see who may read and write there"
    )
    assert told(OSError(28, "No space left on device", "a", None, "b")).startswith(
        "a -> b: No space left on device; free"
    )
    assert told(OSError("odd")) == "odd; mend that, and give the command again"
    with pytest.raises(UnicodeDecodeError) as caught:
        b"ab\xff".decode()
    assert told(caught.value) == "byte 2 (0xff) is no text in utf-8; save it as UTF-8"
