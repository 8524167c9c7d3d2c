"""No page of the admin has what axe-core calls serious or critical, Django's own parts included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from dashboards.models import Dashboard, DashboardCollaborator, Tile
from posthog_lite.accounts.models import MembershipLevel, Project, User
from posthog_lite.accounts.services.keys import create_key
from posthog_lite.accounts.services.organizations import add_member
from tests.factories import DashboardFactory, InsightFactory, UserFactory
from tests.posthog_lite.admin_in_browser import EMAIL, PASSWORD, Page, sign_in
from tests.support.accessibility import grave_violations
from tests.support.admin import list_address, page_address
from tests.support.browser import needs_browser, open_browser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, needs_browser]
Addresses = Callable[[], list[str]]


@pytest.fixture
def page(tmp_path: Path, live_server: LiveServer) -> Iterator[Page]:
    with open_browser(tmp_path) as driver:
        yield Page(driver, live_server.url)


@pytest.fixture
def addresses(project: Project) -> list[str]:
    """A list, a form to add and a page of each kind that is built in its own way."""
    user = User.objects.create_superuser(EMAIL, PASSWORD)
    add_member(organization=project.organization, user=user, level=MembershipLevel.OWNER)
    dashboard = DashboardFactory.create(project=project, created_by=user, restriction_level=37)
    insight = InsightFactory.create(project=project, created_by=user)
    Tile.objects.create(project=project, dashboard=dashboard, insight=insight)
    gone = InsightFactory.create(project=project)
    Tile.objects.create(project=project, dashboard=dashboard, insight=gone, deleted=True)
    other = UserFactory.create()
    DashboardCollaborator.objects.create(project=project, dashboard=dashboard, user=other)
    key = create_key(user=user, label="robot", scopes=["dashboard:read"]).key
    return [
        list_address(Dashboard),
        *(page_address(row) for row in (dashboard, insight, key, user, project.organization)),
        *(f"{list_address(row)}add/" for row in (dashboard, insight, key)),
        "/admin/events/person/",
        "/admin/themes/datacolortheme/add/",
        "/admin/accounts/membership/add/",
    ]


def test_no_page_of_the_admin_shuts_readers_out(page: Page, addresses: list[str]) -> None:
    sign_in(page)
    found = {}
    for address in addresses:
        page.open(address)
        found[address] = grave_violations(page.browser)
    assert {address: violations for address, violations in found.items() if violations} == {}
