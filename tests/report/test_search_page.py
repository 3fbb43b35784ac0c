"""The page of a search: complete, escaped, small, closed to the network; and what is absent is told with its reason."""

import copy
import json

import pytest
from hypothesis import given, settings, strategies as st

from report.synthetic_search import make_search, outcome
from report.test_page import EVIL, Page
from undertow.errors import RunError
from undertow.report import write


def page_of(path) -> Page:
    file = write(path)
    assert file == path / "report.html"
    return Page(file.read_text(encoding="utf-8"))


@pytest.fixture
def search(tmp_path):
    return make_search(tmp_path / "s", outcome())


def test_a_finished_search_has_everything_and_nothing_absent(search):
    page = page_of(search)
    assert page.absences == []
    for title in (
        "undertow search report", "The genetic search beat random search", "On the part for tests, accuracy: winner",
        "Winner", "What it changes", "Best so far", "Importance of each gene", "Population over generations",
        "How genes spread", "Genealogy of the winner", "From the first generation to the winner", "Every trial",
        "The best of each method", "Trainings that failed", "classify on names_gender.csv: genetic, TPE, random search",
    ):  # fmt: skip
        assert title in page.text, title
    charts = page.all("div", role="img")
    assert len(charts) == 12
    assert {c["data-chart"] for c in charts} == set(page.numbers)
    assert all(len(c["aria-label"]) > 20 for c in charts)
    copies = [b["data-copy"] for b in page.all("button") if "data-copy" in b]
    assert copies == [f"undertow train classify --config {search}/winner.toml"]
    assert "not finished" not in page.text


def test_tiles(search):
    data = outcome(seeds=2, trials=20, population=5, fails=0.2)
    page = page_of(make_search(search, data))
    trials = [r for one in data["searches"] for r in one["trials"]]
    best = min(r["values"][0] for r in trials if r["values"])
    failed, stopped = sum(not r["values"] for r in trials), sum(r["stopped"] for r in trials)
    spent = sum(one["spent"] for one in data["searches"])
    assert f"best loss {best:.3g} " in page.text
    assert f"{stopped} stopped early and {failed} failed 120 budget 120 generations 4 of 5 genomes" in page.text
    assert f"repeated genomes {sum(one['repeated'] for one in data['searches'])} not trained again" in page.text
    assert f"steps spent, of 120,000 {spent:,}" in page.text


def test_tone_is_good_only_where_chance_was_beaten(search):
    data = outcome(seeds=1, trials=4, population=2)
    assert [a["class"] for a in page_of(search).all("p", id="verdict-title")] == ["headline good"]
    for text in (
        "the genetic search did not beat random search at equal budget (mean of the best 1, at random 1)",
        "the genetic search was ahead of random search (mean 1, at random 2); 2 seeds are too few",
        "no control was searched beside it, so it cannot be said whether the genetic search was worth it",
    ):
        data["comparison"]["text"] = text
        page = page_of(make_search(search, data))
        assert [a["class"] for a in page.all("p", id="verdict-title")] == ["headline open"]
        assert text[1:] in page.text


def test_an_unfinished_search_says_how_to_go_on(tmp_path):
    path = make_search(tmp_path / "my search", outcome(finished=False, trials=20))
    page = page_of(path)
    assert "The search is not finished" in page.text
    assert f"undertow resume '{path}'" in [b.get("data-copy") for b in page.all("button")]
    assert page.absences == [
        "Not available because the search is not finished: the winner is trained again at its end."
    ]


def test_without_final_trainings_the_reason_is_told(search):
    data = outcome(trials=20) | {"final": None}
    data["options"]["retrain"] = 0
    assert page_of(make_search(search, data)).absences == [
        "Not available because no final trainings were asked for (search.retrain is 0)."
    ]
    data["options"]["retrain"] = 3
    (told,) = page_of(make_search(search, data)).absences
    assert f"go on with them: undertow resume {search}" in told


def test_nothing_finished_yet(search):
    data = outcome(trials=0, finished=False)
    page = page_of(make_search(search, data))
    assert len(page.absences) == 6
    assert page.numbers == {}
    data["searches"] = []
    assert len(page_of(make_search(search, data)).absences) == 6


def test_trainings_that_all_failed(search):
    data = outcome(seeds=1, trials=10, population=5, fails=1.0)
    page = page_of(make_search(search, data))
    failed = [r["failed"] for one in data["searches"] for r in one["trials"]]
    assert len(failed) == 30
    for reason in set(failed):
        counts = [sum(r["failed"] == reason for r in one["trials"]) for one in data["searches"]]
        assert f"{reason} {' '.join(map(str, counts))}" in page.text
    assert "Genealogy of the winner Not available" in page.text


def test_one_method_alone(search):
    page = page_of(make_search(search, outcome(seeds=1, methods="genetic")))
    assert page.absences == []
    assert page.all("button", role="tab") == []


