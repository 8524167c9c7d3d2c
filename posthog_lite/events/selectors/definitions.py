"""Everything that reads definitions of events, properties and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import BooleanField, Exists, OuterRef, QuerySet, Value

from posthog_lite.domain import Missing
from posthog_lite.events.models import (
    EventDefinition,
    EventProperty,
    GroupType,
    PropertyDefinition,
    PropertyKind,
)
from posthog_lite.events.payloads import parse_uuid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posthog_lite.accounts.models import Project


def list_event_definitions(*, project: Project, search: str = "") -> QuerySet[EventDefinition]:
    """The definitions of the project's events, ordered by name."""
    rows = EventDefinition.objects.for_project(project).order_by("name", "id")
    return rows.filter(name__icontains=search) if search else rows


def has_events(*, project: Project) -> bool:
    """Tell whether the project ever had an event."""
    return EventDefinition.objects.for_project(project).exists()


def get_event_definition(*, project: Project, given: str) -> EventDefinition:
    """The definition of this id. Raises Missing."""
    uuid = parse_uuid(given)
    found = EventDefinition.objects.for_project(project).filter(pk=uuid).first() if uuid else None
    if found is None:
        raise Missing("Not found.")
    return found


def list_property_definitions(
    *,
    project: Project,
    kind: PropertyKind = PropertyKind.EVENT,
    group_type_index: int | None = None,
    search: str = "",
    names: Sequence[str] = (),
    event_names: Sequence[str] = (),
    only_seen: bool = False,
    is_numerical: bool | None = None,
) -> QuerySet[PropertyDefinition]:
    """The project's properties of a kind, with `is_seen` where events are named.

    `only_seen` leaves out those that no event of these names carried.
    """
    rows = PropertyDefinition.objects.for_project(project).filter(type=kind)
    if kind == PropertyKind.GROUP and group_type_index is not None:
        rows = rows.filter(group_type_index=group_type_index)
    if search:
        rows = rows.filter(name__icontains=search)
    if names:
        rows = rows.filter(name__in=names)
    if is_numerical is not None:
        numeric = {"property_type": "Numeric"}
        rows = rows.filter(**numeric) if is_numerical else rows.exclude(**numeric)
    carried = EventProperty.objects.for_project(project).filter(
        event__in=event_names, property=OuterRef("name")
    )
    rows = rows.annotate(
        is_seen=Exists(carried)
        if event_names
        else Value(value=None, output_field=BooleanField(null=True))
    )
    return (rows.filter(Exists(carried)) if only_seen else rows).order_by("name", "id")


def get_property_definition(*, project: Project, given: str) -> PropertyDefinition:
    """The definition of this id. Raises Missing."""
    uuid = parse_uuid(given)
    found = (
        PropertyDefinition.objects.for_project(project).filter(pk=uuid).first() if uuid else None
    )
    if found is None:
        raise Missing("Not found.")
    return found


def list_group_types(*, project: Project) -> QuerySet[GroupType]:
    """The project's types of groups, by their index."""
    return GroupType.objects.for_project(project).order_by("group_type_index")
