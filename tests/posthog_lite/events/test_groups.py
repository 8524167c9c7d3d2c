from __future__ import annotations

import json
from typing import Any

import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Group, GroupType
from tests.posthog_lite.events.capturing import capture, captured, waiting


def group(kind: Any, key: Any, **properties: Any) -> Any:
    return captured(
        "$groupidentify",
        f"{kind}_{key}",
        {"$group_type": kind, "$group_key": key, "$group_set": properties},
    )


def test_types_get_the_next_free_index(project: Project) -> None:
    capture(project, group("company", "acme"), captured(properties={"$groups": {"team": "red"}}))
    capture(project, group("site", "x"))

    found = GroupType.objects.for_project(project).values_list("group_type", "group_type_index")
    assert sorted(found) == [("company", 0), ("site", 2), ("team", 1)]


def test_sixth_type_is_ignored(project: Project) -> None:
    capture(project, *(group(f"type {number}", "key") for number in range(7)))
    capture(project, captured(properties={"$groups": {"type 4": "a", "type 6": "b"}}))

    assert GroupType.objects.for_project(project).count() == 5
    row = waiting(project)[-1]
    assert (row["$group_4"], "b" in row.values()) == ("a", False)


def test_properties_are_added_up(project: Project) -> None:
    capture(project, group("company", "acme", size=5, city="Oslo"))
    capture(project, group("company", "acme", size=6), group("company", "acme", plan="pro"))

    found = Group.objects.for_project(project).get()
    assert found.properties == {"size": 6, "city": "Oslo", "plan": "pro"}
    copies = waiting(project, "groups")
    assert copies[0]["version"] < copies[1]["version"] == found.version


def test_keys_stand_in_the_columns_of_events(project: Project) -> None:
    capture(project, captured(properties={"$groups": {"company": "acme", "team": 7}}))

    row = waiting(project)[0]
    assert (row["$group_0"], row["$group_1"]) == ("acme", "7")
    assert json.loads(row["properties"]) == {
        "$groups": {"company": "acme", "team": 7},
        "$group_0": "acme",
        "$group_1": "7",
    }


def test_keys_that_stand_in_the_properties_already_count_too(project: Project) -> None:
    given = {"$group_0": "acme", "$group_1": 7, "$group_2": None, "$groups": {"company": "globex"}}
    capture(project, captured(properties=given), captured(properties={"$group_3": "x"}))

    first, second = waiting(project)
    assert [first[f"$group_{n}"] for n in (0, 1)] == ["globex", "7"]
    assert "$group_2" not in first
    assert second["$group_3"] == "x"


@pytest.mark.parametrize("groups", [None, [], "x", {"company": None}, {"company": ""}, {"": "x"}])
def test_groups_that_are_none_are_ignored(project: Project, groups: Any) -> None:
    capture(project, captured(properties={"$groups": groups}))

    assert not GroupType.objects.for_project(project).exists()


@pytest.mark.parametrize(("kind", "key"), [(None, "x"), ("company", None), ("", "x")])
def test_unnamed_group_is_kept_as_event_only(project: Project, kind: Any, key: Any) -> None:
    capture(project, group(kind, key, size=5))

    assert len(waiting(project)) == 1
    assert not Group.objects.for_project(project).exists()
