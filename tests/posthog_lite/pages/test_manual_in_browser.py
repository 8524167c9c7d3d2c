from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer
from selenium import webdriver

from posthog_lite.pages.manual import address_of, page_names
from tests.support.browser import addresses_asked, needs_browser, open_browser, show

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), needs_browser]

BACKGROUND = "return getComputedStyle(document.body).backgroundColor"
WIDER_THAN_THE_SCREEN = "return document.documentElement.scrollWidth - innerWidth"
SHOWN = ("index", "settings", "sharing")
WIDTHS = {"wide": (1400, 900), "tablet": (900, 1000), "phone": (390, 844)}


def test_the_manual_is_read_on_any_screen(live_server: LiveServer, tmp_path: Path) -> None:
    with open_browser(tmp_path) as browser:
        for kind in WIDTHS:
            set_screen(browser, kind)
            for name in page_names() if kind == "phone" else SHOWN:
                browser.get(f"{live_server.url}{address_of(name)}")
                assert browser.execute_script(WIDER_THAN_THE_SCREEN) <= 0, (name, kind)
                if name in SHOWN:
                    show(browser, f"manual-{name}-{kind}")
        light = browser.execute_script(BACKGROUND)
        dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
        assert browser.execute_script(BACKGROUND) != light
        show(browser, "manual-dark")
        asked = {url for url in addresses_asked(browser) if url.startswith("http")}
        assert {url for url in asked if not url.startswith(live_server.url)} == set()
        log = browser.get_log("browser")
        assert [entry for entry in log if "Security" in entry["message"]] == []


def set_screen(browser: webdriver.Chrome, kind: str) -> None:
    width, height = WIDTHS[kind]
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": kind == "phone"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
