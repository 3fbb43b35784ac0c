"""docs/notes and what makes it: every page is there, is complete, and says what its script measures."""

import re
import subprocess
import sys
from itertools import pairwise

import pytest

import make
import notebook
from processes import ENVIRONMENT

NOTES = notebook.PAGES
SOURCES = notebook.HERE
NAMES = [script.stem for script in notebook.scripts()]

#: A number as the notes write it: 0.0437, 1,470, 1.84·10⁻⁷.
NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def _numbers(text: str) -> list[float]:
    found = []
    for match in NUMBER.finditer(text):
        digits = match.group().split("·")[0].replace("−", "-").replace(",", "")
        power = int(match.group(1).translate(LOWERED)) if match.group(1) else 0
        found.append(float(digits) * 10.0**power)
    return found


def _make(*arguments: object) -> None:
    command = [sys.executable, SOURCES / "make.py", *map(str, arguments)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr


def test_numbers_are_read():
    assert _numbers("1,470 (−0.5 to 1.84·10⁻⁷)") == pytest.approx([1470, -0.5, 1.84e-7])


@pytest.mark.parametrize("name", NAMES)
def test_page_is_complete(name):
    page = (NOTES / f"{name}.md").read_text()
    names = set(re.findall(r"\$([a-z_]\w*)", (notebook.PROSE / f"{name}.md").read_text(), re.IGNORECASE))
    assert names, "a page without measurements"
    assert not {n for n in names if f"${n}" in page}
    pictures = set(re.findall(r"\]\((\S+\.svg)\)", page))
    assert pictures, "a page without figures"
    assert pictures == {file.name for file in NOTES.glob(f"{name}-*.svg")}
    assert f"[{name}.py](../../notes/{name}.py)" in page
    for heading in ("## What was seen", "## To remember"):
        assert heading in page


@pytest.mark.parametrize("name", NAMES)
def test_page_is_its_text_with_what_was_measured(name):
    assert (NOTES / f"{name}.md").read_text() == notebook.filled(name), "run python notes/make.py --text"


def test_spread():
    assert notebook.spread([3, 1, 2]) == "2 (1 to 3)"
    assert notebook.spread([0.5, 0.5], "%") == "0.5%"
    assert notebook.spread([1e-7, 2e-5, 1234.5]) == "2·10⁻⁵ (1·10⁻⁷ to 1,234)"
    assert notebook.spread([-0.25, float("inf"), 1.0]) == "1 (−0.25 to infinite)"


def test_pages_lead_from_one_to_the_next():
    for before, after in pairwise(NAMES):
        assert f"]({after}.md)" in (NOTES / f"{before}.md").read_text().rsplit("---", 1)[1]
        assert f"]({before}.md)" in (NOTES / f"{after}.md").read_text().rsplit("---", 1)[1]


def test_index_lists_every_page():
    listed = re.findall(r"^\d+\. .*?\((\S+)\.md\)", (NOTES / "README.md").read_text(), re.MULTILINE)
    assert listed == NAMES
    assert (NOTES / "README.md").read_text() == make.index()
    assert [int(name[:2]) for name in NAMES] == list(range(1, len(NAMES) + 1))


@pytest.mark.parametrize(
    "name", ["01_unrolled", "02_hooks", pytest.param("04_repeated-factor", marks=pytest.mark.slow)]
)
def test_page_says_what_is_measured(name, tmp_path):
    _make(name, "--into", tmp_path)
    committed, made = ((folder / f"{name}.md").read_text() for folder in (NOTES, tmp_path))
    committed, made = (" ".join(text.split()) for text in (committed, made))
    assert NUMBER.sub("#", made) == NUMBER.sub("#", committed), f"run python notes/make.py {name}"
    assert _numbers(made) == pytest.approx(_numbers(committed), rel=0.02), f"run python notes/make.py {name}"
    assert {f.name for f in tmp_path.glob("*.svg")} == {f.name for f in NOTES.glob(f"{name}-*.svg")}
    assert (tmp_path / "README.md").read_text() == (NOTES / "README.md").read_text()
