"""ActorsQuery where an insight counts groups: groups stand behind its numbers."""

from __future__ import annotations

import pytest

from posthog_lite.domain import DomainError
from tests.support.asking import Asking, Json, actors, event, of, series, trends, where

DATES = {"date_from": "2020-01-02", "date_to": "2020-01-06"}
FUNNEL = {"kind": "FunnelsQuery", "series": [series(), series("buy")]}
GROUPS = [
    (0, "acme", "2020-01-01T00:00:00Z", '{"name": "Acme Inc."}'),
    (1, "acme", "2020-01-01T00:00:00Z", '{"name": "Another type"}'),
]
OF_GROUPS = (
    event("ann", "2020-01-02", **{"$group_0": "acme"}),
    event("bob", "2020-01-02T13:00:00", "buy", **{"$group_0": "acme"}),
    event("bob", "2020-01-02", **{"$group_0": "none such"}),
    event("cat", "2020-01-02"),
    event("cat", "2020-01-03", **{"$group_0": "acme"}),
)
BY_GROUP: Json = {"aggregation_group_type_index": 0, "dateRange": DATES}
VIEW = {"id": "view", "type": "events"}
COMING_BACK: Json = {"targetEntity": VIEW, "returningEntity": VIEW}
ONE_SERIES: Json = {"series": [series()], **BY_GROUP}


def test_groups_are_actors_of_their_own_kind(ask: Asking) -> None:
    query = actors(of(trends(**BY_GROUP), day="2020-01-02"))
    answer = ask(query, *OF_GROUPS, groups=GROUPS)
    assert answer["columns"] == ["group"]
    known = {"name": "Acme Inc."}
    assert answer["results"] == [
        [
            {
                "id": "acme",
                "type": "group",
                "group_key": "acme",
                "group_type_index": 0,
                "properties": known,
                "group_properties": known,
                "created_at": "2020-01-01T00:00:00Z",
            }
        ],
        [{"id": "none such", "type": "group", "group_key": "none such", "group_type_index": 0}],
    ]
    assert answer["missing_actors_count"] == 1


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (of(trends(series(math="unique_group", math_group_type_index=0)), day="2020-01-03"), 1),
        (of({"kind": "LifecycleQuery", **ONE_SERIES}, day="2020-01-03"), 2),
        (of({"kind": "StickinessQuery", **ONE_SERIES}, day=2), 1),
        (of({"kind": "RetentionQuery", "retentionFilter": COMING_BACK, **BY_GROUP}), 2),
        (of({"kind": "PathsQuery", **BY_GROUP}), 2),
        (of({**FUNNEL, **BY_GROUP}, funnelStep=2), 1),
        (of({**FUNNEL, **BY_GROUP}, funnelStep=-2), 1),
    ],
)
def test_groups_of_all_kinds_of_insights(ask: Asking, source: Json, expected: int) -> None:
    query = actors(source, select=["actor", "id"])
    rows = ask(query, *OF_GROUPS, groups=GROUPS, now="2020-01-06T12:00:00Z")["results"]
    assert len(rows) == expected
    assert all(row[0]["id"] == row[1] for row in rows)


@pytest.mark.parametrize("search", ["acme", "inc", "ACME "])
def test_groups_are_searched_by_name_and_key(ask: Asking, search: str) -> None:
    query = actors(of(trends(**BY_GROUP)), select=["id"], search=search)
    assert ask(query, *OF_GROUPS, groups=GROUPS)["results"] == [["acme"]]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (where("name", "Acme Inc.", type="group", group_type_index=0), ["acme"]),
        (where("name", "ACME", "icontains", type="group", group_type_index=0), ["acme"]),
        (where("name", "Another type", type="group", group_type_index=0), []),
        (where("name", None, "is_not_set", type="group", group_type_index=0), ["none such"]),
        (where("$group_key", "such", "icontains", type="group", group_type_index=0), ["none such"]),
        (where("properties.name = 'Acme Inc.'", type="hogql"), ["acme"]),
    ],
)
@pytest.mark.parametrize("key", ["properties", "fixedProperties"])
def test_groups_are_filtered_by_their_properties(
    ask: Asking, key: str, found: Json, expected: list[str]
) -> None:
    query = actors(of(trends(**BY_GROUP)), select=["id"], **{key: [found]})
    rows = ask(query, *OF_GROUPS, groups=GROUPS)["results"]
    assert [group for (group,) in rows] == expected


@pytest.mark.parametrize(
    "query",
    [
        actors(
            of(trends(**BY_GROUP)),
            properties=[where("name", "Acme", type="group", group_type_index=1)],
        ),
        actors(of(trends(**BY_GROUP)), properties=[where("name", "Acme", type="person")]),
        actors(of({**FUNNEL, "funnelsFilter": {"funnelAggregateByHogQL": "event"}}, funnelStep=1)),
    ],
)
def test_what_cannot_be_listed_is_refused(ask: Asking, query: Json) -> None:
    with pytest.raises(DomainError) as refused:
        ask(query)
    assert refused.value.code == "unsupported_query"
