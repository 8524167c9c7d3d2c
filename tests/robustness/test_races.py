"""Writers that meet, as threads of clients on two processes of the production server."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction

from dashboards.models import Dashboard, Insight, Tag, Tile
from posthog_lite.accounts.models import Membership, PersonalAPIKey, Project, User
from posthog_lite.accounts.services.organizations import add_member
from sharing.models import SharingConfiguration
from tests.factories import DashboardFactory, InsightFactory, UserFactory
from tests.support.callers import Answer, Caller, at_once, statuses
from tests.support.locks import waiting_for_locks
from tests.support.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def url(project: Project) -> str:
    return f"/api/projects/{project.pk}/"


@pytest.fixture
def dashboard(project: Project, member: User) -> Dashboard:
    return DashboardFactory.create(
        project=project, created_by=member, name="before", description="before"
    )


def test_of_50_unlisted_dashboards_of_one_tag_one_is_made(
    caller: Caller, project: Project, url: str
) -> None:
    create = partial(
        caller, "POST", f"{url}dashboards/create_unlisted_dashboard/", {"tag": "llm-analytics"}
    )
    answers = at_once(*[create] * 50)
    assert Counter(statuses(answers)) == {201: 1, 409: 49}
    assert Dashboard.objects.for_project(project).count() == 1
    assert Insight.objects.for_project(project).count() == 9


def test_dashboards_that_come_and_go_at_once_are_counted(
    caller: Caller, project: Project, url: str
) -> None:
    old = DashboardFactory.create_batch(10, project=project)
    create = partial(caller, "POST", f"{url}dashboards/", {"name": "new"})
    hide = [
        partial(caller, "PATCH", f"{url}dashboards/{row.pk}/", {"deleted": True}) for row in old
    ]
    answers = at_once(*[create] * 20, *hide)
    assert Counter(statuses(answers)) == {201: 20, 200: 10}
    assert caller("GET", f"{url}dashboards/?limit=1").json()["count"] == 20


def test_changes_of_different_fields_all_survive(
    caller: Caller, dashboard: Dashboard, url: str
) -> None:
    changes: dict[str, Any] = {
        "name": "after",
        "description": "after",
        "pinned": True,
        "filters": {"date_from": "-7d"},
        "variables": {"a": {"value": 1}},
        "breakdown_colors": [{"breakdownValue": "x", "colorToken": "preset-1"}],
        "restriction_level": 37,
        "tags": ["a", "b"],
    }
    path = f"{url}dashboards/{dashboard.pk}/"
    calls = [partial(caller, "PATCH", path, {name: value}) for name, value in changes.items()]
    assert statuses(at_once(*calls)) == [200] * len(changes)
    after = caller("GET", path).json()
    dashboard.refresh_from_db()
    assert dashboard.variables == changes.pop("variables")  # the answer shows those that exist
    assert {name: after[name] for name in changes} == changes


def test_of_changes_of_one_field_the_last_wins_and_nothing_else_is_lost(
    caller: Caller, dashboard: Dashboard, url: str
) -> None:
    path = f"{url}dashboards/{dashboard.pk}/"
    names = [f"name {number}" for number in range(20)]
    answers = at_once(*[partial(caller, "PATCH", path, {"name": name}) for name in names])
    assert statuses(answers) == [200] * len(names)
    dashboard.refresh_from_db()
    assert dashboard.name in names
    assert dashboard.description == "before"
    caller("PATCH", path, {"name": "last"})
    dashboard.refresh_from_db()
    assert dashboard.name == "last"


def test_a_tile_that_moves_while_it_is_changed_loses_nothing(
    caller: Caller, project: Project, dashboard: Dashboard, url: str
) -> None:
    target = DashboardFactory.create(project=project)
    insights = InsightFactory.create_batch(8, project=project)
    tiles = [Tile.objects.create(project=project, dashboard=dashboard, insight=i) for i in insights]
    path = f"{url}dashboards/{dashboard.pk}/"

    def move(tile: Tile) -> Answer:
        body = {"tile": {"id": tile.pk}, "toDashboard": target.pk}
        return caller("PATCH", f"{path}move_tile/", body)

    def paint(tile: Tile) -> Answer:
        return caller("PATCH", path, {"tiles": [{"id": tile.pk, "color": "red"}]})

    calls = [partial(change, tile) for tile in tiles for change in (move, paint)]
    answers = at_once(*calls)
    moved, painted = answers[::2], answers[1::2]
    assert statuses(moved) == [200] * len(tiles)
    assert {answer.status for answer in painted} <= {200, 400}  # 400: it had left
    rows = Tile.objects.for_project(project).in_bulk([tile.pk for tile in tiles])
    assert [rows[tile.pk].dashboard_id for tile in tiles] == [target.pk] * len(tiles)
    colors = [rows[tile.pk].color for tile in tiles]
    assert colors == ["red" if answer.status == 200 else None for answer in painted]


def test_refreshing_a_link_at_once_leaves_one_that_is_active(
    caller: Caller, project: Project, dashboard: Dashboard, url: str
) -> None:
    path = f"{url}dashboards/{dashboard.pk}/sharing/"
    caller("PATCH", path, {"enabled": True})
    answers = at_once(*[partial(caller, "POST", f"{path}refresh/")] * 10)
    assert {answer.status for answer in answers} <= {200, 201}
    tokens = {answer.json()["access_token"] for answer in answers}
    assert len(tokens) == len(answers)
    active = SharingConfiguration.objects.for_project(project).get(expires_at=None)
    assert active.access_token == caller("GET", path).json()["access_token"]
    assert active.access_token in tokens
    assert active.enabled


def test_one_tag_is_made_by_all_who_name_it(caller: Caller, project: Project, url: str) -> None:
    dashboards = DashboardFactory.create_batch(16, project=project)
    calls = [
        partial(caller, "PATCH", f"{url}dashboards/{row.pk}/", {"tags": ["growth"]})
        for row in dashboards
    ]
    assert statuses(at_once(*calls)) == [200] * len(dashboards)
    tag = Tag.objects.for_project(project).get()
    assert tag.dashboards.count() == len(dashboards)


def test_a_membership_is_made_once(project: Project) -> None:
    user = UserFactory.create()

    def join() -> Membership:
        try:
            return add_member(organization=project.organization, user=User.objects.get(pk=user.pk))
        finally:
            connection.close()

    assert len({membership.pk for membership in at_once(*[join] * 8)}) == 1
    assert Membership.objects.filter(user=user).count() == 1


def test_nobody_gets_an_eleventh_key(caller: Caller, member: User) -> None:
    browser = sign_in(caller.port, member)
    body = {"label": "x", "scopes": ["*"], "scoped_teams": [], "scoped_organizations": []}
    answers = at_once(*[partial(browser, "POST", "/api/personal_api_keys/", body)] * 14)
    assert Counter(statuses(answers)) == {201: 9, 400: 5}  # the caller has one already
    assert PersonalAPIKey.objects.filter(user=member).count() == 10


def sign_in(port: int, user: User) -> Caller:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    token = "a" * 32
    cookies = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; csrftoken={token}"
    return Caller(port, {"Cookie": cookies, "X-CSRFToken": token})


def test_a_dashboard_deleted_with_its_insights_while_others_are_added(
    caller: Caller, project: Project, url: str
) -> None:
    """Each insight ends up where both agree: deleted, or alive and on no deleted dashboard."""
    dashboards = DashboardFactory.create_batch(4, project=project)
    insights = InsightFactory.create_batch(8, project=project)
    delete = {"deleted": True, "delete_insights": True}
    calls = [partial(caller, "PATCH", f"{url}dashboards/{row.pk}/", delete) for row in dashboards]
    where = {"dashboards": [row.pk for row in dashboards[::-1]]}
    calls += [partial(caller, "PATCH", f"{url}insights/{row.pk}/", where) for row in insights]
    for _ in range(2):
        answers = at_once(*calls)
        assert {answer.status for answer in answers} <= {200, 400, 404}
        assert not Dashboard.objects.for_project(project).filter(deleted=False).exists()
        assert not Tile.objects.for_project(project).filter(deleted=False).exists()
        restore = partial(caller, "PATCH", body={"deleted": False})
        for row in dashboards:
            assert restore(f"{url}dashboards/{row.pk}/").status == 200
        for insight in insights:
            assert restore(f"{url}insights/{insight.pk}/").status == 200


def test_a_deadlock_is_repeated_and_nobody_hears_of_it(
    caller: Caller, project: Project, dashboard: Dashboard, url: str
) -> None:
    """An insight lands on a dashboard whose deletion has locked the insights it knew of.

    The deletion then holds the dashboard and wants the insight, and the change of the insight
    holds that and wants the dashboard.
    """
    insight = InsightFactory.create(project=project)
    delete = {"deleted": True, "delete_insights": True}
    rows = Dashboard.objects.for_project(project).select_for_update(no_key=True)
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            rows.get(pk=dashboard.pk)
            deletion = pool.submit(caller, "PATCH", f"{url}dashboards/{dashboard.pk}/", delete)
            wait_until(lambda: waiting_for_locks() == 1, "wait for the dashboard")
            Tile.objects.create(project=project, dashboard=dashboard, insight=insight)
            where = {"dashboards": [dashboard.pk]}
            change = pool.submit(caller, "PATCH", f"{url}insights/{insight.pk}/", where)
            wait_until(lambda: waiting_for_locks() == 2, "wait for the dashboard too")
        assert deletion.result().status == 200
        assert change.result().status in (200, 400, 404)  # the latter where the deletion came first
    dashboard.refresh_from_db()
    assert dashboard.deleted
    assert not Tile.objects.for_project(project).filter(deleted=False).exists()
