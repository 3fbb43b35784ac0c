"""The report in a real browser, from a file, with the network watched: it asks for nothing and complains of nothing."""

import re

import pytest
from playwright.sync_api import Page

from report.browsing import DESKTOP, DRAWN, PHONE, POOR_CONTRAST, TOO_WIDE, opened_numbers, settled
from report.synthetic import make
from report.test_page import EVIL
from undertow.report import write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Two layers, so that there are tabs."""
    run = make(tmp_path_factory.mktemp("runs") / "plays-1", layers=2, measurements=12, steps=60)
    write(run.path)
    return run


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_and_nothing_is_wider_than_the_screen(opened, size, scheme):
    page = opened(size, scheme)
    assert settled(page, DRAWN, [17, 17]) == [17, 17]
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    assert page.evaluate(TOO_WIDE) == []


def colours(page: Page) -> tuple[str, str]:
    """Of the page's ground, and of the first curve."""
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    curve = page.evaluate(
        "document.querySelector('[data-chart=c0] path[fill=none][stroke-width=\"2\"]').getAttribute('stroke')"
    )
    return ground, curve


def test_dark_and_light_follow_the_system_and_the_switch(opened):
    page = opened(scheme="light")
    light = colours(page)
    page.get_by_role("button", name="dark", exact=True).click()
    dark = colours(page)
    assert page.get_by_role("button", name="dark", exact=True).get_attribute("aria-pressed") == "true"
    assert light[0] != dark[0]
    assert light[1] != dark[1]
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="light", exact=True).click()
    assert colours(page) == light
    page.get_by_role("button", name="auto", exact=True).click()
    assert colours(page) == dark
    page.emulate_media(color_scheme="light")
    page.locator(f'[data-chart=c0] path[stroke="{light[1]}"]').first.wait_for(state="attached")
    assert colours(page) == light


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(opened, scheme):
    """WCAG 2's contrast: at least 4.5 for every text in the page, 3 for curves on their card."""
    page = opened(scheme=scheme)
    assert page.evaluate(POOR_CONTRAST) == []


def test_by_keyboard_alone(opened):
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "verdict"
    seen = []
    for _ in range(200):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        name = page.evaluate("document.activeElement.getAttribute('role') || document.activeElement.localName")
        assert name == "body" or outline != "none", page.evaluate("document.activeElement.outerHTML")[:200]
        seen.append(name)
        if name == "tab":
            break
    assert seen[-1] == "tab"
    assert "summary" in seen

    def state():
        shown = "[...document.querySelectorAll('[role=tabpanel]')].filter((p) => p.clientWidth).map((p) => p.id)"
        return page.evaluate(f"[document.activeElement.textContent, {shown}]")

    for key, expected in [
        ("ArrowRight", ["recurrent.1", ["panel-1"]]),
        ("ArrowRight", ["recurrent.0", ["panel-0"]]),
        ("ArrowLeft", ["recurrent.1", ["panel-1"]]),
        ("Home", ["recurrent.0", ["panel-0"]]),
        ("End", ["recurrent.1", ["panel-1"]]),
    ]:
        page.keyboard.press(key)
        assert state() == expected
    assert settled(page, DRAWN, [17, 17]) == [17, 17]


def rows_of(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


@pytest.mark.parametrize("clipboard", ["allowed", "refused"])
def test_the_numbers_can_be_read_and_copied(opened, run, clipboard):
    page = opened()
    if clipboard == "allowed":
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:  # what some browsers do to pages from files
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    profile = page.locator("#panel-0 figure", has=page.get_by_role("heading", name="Lag profile"))
    rows = opened_numbers(profile)
    last = [e for e in run.flow_events() if e["event"] == "flow" and e["layer"] == "recurrent.0"][-1]["quantities"]
    shown = rows.nth(7).locator("td").all_text_contents()
    expected = [7, *(last["lag_profile"][name][7] for name in ("joint", "h", "c"))]
    assert [float(cell) for cell in shown] == pytest.approx(expected, rel=1e-3)
    profile.get_by_role("button", name="copy: Lag profile").click()
    profile.get_by_text("copied").wait_for()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copied = rows_of(page.evaluate("navigator.clipboard.readText()"))
    assert copied[0] == ["lag (steps back)", "joint", "h", "c"]
    assert len(copied) == 61
    assert [float(cell) for cell in copied[8]] == pytest.approx(expected, rel=1e-3)
    assert page.locator("#said").text_content() == "copied"


def test_a_remedys_change_can_be_copied(opened):
    page = opened()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("details.remedy summary").first.click()
    page.get_by_role("button", name="copy: in the config").first.click()
    page.get_by_text("copied").first.wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == '[model]\ninit = "chrono"\nmemory = 50'


def test_a_legend_hides_a_curve_and_shows_it_again(opened):
    page = opened()
    figure = page.locator("figure", has=page.get_by_role("heading", name="Loss over training"))
    curves = "[...document.querySelectorAll('[data-chart=c0] path[fill=none][stroke-width=\"2\"]')].length"
    before = page.evaluate(curves)
    button = figure.get_by_role("button", name="held-out")
    button.click()
    assert settled(page, curves, before - 1) == before - 1
    page.get_by_role("button", name="dark", exact=True).click()
    assert settled(page, curves, before - 1) == before - 1  # drawing again keeps the choice
    button.click()
    assert settled(page, curves, before) == before


def test_a_pointer_on_a_chart_is_told_its_numbers(opened, run):
    page = opened()
    chart = page.locator("[data-chart=c0]")
    chart.scroll_into_view_if_needed()
    chart.hover()
    tip = chart.get_by_text(re.compile("^step: "))
    tip.wait_for()
    step = int(re.search(r"step: ([\d,]+)", tip.text_content())[1].replace(",", ""))
    (bits,) = (e["bits"] for e in run.events() if e["event"] == "train" and e["step"] == step)
    assert float(chart.get_by_text(re.compile(r"^\d\.\d+$")).first.text_content()) == pytest.approx(bits, rel=1e-3)


def test_on_paper_every_layer_is_shown(opened):
    page = opened()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.add_style_tag(content="body { width: 700px }")  # A4 at 96 points an inch, without its margins
    assert settled(page, DRAWN, [30, 30]) == [30, 30]
    right = "Math.max(...[...document.querySelectorAll('.chart svg')].map((svg) => svg.getBoundingClientRect().right))"
    assert page.evaluate(right) <= 700
    assert page.locator("details.remedy pre").first.is_visible()
    assert not page.locator("nav").is_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert settled(page, DRAWN, [17, 17]) == [17, 17]


def test_hostile_values_stay_words(opened, tmp_path):
    run = make(tmp_path / "evil", measurements=3, steps=9)
    run.flow_file.write_text(
        run.flow_file.read_text()
        .replace('"recurrent.0"', '"' + EVIL.replace('"', '\\"') + '"')
        .replace('"f": {', '"' + EVIL.replace('"', '\\"') + '": {')
    )
    write(run.path)
    page = opened(file=run.report_file)
    opened_numbers(page.locator("figure", has=page.get_by_text("The numbers")).first)
    for chart in page.locator(".chart").all():
        chart.scroll_into_view_if_needed()
        chart.hover()
    assert page.locator("main img").count() == 0
    assert page.get_by_text("alert(1)").count() > 0
