"""The count of the house, on one whose figures are known."""

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from house import components, measured, table

HOUSE = {
    "src/undertow/__init__.py": '"""The package."""\n',
    "src/undertow/errors.py": (
        "# why\n\nclass Odd(ValueError):\n    '''# No comment:\n    words.'''\n\nbad = Odd  # and why\n"
    ),
    "src/undertow/lang/__init__.py": "from undertow.lang.top import run\n",
    "src/undertow/lang/top.py": (
        "from typing import TYPE_CHECKING\nfrom . import left\nfrom .inner import deep\n"
        "if TYPE_CHECKING:\n    from undertow.lang import run as again\n\n"
        "def run(a, b=0, /, c=0, *d, e, f=0, **g):\n    return left, deep\n"
    ),
    "src/undertow/lang/left.py": "import undertow.lang.right\nimport undertow.errors\n\nclass Odd:\n    pass\n",
    "src/undertow/lang/right.py": (
        "def run():\n    from undertow.lang.left import Odd\n    return getattr(Odd, 'tanh')\n\n"
        "class Mine:\n    def many(self, a, b, c, d, e, f):\n        'Not tanh: prose.'\n"
    ),
    "src/undertow/lang/inner/__init__.py": "",
    "src/undertow/lang/inner/deep.py": "from undertow.lang.inner import other\n\ndef _run():\n    pass\n",
    "src/undertow/lang/inner/other.py": "def tanh():\n    pass\n\ndef _run():\n    pass\n",
    "tests/test_floors.py": 'FLOORS = [["undertow", "errors"], ["lang"]]\n',
}


@pytest.fixture
def root(tmp_path):
    for name, text in HOUSE.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_rooms_circles_and_levels(root):
    rooms = measured(root)["rooms and their wings"]
    assert list(rooms) == ["undertow", "lang", "lang/inner"]
    lang = rooms["lang"]
    assert (lang["files"], lang["circles"], lang["files in circles"]) == (7, 1, 2)
    assert lang["largest circle"] == "lang/left.py lang/right.py"
    # __init__ to top; top to left, inner.deep; left and right to each other; deep to other.
    assert (lang["arrows"], lang["levels"]) == (6, 4)
    assert (rooms["lang/inner"]["arrows"], rooms["lang/inner"]["levels"]) == (1, 2)
    assert rooms["undertow"]["arrows"] == lang["arrows"] + 1


@pytest.mark.parametrize("seed", range(20))
def test_circles_are_what_leads_to_each_other(seed):
    rng, names = random.Random(seed), "abcdefgh"
    arrows = {name: set(rng.sample(names, rng.randrange(3))) - {name} for name in names}

    def leads(name):
        found, new = set(), arrows[name]
        while new:
            found, new = found | new, set().union(*(arrows[n] for n in new)) - found - new
        return found

    groups = components(arrows)
    both = {frozenset({n} | {m for m in leads(n) if n in leads(m)}) for n in names}
    assert set(map(frozenset, groups)) == both
    place = {name: at for at, group in enumerate(groups) for name in group}
    assert all(place[target] <= place[name] for name in names for target in arrows[name])


def test_names_in_several_files(root):
    found = measured(root)
    assert found["classes in several files"]["Odd"] == {"files": 2, "where": "errors.py lang/left.py"}
    assert set(found["public functions in several files"]) == {"all", "run"}
    assert found["public functions in several files"]["all"]["files"] == 1


def test_parameters_and_lengths(root):
    found = measured(root)
    (many,) = (found[name] for name in found if "parameters" in name)
    assert many == {
        "all": {"count": 1, "where": ""}, "worst 1": {"count": 7, "where": "lang/top.py:7 run"},
    }  # fmt: skip
    floors = found["floors"]
    assert list(floors) == ["all", "0: errors, undertow", "1: lang"]
    assert (floors["1: lang"]["functions"], floors["1: lang"]["longest"]) == (6, 3)
    assert floors["1: lang"]["where"] == "lang/right.py:1 run"
    assert floors["0: errors, undertow"]["comments, %"] == 66.7, "of three lines; docstrings and blank ones apart"


def test_files_that_name_an_operation(root):
    told = measured(root)["files that name one of a kind"]["operation: tanh"]
    assert told == {"files": 2, "its own": 0, "where": "lang/inner/other.py lang/right.py"}


def test_before_and_after(root):
    before = measured(root)
    (root / "src/undertow/lang/more.py").write_text("from undertow.lang import top\n")
    (row,) = (line for line in table(measured(root), before).splitlines() if line.startswith("lang "))
    assert re.findall(r"\d+ -> \d+", row) == ["7 -> 8", "30 -> 31", "6 -> 7"], "files, lines, arrows"
    assert "->" not in table(before, before)


def test_the_command(root):
    script = Path(__file__).with_name("house.py")
    told = subprocess.run(
        [sys.executable, script, "--root", root, "--json"], capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(told) == json.loads(json.dumps(measured(root)))
    missing = subprocess.run(
        [sys.executable, script, "--root", root / "tests"], capture_output=True, text=True, check=False
    )
    assert missing.returncode == 1
    assert "there is no file in" in missing.stderr
