"""The section of reconstruction in a real browser, of real runs: two series with known anomalies, and texts."""

import json
import re

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import expect

from report.browsing import COVERED, DESKTOP, DRAWN, PHONE, TOO_WIDE, opened_numbers
from undertow.report import write
from undertow.tasks.given import Given
from undertow.training.config import Config
from undertow.training.session import begin, evaluate

pytestmark = pytest.mark.slow

BAD = {"hall": [*range(150, 156), *range(185, 190)], "cellar": [170, 171, 172]}


def series(name, seed):
    """Two channels that go together, but for some steps."""
    t = np.arange(200)
    x = np.sin(t / 3) + 0.05 * np.random.default_rng(seed).normal(size=200)
    y = np.where(np.isin(t, BAD[name]), 1 - 2 * x, 2 * x + 1)
    return pl.DataFrame({"mote": name, "humidity": x, "temperature": y, "bad": np.isin(t, BAD[name]).astype(int)})


def trained(folder, frame, **options):
    values = {"hidden": 12, "code": 4, "steps": 150, "batch": 16, "learning_rate": 0.02, "flow.examine_every": 50}
    begin(Config.of("reconstruct").replaced({**values, **options}), folder, Given(memory=frame)).train(
        listen=lambda event: None
    )
    evaluate(folder)
    write(folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    from undertow.runs import RunFolder

    frame = pl.concat([series("hall", 0), series("cellar", 1)])
    own = {"series": "mote", "anomaly": "bad", "window": 12, "stride": 3, "validation": 0.25, "test": 0.3,
           "false_alarms": 0.02}  # fmt: skip
    return RunFolder(trained(tmp_path_factory.mktemp("runs") / "motes", frame, **own))


def heading(page, name):
    return page.get_by_role("heading", name=name, exact=True)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_and_nothing_is_wider_than_the_screen(opened, run, size, scheme):
    page = opened(size, scheme)
    pictures = json.loads(run.evaluation_file.read_text())["pictures"]
    results = page.locator("section", has=heading(page, "What stands out")).last
    expected = len(pictures["series"]) + sum(len(one["channels"]) for one in pictures["worst"]) + 2
    assert results.locator("[data-chart]").count() == expected == 2 + 4 * 2 + 2
    shown, drawn = page.evaluate(DRAWN)
    assert shown == drawn >= expected
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate(COVERED) == []


def test_the_ends_of_the_scores_are_told(opened):
    """They are no powers of ten, and were once written as if they were: 1 to 1."""
    page = opened()
    words = page.locator("figure", has=heading(page, "Scores of windows")).locator("svg text")
    told = words.evaluate_all("(all) => all.map((e) => [e.textContent, Math.round(e.getBoundingClientRect().bottom)])")
    numbers = [(float(word), bottom) for word, bottom in told if re.fullmatch(r"[\d.]+", word)]
    across = [number for number, bottom in numbers if bottom == max(bottom for _, bottom in numbers)]
    assert sorted(set(across)) == across
    assert len(across) >= 3


def test_what_is_flagged_and_what_is_known_is_shaded_and_told(opened, run):
    page = opened()
    chart = page.locator("figure", has=heading(page, "Score by step: hall"))
    assert "of known anomalies" in chart.locator("[data-chart]").get_attribute("aria-label")
    shaded = chart.locator('svg path[fill-opacity="0.25"]')
    (hall,) = (s for s in json.loads(run.evaluation_file.read_text())["pictures"]["series"] if s["name"] == "hall")
    assert [span[0] for span in hall["known"]] == [150, 185]
    expect(shaded).to_have_count(len(hall["flagged"]) + len(hall["known"]))
    chart.get_by_role("button", name="known anomalies").click()
    expect(shaded).to_have_count(len(hall["flagged"]))


def test_the_numbers_are_those_of_the_evaluation(opened, run):
    page = opened()
    chart = page.locator("figure", has=heading(page, "Score by step: cellar"))
    shown = opened_numbers(chart).all()
    rows = [[float(cell) for cell in row.locator("td").all_text_contents()] for row in shown]
    (cellar,) = (s for s in json.loads(run.evaluation_file.read_text())["pictures"]["series"] if s["name"] == "cellar")
    assert rows == [pytest.approx(pair, rel=1e-3) for pair in zip(cellar["step"], cellar["score"], strict=True)]
    assert max(rows, key=lambda row: row[1])[0] in BAD["cellar"]


def test_texts_that_came_back_worst_are_a_table(opened, tmp_path):
    from undertow.runs import RunFolder

    names = ["Anna", "Bob", "Hannah", "Otto", "Eve", "Nan", "Ava", "Elle", "Abba", "<b>Noon</b>", "Toot", "Beth"]
    frame = pl.DataFrame({"name": [name + end for name in names for end in ("", "a", "o", "is")]})
    run = RunFolder(trained(tmp_path / "names", frame, text="name", test=0.2))
    page = opened(PHONE, file=run.report_file)
    table = page.get_by_role("region", name="texts that came back worst")
    worst = json.loads(run.evaluation_file.read_text())["pictures"]["texts"]
    told = [row.locator("td").all_text_contents()[:2] for row in table.locator("tbody tr").all()]
    assert told == [[one["text"], one["rebuilt"]] for one in worst]
    assert page.locator("main td b").count() == 0
    shown, drawn = page.evaluate(DRAWN)
    assert shown == drawn
    assert page.evaluate(TOO_WIDE) == []
