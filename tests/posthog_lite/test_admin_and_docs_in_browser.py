"""An operator makes a key and a theme in the admin, and tries the key on the documentation page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django.live_server_helper import LiveServer
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from posthog_lite.accounts.models import MembershipLevel, Project, User
from posthog_lite.accounts.selectors import get_key
from posthog_lite.accounts.services.organizations import add_member
from tests.posthog_lite.admin_in_browser import EMAIL, PASSWORD, Page, sign_in
from tests.support.browser import addresses_asked, needs_browser, open_browser, show

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
        if urlsplit(address).scheme not in ("data", "blob", "chrome", "chrome-untrusted")
        and urlsplit(address).netloc != own
    } == set()