def test_several_objectives_have_trade_offs(search):
    page = page_of(make_search(search, outcome(sought="loss,parameters,horizon")))
    assert "Trade-offs" in page.text
    assert "horizon (steps) against parameters" in page.text
    assert "Trade-offs" not in page_of(make_search(search, outcome())).text
    raw = json.loads(page.scripts[0])["charts"]
    assert sum(isinstance(chart["table"], str) for chart in raw.values()) == 3  # the numbers of all trials stand once


def test_size_and_that_it_is_made_again_the_same(search):
    first = write(search).read_bytes()
    assert len(first) < 1_500_000
    assert write(search).read_bytes() == first
    make_search(search, outcome(sought="loss,parameters,horizon"))
    assert write(search).stat().st_size < 1_500_000
    make_search(search, outcome(seeds=10, trials=200))
    assert write(search).stat().st_size < 1_800_000
    assert "trials are shown, evenly spread" in search.joinpath("report.html").read_text()


def test_what_is_no_outcome_is_told(search):
    (search / "search.json").write_text("[]")
    with pytest.raises(RunError, match=r"search\.json is not what a search writes"):
        write(search)
    (search / "search.json").write_text("{")
    with pytest.raises(RunError, match=r"search\.json is not JSON"):
        write(search)
    (search / "search.json").unlink()
    with pytest.raises(RunError, match=r"has no search\.json yet.*undertow resume"):
        write(search)


def test_numbers_that_are_not_finite_are_not_written(search):
    data = outcome(seeds=1, trials=20, population=5)
    row = data["searches"][0]["trials"][3]
    row |= {"values": [float("inf")], "loss": float("nan"), "spent": float("nan")}
    data["importance"]["model.cell"] = float("nan")
    page = page_of(make_search(search, data))
    assert "Infinity" not in page.scripts[0]
    assert "NaN" not in page.scripts[0]


def evil(value, at=0):
    """Every word in it made hostile, and names of genes too."""
    if isinstance(value, dict):
        return {k if k not in value.get("genes", ()) else k + EVIL: evil(v) for k, v in value.items()}
    return [evil(v) for v in value] if isinstance(value, list) else EVIL if isinstance(value, str) else value


def test_words_from_the_file_are_escaped(search):
    data = outcome(seeds=1, trials=20, population=5, fails=0.1)
    hostile = {key: evil(data[key]) for key in ("name", "task", "data", "comparison", "final", "winner")}
    for one in data["searches"]:
        one["method"] = one["method"] if one["method"] == "genetic" else one["method"] + EVIL
        for row in one["trials"]:
            row["failed"] = row["failed"] and EVIL
            row["genes"] = {name + EVIL: evil(v) for name, v in row["genes"].items()}
            row["counts"] = [name + EVIL for name in row["counts"]]
    data["genes"] = [name + EVIL for name in data["genes"]]
    hostile["winner"] |= {"method": "genetic"}
    page = page_of(make_search(search, data | hostile))
    assert len(page.scripts) == 3
    assert page.all("img") == []
    assert page.text.count("<script>alert(1)</script>") > 15
    assert not [a for _, attributes in page.elements for a in attributes if a.startswith("on")]


def test_nothing_is_fetched(search):
    page = page_of(search)
    (policy,) = (m["content"] for m in page.all("meta", **{"http-equiv": "Content-Security-Policy"}))
    assert "default-src 'none'" in policy
    for name, attributes in page.elements:
        assert "src" not in attributes, name
        assert attributes.get("href", "#").startswith(("#", "data:")), attributes


def places(value, path=()):
    """The way to every part of plain data."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from places(part, (*path, key))


SMALL = outcome(seeds=1, trials=6, population=2, sought="loss,parameters", fails=0.1)
PLACES = [path for path in places(SMALL) if path]
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just([]), st.just({}),
    st.just([None]), st.just({"a": 1}),
)  # fmt: skip
REMOVED = object()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.one_of(st.just(REMOVED), ODD)), min_size=1, max_size=4))
def test_a_file_of_another_version_makes_a_page(tmp_path_factory, changes):
    """Whatever is missing or of another kind: a page, and no error."""
    data = copy.deepcopy(SMALL)
    for path, value in changes:
        _change(data, path, value)
    page = page_of(make_search(tmp_path_factory.getbasetemp() / "odd", data))
    assert "undertow search report" in page.text


def _change(data, path, value):
    *way, last = path
    for key in way:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return
    there = last in data if isinstance(data, dict) else isinstance(data, list) and last in range(len(data))
    if there:
        if value is REMOVED:
            del data[last]
        else:
            data[last] = value


@pytest.mark.parametrize("key", list(SMALL))
def test_no_key_of_the_file_is_needed(tmp_path, key):
    page_of(make_search(tmp_path / "s", {k: v for k, v in SMALL.items() if k != key}))
