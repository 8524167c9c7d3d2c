"""A real browser, Chromium without a window. Screenshots land where git ignores them."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
SCREENSHOTS = Path(__file__).resolve().parent.parent.parent / ".screenshots"
SECONDS = 120  # far more than anything here takes, also on a busy machine
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
]

needs_browser = pytest.mark.skipif(
    not CHROMIUM or not DRIVER, reason="needs chromium and chromedriver, which are not here"
)


@contextmanager
def open_browser(profile: Path) -> Iterator[webdriver.Chrome]:
    """A browser with a new profile, closed at the end."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def show(browser: webdriver.Chrome, name: str) -> None:
    """Keep a picture of the page."""
    SCREENSHOTS.mkdir(exist_ok=True)
    browser.save_screenshot(str(SCREENSHOTS / f"{name}.png"))


def wait_for(browser: webdriver.Chrome, is_true: Callable[[], object]) -> None:
    """Fail the test unless it comes true while the page does its work."""
    # What is looked at may be of the page that is about to go.
    waiting = WebDriverWait(browser, SECONDS, ignored_exceptions=[StaleElementReferenceException])
    waiting.until(lambda _: is_true())


def addresses_asked(browser: webdriver.Chrome) -> set[str]:
    """What pages have asked for since the last call, without what their policy kept them from."""
    asked: dict[str, str] = {}
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        number = message["params"].get("requestId", "")
        if message["method"] == "Network.requestWillBeSent":
            asked[number] = message["params"]["request"]["url"]
        if message["params"].get("blockedReason") == "csp":
            asked.pop(number, None)
    return set(asked.values())
