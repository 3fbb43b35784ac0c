"""Every experiment runs end to end with tiny settings, keeps what it has, and the committed tables are of the committed
runs."""

import importlib
import json
from pathlib import Path

import pytest

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
NAMES = ["adding", "copying", "digits", "ill", "ill_short", "clipping", "input_scale", "batch_norm_gain"]


@pytest.fixture(scope="module", params=NAMES)
def tiny(request, tmp_path_factory):
    """Name, module and folder of an experiment that ran with tiny settings."""
    module = importlib.import_module(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    module.main(["--tiny", "--processes", "0", "--folder", str(folder)])
    return request.param, module, folder


def test_it_leaves_runs_a_table_and_a_figure(tiny):
    name, _, folder = tiny
    content = json.loads((folder / f"{name}.json").read_text())
    assert content["experiment"] == name
    assert content["machine"]["torch"]
    assert content["settings"]
    assert content["runs"]
    assert all(run["seconds"] >= 0 for run in content["runs"].values())
    assert "| --- |" in (folder / f"{name}.md").read_text()
    assert (folder / f"{name}.svg").read_text().rstrip().endswith("</svg>")


def test_what_is_there_is_not_run_again(tiny, capsys):
    name, module, folder = tiny
    before = (folder / f"{name}.json").read_bytes()
    table = (folder / f"{name}.md").read_bytes()
    capsys.readouterr()
    module.main(["--tiny", "--processes", "0", "--folder", str(folder)])
    assert capsys.readouterr().out == ""
    assert (folder / f"{name}.json").read_bytes() == before
    assert (folder / f"{name}.md").read_bytes() == table


@pytest.mark.parametrize("name", sorted(file.stem for file in (EXPERIMENTS / "results").glob("*.json")))
def test_committed_tables_are_of_the_committed_runs(name, tmp_path):
    results = EXPERIMENTS / "results"
    importlib.import_module(name).draw(json.loads((results / f"{name}.json").read_text()), tmp_path)
    assert (tmp_path / f"{name}.md").read_text() == (results / f"{name}.md").read_text()


def test_readme_shows_every_result():
    readme = (EXPERIMENTS / "README.md").read_text()
    for name in NAMES:
        assert f"results/{name}.md" in readme
        assert f"python experiments/{name}.py" in readme
