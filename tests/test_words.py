"""Text of others: what people are shown of it, and how a shell is told it."""

import ast
import copy
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import undertow
from sources import files, tree
from undertow.report.markup import tag
from undertow.words import Warned, command, in_column, on_line, quoted, shown_width, visible

SOURCE = Path(undertow.__file__).parent
CONTROLS = [*range(9), *range(11, 32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])
def test_a_warning_is_one_by_its_type_and_stays_one(again):
    """Estimators keep lines, and are copied."""
    line = again(Warned("two rows are the same"))
    assert isinstance(line, Warned)
    assert (line, line.fact) == ("warning: two rows are the same", "two rows are the same")
    assert not isinstance("warning: two rows are the same", Warned)


def reads_a_warning(path):
    """Where a warning is told by how a line begins, or made without the type that says so."""
    made = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant)]
    return [f"{path}:{n.lineno}" for n in made if isinstance(n.value, str) and n.value.startswith("warning: ")]


#: The type itself; the journal's events, which have a kind of their own.
OWN_WARNINGS = {"words.py", "live.py"}


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE)))
def test_warnings_are_values(path):
    assert reads_a_warning(path) == [] or path.name in OWN_WARNINGS


def test_every_control_character_is_written_out():
    for code in CONTROLS:
        shown = visible(f"a{chr(code)}b")
        assert shown.isascii(), hex(code)
        assert shown.isprintable(), hex(code)
        assert ast.literal_eval(f"'{shown}'") == f"a{chr(code)}b"


@pytest.mark.parametrize("text", ["", "two\n\tlines", "É ß 漢 \N{ZERO WIDTH JOINER} 🏴 [red]:skull:", "שלום"])
def test_what_is_text_stays(text):
    assert visible(text) == text


def test_bytes_that_are_no_text_are_shown_as_bytes():
    assert visible(os.fsdecode(b"caf\xe9 \x1b")) == "caf\\xe9 \\x1b"
    assert visible("\ud800") == "\\ud800"


def test_what_a_stream_cannot_say_is_written_out():
    assert visible("é漢\x1b", "ascii") == "\\xe9\\u6f22\\x1b"
    assert visible("é漢", "latin-1") == "é\\u6f22"


#: What is shown of a label, and the columns of a terminal that it takes: as hand-counted.
SHOWN = {
    "cat": ("cat", 3), "": ("", 0), "漢字": ("漢字", 4), "e\N{COMBINING DIAERESIS}": ("e\N{COMBINING DIAERESIS}", 1),
    "שלום": ("שלום", 4), "a\x1b[2J": ("a\\x1b[2J", 8), "\u202egnp": ("\\u202egnp", 9), "a\nb\tc": ("a\\nb\\tc", 7),
}  # fmt: skip


@pytest.mark.parametrize("label", SHOWN)
def test_a_column_of_a_table_is_as_wide_as_what_is_shown(label):
    shown, columns = SHOWN[label]
    assert on_line(label) == shown
    assert shown_width(label) == columns
    assert in_column(label, 12) == shown + " " * (12 - columns)
    assert visible(in_column(label, 0)) == shown, "and that is shown as it is"


NAMES = [
    "plain", "my run", "r-<img src=x>", "it's", "$(touch x)", "`touch x`", "a;b", "-x", "--out", "é", "\\", "a\\'\x1bb",
    "r\x1b[2J", "two\nlines", "\t", "\u202egnp.exe", "\x9b31m", "\udcff\x1b", "~", "#", "*", "!x", "",
]  # fmt: skip


@pytest.mark.skipif(not shutil.which("bash"), reason="bash reads it")
@pytest.mark.parametrize("name", NAMES)
def test_a_shell_reads_the_word_that_was_meant(name):
    told = quoted(name)
    assert visible(told) == told
    assert "\n" not in told
    read = subprocess.run(["bash", "-c", f"printf %s {told}"], capture_output=True, check=True).stdout
    assert read == os.fsencode(name)


def test_paths_that_begin_like_options_are_no_options():
    assert command("resume", Path("-x")) == "undertow resume ./-x"
    assert command("resume", Path("-x y"), "--workers", "2") == "undertow resume './-x y' --workers 2"
    assert quoted(Path("-\x1b")) == "$'./-\\x1b'"


def test_pages_show_control_characters_too():
    assert tag("title", "a\u202eb<\x9b") == "<title>a\\u202eb&lt;\\x9b</title>"
    assert tag("p", of={"title": "\x1b\u2066"}) == '<p title="\\x1b\\u2066"></p>'


#: A command of ours or an option that a value follows, at the end of a piece of text before a hole.
_IN_A_COMMAND = re.compile(r"(?<!\.)undertow( [^\s;,:`()]+)* $|(^|\s)--[a-z][a-z-]*[ =]$")


#: Names that hold a quoted word already, or one of a few words of ours.
QUOTED = {"reading.py": {"likeliest"}, "diagnosing.py": {"own"}, "delimited.py": {"other"}, "app.py": {"__version__"}}


def unquoted(path):
    """Where a command is put together by hand, with a value in it that no shell was thought of for."""
    found = []
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for text, hole in zip(node.values, node.values[1:], strict=False):
            if not (isinstance(text, ast.Constant) and isinstance(hole, ast.FormattedValue)):
                continue
            named = isinstance(hole.value, ast.Name) and hole.value.id in QUOTED.get(path.name, ())
            made = isinstance(hole.value, ast.Call) and getattr(hole.value.func, "id", "") in ("quoted", "command")
            if _IN_A_COMMAND.search(text.value) and not named and not made:
                found.append(f"{path}:{node.lineno}: {ast.unparse(node)}")
    return found


def test_commands_to_give_next_are_quoted():
    wrong = [place for path in files(SOURCE) for place in unquoted(path)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("line", ['f"go on: undertow resume {run}"', 'f"undertow {verb} x"', 'f"try --out {out}"'])
def test_the_checker_sees_unquoted_commands(tmp_path, line):
    bad = tmp_path / "bad.py"
    bad.write_text(f"said = {line}\n")
    assert len(unquoted(bad)) == 1


def test_shlex_is_used_in_one_place_alone():
    users = [p.name for p in SOURCE.rglob("*.py") if "shlex" in p.read_text()]
    assert users == ["words.py"]
