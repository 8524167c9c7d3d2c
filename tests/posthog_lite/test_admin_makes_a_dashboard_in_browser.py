"""An operator makes a dashboard, fills it and shares it, by clicks only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from pytest_django.live_server_helper import LiveServer

from dashboards.models import Dashboard
from posthog_lite.accounts.models import Project, User
from sharing.models import SharingConfiguration
from tests.factories import InsightFactory
from tests.posthog_lite.admin_in_browser import EMAIL, PASSWORD, Page, sign_in
from tests.support.browser import needs_browser, open_browser, show

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, needs_browser]


@pytest.fixture
def page(tmp_path: Path, live_server: LiveServer) -> Iterator[Page]:
    with open_browser(tmp_path) as driver:
        yield Page(driver, live_server.url)


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser(EMAIL, PASSWORD)


def make_dashboard(page: Page, project: Project) -> None:
    page.click(".model-dashboard .addlink")
    page.choose("project", project.name)
    page.write("[name=name]", "Growth")
    page.click("[name=_save]")
    page.wait_for_text(".messagelist", "Put something on it.")
    title, actions = page.find("#content > h2").rect, page.find(".object-tools").rect
    assert actions["y"] >= title["y"] + title["height"]  # they cover nothing of it


def fill_it(page: Page) -> None:
    page.click("#box-tiles a[href*='insight/add']")
    page.write("[name=name]", "Sign-ups by SQL")
    page.pick("[name=starting_point]", "SQL")
    page.write("[name=sql]", "select 40 + 2")
    show(page.browser, "admin-insight-add")
    page.click("[name=_save]")
    page.wait_for_text("#box-tiles", "Sign-ups by SQL")
    page.click("#box-tiles .select2-selection")
    page.write("#box-tiles .select2-search__field", "Visits")
    page.wait_for_text(".select2-results__option--highlighted", "Visits")
    page.press_enter("#box-tiles .select2-search__field")
    page.click("#box-tiles [value=add_insights] ~ button")
    page.wait_for_text("#box-tiles", "Visits")
    page.write("#add-body", "# Our growth")
    page.click("#box-tiles [value=add_text] ~ button")
    page.wait_for_text("#box-tiles", "Text: # Our growth")
    page.click("#box-tiles button[aria-label='Move Text: # Our growth up']")
    page.wait_for_text(".messagelist", "Moved.")
    show(page.browser, "admin-dashboard-filled")


def share_it(page: Page) -> str:
    page.click("#sharing-enabled")
    page.click("#sharing-password_required")
    page.click("#box-sharing [value=change] ~ p button")
    page.wait_for_text(".messagelist", "The link works.")
    page.click("#box-sharing [value=add_password] ~ button")
    password = str(page.find("#issued-password").get_property("value"))
    show(page.browser, "admin-dashboard-shared")
    address = str(page.find("#sharing-link").get_property("value"))
    page.browser.get(address)
    page.write("[type=password]", password)
    page.click("[type=submit]")
    return address


def test_a_dashboard_is_made_filled_and_shared_by_clicks(
    page: Page, operator: User, project: Project, engine: ModuleType
) -> None:
    InsightFactory.create(project=project, name="Visits")
    sign_in(page)
    make_dashboard(page, project)
    fill_it(page)
    address = share_it(page)
    dashboard = Dashboard.objects.for_project(project).get()
    link = SharingConfiguration.objects.for_project(project).get()
    assert address == f"{page.site}/shared/{link.access_token}"
    assert dashboard.tiles.count() == 3
    page.wait_for_text("h1", "Growth")
    page.wait_for_text(".card", "Our growth")
    page.wait_for_text(".card", "42")
    show(page.browser, "admin-dashboard-visited")
