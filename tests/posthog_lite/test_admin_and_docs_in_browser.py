"""An operator makes a key and a theme in the admin, and tries the key on the documentation page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django.live_server_helper import LiveServer
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from posthog_lite.accounts.models import MembershipLevel, Project, User
from posthog_lite.accounts.selectors import get_key
from posthog_lite.accounts.services.organizations import add_member
from tests.support.browser import addresses_asked, needs_browser, open_browser, show, wait_for

EMAIL, PASSWORD = "root@example.com", "correct horse battery"
OPERATION = "operations-data_color_themes-data_color_themes_list"

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with open_browser(tmp_path) as driver:
        yield driver


@pytest.fixture
def operator(project: Project) -> User:
    user = User.objects.create_superuser(EMAIL, PASSWORD)
    add_member(organization=project.organization, user=user, level=MembershipLevel.OWNER)
    return user


class Page:
    """The open page, as somebody with a mouse and a keyboard uses it."""

    def __init__(self, browser: webdriver.Chrome, site: str) -> None:
        self.browser = browser
        self.site = site

    def open(self, path: str) -> None:
        self.browser.get(f"{self.site}{path}")

    def find(self, selector: str) -> WebElement:
        """The element, once it is there to be seen."""
        wait_for(
            self.browser,
            lambda: any(
                one.is_displayed() for one in self.browser.find_elements(By.CSS_SELECTOR, selector)
            ),
        )
        found = self.browser.find_elements(By.CSS_SELECTOR, selector)
        return next(one for one in found if one.is_displayed())

    def scroll_to(self, selector: str) -> WebElement:
        element = self.find(selector)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        return element

    def click(self, selector: str) -> None:
        self.scroll_to(selector).click()

    def write(self, selector: str, text: str) -> None:
        element = self.find(selector)
        element.clear()
        element.send_keys(text)

    def choose(self, field: str, text: str) -> None:
        """Look something up in a box that asks the server, and take the first that it finds."""
        self.click(f".field-{field} .select2-selection")
        self.find(".select2-search__field").send_keys(text)
        self.wait_for_text(".select2-results__option--highlighted", text)
        self.find(".select2-search__field").send_keys(Keys.ENTER)

    def wait_for_text(self, selector: str, text: str) -> None:
        wait_for(
            self.browser,
            lambda: any(
                text in one.text for one in self.browser.find_elements(By.CSS_SELECTOR, selector)
            ),
        )


def sign_in(page: Page) -> None:
    page.open("/admin/")
    page.write("[name=username]", EMAIL)
    page.write("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_text("h1", "Everything on this server")
    show(page.browser, "admin-index")


def make_theme(page: Page, project: Project) -> None:
    page.open("/admin/themes/datacolortheme/add/")
    page.write("[name=name]", "Ocean")
    page.choose("project", project.name)
    page.write("[name=colors]", '["#1d4aff", "#0aa"]')
    page.click("[name=_continue]")
    page.wait_for_text(".messagelist", "was added successfully")
    show(page.browser, "admin-theme")
    page.open("/admin/themes/datacolortheme/")
    page.wait_for_text("#result_list", "Ocean")
    show(page.browser, "admin-themes")


def make_key(page: Page) -> str:
    page.open("/admin/accounts/personalapikey/add/")
    page.choose("user", EMAIL)
    page.write("[name=label]", "Docs")
    page.click("[name=scopes][value='project:read']")
    show(page.browser, "admin-key-add")
    page.click("[name=_save]")
    value = page.find("input.copied").get_property("value")
    show(page.browser, "admin-key-once")
    page.open("/admin/accounts/personalapikey/")
    page.wait_for_text("#result_list", "Docs")
    assert str(value) not in page.browser.page_source
    return str(value)


def try_themes_in_swagger_ui(page: Page, key: str, project: Project) -> None:
    page.open("/api/schema/swagger-ui/")
    page.click(".swagger-ui .auth-wrapper .btn.authorize")
    page.write("#auth-bearer-value", key)
    show(page.browser, "swagger-authorize")
    page.find("#auth-bearer-value").send_keys(Keys.ENTER)
    page.wait_for_text(".modal-ux", "Authorized")
    page.click(".modal-ux .btn-done")
    page.click("#operations-tag-data_color_themes")
    page.click(f"#{OPERATION} .opblock-summary-control")
    page.click(f"#{OPERATION} .try-out__btn")
    page.write(f"#{OPERATION} tr[data-param-name=project_id] input", str(project.pk))
    page.click(f"#{OPERATION} .execute")
    page.wait_for_text(f"#{OPERATION} .live-responses-table .response-col_status", "200")
    page.wait_for_text(f"#{OPERATION} .live-responses-table", '"name": "Ocean"')
    page.scroll_to(f"#{OPERATION} .live-responses-table .response-col_status")
    show(page.browser, "swagger-answer")


def read_redoc(page: Page) -> None:
    page.open("/api/schema/redoc/")
    page.wait_for_text("h1", "PostHog Lite API")
    page.wait_for_text("h2", "List the project's own themes after the global ones")
    show(page.browser, "redoc")


def test_a_key_and_a_theme_from_the_admin_work_on_the_documentation_page(
    live_server: LiveServer, browser: webdriver.Chrome, operator: User, project: Project
) -> None:
    page = Page(browser, live_server.url)
    sign_in(page)
    make_theme(page, project)
    key = make_key(page)
    stored = get_key(value=key)
    assert stored is not None
    assert (stored.user, stored.scopes) == (operator, ["project:read"])
    try_themes_in_swagger_ui(page, key, project)
    read_redoc(page)
    asked = addresses_asked(browser)
    assert f"{live_server.url}/api/projects/{project.pk}/data_color_themes/" in asked
    own = urlsplit(live_server.url).netloc
    assert {
        address
        for address in asked
        if urlsplit(address).scheme not in ("data", "blob", "chrome")
        and urlsplit(address).netloc != own
    } == set()
