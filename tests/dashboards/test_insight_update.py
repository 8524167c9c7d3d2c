from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from dashboards.models import (
    Dashboard,
    DashboardCollaborator,
    Insight,
    PrivilegeLevel,
    RestrictionLevel,
    Tag,
    Tile,
)
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.dashboards.making import SQL, TRENDS, live_dashboards, make_insight, make_tile
from tests.factories import DashboardFactory
from tests.support.errors import assert_error
from tests.support.queries import count_queries

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def insights_url(project: Project) -> str:
    return f"/api/environments/{project.pk}/insights/"


@pytest.fixture
def insight(project: Project) -> Insight:
    return make_insight(project, name="Old", query=TRENDS, last_modified_at=LONG_AGO)


@pytest.fixture
def one_url(insights_url: str, insight: Insight) -> str:
    return f"{insights_url}{insight.pk}/"


@pytest.mark.parametrize("method", ["patch", "put"])
def test_only_what_is_named_changes(client: APIClient, one_url: str, method: str) -> None:
    response = getattr(client, method)(one_url, {"description": "New"})

    body = response.json()
    assert response.status_code == 200
    assert (body["name"], body["description"], body["query"]) == ("Old", "New", TRENDS)
    assert client.get(one_url).json() == body


def test_a_short_id_names_the_insight_too(
    client: APIClient, insights_url: str, insight: Insight
) -> None:
    body = client.patch(f"{insights_url}{insight.short_id}", {"name": "New"}).json()

    assert (body["id"], body["name"]) == (insight.pk, "New")


def test_a_patch_saves_the_insight_and_ends_its_being_a_sample(
    client: APIClient, one_url: str, insight: Insight
) -> None:
    Insight.all_projects.update(is_sample=True)

    body = client.patch(one_url, {"favorited": True}).json()

    assert (body["favorited"], body["saved"], body["is_sample"]) == (True, True, False)
    assert client.patch(one_url, {"saved": False}).json()["saved"] is False


@pytest.mark.parametrize("sent", [{}, {"id": 3, "created_by": None}])
def test_a_patch_of_nothing_changes_nothing(
    client: APIClient, one_url: str, insight: Insight, sent: dict[str, object]
) -> None:
    before = client.get(one_url).json()

    assert client.patch(one_url, sent).json() == before


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        ({"name": "Old"}, True),
        ({"description": "x"}, True),
        ({"filters": {}}, True),
        ({"query": SQL}, False),
        ({"favorited": True}, False),
        ({"tags": ["a"]}, False),
    ],
)
def test_only_name_description_and_filters_count_as_a_modification(
    client: APIClient,
    one_url: str,
    insight: Insight,
    member: User,
    sent: dict[str, object],
    counts: bool,
) -> None:
    body = client.patch(one_url, sent).json()

    changed = Insight.all_projects.get(pk=insight.pk)
    assert (changed.last_modified_at != LONG_AGO) is counts
    assert (body["last_modified_by"] is not None) is counts
    assert changed.updated_at > insight.updated_at


def test_tags_are_replaced_and_unused_ones_removed(client: APIClient, one_url: str) -> None:
    client.patch(one_url, {"tags": ["a", "b"]})

    assert client.patch(one_url, {"tags": ["b", "c"]}).json()["tags"] == ["b", "c"]
    assert set(Tag.all_projects.values_list("name", flat=True)) == {"b", "c"}
    assert client.patch(one_url, {"tags": []}).json()["tags"] == []


# -- Dashboards ----------------------------------------------------------------------------------


def test_dashboards_are_a_set(
    client: APIClient, one_url: str, insight: Insight, project: Project
) -> None:
    kept, left, joined = DashboardFactory.create_batch(3, project=project)
    tile = make_tile(kept, insight, layouts={"sm": {"x": 3}}, color="blue")
    make_tile(left, insight)

    body = client.patch(one_url, {"dashboards": [joined.pk, kept.pk, kept.pk]}).json()

    assert body["dashboards"] == [kept.pk, joined.pk]
    assert body["dashboard_tiles"][0]["id"] == tile.pk
    tile.refresh_from_db()
    assert (tile.layouts, tile.color) == ({"sm": {"x": 3}}, "blue")
    assert Tile.all_projects.get(dashboard=left).deleted
    assert client.patch(one_url, {"dashboards": []}).json()["dashboards"] == []


