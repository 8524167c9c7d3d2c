"""Lifecycle and stickiness of random events agree with plain models of what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from types import ModuleType

from hypothesis import given
from hypothesis import strategies as st

from tests.model.events import PEOPLE, START, ZONES, Calendar, Happening, happenings, ranges
from tests.model.happenings import EXAMPLES
from tests.support.asking import Json
from tests.support.golden import answer

Events = Sequence[Happening]
Range = tuple[date, date]
CALENDARS = st.builds(
    Calendar,
    interval=st.sampled_from(["day", "week", "month"]),
    zone=st.sampled_from(ZONES),
    week_start=st.sampled_from([0, 1]),
)
CREATIONS = st.fixed_dictionaries(
    {who: st.integers(0, 30 * 24).map(lambda h: START + timedelta(hours=h)) for who in PEOPLE}
)


def ask(
    engine: ModuleType,
    calendar: Calendar,
    between: Range,
    found: Events,
    created: dict[str, datetime] | None = None,
    **query: object,
) -> list[Json]:
    dates = {"date_from": str(between[0]), "date_to": str(between[1])}
    case = {
        "now": "2020-06-01T00:00:00Z",
        "timezone": calendar.zone,
        "week_start": calendar.week_start,
        "events": [one.json for one in found],
        "persons": [
            {"distinct_ids": [who], "created_at": at.isoformat()}
            for who, at in (created or {}).items()
        ],
        "query": {
            "series": [{"kind": "EventsNode", "event": "view"}],
            "interval": calendar.interval,
            "dateRange": dates,
            **query,
        },
    }
    rows: list[Json] = answer(case, engine)["results"]
    return rows


def before(calendar: Calendar, bucket: date) -> date:
    return calendar.bucket(bucket - timedelta(days=1))


@EXAMPLES
@given(calendar=CALENDARS, between=ranges(), found=happenings(), created=CREATIONS)
def test_lifecycles_agree(
    engine: ModuleType,
    calendar: Calendar,
    between: Range,
    found: Events,
    created: dict[str, datetime],
) -> None:
    wanted: dict[str, list[int]] = {
        status: [] for status in ("new", "returning", "resurrecting", "dormant")
    }
    active = {(one.who, calendar.bucket(calendar.day(one.at))) for one in found}
    buckets = calendar.buckets(*between)
    looked_at = [before(calendar, buckets[0]), *buckets]
    for bucket in buckets:
        counts = dict.fromkeys(wanted, 0)
        for who in PEOPLE:
            earlier = (who, before(calendar, bucket)) in active
            if (who, bucket) not in active:
                counts["dormant"] -= earlier
            elif calendar.bucket(calendar.day(created[who])) == bucket and not any(
                (who, one) in active for one in looked_at if one < bucket
            ):
                counts["new"] += 1  # and was never active before
            else:
                counts["returning" if earlier else "resurrecting"] += 1
        for status, count in counts.items():
            wanted[status].append(count)
    rows = ask(engine, calendar, between, found, created, kind="LifecycleQuery")
    assert {row["status"]: row["data"] for row in rows} == wanted


@EXAMPLES
@given(
    calendar=CALENDARS,
    between=ranges(),
    found=happenings(),
    joined=st.integers(1, 4),
    least=st.integers(1, 3),
)
def test_stickiness_agrees(
    engine: ModuleType,
    calendar: Calendar,
    between: Range,
    found: Events,
    joined: int,
    least: int,
) -> None:
    buckets = calendar.buckets(*between)
    start = between[0].replace(day=1) if calendar.interval == "month" else between[0]
    length = -(-len(buckets) // joined)
    wanted = [0] * length
    for who in PEOPLE:
        events = [0] * length
        for one in found:
            day = calendar.day(one.at)
            if one.who == who and start <= day <= between[1]:
                events[buckets.index(calendar.bucket(day)) // joined] += 1
        if active := sum(number >= least for number in events):
            wanted[active - 1] += 1
    criteria = {"stickinessCriteria": {"operator": "gte", "value": least}}
    rows = ask(
        engine,
        calendar,
        between,
        found,
        kind="StickinessQuery",
        intervalCount=joined,
        stickinessFilter=criteria,
    )
    assert (rows[0]["data"], rows[0]["count"]) == (wanted, sum(wanted))
