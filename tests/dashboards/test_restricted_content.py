"""A restricted dashboard protects what it shows: its texts and insights, whatever way is taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from dashboards.models import Dashboard, DashboardCollaborator, Insight, Text, Tile
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.dashboards.making import SQL, TRENDS, make_insight, make_tile
from tests.factories import DashboardFactory
from tests.support.errors import assert_error
from tests.support.queries import count_queries


@pytest.fixture
def restricted(project: Project, admin: User) -> Dashboard:
    """By the admin, with an insight and a text; nobody is invited."""
    dashboard = DashboardFactory.create(
        project=project, created_by=admin, restriction_level=37, name="Restricted"
    )
    insight = make_insight(project, created_by=admin, query=TRENDS, name="Shown")
    make_tile(dashboard, insight, layouts={"sm": {"x": 0, "y": 0, "w": 6, "h": 5}})
    text = Text.objects.create(
        project=project, body="As it was", created_by=admin, last_modified_at=insight.created_at
    )
    Tile.objects.create(project=project, dashboard=dashboard, text=text)
    return dashboard


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


# -- Whatever is asked for ------------------------------------------------------------------------

# Who looked at it, and where else it is shown, may change.
NOT_ITS_OWN = ("last_viewed_at", "last_accessed_at", "dashboards", "dashboard_tiles")


def shown(reader: APIClient, url: str, dashboard: Dashboard, insight: Insight) -> list[Any]:
    """Return what readers get, and who else may read it by a link."""
    path, insight_path = f"{url}{dashboard.pk}/", insight_url_of(url, insight.pk)
    paths = (path, insight_path, f"{path}sharing/", f"{insight_path}sharing/")
    return [without(reader.get(one).json()) for one in paths]


def insight_url_of(url: str, pk: int) -> str:
    return url.replace("dashboards/", f"insights/{pk}/")


def without(part: Any) -> Any:
    if isinstance(part, list):
        return [without(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {key: without(value) for key, value in part.items() if key not in NOT_ITS_OWN}


names = st.sampled_from(["restricted", "own"])
tiles = st.sampled_from(["shown", "text", "own"])
entries = st.fixed_dictionaries(
    {},
    optional={
        "id": tiles,
        "deleted": st.booleans(),
        "color": st.just("blue"),
        "layouts": st.just({"sm": {"x": 1}}),
        "filters_overrides": st.just({"date_from": "-7d"}),
        "insight": st.sampled_from(["shown", "own"]).map(lambda name: {"id": name}),
        "text": st.fixed_dictionaries({"body": st.just("x")}, optional={"id": tiles}),
    },
)
dashboard_bodies = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("x"),
        "deleted": st.booleans(),
        "delete_insights": st.booleans(),
        "restriction_level": st.sampled_from([21, 37]),
        "filters": st.just({"date_from": "-3d"}),
        "tags": st.just(["x"]),
        "tiles": st.lists(entries, max_size=3),
        "duplicate_tiles": st.lists(tiles.map(lambda name: {"id": name}), max_size=2),
    },
)
insight_bodies = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("x"),
        "query": st.just(SQL),
        "deleted": st.booleans(),
        "dashboards": st.lists(names, max_size=2),
        "tags": st.just(["x"]),
        "favorited": st.booleans(),
    },
)
actions = st.one_of(
    st.tuples(
        st.just("copy_tile"), st.fixed_dictionaries({"fromDashboardId": names, "tileId": tiles})
    ),
    st.tuples(
        st.just("move_tile"),
        st.fixed_dictionaries({"tile": tiles.map(lambda name: {"id": name}), "toDashboard": names}),
    ),
    st.tuples(
        st.just("update_text_tile"),
        st.fixed_dictionaries({"tile_id": tiles, "body": st.just("x")}),
    ),
    st.tuples(st.just("delete_tile"), st.fixed_dictionaries({"tile_id": tiles})),
    st.tuples(st.just("create_text_tile"), st.just({"body": "x"})),
    st.tuples(
        st.just("reorder_tiles"),
        st.fixed_dictionaries({"tile_order": st.lists(tiles, min_size=1, max_size=2)}),
    ),
)
sharing: st.SearchStrategy[Any] = st.one_of(
    st.tuples(
        st.just("patch"),
        st.just(""),
        st.fixed_dictionaries(
            {},
            optional={
                "enabled": st.booleans(),
                "password_required": st.booleans(),
                "settings": st.just({"noHeader": True}),
            },
        ),
    ),
    st.tuples(st.just("post"), st.sampled_from(["refresh/", "passwords/"]), st.just({})),
)
requests = st.one_of(
    st.tuples(st.just("any"), st.just("sharing"), st.just("restricted"), sharing),
    st.tuples(st.just("any"), st.just("sharing of insight"), st.just("shown"), sharing),
    st.tuples(st.sampled_from(["patch", "put"]), st.just("dashboard"), names, dashboard_bodies),
    st.tuples(
        st.just("post"),
        st.just("dashboard"),
        st.just(""),
        st.fixed_dictionaries(
            {"use_dashboard": names, "duplicate_tiles": st.booleans()},
            optional={"tiles": st.lists(entries, max_size=2)},
        ),
    ),
    st.tuples(
        st.sampled_from(["patch", "put"]),
        st.just("insight"),
        st.sampled_from(["shown", "own"]),
        insight_bodies,
    ),
    st.tuples(st.just("post"), st.just("action"), names, actions),
    st.tuples(
        st.just("post"),
        st.just("tags"),
        st.just(""),
        st.fixed_dictionaries(
            {
                "ids": st.lists(names, min_size=1, max_size=2),
                "action": st.sampled_from(["add", "set"]),
                "tags": st.just(["y"]),
            }
        ),
    ),
)


def named(part: Any, ids: dict[str, int]) -> Any:
    """The request with numbers for names."""
    if isinstance(part, (list, tuple)):
        return [named(item, ids) for item in part]
    if isinstance(part, dict):
        return {key: named(value, ids) for key, value in part.items()}
    return ids.get(part, part) if isinstance(part, str) else part


@pytest.fixture
def reader(admin: User, key_client: KeyClient) -> APIClient:
    return key_client(admin)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(script=st.lists(requests, min_size=1, max_size=6))
def test_no_request_of_others_changes_what_it_shows(
    client: APIClient,
    member: User,
    reader: APIClient,
    url: str,
    project: Project,
    restricted: Dashboard,
    insight: Insight,
    script: list[tuple[str, str, str, Any]],
) -> None:
    own = DashboardFactory.create(project=project, created_by=member)
    mine = make_insight(project, created_by=member, query=TRENDS)
    tile = make_tile(own, mine)
    Tile.objects.create(project=project, dashboard=own, insight=insight)
    rows = {row.insight_id: row.pk for row in Tile.all_projects.filter(dashboard=restricted)}
    dashboards = {"restricted": restricted.pk, "own": own.pk}
    tile_ids = {"shown": rows[insight.pk], "text": rows[None], "own": tile.pk}
    insights = {"shown": insight.pk, "own": mine.pk}
    for path in (f"{url}{restricted.pk}/", insight_url_of(url, insight.pk)):
        body = {"enabled": True, "password_required": True}
        assert reader.patch(f"{path}sharing/", body, format="json").status_code == 200
    before = shown(reader, url, restricted, insight)
    for method, kind, name, body in script:
        send(client, url, method, kind, name, body, (dashboards, tile_ids, insights))
    assert shown(reader, url, restricted, insight) == before


def send(
    client: APIClient,
    url: str,
    method: str,
    kind: str,
    name: str,
    body: Any,
    ids: tuple[dict[str, int], ...],
) -> None:
    dashboards, tile_ids, insights = ids
    path = url
    if kind.startswith("sharing"):
        method, ending, body = body
        is_insight = kind != "sharing"
        path = insight_url_of(url, insights[name]) if is_insight else f"{url}{dashboards[name]}/"
        path += f"sharing/{ending}"
    elif kind == "insight":
        path = insight_url_of(url, insights[name])
        body = named(body, dashboards)
    elif kind == "action":
        action, sent = body
        path = f"{url}{dashboards[name]}/{action}/"
        body = {
            key: named(value, dashboards if "Dashboard" in key else tile_ids)
            for key, value in sent.items()
        }
    elif kind == "tags":
        path, body = f"{url}bulk_update_tags/", named(body, dashboards)
    else:
        path = f"{url}{dashboards[name]}/" if name else url
        body = {**body, **{key: dashboards[body[key]] for key in ("use_dashboard",) if key in body}}
        body["tiles"] = [
            {
                **named(entry, tile_ids),
                **({"insight": named(entry["insight"], insights)} if "insight" in entry else {}),
            }
            for entry in body.get("tiles", [])
        ]
        if isinstance(body.get("duplicate_tiles"), list):
            body["duplicate_tiles"] = named(body["duplicate_tiles"], tile_ids)
    response = getattr(client, method)(path, body, format="json")
    assert response.status_code < 500
