"""Everything that writes groups on request rather than by an event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import connection

from posthog_lite.database.stored_json import as_object
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from posthog_lite.events.definitions import new_names, write_names
from posthog_lite.events.models import Group, GroupType
from posthog_lite.events.outbox import put_rows
from posthog_lite.events.people import MOST_PROPERTY_BYTES
from posthog_lite.events.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from posthog_lite.accounts.models import Project


class UnknownGroupType(DomainError):
    def __init__(self) -> None:
        super().__init__("No type of groups has this index.", attr="group_type_index")


class GroupKeyTaken(DomainError):
    code = "unique"

    def __init__(self) -> None:
        super().__init__("A group with this key already exists", attr="group_key")


class UnknownGroupProperty(DomainError):
    """The group has no such property."""


class GroupTooLarge(DomainError):
    """The properties would take more room than a group has."""


@one_transaction
def name_group_types(*, project: Project, names: Sequence[Mapping[str, Any]]) -> None:
    """Say what one group and what several groups of a type are called. Raises UnknownGroupType."""
    for row in names:
        found = GroupType.objects.for_project(project).filter(
            group_type_index=row["group_type_index"]
        )
        written = {key: row[key] for key in ("name_singular", "name_plural") if key in row}
        if not (found.update(**written) if written else found.exists()):
            raise UnknownGroupType


@one_transaction
def create_group(
    *,
    project: Project,
    group_type_index: int,
    group_key: str,
    properties: Mapping[str, Any],
    now: datetime,
) -> Group:
    """Create a group. Raises UnknownGroupType, GroupKeyTaken, GroupTooLarge."""
    types = GroupType.objects.for_project(project).filter(group_type_index=group_type_index)
    if not types.exists():
        raise UnknownGroupType
    group = Group(
        project=project,
        group_type_index=group_type_index,
        group_key=group_key,
        created_at=now,
        version=_next_version(),
    )
    Group.objects.bulk_create([group], ignore_conflicts=True)
    found = _locked(group)
    if found.version != group.version:
        raise GroupKeyTaken
    _store(found, dict(properties), now)
    return found


@one_transaction
def set_group_property(*, group: Group, key: str, value: Any, now: datetime) -> Group:
    """Set a property of a group. Raises GroupTooLarge."""
    found = _locked(group)
    _store(found, {**as_object(found.properties), key: value}, now)
    return found


@one_transaction
def delete_group_property(*, group: Group, key: str, now: datetime) -> Group:
    """Take a property from a group. Raises UnknownGroupProperty."""
    found = _locked(group)
    properties = as_object(found.properties)
    if key not in properties:
        raise UnknownGroupProperty(f"Property '{key}' does not exist on this group.", attr="$unset")
    _store(found, {name: properties[name] for name in properties if name != key}, now)
    return found


def _locked(group: Group) -> Group:
    rows = Group.objects.for_project(group.project).select_for_update(no_key=True)
    return rows.get(group_type_index=group.group_type_index, group_key=group.group_key)


def _store(group: Group, properties: dict[str, Any], now: datetime) -> None:
    text = json.dumps(properties)
    if len(text) > MOST_PROPERTY_BYTES:
        raise GroupTooLarge(f"The properties of a group take at most {MOST_PROPERTY_BYTES} bytes.")
    group.properties = properties
    group.version = _next_version()
    group.save(update_fields=["properties", "version"])
    rows = Rows(group.project_id)
    rows.add_group(
        group.group_type_index,
        group.group_key,
        text,
        created_at=group.created_at,
        version=group.version,
    )
    described = [(group.group_type_index, properties)]
    names = new_names(project_id=group.project_id, events=(), group_properties=described, now=now)
    write_names(project_id=group.project_id, names=names)
    put_rows(rows=rows)


def _next_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('events_version_seq')")
        (version,) = cursor.fetchone()
    return int(version)
