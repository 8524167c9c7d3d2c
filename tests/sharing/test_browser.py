"""A shared dashboard in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from dashboards.models import Dashboard, Insight, Text, Tile
from sharing.models import SharingConfiguration
from tests.factories import InsightFactory
from tests.sharing.conftest import PASSWORD, Share
from tests.support.browser import needs_browser, open_browser, show, wait_for

pytestmark = [
    pytest.mark.django_db(transaction=True),
    needs_browser,
]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with open_browser(tmp_path) as driver:
        yield driver


@pytest.fixture
def full(dashboard: Dashboard) -> Dashboard:
    """A dashboard with a layout worth looking at."""
    project = dashboard.project
    boxes = [(0, 0, 12, 2), (0, 2, 6, 4), (6, 2, 6, 4), (0, 6, 4, 4), (4, 6, 8, 4)]
    tiles = list(Tile.objects.for_project(project).filter(dashboard=dashboard).order_by("id"))
    for name in ("Refunds", "New customers by plan", "Revenue by country"):
        insight = InsightFactory.create(project=project, name=name, description="Of this quarter")
        tiles.append(Tile.objects.create(project=project, dashboard=dashboard, insight=insight))
    for tile, (x, y, w, h) in zip(tiles, boxes, strict=True):
        tile.layouts = {"sm": {"x": x, "y": y, "w": w, "h": h}}
        tile.save()
    Text.objects.for_project(project).update(
        body="## How to read this\n\nAll figures are **net**. Ask *finance* for the rest.",
        last_modified_at=timezone.now(),
    )
    Insight.all_projects.filter(description="").update(description="Per day")
    return dashboard


def text_of(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "body").text


def left_edges(browser: webdriver.Chrome) -> set[int]:
    return {card.location["x"] for card in browser.find_elements(By.CLASS_NAME, "card")}


def test_a_visitor_reads_a_dashboard_wide_narrow_and_in_the_dark(
    live_server: LiveServer, browser: webdriver.Chrome, share: Share, full: Dashboard
) -> None:
    url = f"{live_server.url}/shared/{share(full).access_token}"
    browser.get(url)
    assert browser.title == "Revenue"
    assert "No result has been computed for this insight yet." in text_of(browser)
    assert len(left_edges(browser)) == 3  # the left edge, the middle and a third
    light = browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    show(browser, "shared-light")
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": "dark"}]},
    )
    dark = browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    assert dark != light
    show(browser, "shared-dark")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True},
    )
    browser.get(url)
    assert len(left_edges(browser)) == 1
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    show(browser, "shared-phone")
    errors = [entry["message"] for entry in browser.get_log("browser")]
    assert [error for error in errors if "favicon" not in error] == []


def test_a_visitor_unlocks_with_the_right_password_only(
    live_server: LiveServer, browser: webdriver.Chrome, share: Share, full: Dashboard
) -> None:
    browser.get(f"{live_server.url}/shared/{share(full, password=PASSWORD).access_token}")
    assert "Revenue" not in browser.page_source
    for password in ("wrong", PASSWORD):
        browser.find_element(By.NAME, "password").send_keys(password)
        button = browser.find_element(By.TAG_NAME, "button")
        button.click()
        wanted = "Incorrect password" if password == "wrong" else "Sales"
        wait_for(browser, partial(is_shown, browser, wanted))
        if password == "wrong":
            show(browser, "unlock-wrong")


def is_shown(browser: webdriver.Chrome, words: str) -> bool:
    return words in browser.page_source


def test_only_the_embedded_address_may_be_framed_by_another_site(
    live_server: LiveServer, browser: webdriver.Chrome, share: Share, full: Dashboard
) -> None:
    link: SharingConfiguration = share(full)
    with OtherSite(live_server.url, link.access_token) as other:
        browser.get(f"{other}/embedded")
        WebDriverWait(browser, 10).until(lambda driver: driver.title == "posthog:dimensions")
        height = told_height(browser)
        assert 0 < height < FRAME_HEIGHT, "that of the content, not of the frame"
        resize_frame(browser, width=300)
        wait_for(browser, lambda: told_height(browser) > height)
        resize_frame(browser, width=900)
        wait_for(browser, lambda: told_height(browser) == height)
        browser.switch_to.frame(0)
        assert "Revenue" in text_of(browser)
        browser.switch_to.default_content()
        show(browser, "embedded")
        browser.get(f"{other}/shared")
        browser.switch_to.frame(0)
        assert "Revenue" not in browser.page_source


def told_height(browser: webdriver.Chrome) -> int:
    return int(browser.execute_script("return told.height"))


def resize_frame(browser: webdriver.Chrome, *, width: int) -> None:
    browser.execute_script(f"document.querySelector('iframe').width = {width}")


FRAME_HEIGHT = 20_000


class OtherSite:
    """A site of another origin that frames the share; its title becomes the event it is told."""

    def __init__(self, share_origin: str, token: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the base class's name
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                page = (
                    "<script>addEventListener('message', "
                    "event => { window.told = event.data; document.title = told.event })</script>"
                    f"<iframe src='{share_origin}{self.path}/{token}' width=900 "
                    f"height={FRAME_HEIGHT}>"
                )
                self.wfile.write(page.encode())

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
