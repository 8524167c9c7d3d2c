from __future__ import annotations

from posthog_lite.events.models.action import Action
from posthog_lite.events.models.definition import (
    EventDefinition,
    EventProperty,
    PropertyDefinition,
    PropertyKind,
    PropertyType,
)
from posthog_lite.events.models.group import Group, GroupType
from posthog_lite.events.models.outbox import DeletedProject, Movement, OutboxEntry
from posthog_lite.events.models.person import (
    EventDeletion,
    Person,
    PersonDistinctId,
    PersonOverride,
)

__all__ = [
    "Action",
    "DeletedProject",
    "EventDefinition",
    "EventDeletion",
    "EventProperty",
    "Group",
    "GroupType",
    "Movement",
    "OutboxEntry",
    "Person",
    "PersonDistinctId",
    "PersonOverride",
    "PropertyDefinition",
    "PropertyKind",
    "PropertyType",
]
