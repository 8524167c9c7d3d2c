"""Everything that people write of definitions; ingestion makes most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.utils import timezone

from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from posthog_lite.events.changes import property_type_changed
from posthog_lite.events.definitions import MOST_EVENTS
from posthog_lite.events.models import EventDefinition, PropertyDefinition, PropertyType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from posthog_lite.accounts.models import Project

Definition = TypeVar("Definition", EventDefinition, PropertyDefinition)


class UnknownPropertyType(DomainError):
    attr = "property_type"


class EventNameTaken(DomainError):
    code = "unique"

    def __init__(self) -> None:
        super().__init__("This project already has an event of this name.", attr="name")


class TooManyEvents(DomainError):
    """The project has as many names of events as it may have."""


@one_transaction
def create_event_definition(*, project: Project, fields: Mapping[str, Any]) -> EventDefinition:
    """Describe an event that nobody has seen yet. Raises EventNameTaken, TooManyEvents."""
    if EventDefinition.objects.for_project(project).count() >= MOST_EVENTS:
        raise TooManyEvents(f"A project has at most {MOST_EVENTS:,} names of events.")
    made = EventDefinition(project=project, **fields)
    # The database says who was first: an event of the name may arrive at this moment.
    EventDefinition.objects.bulk_create([made], ignore_conflicts=True)
    if not EventDefinition.objects.for_project(project).filter(pk=made.pk).exists():
        raise EventNameTaken
    return made


@one_transaction
def update_event_definition(
    *, definition: EventDefinition, changes: Mapping[str, Any]
) -> EventDefinition:
    """Change the fields named in `changes`."""
    return _save(definition, changes)


@one_transaction
def update_property_definition(
    *, definition: PropertyDefinition, changes: Mapping[str, Any]
) -> PropertyDefinition:
    """Change the fields named in `changes`: also property_type. Raises UnknownPropertyType."""
    property_type = changes.get("property_type")
    if property_type is not None and property_type not in PropertyType.values:
        choices = ", ".join(PropertyType.values)
        raise UnknownPropertyType(f"Choose one of {choices}.", attr="property_type")
    is_other = "property_type" in changes and property_type != definition.property_type
    saved = _save(definition, changes)
    if is_other:
        property_type_changed.send(PropertyDefinition, project=definition.project)
    return saved


@one_transaction
def delete_event_definition(*, definition: EventDefinition) -> None:
    """Forget a name of events until the next event of it arrives."""
    definition.delete()


@one_transaction
def delete_property_definition(*, definition: PropertyDefinition) -> None:
    """Forget a name of properties until the next event with it arrives."""
    definition.delete()
    if definition.property_type is not None:
        property_type_changed.send(PropertyDefinition, project=definition.project)


def _save(definition: Definition, changes: Mapping[str, Any]) -> Definition:
    for name, value in changes.items():
        setattr(definition, name, value)
    definition.last_updated_at = timezone.now()
    definition.save(update_fields=[*changes, "last_updated_at"])
    return definition
