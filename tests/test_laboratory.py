"""What experiments, benchmarks and notes share: how measures are told, tables, and results that are kept."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scipy import stats

from laboratory import figures, keeping, spreads, tables
from processes import ENVIRONMENT

ROOT = Path(__file__).parent.parent


def test_medians_and_ranges():
    assert spreads.ranged([3, 1, 2]) == "2 (1 to 3)"
    assert spreads.reached([12.4, None, 3.0]) == "12 (3 to never)"
    assert spreads.reached([None, None]) == "never"
    assert spreads.quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (3.0, 1.5, 4.5)
    assert spreads.extremes([1.0, 2.0, 6.0], 1) == "3.0 (1.0 to 6.0)"
    assert spreads.deviation([1.0, 2.0, 3.0], 2) == "2.00 ± 1.00"
    assert spreads.deviation([0.01, 0.02, 0.03], 1, 100) == "2.0 ± 1.0"
    assert spreads.listed([0.5, 0.25], 2, 100) == "50.00, 25.00"


def test_an_interval_is_students():
    found = [0.3, 0.1, 0.5, 0.4, 0.2]
    mean, half = spreads.interval(found)
    low, high = stats.t.interval(0.95, 4, loc=0.3, scale=stats.sem(found))
    assert (mean - half, mean + half) == pytest.approx((low, high))
    assert spreads.paired([v + 1 for v in found], [1.0] * 5, 2) == f"+0.30 ({low:+.2f} to {high:+.2f})"


def test_tables_and_pages(tmp_path):
    assert tables.table(["a", "b"], [[1, "x"]]) == "| a | b |\n|---|---|\n| 1 | x |"
    assert tables.table(["a", "b"], [], airy=True) == "| a | b |\n| --- | --- |"
    tables.write(tmp_path / "new" / "page.md", "one", "two")
    tables.write(tmp_path / "lines.md", "one", "two", apart="\n")
    assert (tmp_path / "new" / "page.md").read_text() == "one\n\ntwo\n"
    assert (tmp_path / "lines.md").read_text() == "one\ntwo\n"


def test_results_are_kept_as_they_come(tmp_path):
    file = tmp_path / "new" / "results.json"
    assert keeping.known(file) == []
    keeping.add(file, {"seed": 0})
    keeping.add(file, {"seed": 1, "loss": 0.5})
    assert keeping.known(file) == [{"seed": 0}, {"seed": 1, "loss": 0.5}]


def test_a_file_of_runs_has_a_line_for_each(tmp_path):
    content = {"experiment": "x", "seconds": 1.5, "runs": {"a/0": {"curve": [1, 2]}, "b/0": {"curve": []}}}
    keeping.write_runs(tmp_path / "x.json", content)
    assert json.loads((tmp_path / "x.json").read_text()) == content
    assert '  "a/0": {"curve": [1, 2]},' in (tmp_path / "x.json").read_text().splitlines()
    assert [file.name for file in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize("style", [figures.RESULTS, figures.NOTES])
def test_a_figure_is_the_same_bytes_each_time_and_has_no_ground(style):
    def drawn() -> str:
        figure, (axes,) = figures.figure(style, width=3, height=2)
        axes.plot([1, 2], color=style.colours[0])
        return figures.svg(figure, "two points")

    assert drawn() == drawn()
    assert "two points" in drawn()
    assert style.colours[0].lower() in drawn()
    assert style.grey in drawn()
    assert not [line for line in drawn().splitlines() if line != line.rstrip()]


@pytest.mark.parametrize(
    ("folder", "module"),
    [("experiments", "publishing"), ("notes", "notebook"), ("benchmarks", "measure"), ("benchmarks/tasks", "seeds")],
)
def test_scripts_of_every_folder_find_it(folder, module, tmp_path):
    code = f"import sys; sys.path.insert(0, {str(ROOT / folder)!r}); import {module}; print({module}.__all__)"
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
