"""Everything that reads definitions of events, properties and groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Length, TruncDate

from posthog_lite.domain import Missing
from posthog_lite.events.models import (
    EventDefinition,
    EventProperty,
    GroupType,
    PropertyDefinition,
    PropertyKind,
)
from posthog_lite.events.payloads import parse_uuid
from posthog_lite.events.property_names import CAMPAIGN, HIDDEN_OF_EVENTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models.expressions import OrderBy

    from posthog_lite.accounts.models import Project

STALE_AFTER = timedelta(days=30)
FLAG_PREFIX = "$feature/"
Rows = TypeVar("Rows", QuerySet[EventDefinition], QuerySet[PropertyDefinition])


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDefinitionFilters:
    """Filters and order of event definitions."""

    search: str = ""
    names: Sequence[str] = ()
    excluded_properties: Sequence[str] = ()
    event_type: str = "event"
    tags: Sequence[str] = ()
    verified: bool | None = None
    exclude_hidden: bool = False
    exclude_stale: bool = False
    ordering: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyDefinitionFilters:
    """Filters of property definitions; `only_seen` keeps those that `event_names` carried."""

    kind: PropertyKind = PropertyKind.EVENT
    group_type_index: int | None = None
    search: str = ""
    names: Sequence[str] = ()
    excluded_properties: Sequence[str] = ()
    event_names: Sequence[str] = ()
    only_seen: bool = False
    is_numerical: bool | None = None
    is_feature_flag: bool | None = None
    exclude_core_properties: bool = False
    exclude_hidden: bool = False
    verified: bool | None = None


def list_event_definitions(
    *, project: Project, filters: EventDefinitionFilters, now: datetime
) -> QuerySet[EventDefinition]:
    """The definitions of the project's events, by name; found ones by length, then name."""
    rows = _named_like(EventDefinition.objects.for_project(project), filters.search)
    rows = rows.filter(_wanted_events(filters, now))
    if filters.names:
        rows = rows.filter(name__in=filters.names)
    if filters.excluded_properties:
        rows = rows.exclude(name__in=filters.excluded_properties)
    return _in_order(rows, filters.ordering, filters.search)


def has_events(*, project: Project) -> bool:
    """Return whether the project ever had an event."""
    seen = EventDefinition.objects.for_project(project).filter(last_seen_at__isnull=False)
    return seen.exists()


def get_event_definition(*, project: Project, given: str) -> EventDefinition:
    """The definition of this id. Raises Missing."""
    uuid = parse_uuid(given)
    found = EventDefinition.objects.for_project(project).filter(pk=uuid).first() if uuid else None
    if found is None:
        raise Missing("Not found.")
    return found


def get_event_definition_named(*, project: Project, name: str) -> EventDefinition:
    """The definition of the events of this name. Raises Missing."""
    found = EventDefinition.objects.for_project(project).filter(name=name).first()
    if found is None:
        raise Missing("Not found.")
    return found


def primary_properties(*, project: Project, names: Sequence[str] = ()) -> dict[str, str]:
    """The property chosen for each event of these names, or of all; events without are left out."""
    rows = EventDefinition.objects.for_project(project).exclude(primary_property=None)
    rows = rows.filter(name__in=names) if names else rows
    pairs = rows.order_by("name").values_list("name", "primary_property")
    return {name: str(chosen) for name, chosen in pairs}


def list_property_definitions(
    *, project: Project, filters: PropertyDefinitionFilters
) -> QuerySet[PropertyDefinition]:
    """The project's properties, with `is_seen` where events are named; seen ones first."""
    rows = PropertyDefinition.objects.for_project(project)
    rows = _named_like(rows, filters.search).filter(_wanted_properties(filters))
    if filters.names:
        rows = rows.filter(name__in=filters.names)
    if filters.excluded_properties:
        rows = rows.exclude(name__in=filters.excluded_properties)
    if not filters.event_names:
        unknown = Value(value=None, output_field=BooleanField(null=True))
        rows = rows.annotate(is_seen=unknown)
        return (rows.none() if filters.only_seen else rows).order_by("name", "id")
    carried = EventProperty.objects.for_project(project).filter(
        event__in=filters.event_names, property=OuterRef("name")
    )
    rows = rows.annotate(is_seen=Exists(carried))
    rows = rows.filter(is_seen=True) if filters.only_seen else rows
    return rows.order_by("-is_seen", "name", "id")


def events_that_carry(
    *, project: Project, property_name: str, event_names: Sequence[str]
) -> dict[str, bool]:
    """Return whether each event ever carried a property."""
    pairs = EventProperty.objects.for_project(project).filter(
        property=property_name, event__in=event_names
    )
    seen = set(pairs.values_list("event", flat=True))
    return {name: name in seen for name in event_names}


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


def any_tag(tags: Sequence[str]) -> Q:
    """Return the condition that a row has one of these tags."""
    found = Q()
    for tag in tags:
        found |= Q(tags__contains=[tag])
    return found


def _named_like(rows: Rows, search: str) -> Rows:
    """Return the rows whose names contain each word."""
    for word in search.split():
        rows = rows.filter(name__icontains=word)
    return rows


def _in_order(
    rows: QuerySet[EventDefinition], ordering: Sequence[str], search: str
) -> QuerySet[EventDefinition]:
    if ordering:
        return rows.order_by(*(_order(key) for key in ordering), "name", "id")
    if search.strip():
        return rows.order_by(Length("name"), "name", "id")
    return rows.order_by("name", "id")


def _order(key: str) -> OrderBy:
    column, _, kind = key.removeprefix("-").partition("::")
    by = TruncDate(column) if kind else F(column)
    return by.desc(nulls_last=True) if key.startswith("-") else by.asc(nulls_first=True)


def _wanted_events(filters: EventDefinitionFilters, now: datetime) -> Q:
    of_types = {"event_custom": ~Q(name__startswith="$"), "event_posthog": Q(name__startswith="$")}
    wanted = of_types.get(filters.event_type, Q())
    if filters.verified is not None:
        wanted &= Q(verified=filters.verified)
    if filters.exclude_hidden:
        wanted &= Q(hidden=False)
    if filters.exclude_stale:
        wanted &= Q(last_seen_at=None) | Q(last_seen_at__gte=now - STALE_AFTER)
    if filters.tags:
        wanted &= any_tag(filters.tags)
    return wanted


def _wanted_properties(filters: PropertyDefinitionFilters) -> Q:
    wanted = Q(type=filters.kind)
    if filters.group_type_index is not None:
        wanted &= Q(group_type_index=filters.group_type_index)
    if filters.is_numerical is not None:
        numeric = Q(property_type="Numeric")
        wanted &= numeric if filters.is_numerical else Q(property_type=None) | ~numeric
    if filters.is_feature_flag is not None:
        flag = Q(name__startswith=FLAG_PREFIX)
        wanted &= flag if filters.is_feature_flag else ~flag
    if filters.exclude_core_properties:
        wanted &= ~Q(name__startswith="$") & ~Q(name__in=CAMPAIGN)
    if filters.exclude_hidden:
        wanted &= Q(hidden=False)
    if filters.verified is not None:
        wanted &= Q(verified=filters.verified)
    if filters.kind == PropertyKind.EVENT:
        wanted &= ~Q(name__in=HIDDEN_OF_EVENTS) & ~Q(name__startswith="$session_entry_")
    return wanted
