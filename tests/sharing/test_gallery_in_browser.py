"""Every display in a real browser: drawn, explained, read in the dark, on a phone and on paper."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from pytest_django.live_server_helper import LiveServer
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from dashboards.models import Dashboard, Tile
from dashboards.selectors.results import Asking
from posthog_lite.accounts.models import Project, User
from posthog_lite.query.many import Pending
from posthog_lite.query.results import Answer
from tests.factories import DashboardFactory, InsightFactory
from tests.sharing.charts.gallery import GALLERY
from tests.sharing.conftest import PASSWORD, Share
from tests.support.accessibility import grave_violations
from tests.support.browser import SCREENSHOTS, needs_browser, open_browser, show, wait_for
from themes.models import DataColorTheme

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, needs_browser]

NAME = "nameInGallery"
COLORS = ["#1d4aff", "#621da6", "#42827e", "#ce0e74", "#f14f58", "#7c440e", "#529a0a", "#0476fb"]
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
PAPER = {"width": 717, "height": 1046, "deviceScaleFactor": 1, "mobile": False}  # A4
WHOLE_SIZE = """
return {width: innerWidth, height: document.documentElement.scrollHeight, mobile: innerWidth < 500}
"""
COLOR_OF_TEXT = "return document.querySelector('.chart svg text').getAttribute('fill')"
WIDER_THAN_THE_SCREEN = "return document.documentElement.scrollWidth - innerWidth"
WIDER_THAN_THEIR_CARDS = """
return [...document.querySelectorAll(".card")]
  .filter((card) => card.scrollWidth > card.clientWidth + 1).map((card) => card.innerText)
"""
TABLES_TOO_WIDE = """
return [...document.querySelectorAll(".scrolls")]
  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.innerText)
