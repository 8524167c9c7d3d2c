"""What answers read straight from the database is what stands there, whatever it is.

Their keys, types and nulls are held against the OpenAPI document wherever a test gets an answer.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboards.filters.dashboard_layers import Overrides
from dashboards.models import Dashboard, Insight, Tag, Text, Tile
from dashboards.selectors.dashboards import DashboardFilters
from dashboards.selectors.insight_filters import InsightFilters
from dashboards.selectors.insights import read_insights
from dashboards.selectors.read_dashboard import read_dashboard, read_dashboards
from dashboards.selectors.read_insight import read_insight
from dashboards.selectors.results import Asking
from dashboards.shapes import dashboard as dashboard_shapes
from dashboards.shapes import insight as insight_shapes
from dashboards.shapes import tile as tile_shapes
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import Project, User
from tests.support.shapes import assert_stored, plain
from tests.support.strategies import in_the_database, moments, words

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2)
)
json_objects = st.dictionaries(
    words.filter(lambda word: word != "variables"), json_values, max_size=3
)
queries = json_objects.map(lambda rest: {**rest, "kind": "InsightVizNode"})
tags = st.lists(words.map(str.lower).filter(bool), unique=True, max_size=3)

dashboard_fields = st.fixed_dictionaries(
    {
        "name": st.none() | words,
        "description": words,
        "pinned": st.booleans(),
        "last_accessed_at": st.none() | moments,
        "last_refresh": st.none() | moments,
        "creation_mode": st.sampled_from(["default", "template", "duplicate", "unlisted"]),
        "restriction_level": st.sampled_from([21, 37]),
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


def make(model: Any, access: ProjectAccess, **fields: Any) -> Any:
    return model.all_projects.create(project=access.project, **fields)


def add_tags(row: Dashboard | Insight, names: list[str]) -> None:
    for name in names:
        row.tags.add(Tag.all_projects.get_or_create(project=row.project, name=name)[0])


@pytest.fixture
def access(project: Project, member: User) -> ProjectAccess:
    return ProjectAccess(project, member, 1)


@in_the_database
@given(
    fields=dashboard_fields,
    insight=insight_fields,
    tile=tile_fields,
    text=text_fields,
    by_caller=st.booleans(),
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
    names: list[str],
) -> None:
    author = access.user if by_caller else admin
    dashboard = make(Dashboard, access, created_by=author, **fields)
    shown = make(Insight, access, created_by=author, last_modified_by=None, **insight)
    note = make(Text, access, created_by=author, last_modified_by=admin, **text)
    first = make(
        Tile, access, dashboard=dashboard, insight=shown, **{**tile, "layouts": {"sm": {"y": 0}}}
    )
    second = make(Tile, access, dashboard=dashboard, text=note, **tile)
    add_tags(dashboard, names)
    add_tags(shown, names)

    answer = read_dashboard(access=access, dashboard_id=dashboard.pk, overrides=Overrides()).shape()

    assert_stored(answer, dashboard_shapes.Dashboard, dashboard)
    assert answer["tags"] == answer["tiles"][0]["insight"]["tags"] == sorted(names)
    assert answer["effective_privilege_level"] == (
        37 if by_caller or fields["restriction_level"] == 21 else 21
    )
    for order, (found, row) in enumerate(zip(answer["tiles"], (first, second), strict=True)):
        assert_stored(found, tile_shapes.Tile, row)
        assert found["order"] == order
    assert_stored(answer["tiles"][0]["insight"], insight_shapes.Insight, shown)
    assert_stored(answer["tiles"][1]["text"], tile_shapes.Text, note)
    assert plain(answer["tiles"][0]["insight"]["query"]) == insight["query"]


@in_the_database
@given(fields=dashboard_fields)
def test_a_dashboard_in_a_list(access: ProjectAccess, fields: dict[str, Any]) -> None:
    Dashboard.all_projects.all().delete()
    dashboard = make(Dashboard, access, **fields)
    asked = DashboardFilters(creation_mode=dashboard.creation_mode)
    (row,) = read_dashboards(access=access, filters=asked)[0:10]
    assert_stored(row, dashboard_shapes.DashboardBasic, dashboard)


@in_the_database
@given(fields=insight_fields)
def test_an_insight_alone_and_in_lists(access: ProjectAccess, fields: dict[str, Any]) -> None:
    Insight.all_projects.all().delete()
    insight = make(Insight, access, created_by=access.user, **fields)
    for basic, shape in ((False, insight_shapes.Insight), (True, insight_shapes.InsightBasic)):
        for lookup in (insight.pk, insight.short_id):
            alone = read_insight(access=access, lookup=lookup, overrides=Overrides(), basic=basic)
            assert_stored(alone.shape, shape, insight)
        (row,) = read_insights(
            access=access, filters=InsightFilters(), basic=basic, asking=Asking(timezone.now())
        )[0:10]
        assert_stored(row, shape, insight)
