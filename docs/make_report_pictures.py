"""Take the pictures of a report that the README shows: ``python docs/make_report_pictures.py`` (needs chromium).

The run is an LSTM of 128 units on Shakespeare's plays, 600 steps, seed 0, that is said to need 40 steps of memory: some
twenty seconds. Pictures of a browser differ from machine to machine, so no test compares them.
"""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from undertow import examples, report
from undertow.training.config import Config
from undertow.training.session import begin

PICTURES = Path(__file__).parent / "pictures"
OPTIONS = {"hidden": 128, "steps": 600, "reach": 40, "threads": 1}
WIDTH = 1100
#: The cards of charts, by their titles, that the second picture ends before.
AFTER = "Horizon over training"


def trained(folder: Path) -> Path:
    """The report of a run in ``folder``."""
    data = shutil.copy(examples.path("shakespeare_plays"), folder)
    run = folder / "plays"
    begin(Config.of("text").replaced({"data": str(data), **OPTIONS}), run).train(listen=lambda event: None)
    return report.write(run)


def take(page: Page, scheme: str) -> None:
    """Both pictures in one scheme of colours."""
    flow = page.locator("#flow").bounding_box()
    verdict = page.locator("#verdict").bounding_box()
    end = page.get_by_role("heading", name=AFTER).bounding_box()
    assert flow is not None
    assert verdict is not None
    assert end is not None
    for name, top, bottom in (
        ("verdict", 0, verdict["y"] + verdict["height"] + 16),
        ("flow", flow["y"] - 16, end["y"] - 40),
    ):
        clip = {"x": 0, "y": top, "width": WIDTH, "height": bottom - top}
        page.screenshot(path=PICTURES / f"report-{name}-{scheme}.png", clip=clip, full_page=True)


def main() -> None:
    """Train, and take all four."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = trained(Path(folder))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme=scheme)
            page.goto(file.as_uri())
            page.wait_for_timeout(1500)
            take(page, scheme)
        browser.close()


if __name__ == "__main__":
    main()