def test_a_removed_tile_is_revived_with_its_layout(
    client: APIClient, one_url: str, insight: Insight, project: Project
) -> None:
    dashboard = DashboardFactory.create(project=project)
    old = make_tile(dashboard, insight, layouts={"sm": {"x": 3}}, deleted=True)

    body = client.patch(one_url, {"dashboards": [dashboard.pk]}).json()

    assert [tile["id"] for tile in body["dashboard_tiles"]] == [old.pk]
    old.refresh_from_db()
    assert old.layouts == {"sm": {"x": 3}}


def test_a_tile_on_a_deleted_dashboard_is_not_touched(
    client: APIClient, one_url: str, insight: Insight, project: Project
) -> None:
    hidden = DashboardFactory.create(project=project, deleted=True)
    tile = make_tile(hidden, insight)

    assert client.patch(one_url, {"dashboards": []}).json()["dashboards"] == []
    tile.refresh_from_db()
    assert not tile.deleted


def test_a_refused_dashboard_leaves_everything_as_it_was(
    client: APIClient, one_url: str, insight: Insight, project: Project
) -> None:
    dashboard = DashboardFactory.create(project=project)
    make_tile(dashboard, insight)

    response = client.patch(one_url, {"dashboards": [10**9], "name": "New", "tags": ["a"]})

    assert_error(response, 400, detail="Dashboard not found", attr="dashboards")
    insight.refresh_from_db()
    assert insight.name == "Old"
    assert live_dashboards(insight) == {dashboard.pk}
    assert not Tag.all_projects.exists()


@pytest.mark.parametrize("add", [True, False])
def test_restricted_dashboards_need_an_invitation_either_way(
    client: APIClient, one_url: str, insight: Insight, project: Project, member: User, add: bool
) -> None:
    dashboard = DashboardFactory.create(
        project=project, restriction_level=RestrictionLevel.ONLY_COLLABORATORS_CAN_EDIT
    )
    if not add:
        make_tile(dashboard, insight)
    before = live_dashboards(insight)
    sent = {"dashboards": [dashboard.pk] if add else []}

    response = client.patch(one_url, sent)

    verb = "add insights to" if add else "remove insights from"
    detail = f"You don't have permission to {verb} dashboard: {dashboard.pk}"
    assert_error(response, 403, detail=detail)
    assert live_dashboards(insight) == before
    DashboardCollaborator.objects.create(
        project=project, dashboard=dashboard, user=member, level=PrivilegeLevel.CAN_EDIT
    )
    assert client.patch(one_url, sent).status_code == 200


def test_an_unchanged_restricted_dashboard_needs_none(
    client: APIClient, one_url: str, insight: Insight, project: Project
) -> None:
    dashboard = DashboardFactory.create(
        project=project, restriction_level=RestrictionLevel.ONLY_COLLABORATORS_CAN_EDIT
    )
    make_tile(dashboard, insight)

    assert client.patch(one_url, {"dashboards": [dashboard.pk]}).status_code == 200


# -- Deletion ------------------------------------------------------------------------------------


def test_deletion_hides_the_insight_and_removes_its_tiles(
    client: APIClient, one_url: str, insights_url: str, insight: Insight, project: Project
) -> None:
    make_tile(DashboardFactory.create(project=project), insight)

    body = client.patch(one_url, {"deleted": True}).json()

    assert (body["deleted"], body["dashboards"]) == (True, [])
    assert_error(client.get(one_url), 404, detail="Not found.")
    assert_error(client.patch(one_url, {"name": "x"}), 404)
    assert client.get(insights_url).json()["count"] == 0
    assert live_dashboards(insight) == set()


