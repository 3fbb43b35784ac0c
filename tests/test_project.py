"""What stands about the project in more than one file says the same."""

import re
import tomllib
from pathlib import Path

import yaml

import undertow

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_citation_is_of_this_version_and_these_authors():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["version"] == undertow.__version__
    assert [author["name"] for author in cited["authors"]] == [author["name"] for author in PROJECT["authors"]]
    assert cited["license"] == PROJECT["license"]
    assert PROJECT["authors"][0]["name"] in (ROOT / "LICENSE").read_text()


def test_the_changes_begin_with_what_comes_next():
    changes = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (.+)$", changes, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert undertow.__version__ in changes
    kinds = set(re.findall(r"^### (.+)$", changes, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_forms_for_issues_are_whole():
    forms = sorted(file for file in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if file.stem != "config")
    assert [form.stem for form in forms] == ["bug", "cell", "feature"]
    for form in forms:
        read = yaml.safe_load(form.read_text())
        assert read["name"]
        assert read["description"]
        fields = [field for field in read["body"] if field["type"] != "markdown"]
        assert len({field["id"] for field in fields}) == len(fields)
        assert all(field["attributes"]["label"] for field in fields)
    cell = (ROOT / ".github" / "ISSUE_TEMPLATE" / "cell.yml").read_text()
    assert {"equations", "paper", "parameters", "figures"} <= set(re.findall(r"id: (\w+)", cell))


def test_hooks_fetch_nothing():
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert {repository["repo"] for repository in repositories} == {"local"}
    hooks = [hook for repository in repositories for hook in repository["hooks"]]
    assert {hook["language"] for hook in hooks} == {"system"}
    makefile = (ROOT / "Makefile").read_text()
    for hook in hooks:
        tool = hook["entry"].removeprefix(".venv/bin/").split()[0]
        assert f"$(BIN)/{tool}" in makefile
