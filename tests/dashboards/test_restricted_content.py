"""A restricted dashboard protects what it shows: its texts and insights, whatever way is taken."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, DashboardCollaborator, Insight, Tile
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.dashboards.making import SQL, TRENDS, make_insight, make_tile
from tests.factories import DashboardFactory
from tests.support.errors import assert_error
from tests.support.queries import count_queries


@pytest.fixture
def insight(restricted: Dashboard) -> Insight:
    return Insight.all_projects.get(tiles__dashboard=restricted)


@pytest.fixture
def insight_url(project: Project, insight: Insight) -> str:
    return f"/api/projects/{project.pk}/insights/{insight.pk}/"


CHANGES: list[dict[str, Any]] = [
    {"query": SQL},
    {"name": "Mine"},
    {"description": "x"},
    {"deleted": True},
    {"dashboards": []},
    {"tags": ["x"]},
    {"favorited": True},
    {"filters": {"insight": "TRENDS"}},
    {"saved": False},
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("method", ["patch", "put"])
def test_its_insight_is_not_changed(
    client: APIClient, insight: Insight, insight_url: str, method: str, change: dict[str, Any]
) -> None:
    before = Insight.all_projects.filter(pk=insight.pk).values().get()
    response = getattr(client, method)(insight_url, change, format="json")
    assert_error(response, 403, code="permission_denied")
    assert Insight.all_projects.filter(pk=insight.pk).values().get() == before
    assert Tile.all_projects.filter(deleted=False).count() == 2


def test_one_restricted_dashboard_among_others_is_enough(
    client: APIClient, project: Project, insight: Insight, insight_url: str
) -> None:
    make_tile(DashboardFactory.create(project=project), insight)
    assert client.patch(insight_url, {"name": "Mine"}, format="json").status_code == 403


def test_it_is_changed_by_its_author_and_by_the_invited(
    client: APIClient,
    admin: User,
    member: User,
    key_client: KeyClient,
    restricted: Dashboard,
    insight_url: str,
) -> None:
    assert key_client(admin).patch(insight_url, {"name": "A"}, format="json").status_code == 200
    DashboardCollaborator.objects.create(
        project=restricted.project, dashboard=restricted, user=member, level=37
    )
    assert client.patch(insight_url, {"name": "B"}, format="json").status_code == 200


def test_it_is_free_again_once_no_live_dashboard_shows_it(
    client: APIClient, restricted: Dashboard, insight_url: str
) -> None:
    Tile.all_projects.update(deleted=True)
    assert client.patch(insight_url, {"name": "Free"}, format="json").status_code == 200
    Tile.all_projects.update(deleted=False)
    Dashboard.all_projects.filter(pk=restricted.pk).update(deleted=True)
    assert client.patch(insight_url, {"name": "Free"}, format="json").status_code == 200


def test_reading_gives_the_levels_that_hold(
    client: APIClient,
    admin: User,
    key_client: KeyClient,
    url: str,
    project: Project,
    restricted: Dashboard,
    insight: Insight,
    insight_url: str,
) -> None:
    open_one = DashboardFactory.create(project=project)
    free = make_insight(project, query=TRENDS)
    make_tile(open_one, free)
    make_tile(open_one, insight)

    def levels(reader: APIClient) -> list[tuple[int, int]]:
        found = [reader.get(insight_url).json()]
        found += reader.get(insight_url.rsplit("/", 2)[0] + "/").json()["results"]
        found += [
            tile["insight"]
            for tile in reader.get(f"{url}{open_one.pk}/").json()["tiles"]
            if tile["insight"]
        ]
        return [
            (row["effective_restriction_level"], row["effective_privilege_level"])
            for row in found
            if row["id"] == insight.pk
        ]

    assert levels(client) == [(37, 21)] * 3
    assert levels(key_client(admin)) == [(37, 37)] * 3
    row, *_ = client.get(f"{url}{open_one.pk}/").json()["tiles"]
    assert row["insight"]["effective_restriction_level"] == 21
    assert row["insight"]["effective_privilege_level"] == 37


def test_levels_take_one_more_query_where_a_dashboard_is_restricted(
    client: APIClient, insight_url: str
) -> None:
    client.get(insight_url)  # the key's first use writes
    with count_queries() as queries:
        client.get(insight_url)
    # The key, the insight, its author, what of the restricted dashboards the caller may edit;
    # the result.
    assert len(queries) == 5


@pytest.mark.parametrize("deep", [True, False])
def test_a_copy_of_the_dashboard_has_texts_of_its_own(
    client: APIClient, url: str, restricted: Dashboard, deep: bool
) -> None:
    body = {"name": "c", "use_dashboard": restricted.pk, "duplicate_tiles": deep}
    copy = client.post(url, body, format="json").json()
    [tile] = [tile for tile in copy["tiles"] if tile["text"]]
    change = {"tile_id": tile["id"], "body": "[Sign in again](http://phish.test)"}
    response = client.post(f"{url}{copy['id']}/update_text_tile/", change, format="json")
    assert response.status_code == 200
    entries = [{"id": tile["id"], "text": {"body": "Changed once more"}}]
    assert client.patch(f"{url}{copy['id']}/", {"tiles": entries}, format="json").status_code == 200
    assert texts_of(restricted) == ["As it was"]


def test_a_copied_tile_has_a_text_of_its_own(
    client: APIClient, url: str, project: Project, restricted: Dashboard, member: User
) -> None:
    own = DashboardFactory.create(project=project, created_by=member)
    tile = Tile.all_projects.get(dashboard=restricted, insight=None)
    for _ in range(2):  # it can be copied again: these are different texts
        body = {"fromDashboardId": restricted.pk, "tileId": tile.pk}
        response = client.post(f"{url}{own.pk}/copy_tile/", body, format="json")
        assert response.status_code == 200
    copy = Tile.all_projects.filter(dashboard=own).order_by("id").first()
    assert copy is not None
    change = {"tile_id": copy.pk, "body": "Mine"}
    assert client.post(f"{url}{own.pk}/update_text_tile/", change, format="json").status_code == 200
    assert texts_of(restricted) == ["As it was"]
    assert set(texts_of(own)) == {"As it was", "Mine"}


def texts_of(dashboard: Dashboard) -> list[str | None]:
    tiles = Tile.all_projects.filter(dashboard=dashboard, text__isnull=False)
    return list(tiles.values_list("text__body", flat=True))


def test_a_new_text_is_by_the_caller_and_an_old_one_by_its_author(
    client: APIClient, url: str, admin: User, member: User
) -> None:
    forged = {"text": {"body": "I approve", "created_by": {"id": admin.pk}}}
    made = client.post(url, {"tiles": [forged]}, format="json").json()
    [tile] = made["tiles"]
    assert tile["text"]["created_by"]["id"] == member.pk
    again = {"id": tile["id"], **forged}
    patched = client.patch(f"{url}{made['id']}/", {"tiles": [again]}, format="json").json()
    assert patched["tiles"][0]["text"]["created_by"]["id"] == member.pk


def test_hiding_insights_with_a_dashboard_needs_the_right_to_write_insights(
    member: User, key_client: KeyClient, url: str, project: Project, admin: User
) -> None:
    foreign = make_insight(project, created_by=admin, query=TRENDS)
    narrow = key_client(member, scopes=["dashboard:write"])
    made = narrow.post(url, {"tiles": [{"insight": {"id": foreign.pk}}]}, format="json").json()
    body = {"deleted": True, "delete_insights": True}
    response = narrow.patch(f"{url}{made['id']}/", body, format="json")
    assert_error(
        response,
        403,
        code="permission_denied",
        detail="API key missing required scope 'insight:write'",
    )
    wide = key_client(member, scopes=["dashboard:write", "insight:write"])
    assert wide.patch(f"{url}{made['id']}/", body, format="json").status_code == 200
