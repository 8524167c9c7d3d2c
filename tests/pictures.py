"""Makes the pictures of the manual from the demo: `python -m tests.pictures`."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.browser import open_browser, wait_for
from tests.support.demo_server import demo_server

if TYPE_CHECKING:
    from selenium import webdriver

FOLDER = Path(__file__).resolve().parent.parent / "posthog_lite/static/posthog_lite/manual"
WIDE, NARROW = (1280, 860), (390, 780)
QUALITY = 60
ARE_DRAWN = """
const charts = [...document.querySelectorAll("[data-chart]")];
return document.readyState === "complete" && charts.every((one) => one.matches(".drawn"));
"""


def main() -> None:
    with demo_server() as server, tempfile.TemporaryDirectory() as profile:
        listed = server.call("GET", "dashboards/?search=website")["results"]
        dashboard = listed[0]["id"]
        with open_browser(Path(profile)) as browser:
            address = server.share(dashboard)
            take(browser, address, "shared-page", WIDE)
            take(browser, f"{address}?theme=dark&refresh=5m", "shared-page-dark", WIDE)
            server.share(dashboard, explore=True)
            take(browser, f"{address}?date_from=-90d", "shared-page-closer", NARROW)


def take(browser: webdriver.Chrome, address: str, name: str, size: tuple[int, int]) -> None:
    """Take a picture of a page once all is drawn on it."""
    width, height = size
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < height}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.get(address)
    wait_for(browser, lambda: browser.execute_script(ARE_DRAWN))
    taken = browser.execute_cdp_cmd(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
    )
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    main()
