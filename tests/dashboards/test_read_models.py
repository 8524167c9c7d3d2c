"""What is read straight from the database has the shape that the serializers document.

Every field, type and null: hypothesis makes the rows, and for each field of the serializer the
value is what that field makes of the model, or what the test says where there is no such column.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.serializers import Serializer

from dashboards.filters.dashboard_layers import Overrides
from dashboards.models import Dashboard, Insight, Tag, Text, Tile
from dashboards.selectors.dashboard_rows import read_dashboard, read_dashboards
from dashboards.selectors.dashboards import DashboardFilters
from dashboards.selectors.insight_context import read_insight
from dashboards.selectors.insight_filters import InsightFilters
from dashboards.selectors.insights import read_insights
from dashboards.serializers.dashboard import DashboardBasicSerializer, DashboardSerializer
from dashboards.serializers.insight import InsightBasicSerializer, InsightSerializer
from dashboards.serializers.tile import TextSerializer, TileSerializer
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts_api.serializers.user import UserBasicSerializer
from tests.support.shapes import assert_same, documented
from tests.support.strategies import in_the_database, moments, words

# Null until a query has been run, or an insight viewed.
UNKNOWN = (
    "filters_hash",
    "cache_target_age",
    "next_allowed_client_refresh",
    "result",
    "hasMore",
    "columns",
    "types",
    "hogql",
    "query_status",
    "resolved_date_range",
    "timezone",
    "last_refresh",
    "last_viewed_at",
)

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2)
)
json_objects = st.dictionaries(
    words.filter(lambda word: word != "variables"), json_values, max_size=3
)
queries = st.none() | json_objects.map(lambda rest: {**rest, "kind": "InsightVizNode"})

dashboard_fields = st.fixed_dictionaries(
    {
        "name": st.none() | words,
        "description": words,
        "pinned": st.booleans(),
        "last_accessed_at": st.none() | moments,
        "last_refresh": st.none() | moments,
        "creation_mode": st.sampled_from(["default", "template", "duplicate", "unlisted"]),
        "restriction_level": st.sampled_from([21, 37]),
        "filters": json_objects,
        "breakdown_colors": st.none() | st.lists(json_objects, max_size=2),
        "data_color_theme_id": st.none() | st.integers(1, 2**60),
    }
)
insight_fields = st.fixed_dictionaries(
    {
        "name": st.none() | words,
        "derived_name": st.none() | words,
        "description": st.none() | words,
        "query": queries,
        "filters": json_objects,
        "order": st.none() | st.integers(-(2**31), 2**31 - 1),
        "favorited": st.booleans(),
        "saved": st.booleans(),
        "is_sample": st.booleans(),
        "last_modified_at": moments,
    }
)
tile_fields: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "layouts": json_objects,
        "color": st.none() | words,
        "filters_overrides": st.none() | st.just({}) | st.just({"properties": []}),
        "show_description": st.none() | st.booleans(),
    }
)
text_fields = st.fixed_dictionaries({"body": st.none() | words, "last_modified_at": moments})
people = st.booleans()
tags = st.lists(words.map(str.lower).filter(bool), unique=True, max_size=3)


def make(model: Any, **fields: Any) -> Any:
    return model.all_projects.create(**fields)


def person(user: User | None) -> Any:
    return None if user is None else UserBasicSerializer(user).data


def level(access: ProjectAccess, author: User | None) -> str:
    return "manager" if author == access.user else "editor"


def insight_shape(
    access: ProjectAccess,
    insight: Insight,
    tiles: list[Tile],
    names: list[str],
    *,
    serializer: type[Serializer[Any]] = InsightSerializer,
) -> dict[str, Any]:
    place = [{"id": tile.pk, "dashboard_id": tile.dashboard_id, "deleted": None} for tile in tiles]
    return documented(
        serializer,
        insight,
        filters={} if insight.query else insight.filters,
        dashboards=[tile.dashboard_id for tile in tiles],
        dashboard_tiles=place,
        tags=sorted(names),
        created_by=person(insight.created_by),
        last_modified_by=person(insight.last_modified_by),
        user_access_level=level(access, insight.created_by),
        effective_restriction_level=21,
        effective_privilege_level=37,
        refreshing=False,
        is_cached=False,
        alerts=[],
        **dict.fromkeys(UNKNOWN),
    )


def basic_values(access: ProjectAccess, dashboard: Dashboard, names: list[str]) -> dict[str, Any]:
    may_edit = dashboard.restriction_level == 21 or dashboard.created_by == access.user
    return {
        "created_by": person(dashboard.created_by),
        "last_viewed_at": None,
        "is_shared": False,
        "tags": sorted(names),
        "effective_restriction_level": dashboard.restriction_level,
        "effective_privilege_level": 37 if may_edit else 21,
        "user_access_level": level(access, dashboard.created_by),
        "access_control_version": "v2" if dashboard.restriction_level == 21 else "v1",
        "team_id": dashboard.project_id,
    }


def add_tags(row: Dashboard | Insight, names: list[str]) -> None:
    for name in names:
        row.tags.add(Tag.all_projects.get_or_create(project=row.project, name=name)[0])


@pytest.fixture
def access(project: Project, member: User) -> ProjectAccess:
    return ProjectAccess(project, member, 1)


def tile_shape(tile: Tile, *, order: int, insight: Any = None, text: Any = None) -> dict[str, Any]:
    nothing = {"last_refresh": None, "is_cached": False}
    return documented(TileSerializer, tile, insight=insight, text=text, order=order, **nothing)


def text_shape(text: Text) -> dict[str, Any]:
    return documented(
        TextSerializer,
        text,
        created_by=person(text.created_by),
        last_modified_by=person(text.last_modified_by),
        team=text.project_id,
    )


@in_the_database
@given(
    fields=dashboard_fields,
    insight=insight_fields,
    tile=tile_fields,
    text=text_fields,
    by_caller=people,
    by_other=people,
    names=tags,
)
def test_a_whole_dashboard(
    access: ProjectAccess,
    admin: User,
    fields: dict[str, Any],
    insight: dict[str, Any],
    tile: dict[str, Any],
    text: dict[str, Any],
    by_caller: bool,
    by_other: bool,
    names: list[str],
) -> None:
    author = access.user if by_caller else None
    editor = admin if by_other else None
    owned: Any = {"project": access.project, "created_by": author}
    dashboard = make(Dashboard, **owned, **fields)
    shown = make(Insight, **owned, last_modified_by=editor, **insight)
    note = make(Text, **owned, last_modified_by=editor, **text)
    place: Any = {"project": access.project, "dashboard": dashboard}
    first = make(Tile, **place, insight=shown, **{**tile, "layouts": {"sm": {"y": 0}}})
    second = make(Tile, **place, text=note, **tile)
    add_tags(dashboard, names)
    add_tags(shown, names)
    dashboard.filters = {}  # what filters make of a query is the matter of other tests
    dashboard.save()

    found = read_dashboard(access=access, dashboard_id=dashboard.pk, overrides=Overrides())

    tiles = [
        tile_shape(first, order=0, insight=insight_shape(access, shown, [first], names)),
        tile_shape(second, order=1, text=text_shape(note)),
    ]
    expected = documented(
        DashboardSerializer,
        dashboard,
        **basic_values(access, dashboard, names),
        persisted_filters=None,
        persisted_variables=None,
        tiles=tiles,
    )
    assert_same(found.shape(), expected)


@in_the_database
@given(fields=dashboard_fields, by_caller=people, names=tags)
def test_a_dashboard_in_a_list(
    access: ProjectAccess, fields: dict[str, Any], by_caller: bool, names: list[str]
) -> None:
    Dashboard.all_projects.all().delete()
    author = access.user if by_caller else None
    dashboard = make(Dashboard, project=access.project, created_by=author, **fields)
    add_tags(dashboard, names)
    asked = DashboardFilters(creation_mode=dashboard.creation_mode)
    (row,) = read_dashboards(access=access, filters=asked)[0:10]
    expected = documented(
        DashboardBasicSerializer, dashboard, **basic_values(access, dashboard, names)
    )
    assert_same(row, expected)


@in_the_database
@given(fields=insight_fields, by_caller=people, by_other=people, names=tags)
def test_an_insight_alone_and_in_lists(
    access: ProjectAccess,
    admin: User,
    fields: dict[str, Any],
    by_caller: bool,
    by_other: bool,
    names: list[str],
) -> None:
    Insight.all_projects.all().delete()
    insight = make(
        Insight,
        project=access.project,
        created_by=access.user if by_caller else None,
        last_modified_by=admin if by_other else None,
        **fields,
    )
    add_tags(insight, names)
    expected = insight_shape(access, insight, [], names)
    basic = insight_shape(access, insight, [], names, serializer=InsightBasicSerializer)

    alone = read_insight(access=access, lookup=insight.pk, overrides=Overrides())
    assert_same(alone.shape, expected)
    by_name = read_insight(
        access=access, lookup=insight.short_id, overrides=Overrides(), basic=True
    )
    assert_same(by_name.shape, basic)
    for is_basic, shape in ((False, expected), (True, basic)):
        listing = read_insights(
            access=access, filters=InsightFilters(), basic=is_basic, now=timezone.now()
        )
        assert listing.count() == 1
        assert_same(listing[0:10][0], shape)
