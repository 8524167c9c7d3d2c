from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.events import definitions
from posthog_lite.events.models import EventDefinition, PropertyDefinition, PropertyKind
from posthog_lite.events.selectors.definitions import (
    PropertyDefinitionFilters,
    list_property_definitions,
)
from posthog_lite.events.services.definitions import (
    UnknownPropertyType,
    update_event_definition,
    update_property_definition,
)
from tests.posthog_lite.events.capturing import NOW, capture, captured, property_types


def properties(project: Project, **wanted: Any) -> list[Any]:
    filters = PropertyDefinitionFilters(**wanted)
    return list(list_property_definitions(project=project, filters=filters))


def test_names_are_written_down_when_they_arrive(project: Project) -> None:
    capture(project, captured("paid", properties={"price": 5, "$set": {"plan": "pro"}}))
    capture(project, captured("paid", minutes=5), captured("opened", properties={"page": "/"}))

    found = EventDefinition.objects.for_project(project).order_by("name")
    assert [each.name for each in found] == ["opened", "paid"]
    assert found[1].last_seen_at is not None
    assert (found[1].last_seen_at - NOW).total_seconds() == 300
    assert property_types(project) == {
        ("event", "price"): "Numeric",
        ("event", "page"): "String",
        ("person", "plan"): "String",
    }


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("a", True, "Boolean"),
        ("a", "true", "Boolean"),
        ("a", 5, "Numeric"),
        ("a", 5.5, "Numeric"),
        ("a", "5", "String"),
        ("a", "x", "String"),
        ("a", "2026-11-20", "DateTime"),
        ("a", "2026-11-20T10:00:00Z", "DateTime"),
        ("a", "2026-11-20 10:00:00.123+01:00", "DateTime"),
        ("timestamp", 1_700_000_000, "DateTime"),
        ("sent_time", "1700000000000", "DateTime"),
        ("utm_time", "1700000000", "String"),
        ("a", None, None),
        ("a", [1], None),
        ("a", {}, None),
    ],
)
def test_type_is_seen_from_the_value(name: str, value: Any, expected: str | None) -> None:
    assert definitions.detect_type(name, value) == expected


def test_lifted_properties_are_written_down(project: Project) -> None:
    capture(project, captured(properties={"$browser": "Chrome"}))

    found = properties(project, kind=PropertyKind.PERSON)
    assert [each.name for each in found] == ["$browser", "$initial_browser"]


def test_first_type_stays_and_null_has_none(project: Project) -> None:
    capture(project, captured(properties={"x": None}))
    assert property_types(project) == {}

    capture(project, captured(properties={"x": 5}))
    capture(project, captured(properties={"x": "five"}))
    assert property_types(project) == {("event", "x"): "Numeric"}


def test_properties_are_found_by_events(project: Project) -> None:
    capture(project, captured("paid", properties={"price": 5}))
    capture(project, captured("opened", properties={"page": "/"}))

    rows = properties(project, event_names=["paid"])
    assert [(row.name, row.is_seen) for row in rows] == [("price", True), ("page", False)]
    rows = properties(project, event_names=["paid"], only_seen=True)
    assert [row.name for row in rows] == ["price"]
    rows = properties(project, is_numerical=False, search="P")
    assert [row.name for row in rows] == ["page"]
    assert not properties(project, kind=PropertyKind.PERSON)


def test_people_describe_and_retype(project: Project) -> None:
    capture(project, captured("paid", properties={"price": "5"}))
    event = EventDefinition.objects.for_project(project).get()
    price = PropertyDefinition.objects.for_project(project).get()

    update_event_definition(definition=event, changes={"description": "Money", "tags": ["a"]})
    update_property_definition(definition=price, changes={"property_type": "Numeric"})
    with pytest.raises(UnknownPropertyType):
        update_property_definition(definition=price, changes={"property_type": "Text"})

    event.refresh_from_db()
    assert (event.description, event.tags) == ("Money", ["a"])
    assert property_types(project) == {("event", "price"): "Numeric"}


def test_project_has_room_for_so_many_names(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(definitions, "MOST_EVENTS", 2)
    for number in range(5):
        capture(project, captured(f"event {number}"))

    assert EventDefinition.objects.for_project(project).count() == 2
