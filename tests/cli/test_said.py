"""What the command line prints of others' text: by mechanism, not case by case."""

import ast
import io
import re
import sys
from pathlib import Path

import pytest

import undertow
from sources import files, tree
from undertow.cli.console import notes, results, standard_streams, styled, write_json

SOURCE = Path(undertow.__file__).parent
CLI = SOURCE / "cli"
#: What only the room of the console may name: ways to print past it, and to have markup read.
APART = {"Console", "escape", "from_markup", "render_markup", "from_ansi", "echo", "secho", "rprint"}
HOSTILE = "\x1b]0;pwned\x07 \x1b[2J \x9b31m \r \u202e [red]x[/red] [link=http://x]y[/link] :skull: [/] \\"


def past_the_console(path):
    """Where something is printed past the console, or markup of rich's is read from what is no literal."""
    found = []
    for node in ast.walk(tree(path)):
        name = getattr(node, "attr", getattr(node, "id", None))
        if name in APART:
            found.append(f"{path}:{node.lineno}: {name}")
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", None))
        keywords = {k.arg: k.value for k in node.keywords}
        if called == "styled" and any(isinstance(e, ast.JoinedStr) for e in ast.walk(node.args[0])):
            found.append(f"{path}:{node.lineno}: a template that is put together")
        if called in ("styled", "TextColumn"):
            literal = node.args[0]
            markup = keywords.get("markup")
            if called == "TextColumn" and not (markup and markup.value is False):
                found.append(f"{path}:{node.lineno}: a column that reads markup")
            if called == "styled" and not isinstance(literal, ast.Constant | ast.IfExp):
                found.append(f"{path}:{node.lineno}: a template that is no literal")
        elif any(
            isinstance(k, ast.Constant) and k.value is True for n, k in keywords.items() if n in ("markup", "emoji")
        ):
            found.append(f"{path}:{node.lineno}: markup is switched on")
        if called in ("Progress", "Live") and not {"redirect_stdout", "redirect_stderr"} <= set(keywords):
            found.append(f"{path}:{node.lineno}: rich reads sequences in what others write")
        if called == "print" and isinstance(node.func, ast.Name):
            found.append(f"{path}:{node.lineno}: print()")
        if (
            called == "print"
            and re.search(
                r"\[/?(bold|dim|red|cyan|green|yellow)?\]",
                " ".join(
                    c.value
                    for a in node.args
                    for c in ast.walk(a)
                    if isinstance(c, ast.Constant) and isinstance(c.value, str)
                ).strip(),
            )
            and not any(getattr(getattr(a, "func", None), "id", "") == "styled" for a in node.args)
        ):
            found.append(f"{path}:{node.lineno}: markup that is not read")
    return found  # fmt: skip


def test_only_the_console_prints():
    wrong = [place for path in files(CLI) if path.name != "console.py" for place in past_the_console(path)]
    assert not wrong, "\n".join(wrong)


def to_the_streams(path):
    """Where a file writes to the standard streams by itself."""
    found = []
    for node in ast.walk(tree(path)):
        of_sys = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sys"
        if of_sys and node.attr in ("stdout", "stderr"):
            found.append(f"{path}:{node.lineno}: sys.{node.attr}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            found.append(f"{path}:{node.lineno}: print()")
    return found


def test_no_other_room_writes_to_the_standard_streams():
    wrong = [place for path in files(SOURCE) if path.parent != CLI for place in to_the_streams(path)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("line", ["print(x)", "sys.stdout.write(x)", "x(file=sys.stderr)"])
def test_the_checker_sees_what_goes_to_the_streams(tmp_path, line):
    bad = tmp_path / "bad.py"
    bad.write_text(f"import sys\n{line}\n")
    (place,) = to_the_streams(bad)
    assert place.startswith(f"{bad}:2: ")


@pytest.mark.parametrize(
    "line",
    [
        'styled(f"[bold]{x}[/]")', "styled(x)", 'results.print("[bold]x[/]")', "print(x)", "typer.echo(x)",
        "results.print(escape(x))", "results.print(x, markup=True)", "TextColumn(x)", "Live(x)", "Console()",
    ],
)  # fmt: skip
def test_the_checker_sees_what_goes_past_the_console(tmp_path, line):
    bad = tmp_path / "bad.py"
    bad.write_text(line + "\n")
    assert past_the_console(bad)


def stray(text):
    """Control characters in a text other than newlines."""
    return sorted({c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e")})


@pytest.mark.parametrize("kind", ["text", "styled", "cell", "title", "Text"])
def test_consoles_show_text_of_others_as_it_is(capsys, kind):
    from rich.table import Table
    from rich.text import Text

    table = Table("a", title=HOSTILE if kind == "title" else None)
    table.add_row(HOSTILE)
    said = {"text": HOSTILE, "styled": styled("[bold]{}[/] then", HOSTILE), "Text": Text(HOSTILE)}.get(kind, table)
    for console, stream in ((results, "out"), (notes, "err")):
        console.print(said, soft_wrap=True, width=300)
        told = getattr(capsys.readouterr(), stream)
        assert stray(told) == []
        assert "\\x1b[2J" in told
        words = " ".join(re.sub("[│┃]", " ", told).split())
        assert "[red]x[/red] [link=http://x]y[/link] :skull: [/] \\" in words


def test_tables_stay_straight(capsys):
    from rich.table import Table

    table = Table("name", "figure")
    table.add_row("\x1b[2J\x9b", "1")
    table.add_row("plain", "2")
    results.print(table)
    assert len({len(line) for line in capsys.readouterr().out.splitlines()}) == 1


@pytest.mark.parametrize("value", ["\\", "\\\\", "\\\\\\", "[/]", "[bold", "]", "{}", "a\\[b]"])
def test_values_cannot_leave_their_hole(value):
    made = styled("[bold]{}[/] and [dim]{}[/]", value, "x")
    assert made.plain == f"{value} and x"
    assert [(made.plain[s.start : s.end], str(s.style)) for s in made.spans] == [(value, "bold"), ("x", "dim")]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "exact"), [(Terminal, False), (io.StringIO, True)])
def test_standard_output_is_exact_but_on_a_terminal(monkeypatch, stream, exact):
    seen = stream()
    monkeypatch.setattr(sys, "stdout", seen)
    with standard_streams():
        sys.stdout.write(f"{HOSTILE}\n")
    assert (seen.getvalue() == f"{HOSTILE}\n") is exact
    assert bool(stray(seen.getvalue())) is exact


def test_json_is_exact_on_a_terminal_too(monkeypatch):
    import json

    seen = Terminal()
    monkeypatch.setattr(sys, "stdout", seen)
    with standard_streams():
        write_json(json.dumps(HOSTILE + "\x7fé", ensure_ascii=False) + "\n")
    assert stray(seen.getvalue()) == []
    assert json.loads(seen.getvalue()) == HOSTILE + "\x7fé"
