"""Paths of random events agree with the plain model."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model import paths
from tests.model.happenings import EXAMPLES, PEOPLE, START, case, event, results
from tests.model.world import Json, world

PAGES = st.sampled_from(["/a", "/a/", "/b", "/b/c", "/", "/d?x=1"])
KINDS = ("$pageview", "$screen", "custom_event")
PAUSES = st.sampled_from([1, 60, 1_799, 1_800, 1_801, 4_000])
HAPPENINGS: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.one_of(
    st.tuples(st.just("$pageview"), PAGES.map(lambda page: {"$current_url": page})),
    st.tuples(st.just("$screen"), st.just({"$screen_name": "/a"})),
    st.tuples(st.sampled_from(["buy", "$pageview", "$other"]), st.just({})),
)
FILTERS = st.fixed_dictionaries(
    {"stepLimit": st.integers(1, 6)},
    optional={
        "startPoint": st.sampled_from(["/a", "/b/", "/"]),
        "endPoint": st.sampled_from(["/a/", "/b"]),
        "includeEventTypes": st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
        "pathGroupings": st.lists(st.sampled_from(["/b*", "/a", "*c", "?x=*"]), max_size=3),
        "excludeEvents": st.lists(st.sampled_from(["/a", "/b*", "buy"]), max_size=2),
        "localPathCleaningFilters": st.just([{"regex": r"\?.*$", "alias": "<q>"}]),
        "edgeLimit": st.integers(1, 4),
        "minEdgeWeight": st.integers(1, 2),
        "maxEdgeWeight": st.integers(1, 2),
    },
)

pytestmark = pytest.mark.slow


@st.composite
def events(draw: st.DrawFn) -> list[Any]:
    """Each person's events with pauses between them, around the half hour that ends a path."""
    found = []
    for who in PEOPLE:
        at = START
        for name, properties in draw(st.lists(HAPPENINGS, max_size=7)):
            at += timedelta(seconds=draw(PAUSES))
            found.append(event(who, at, name, properties))
    return found


def comparable(links: list[Json]) -> list[Any]:
    return [
        (link["source"], link["target"], link["value"], round(link["average_conversion_time"], 3))
        for link in links
    ]


@EXAMPLES
@given(shown=FILTERS, happened=events())
def test_links(shown: Json, happened: list[Json], engine: ModuleType) -> None:
    dates = {"date_from": "2024-01-01", "date_to": "2024-01-03"}
    asked = case({"kind": "PathsQuery", "pathsFilter": shown, "dateRange": dates}, happened)
    expected = paths.answer(world(asked), asked["query"])
    assert comparable(results(asked, engine)) == comparable(expected)
