"""The report of a search in a real browser: drawn, silent, closed to the network, on a desk and on a phone."""

import pytest

from report.browsing import DESKTOP, DRAWN, PHONE, POOR_CONTRAST, TOO_WIDE, opened_numbers, settled
from report.synthetic_search import make_search, outcome
from report.test_search_page import evil
from undertow.report import write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Pages of a full search, and of one that is not finished, seeks three things and has failures."""
    folder = tmp_path_factory.mktemp("searches")
    return {
        "full": write(make_search(folder / "full", outcome())),
        "open": write(
            make_search(folder / "open", outcome(sought="loss,parameters,horizon", fails=0.1, finished=False))
        ),
        "empty": write(make_search(folder / "empty", outcome(trials=0, finished=False))),
    }


@pytest.fixture
def opened(visited, files):
    """Open one of the pages."""
    return lambda name="full", size=DESKTOP, scheme="light": visited(files[name], size, scheme)


@pytest.mark.parametrize(("name", "charts"), [("full", 12), ("open", 14), ("empty", 0)])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_and_nothing_is_wider_than_the_screen(opened, name, charts, size, scheme):
    page = opened(name, size, scheme)
    assert settled(page, DRAWN, [charts, charts]) == [charts, charts]
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(opened, scheme):
    assert opened("open", scheme=scheme).evaluate(POOR_CONTRAST) == []


def figure_of(page, title):
    return page.locator("figure", has=page.get_by_role("heading", name=title, exact=True))


def test_the_winner_is_drawn_with_its_ancestors(opened):
    page = opened()
    chart = figure_of(page, "Genealogy of the winner").locator(".chart")
    winner = outcome()["winner"]
    label = f"{winner['number']}: {winner['values'][0]:.4g}"
    assert chart.locator("svg text", has_text=label).count() == 1
    lines = chart.locator('svg path[fill="none"]')
    assert lines.count() > 5
    count = "document.querySelectorAll('#genealogy .chart svg path').length"
    before = page.evaluate(count)
    page.get_by_role("button", name="ancestors").click()
    assert settled(page, f"{count} < {before}", True)


def test_a_band_comes_and_goes_with_its_line(opened):
    page = opened()
    count = "document.querySelectorAll('#progress .chart svg path').length"
    before = page.evaluate(count)
    button = figure_of(page, "Best so far").get_by_role("button", name="TPE")
    button.click()
    assert settled(page, f"{count} <= {before} - 2", True)
    button.click()
    assert settled(page, count, before) == before


def test_a_pointer_on_a_genome_is_told_the_genes_that_count(opened):
    page = opened()
    chart = figure_of(page, "Population over generations").locator(".chart")
    chart.scroll_into_view_if_needed()
    points = chart.locator('svg path[fill^="#"], svg path[fill^="rgb"]')
    boxes = [points.nth(n).bounding_box() for n in range(points.count())]
    dot = next(b for b in boxes if b and 7 < b["width"] < 11 and 7 < b["height"] < 11)
    page.mouse.move(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
    told = chart.locator("dl.told")
    told.wait_for()
    names = told.locator("dt").all_text_contents()
    (row,) = (
        r
        for one in outcome()["searches"]
        if one["method"] == "genetic" and str(one["seed"]) == told.locator("dd").nth(names.index("seed")).text_content()
        for r in one["trials"]
        if str(r["number"]) == told.locator("dd").nth(names.index("trial")).text_content()
    )
    assert set(names[names.index("trial") + 1 :]) == {name.partition(".")[2] for name in row["counts"]}


def test_the_numbers_of_a_chart_that_shares_them_are_there(opened):
    page = opened("open")
    figure = figure_of(page, "horizon (steps) against loss")
    told = opened_numbers(figure)
    data = outcome(sought="loss,parameters,horizon", fails=0.1)
    rows = [r for one in data["searches"] for r in one["trials"] if r["values"]]
    assert told.count() == len(rows)
    first = told.first.locator("td").all_text_contents()
    assert [float(v) for v in first[1:4]] == pytest.approx(rows[0]["values"], rel=1e-3)
    assert "–" in first


def test_methods_by_keyboard_and_on_paper(opened):
    page = opened()
    page.get_by_role("tab", name="genetic").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "TPE"
    shown = "[...document.querySelectorAll('[role=tabpanel]')].filter((p) => p.clientWidth).map((p) => p.id)"
    assert page.evaluate(shown) == ["panel-1"]
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.add_style_tag(content="body { width: 700px }")
    assert page.evaluate(shown) == ["panel-0", "panel-1", "panel-2"]
    right = "Math.max(...[...document.querySelectorAll('.chart svg')].map((svg) => svg.getBoundingClientRect().right))"
    assert page.evaluate(right) <= 700


def test_hostile_values_stay_words(opened, files, tmp_path):
    data = outcome(seeds=1)
    for one in data["searches"]:
        for row in one["trials"]:
            row["genes"] = evil(row["genes"])
    files["evil"] = write(make_search(tmp_path / "evil", data))
    page = opened("evil")
    for chart in page.locator(".chart").all():
        chart.scroll_into_view_if_needed()
        chart.hover()
    assert page.locator("main img").count() == 0
    assert page.get_by_text("alert(1)").count() > 0