"""
# Texts of one chart that lie over each other: labels of axes, legends, values.
OVERLAPS = """
const found = [];
for (const place of document.querySelectorAll(".chart")) {
  const texts = [...place.querySelectorAll("svg text")]
    .filter((one) => one.textContent.trim() && !one.closest("[clip-path]")); // pages of a legend
  const boxes = texts.map((one) => [one.textContent, one.getBoundingClientRect()]);
  const card = place.closest(".card").querySelector("h2").textContent;
  const all = place.getBoundingClientRect();
  boxes.forEach(([text, a], n) => {
    if (a.left < all.left - 2 || a.right > all.right + 2) found.push(`${card}: ${text} is cut`);
    for (const [other, b] of boxes.slice(n + 1)) {
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 3 && y > 5) found.push(`${card}: ${text} / ${other}`);
    }
  });
}
return found;
"""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with open_browser(tmp_path) as driver:
        yield driver


@pytest.fixture
def gallery(project: Project, monkeypatch: pytest.MonkeyPatch) -> Dashboard:
    """A dashboard with each entry of the gallery, whose results are there."""
    theme = DataColorTheme.objects.create(project=project, name="Own", colors=COLORS)
    dashboard = DashboardFactory.create(
        project=project,
        name="Gallery",
        description="All of *it*",
        data_color_theme_id=theme.pk,
    )
    for n, entry in enumerate(GALLERY):
        query = {**entry["query"], NAME: entry["name"]}
        insight = InsightFactory.create(project=project, name=entry["name"], query=query)
        layouts = {"sm": {"x": n % 2 * 6, "y": n // 2 * 6, "w": 6, "h": 6}}
        Tile.objects.create(project=project, dashboard=dashboard, insight=insight, layouts=layouts)
    monkeypatch.setattr(Asking, "ask", answer_from_gallery)
    return dashboard


def answer_from_gallery(asking: Asking, project: Project, queries: Any) -> list[Pending]:
    """Stand in for the door to results."""
    entries = {entry["name"]: entry for entry in GALLERY}
    asked = [orjson.loads(orjson.dumps(query)) for query in queries]
    return [answered(entries[query[NAME]]) for query in asked]


def answered(entry: dict[str, Any]) -> Pending:
    result = entry["result"]
    answer = Answer(
        key="",
        timezone="UTC",
        rows=None if result is None else orjson.dumps(result),
        extras={name: entry[name] for name in ("columns", "types") if name in entry},
        status=entry.get("query_status"),
    )
    return Pending(lambda: answer)


def chart(browser: webdriver.Chrome, name: str) -> WebElement:
    path = f"//section[h2[text()='{name}']]//div[@data-chart]"
    return browser.find_element(By.XPATH, path)


def parts_of(browser: webdriver.Chrome, place: WebElement, selector: str) -> int:
    """Return how many parts a chart has at this moment; its script makes them anew all the time."""
    script = "return arguments[0].querySelectorAll(arguments[1]).length"
    return int(browser.execute_script(script, place, selector))


def legend_of(browser: webdriver.Chrome, place: WebElement, name: str) -> tuple[int, int]:
    """Return where a name of the legend is, from the middle of its chart."""
    script = """
      const [place, name] = arguments, all = place.getBoundingClientRect();
      const text = [...place.querySelectorAll("text")].find((one) => one.textContent === name);
      const box = text.getBoundingClientRect();
      return [box.left + box.width / 2 - all.left - all.width / 2,
              box.top + box.height / 2 - all.top - all.height / 2];
    """
    x, y = browser.execute_script(script, place, name)
    return round(x), round(y)


def all_are_drawn(browser: webdriver.Chrome) -> bool:
    charts = browser.find_elements(By.CLASS_NAME, "chart")
    return bool(charts) and all("drawn" in str(one.get_attribute("class")) for one in charts)


def errors(browser: webdriver.Chrome) -> list[str]:
    """Return what pages complained of since the last call, without hints."""
    log = browser.get_log("browser")
    return [entry["message"] for entry in log if entry["level"] == "SEVERE"]


def show_whole(browser: webdriver.Chrome, name: str) -> None:
    """Keep a picture of the page, also of what is below the screen."""
    size = browser.execute_script(WHOLE_SIZE)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": 1})
    show(browser, name)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def use_colors(browser: webdriver.Chrome, scheme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def test_every_display_is_drawn_and_explains_itself(
    live_server: LiveServer, browser: webdriver.Chrome, share: Share, gallery: Dashboard
) -> None:
    browser.get(f"{live_server.url}/shared/{share(gallery).access_token}")
    wait_for(browser, lambda: all_are_drawn(browser))
    assert len(browser.find_elements(By.CSS_SELECTOR, ".chart svg")) > 20
    assert browser.execute_script(OVERLAPS) == []
    assert grave_violations(browser) == []

    show_whole(browser, "gallery-light")

    line = chart(browser, "Line")
    texts = parts_of(browser, line, "text")
    ActionChains(browser).move_to_element(line).perform()
    wait_for(browser, lambda: parts_of(browser, line, "text") > texts)  # the numbers of that day

    legend = legend_of(browser, line, "paid")
    ActionChains(browser).move_to_element_with_offset(line, *legend).perform()
    paths = parts_of(browser, line, "path")
    ActionChains(browser).click().perform()
    wait_for(browser, lambda: parts_of(browser, line, "path") < paths)

    light = browser.execute_script(COLOR_OF_TEXT)
    use_colors(browser, "dark")
    wait_for(browser, lambda: browser.execute_script(COLOR_OF_TEXT) != light)
    show_whole(browser, "gallery-dark")
    assert grave_violations(browser) == []
    assert errors(browser) == []


def test_a_phone_and_paper(
    live_server: LiveServer, browser: webdriver.Chrome, share: Share, gallery: Dashboard
) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    browser.get(f"{live_server.url}/shared/{share(gallery).access_token}")
    wait_for(browser, lambda: all_are_drawn(browser))
    assert browser.execute_script(WIDER_THAN_THE_SCREEN) <= 0
    assert browser.execute_script(WIDER_THAN_THEIR_CARDS) == []
    assert browser.execute_script(OVERLAPS) == []
    assert grave_violations(browser) == []
    assert "1/2" not in chart(browser, "Lifecycle").text  # its legend has one page
    show_whole(browser, "gallery-phone")
    paper = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
    (SCREENSHOTS / "gallery.pdf").write_bytes(base64.b64decode(paper))
    light = browser.execute_script(COLOR_OF_TEXT)
    use_colors(browser, "dark")
    wait_for(browser, lambda: browser.execute_script(COLOR_OF_TEXT) != light)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    wait_for(browser, lambda: browser.execute_script(COLOR_OF_TEXT) == light)  # as on paper
    scrolls = (
        "return [...document.querySelectorAll('.scrolls')].map(e => getComputedStyle(e).overflowX)"
    )
    assert set(browser.execute_script(scrolls)) == {"visible"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PAPER)
    assert browser.execute_script(TABLES_TOO_WIDE) == []


def test_without_scripts_every_number_is_in_a_table(
    live_server: LiveServer, browser: webdriver.Chrome, share: Share, gallery: Dashboard
) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{live_server.url}/shared/{share(gallery).access_token}")
    show(browser, "gallery-without-scripts")
    assert not browser.find_elements(By.CSS_SELECTOR, ".chart svg")
    world = browser.find_element(By.XPATH, "//section[h2[text()='World']]")
    world.find_element(By.TAG_NAME, "summary").click()
    assert "United States" in world.text
    assert "420" in world.text


def test_every_own_page_can_be_used_by_everybody(
    live_server: LiveServer,
    browser: webdriver.Chrome,
    share: Share,
    gallery: Dashboard,
    member: User,
) -> None:
    locked = share(gallery, password=PASSWORD, settings={"explore": True}).access_token
    member.set_password(PASSWORD)
    member.save()
    for name, path in {
        "landing": "/",
        "locked": f"/shared/{locked}",
        "lost": "/shared/nothing",
        "login": f"/login?next=/dashboards/{gallery.pk}",
    }.items():
        browser.get(f"{live_server.url}{path}")
        show(browser, name)
        assert grave_violations(browser) == [], name
    browser.find_element(By.NAME, "username").send_keys(member.email)
    browser.find_element(By.NAME, "password").send_keys(PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "button").click()
    wait_for(browser, lambda: all_are_drawn(browser))
    show(browser, "member-dashboard")
    assert grave_violations(browser) == []
    for name, path in {"member-list": "/dashboards/", "member-landing": "/"}.items():
        browser.get(f"{live_server.url}{path}")
        show(browser, name)
        assert grave_violations(browser) == [], name
    assert [one for one in errors(browser) if "404" not in one] == []
    browser.find_element(By.CSS_SELECTOR, ".member button").click()
    wait_for(browser, lambda: browser.title == "Sign in")