def test_restoring_brings_the_insight_back_without_its_tiles(
    client: APIClient, one_url: str, insight: Insight, project: Project
) -> None:
    dashboard: Dashboard = DashboardFactory.create(project=project)
    make_tile(dashboard, insight)
    client.patch(one_url, {"deleted": True})

    body = client.patch(one_url, {"deleted": False, "name": "Back"}).json()

    assert (body["deleted"], body["name"], body["dashboards"]) == (False, "Back", [])
    again = client.patch(one_url, {"dashboards": [dashboard.pk]}).json()
    assert again["dashboards"] == [dashboard.pk]


def test_an_explicit_deletion_outlives_the_restoring_of_a_dashboard(
    client: APIClient, one_url: str, insight: Insight, project: Project
) -> None:
    dashboard = DashboardFactory.create(project=project)
    Insight.all_projects.update(deleted=True, deleted_with_dashboard=dashboard)
    client.patch(one_url, {"deleted": False})

    client.patch(one_url, {"deleted": True})

    insight.refresh_from_db()
    assert insight.deleted_with_dashboard is None


def test_an_insight_deleted_while_its_dashboard_is_away_does_not_come_back_with_it(
    client: APIClient, project: Project, one_url: str, insight: Insight
) -> None:
    dashboard = DashboardFactory.create(project=project)
    make_tile(dashboard, insight)
    dashboard_url = f"/api/environments/{project.pk}/dashboards/{dashboard.pk}/"
    client.patch(dashboard_url, {"deleted": True})
    client.patch(one_url, {"deleted": True})
    client.patch(dashboard_url, {"deleted": False})

    assert client.patch(one_url, {"deleted": False}).json()["dashboards"] == []
    assert client.get(dashboard_url).json()["tiles"] == []


@pytest.mark.parametrize("lookup", ["{pk}", "999999999", "unknown"])
def test_delete_is_405_without_a_body(
    client: APIClient, insights_url: str, insight: Insight, lookup: str
) -> None:
    response = client.delete(f"{insights_url}{lookup.format(pk=insight.pk)}/")

    assert response.status_code == 405
    assert response.content == b""
    assert "Content-Type" not in response
    assert client.get(f"{insights_url}{insight.pk}/").status_code == 200


def test_a_reading_key_may_not_even_try_to_delete(
    member: User, key_client: KeyClient, one_url: str
) -> None:
    assert_error(key_client(member, scopes=["insight:read"]).delete(one_url), 403)


# -- Refusals ------------------------------------------------------------------------------------


def test_a_bad_query_changes_nothing(client: APIClient, one_url: str, insight: Insight) -> None:
    response = client.patch(one_url, {"name": "New", "query": {"kind": "TrendsQuery"}})

    assert_error(response, 400, code="parse_error", attr="query")
    insight.refresh_from_db()
    assert insight.name == "Old"


def test_a_query_can_be_cleared(client: APIClient, one_url: str) -> None:
    assert client.patch(one_url, {"query": None}).json()["query"] is None


def test_insights_of_other_projects_are_not_there(
    client: APIClient, insights_url: str, other_project: Project
) -> None:
    foreign = make_insight(other_project)

    for lookup in (foreign.pk, foreign.short_id):
        assert_error(client.get(f"{insights_url}{lookup}/"), 404, detail="Not found.")
        assert_error(client.patch(f"{insights_url}{lookup}/", {"name": "x"}), 404)
        assert_error(client.patch(f"{insights_url}{lookup}/", {"name": ["bad"]}), 404)


# -- Queries -------------------------------------------------------------------------------------


def test_a_patch_of_one_field_takes_few_queries(client: APIClient, one_url: str) -> None:
    client.get(one_url)  # the key's first use writes

    with count_queries() as queries:
        client.patch(one_url, {"name": "New"})

    # The key, the insight locked, restricted dashboards that show it, the update; the answer and
    # its result.
    assert len(queries) == 6
