"""No request of somebody without the right changes what a restricted dashboard shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Tile
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.dashboards.making import SQL, TRENDS, make_insight, make_tile
from tests.factories import DashboardFactory


@pytest.fixture
def insight(restricted: Dashboard) -> Insight:
    return Insight.all_projects.get(tiles__dashboard=restricted)


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


def of_dashboard(sent: Any, ids: tuple[dict[str, int], ...]) -> dict[str, Any]:
    """The body of a dashboard with the ids of what it names."""
    dashboards, tile_ids, insights = ids
    body: dict[str, Any] = {**sent}
    if "use_dashboard" in sent:
        body["use_dashboard"] = dashboards[sent["use_dashboard"]]
    body["tiles"] = [
        {
            **named(entry, tile_ids),
            **({"insight": named(entry["insight"], insights)} if "insight" in entry else {}),
        }
        for entry in sent.get("tiles", [])
    ]
    if isinstance(sent.get("duplicate_tiles"), list):
        body["duplicate_tiles"] = named(sent["duplicate_tiles"], tile_ids)
    return body


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
        body = of_dashboard(body, ids)
    response = getattr(client, method)(path, body, format="json")
    assert response.status_code < 500
