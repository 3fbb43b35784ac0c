"""What tests of pages in a real browser share."""

from playwright.sync_api import Locator, Page

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


class Watched:
    """What a page asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))


#: Charts that can be seen, and those of them in which something is drawn in a colour of the series or the heat map.
DRAWN = """() => {
    const shown = [...document.querySelectorAll("[data-chart]")].filter((place) => place.clientWidth);
    const coloured = (place) => [...place.querySelectorAll("svg path, svg circle")].filter((path) =>
        /^(#|rgb)/.test(path.getAttribute("fill")) || /^(#|rgb)/.test(path.getAttribute("stroke")));
    return [shown.length, shown.filter((place) => coloured(place).length > 2).length];
}"""

#: Elements that reach over the right edge of the screen, those apart that scroll.
TOO_WIDE = """() => [...document.querySelectorAll("main *")].filter((e) => !e.closest(".scroll, pre, svg, .legend")
    && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80))"""

#: Words of charts that lie over other words of the same chart.
COVERED = """() => [...document.querySelectorAll("[data-chart]")].flatMap((place) => {
    const words = [...place.querySelectorAll("svg text")].filter((e) => e.textContent.trim());
    const boxes = words.map((e) => e.getBoundingClientRect());
    const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
    return words.flatMap((e, n) => words.slice(n + 1).filter((_, m) => over(boxes[n], boxes[n + 1 + m]))
        .map((other) => `${place.dataset.chart}: ${e.textContent} and ${other.textContent}`));
})"""

#: Words and curves that do not stand out from their ground by WCAG 2: 4.5 for text, 3 for curves on their card.
POOR_CONTRAST = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgb = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data]; };
    const linear = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = (c) => { const [r, g, b] = c.map(linear);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ratio = (a, b) => { const [x, y] = [light(rgb(a)), light(rgb(b))].sort((m, n) => n - m);
        return (x + 0.05) / (y + 0.05); };
    const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
        if (rgb(c)[3]) return c; } return "white"; };
    const bad = [];
    for (const e of document.querySelectorAll("body *")) {
        const words = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        if (e.closest("svg, script") || !e.clientWidth || !words) continue;
        const r = ratio(getComputedStyle(e).color, ground(e));
        if (r < 4.5) bad.push([e.textContent.slice(0, 30), r]);
    }
    const style = getComputedStyle(document.documentElement);
    for (let n = 1; n <= 6; n++) {
        const r = ratio(style.getPropertyValue(`--series-${n}`), style.getPropertyValue("--card"));
        if (r < 3) bad.push([`series ${n}`, r]);
    }
    return bad;
}"""


def opened_numbers(figure: Locator) -> Locator:
    """The rows of a figure's numbers. The page fills the table once it is open, after the click has returned."""
    figure.get_by_text("The numbers").click()
    rows = figure.locator("tbody tr")
    rows.first.wait_for()
    return rows


def settled(page, expression, expected):
    """What the page says once it has drawn again, which takes it some frames: ``expected``, or what it still says."""
    for _ in range(50):
        if page.evaluate(expression) == expected:
            page.wait_for_timeout(100)
            break
        page.wait_for_timeout(100)
    return page.evaluate(expression)
