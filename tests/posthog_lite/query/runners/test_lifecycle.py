"""Lifecycle. Names carry the numbers of the rules they prove."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.query.context import Action, ActionStep
from tests.support.asking import Asking, Json, event, person, series, where

STATUSES = ["new", "returning", "resurrecting", "dormant"]


def lifecycle(
    date_from: str = "2020-01-01",
    date_to: str = "2020-01-04",
    interval: str = "day",
    **more: Any,
) -> Json:
    return {
        "kind": "LifecycleQuery",
        "series": [series()],
        "dateRange": {"date_from": date_from, "date_to": date_to},
        "interval": interval,
        **more,
    }


def rows(answer: Json) -> dict[str, list[float]]:
    return {row["status"]: row["data"] for row in answer["results"]}


OLD = person("anna", created_at="2019-06-01T00:00:00Z")


def test_rule_137_four_rows_in_order(ask: Asking) -> None:
    answer = ask(lifecycle())
    assert [row["status"] for row in answer["results"]] == STATUSES
    assert rows(answer) == {status: [0, 0, 0, 0] for status in STATUSES}


def test_rule_138_new_are_persons_created_then(ask: Asking) -> None:
    people = (person("anna", created_at="2020-01-02T08:00:00Z"),)
    found = [event("anna", "2020-01-02"), event("anna", "2020-01-03")]
    assert rows(ask(lifecycle(), *found, persons=people)) == {
        "new": [0, 1, 0, 0],
        "returning": [0, 0, 1, 0],
        "resurrecting": [0, 0, 0, 0],
        "dormant": [0, 0, 0, -1],
    }


def test_nobody_is_new_who_was_active_before(ask: Asking) -> None:
    people = (person("anna", created_at="2020-01-02T08:00:00Z"),)
    found = [event("anna", "2020-01-01"), event("anna", "2020-01-02")]
    assert rows(ask(lifecycle(), *found, persons=people)) == {
        "new": [0, 0, 0, 0],
        "returning": [0, 1, 0, 0],
        "resurrecting": [1, 0, 0, 0],
        "dormant": [0, 0, -1, 0],
    }


def test_rule_138_persons_created_before_the_range_are_never_new(ask: Asking) -> None:
    people = (person("anna", created_at="2019-12-31T23:59:59Z"),)
    found = rows(ask(lifecycle(), event("anna", "2020-01-01"), persons=people))
    assert (found["new"], found["resurrecting"]) == ([0, 0, 0, 0], [1, 0, 0, 0])


def test_rule_139_returning_and_resurrecting(ask: Asking) -> None:
    found = [event("anna", f"2020-01-0{day}") for day in (1, 2, 4)]
    answer = rows(ask(lifecycle(), *found, persons=(OLD,)))
    assert answer["returning"] == [0, 1, 0, 0]
    assert answer["resurrecting"] == [1, 0, 0, 1]


def test_rule_140_dormant_is_negative_and_ends_after_one_interval(ask: Asking) -> None:
    answer = rows(ask(lifecycle(), event("anna", "2020-01-02"), persons=(OLD,)))
    assert answer["dormant"] == [0, 0, -1, 0]


def test_rule_141_the_interval_before_the_range_counts(ask: Asking) -> None:
    found = [event("anna", "2019-12-31"), event("anna", "2020-01-01"), event("bob", "2019-12-31")]
    people = (OLD, person("bob", created_at="2019-06-01T00:00:00Z"))
    answer = rows(ask(lifecycle(), *found, persons=people))
    assert answer["returning"] == [1, 0, 0, 0]
    assert answer["dormant"] == [-1, -1, 0, 0]


@pytest.mark.parametrize(
    ("interval", "days"),
    [("week", ["2019-12-29"]), ("month", ["2020-01-01"])],
)
def test_rule_142_ranges_grow_to_whole_intervals(
    ask: Asking, interval: str, days: list[str]
) -> None:
    found = [event("anna", "2020-01-01"), event("bob", "2020-01-04T23:00:00")]
    people = (OLD, person("bob", created_at="2019-06-01T00:00:00Z"))
    query = lifecycle("2020-01-02", "2020-01-03", interval)
    answer = ask(query, *found, persons=people)
    assert answer["results"][0]["days"] == days
    assert rows(answer)["resurrecting"] == [2]


def test_rule_018_weeks_start_on_the_projects_day(ask: Asking) -> None:
    query = lifecycle("2020-01-06", "2020-01-12", "week")
    answer = ask(query, event("anna", "2020-01-12"), persons=(OLD,), week_start=1)
    assert answer["results"][0]["days"] == ["2020-01-06"]
    assert rows(answer)["resurrecting"] == [1]


def test_rule_143_filters_decide_what_is_activity(ask: Asking) -> None:
    found = [event("anna", "2020-01-01", x=1), event("anna", "2020-01-02", x=2)]
    query = lifecycle(properties=[where("x", 2)])
    assert rows(ask(query, *found, persons=(OLD,)))["resurrecting"] == [0, 1, 0, 0]


def test_rule_028_labels_name_the_series_and_the_status(ask: Asking) -> None:
    assert ask(lifecycle())["results"][0]["label"] == "view - new"
    assert ask(lifecycle(series=[series(None)]))["results"][3]["label"] == "All events - dormant"


def test_a_row_has_the_keys_that_clients_read(ask: Asking) -> None:
    query = lifecycle("2020-01-01T00:00:00Z", "2020-01-01T01:00:00Z", "hour")
    answer = ask(query, event("anna", "2020-01-01T00:10:00"), persons=(OLD,))
    assert answer["results"][2] == {
        "action": {"id": "view", "name": "view", "type": "events", "order": 0, "math": "total"},
        "data": [1.0, 0.0],
        "count": 1.0,
        "labels": ["1-Jan 00:00", "1-Jan 01:00"],
        "days": ["2020-01-01 00:00:00", "2020-01-01 01:00:00"],
        "label": "view - resurrecting",
        "status": "resurrecting",
    }


def test_actions_are_named_by_their_number_as_text(ask: Asking) -> None:
    query = lifecycle(series=[{"kind": "ActionsNode", "id": 7}])
    actions = {7: Action(7, "Seen", (ActionStep(event="view"),))}
    answer = ask(query, event("anna", "2020-01-01"), persons=(OLD,), actions=actions)
    assert answer["results"][0]["action"]["id"] == "7"
    assert rows(answer)["resurrecting"] == [1, 0, 0, 0]


def test_a_missing_action_is_refused(ask: Asking) -> None:
    with pytest.raises(DomainError, match=r"Action ID 8 does not exist!"):
        ask(lifecycle(series=[{"kind": "ActionsNode", "id": 8}]))


def test_no_series_is_refused(ask: Asking) -> None:
    with pytest.raises(DomainError, match="Lifecycle insights require at least one series"):
        ask(lifecycle(series=[]))


def test_events_without_a_person_profile_are_left_out(ask: Asking) -> None:
    found = event("anna", "2020-01-01", "view", **{"$process_person_profile": False})
    assert rows(ask(lifecycle(), found, persons=(OLD,)))["resurrecting"] == [0, 0, 0, 0]


def test_groups_have_a_lifecycle(ask: Asking) -> None:
    found = [
        event("anna", "2020-01-02", **{"$group_0": "acme"}),
        event("bob", "2020-01-03", **{"$group_0": "acme"}),
        event("bob", "2020-01-03", **{"$group_0": "never described"}),
        event("carl", "2020-01-02"),
    ]
    groups = [(0, "acme", "2020-01-02T08:00:00Z"), (1, "acme", "2020-01-03T08:00:00Z")]
    answer = ask(lifecycle(aggregation_group_type_index=0), *found, groups=groups)
    assert rows(answer) == {
        "new": [0, 1, 0, 0],
        "returning": [0, 0, 1, 0],
        "resurrecting": [0, 0, 1, 0],
        "dormant": [0, 0, 0, -2],
    }
