"""ActorsQuery with a source: the people behind a number are those that the chart counts."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthog_lite.domain import DomainError
from posthog_lite.query.nodes.parsing import parse_node
from posthog_lite.query.runners.registry import compute
from tests.support.asking import Asking, Json, actors, event, of, person, series, trends, where
from tests.support.golden import context_of, executor, store

EXAMPLES = settings(
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Ask = Callable[[Json], Json]
DATES = {"date_from": "2020-01-02", "date_to": "2020-01-06"}
OTHER = "$$_posthog_breakdown_other_$$"
HAPPENINGS = st.lists(
    st.builds(
        lambda who, day, hour, name, x: event(who, f"2020-01-{day:02}T{hour:02}:00:00", name, x=x),
        st.sampled_from(["ann", "bob", "cat", "dan"]),
        st.integers(1, 8),
        st.integers(0, 23),
        st.sampled_from(["view", "buy"]),
        st.sampled_from(["a", "b", "c", ""]),
    ),
    min_size=12,
    max_size=30,
)


def asking(engine: ModuleType, events: list[Json]) -> Ask:
    """Ask several queries of one world."""
    case = {
        "now": "2020-01-09T12:00:00Z",
        "timezone": "Europe/Berlin",
        "week_start": 1,
        "events": events,
        "persons": [{"distinct_ids": ["ann"], "created_at": "2020-01-03T12:00:00Z"}],
    }
    context = context_of(case, store(case))
    ask = executor(context, engine)
    return lambda query: compute(parse_node(query), context, ask)


def people(ask: Ask, insight: Json, **source: Any) -> list[str]:
    kind = "FunnelsActorsQuery" if insight["kind"] == "FunnelsQuery" else "InsightActorsQuery"
    found = ask(
        {
            "kind": "ActorsQuery",
            "select": ["id"],
            "source": {"kind": kind, "source": insight, **source},
        }
    )
    ids = [row[0] for row in found["results"]]
    assert len(set(ids)) == len(ids)
    return ids


TRENDS = st.fixed_dictionaries(
    {
        "math": st.sampled_from(["dau", "weekly_active", "first_time_for_user"]),
        "display": st.sampled_from(
            ["ActionsLineGraph", "ActionsLineGraphCumulative", "ActionsTable"]
        ),
        "interval": st.sampled_from(["day", "week", "hour"]),
        "breakdown": st.sampled_from([None, "x"]),
        "limit": st.integers(1, 3),
        "compare": st.booleans(),
    }
)


def trend_of(asked: Json) -> Json:
    more: Json = {"trendsFilter": {"display": asked["display"]}}
    if asked["breakdown"]:
        limit = asked["limit"]
        more["breakdownFilter"] = {"breakdown": "x", "breakdown_limit": limit}
    query = trends(series(math=asked["math"]), interval=asked["interval"], **more)
    return query | {"dateRange": DATES, "compareFilter": {"compare": asked["compare"]}}


@EXAMPLES
@given(events=HAPPENINGS, asked=TRENDS)
def test_people_of_trends_are_those_counted(
    engine: ModuleType, events: list[Json], asked: Json
) -> None:
    if asked["math"] == "weekly_active" and "Cumulative" in asked["display"]:
        asked["display"] = "ActionsLineGraph"
    ask, insight = asking(engine, events), trend_of(asked)
    for row in ask(insight)["results"]:
        source = {"compare": row["compare_label"]} if "compare_label" in row else {}
        if row.get("breakdown_value"):
            source["breakdown"] = row["breakdown_value"]
        # Who carries several of the other values counts for each of them.
        is_exact = row.get("breakdown_value") != OTHER
        numbers = zip(row["days"], row["data"], strict=True)
        places = [({"day": day}, number) for day, number in numbers if number][:4]
        for place, number in places or [({}, row.get("aggregated_value", 0))]:
            found = people(ask, insight, **source, **place) if number else []
            assert len(found) == number or (not is_exact and len(found) < number)


@EXAMPLES
@given(events=HAPPENINGS, interval=st.sampled_from(["day", "week"]))
def test_people_of_lifecycles_are_those_counted(
    engine: ModuleType, events: list[Json], interval: str
) -> None:
    ask = asking(engine, events)
    insight = {
        "kind": "LifecycleQuery",
        "series": [series()],
        "dateRange": DATES,
        "interval": interval,
    }
    for row in ask(insight)["results"]:
        numbers = zip(row["days"], row["data"], strict=True)
        for day, number in [place for place in numbers if place[1]][:1]:
            found = people(ask, insight, day=day, status=row["status"])
            assert len(found) == abs(number)


@EXAMPLES
@given(events=HAPPENINGS, computed=st.sampled_from(["non_cumulative", "cumulative"]))
def test_people_of_stickiness_are_those_counted(
    engine: ModuleType, events: list[Json], computed: str
) -> None:
    ask = asking(engine, events)
    insight = {
        "kind": "StickinessQuery",
        "series": [series("buy"), series()],
        "dateRange": DATES,
        "stickinessFilter": {"computedAs": computed},
        "compareFilter": {"compare": True},
    }
    for row in ask(insight)["results"]:
        place = {"series": row["action"]["order"], "compare": row["compare_label"]}
        for days, number in zip(row["days"], row["data"], strict=True):
            if number or days == 1:
                assert len(people(ask, insight, day=days, **place)) == number


@EXAMPLES
@given(
    events=HAPPENINGS,
    shown=st.sampled_from(
        [
            {"cumulative": True},
            {"timeWindowMode": "24_hour_windows"},
            {"minimumOccurrences": 2},
            {"retentionType": "retention_first_time"},
            {"retentionCustomBrackets": [1, 2]},
        ]
    ),
    has_breakdown=st.booleans(),
)
def test_people_of_retention_are_those_counted(
    engine: ModuleType, events: list[Json], shown: Json, has_breakdown: bool
) -> None:
    entity = {"id": "view", "type": "events"}
    insight: Json = {
        "kind": "RetentionQuery",
        "dateRange": DATES,
        "retentionFilter": {
            "targetEntity": entity,
            "returningEntity": entity,
            "totalIntervals": 4,
            "retentionType": "retention_recurring",
            **shown,
        },
    }
    if has_breakdown:
        insight["breakdownFilter"] = {"breakdown": "x"}
    ask = asking(engine, events)
    for row in [row for row in ask(insight)["results"] if row["values"][0]["count"]][:4]:
        chosen = {} if row["breakdown_value"] is None else {"breakdown": row["breakdown_value"]}
        source = {"kind": "InsightActorsQuery", "source": insight, **chosen}
        source["interval"] = int(row["label"].split()[1])
        days = [f"day_{at}" for at in range(len(row["values"]))]
        columns = ["id", "appearances", *days]
        found = ask({"kind": "ActorsQuery", "select": columns, "source": source})["results"]
        numbers = [cell["count"] for cell in row["values"]]
        assert [sum(at in line[1] for line in found) for at in range(len(days))] == numbers
        assert [sum(column) for column in list(zip(*found, strict=True))[2:]] == numbers


@EXAMPLES
@given(
    events=HAPPENINGS,
    order=st.sampled_from(["ordered", "strict", "unordered"]),
    limit=st.sampled_from([None, 1, 5]),
    attribution=st.sampled_from(["first_touch", "step"]),
)
def test_people_of_funnels_are_those_counted(
    engine: ModuleType, events: list[Json], order: str, limit: int | None, attribution: str
) -> None:
    shown = {"funnelOrderType": order, "breakdownAttributionType": attribution}
    insight: Json = {
        "kind": "FunnelsQuery",
        "series": [series(), series("buy")],
        "dateRange": DATES,
        "funnelsFilter": shown,
    }
    if limit:
        insight["breakdownFilter"] = {"breakdown": "x", "breakdown_limit": limit}
    ask = asking(engine, events)
    found = ask(insight)["results"]
    for steps in found if limit else [found] if found else []:
        chosen = {"funnelStepBreakdown": steps[0]["breakdown_value"]} if limit else {}
        first, second = (step["count"] for step in steps)
        # Who counts for several of the other values counts once among their people.
        is_exact = steps[0].get("breakdown_value") != ["Other"] or attribution == "first_touch"
        for step, number in ((1, first), (2, second), (-2, first - second)):
            who = people(ask, insight, funnelStep=step, **chosen)
            assert len(who) == number or (not is_exact and len(who) < number)


def test_people_of_funnel_trends_are_those_counted(engine: ModuleType) -> None:
    events = [event("ann", "2020-01-02T08:00"), event("ann", "2020-01-02T09:00", "buy")]
    events += [event("bob", "2020-01-02T08:00"), event("cat", "2020-01-03T08:00")]
    insight = {
        "kind": "FunnelsQuery",
        "series": [series(), series("buy")],
        "dateRange": DATES,
        "funnelsFilter": {"funnelVizType": "trends"},
    }
    ask = asking(engine, events)
    assert ask(insight)["results"][0]["data"][:2] == [50.0, 0.0]
    for day, dropped, number in (("02", False, 1), ("02", True, 1), ("03", True, 1)):
        start = f"2020-01-{day} 00:00:00"
        more = {"funnelTrendsEntrancePeriodStart": start, "funnelTrendsDropOff": dropped}
        assert len(people(ask, insight, **more)) == number


ANN = person("ann", "ann-2", created_at="2020-01-01T00:00:00Z", email="ann@example.com")
EVENTS = (
    event("ann", "2020-01-02", x="a"),
    event("ann-2", "2020-01-02", x="a"),
    event("bob", "2020-01-02", x="b"),
    event("cat", "2020-01-03", x="b"),
)


def test_people_of_a_trend_come_with_their_ids_of_events(ask: Asking) -> None:
    asked = actors(of(trends(), day="2020-01-02"), orderBy=["event_count DESC"])
    answer = ask(asked, *EVENTS, persons=(ANN,))
    assert answer["columns"] == ["person", "id", "person.$delete", "event_distinct_ids"]
    (ann, ann_id, _, ids), (bob, *_) = answer["results"]
    assert (ann["id"], ann["distinct_ids"]) == (ann_id, ["ann", "ann-2"])
    assert (sorted(ids), bob["distinct_ids"]) == (["ann", "ann-2"], ["bob"])


def test_people_of_a_source_are_searched_and_filtered(ask: Asking) -> None:
    source = of(trends(), day="2020-01-02")
    found = ask(actors(source, select=["properties.email"], search="ANN@"), *EVENTS, persons=(ANN,))
    assert found["results"] == [["ann@example.com"]]
    filters = [where("email", "ann@example.com", type="person")]
    found = ask(actors(source, select=["count()"], properties=filters), *EVENTS, persons=(ANN,))
    assert found["results"] == [[1]]


def test_sql_names_people(ask: Asking) -> None:
    sql = {
        "kind": "HogQLQuery",
        "query": "select person_id from events where properties.x = {x} limit 5",
        "values": {"x": "b"},
    }
    found = ask(actors(sql, select=["person"]), *EVENTS)
    ids = sorted(row[0]["distinct_ids"] for row in found["results"])
    assert ids == [["bob"], ["cat"]]


def test_persons_are_actors_too(ask: Asking) -> None:
    query = actors(of(trends(), day="2020-01-03"), select=["actor"])
    ((actor,),) = ask(query, *EVENTS, persons=(ANN,))["results"]
    assert actor["distinct_ids"] == ["cat"]


RETENTION = {"kind": "RetentionQuery", "retentionFilter": {"totalIntervals": 3}}
FUNNEL = {"kind": "FunnelsQuery", "series": [series(), series("buy")]}
REFUSED: list[tuple[Json, str]] = [
    (of(trends(), day="2021-01-01"), "query.source.day"),
    (of(trends(), day="never"), "query.source.day"),
    (of(trends(), series=1), "query.source.series"),
    (of(trends(), series="a"), "query.source.series"),
    (of(trends(), breakdown="a"), "query.source.breakdown"),
    (of(trends(), breakdown={"a": 1}), "query.source.breakdown"),
    (of(trends(), compare="previous"), "query.source.compare"),
    (of(trends(), compare="next"), "query.source.compare"),
    (of(trends(series(math="weekly_active"))), "query.source.day"),
    (of({"kind": "LifecycleQuery", "series": [series()]}, status="lost"), "query.source.status"),
    (of({"kind": "StickinessQuery", "series": [series()]}, day="Monday"), "query.source.day"),
    (of(RETENTION, interval=9), "query.source.interval"),
    (of(FUNNEL), "query.source.funnelStep"),
    (of(FUNNEL, funnelStep=3), "query.source.funnelStep"),
    (of(FUNNEL, funnelStep=-1), "query.source.funnelStep"),
    (of({"kind": "EventsQuery"}), "query.source.source"),
    ({"kind": "InsightActorsQuery"}, "query.source.source"),
    ({"kind": "FunnelsActorsQuery", "source": trends()}, "query.source.source"),
    ({"kind": "HogQLQuery", "query": "select 1"}, "query.source.query"),
    ({"kind": "EventsQuery"}, "query.source"),
]


@pytest.mark.parametrize(("source", "attr"), REFUSED)
def test_a_source_that_names_no_number_is_refused(ask: Asking, source: Json, attr: str) -> None:
    with pytest.raises(DomainError) as refused:
        ask(actors(source))
    assert (refused.value.status_code, refused.value.attr) == (400, attr)


PAGES = st.lists(
    st.builds(
        lambda who, minute, page: event(
            who, f"2020-01-02T{minute // 60:02}:{minute % 60:02}:00", "$pageview", **page
        ),
        st.sampled_from(["ann", "bob", "cat", "dan"]),
        st.integers(0, 99),
        st.sampled_from([{"$current_url": f"/{name}"} for name in "abc"]),
    ),
    min_size=6,
    max_size=25,
)
PATHS: Json = {"kind": "PathsQuery", "dateRange": DATES}


@EXAMPLES
@given(events=PAGES, shown=st.sampled_from([{}, {"startPoint": "/a"}, {"stepLimit": 2}]))
def test_people_of_paths_are_those_counted(
    engine: ModuleType, events: list[Json], shown: Json
) -> None:
    ask = asking(engine, events)
    for link in ask({**PATHS, "pathsFilter": shown})["results"]:
        keys = {"pathStartKey": link["source"], "pathEndKey": link["target"]}
        found = actors(of({**PATHS, "pathsFilter": {**shown, **keys}}), select=["event_count"])
        assert sum(row[0] for row in ask(found)["results"]) == link["value"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, ["ann", "bob", "cat"]),
        ({"pathStartKey": "1_/a"}, ["ann", "bob"]),
        ({"pathEndKey": "1_/a"}, ["ann", "bob", "cat"]),
        ({"pathEndKey": "3_/c"}, ["ann"]),
        ({"pathStartKey": "2_/b", "pathEndKey": "3_/a"}, []),
        ({"pathDropoffKey": "2_/b"}, ["bob"]),
        ({"pathDropoffKey": "1_/a", "pathStartKey": "2_/b"}, ["cat"]),
    ],
)
def test_people_of_paths_by_the_names_of_nodes(
    ask: Asking, keys: Json, expected: list[str]
) -> None:
    walks = {"ann": "abc", "bob": "ab", "cat": "a"}
    events = [
        event(who, f"2020-01-02T10:{minute:02}:00", "$pageview", **{"$current_url": f"/{page}"})
        for who, pages in walks.items()
        for minute, page in enumerate(pages)
    ]
    source = of({**PATHS, "pathsFilter": keys})
    query = actors(source, select=["person"], orderBy=["id"])
    people = (person("ann"), person("bob"), person("cat"))
    rows = ask(query, *events, persons=people)["results"]
    assert sorted(row[0]["distinct_ids"][0] for row in rows) == expected
