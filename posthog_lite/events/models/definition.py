from __future__ import annotations

import uuid

from django.db import models

from posthog_lite.tenancy.scoping import ProjectOwnedModel

NAME_LENGTH = 400
MOST_TAGS = 100  # of a definition or an action


class PropertyKind(models.IntegerChoices):
    EVENT = 1, "event"
    PERSON = 2, "person"
    GROUP = 3, "group"
    SESSION = 4, "session"


class PropertyType(models.TextChoices):
    STRING = "String"
    NUMERIC = "Numeric"
    BOOLEAN = "Boolean"
    DATETIME = "DateTime"


class EventDefinition(ProjectOwnedModel):
    """A name of events, made when the first event of that name arrives, or before it by hand."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=NAME_LENGTH)
    description = models.TextField(null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    verified = models.BooleanField(default=False)
    hidden = models.BooleanField(default=False)
    primary_property = models.CharField(max_length=NAME_LENGTH, null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    last_updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], name="event_definition_once_per_project"
            )
        ]
        indexes = [models.Index(fields=["project", "-last_seen_at"], name="event_definition_seen")]

    def __str__(self) -> str:
        return self.name


class PropertyDefinition(ProjectOwnedModel):
    """A name of properties, with the type that filters read its values as."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=NAME_LENGTH)
    type = models.PositiveSmallIntegerField(
        choices=PropertyKind.choices, default=PropertyKind.EVENT
    )
    group_type_index = models.SmallIntegerField(default=-1)
    property_type = models.CharField(
        max_length=20, choices=PropertyType.choices, null=True, blank=True
    )
    description = models.TextField(null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    verified = models.BooleanField(default=False)
    hidden = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "type", "group_type_index", "name"],
                name="property_definition_once_per_project",
            ),
            models.CheckConstraint(
                condition=models.Q(property_type__in=PropertyType.values)
                | models.Q(property_type=None),
                name="property_type_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_numerical(self) -> bool:
        return self.property_type == PropertyType.NUMERIC


class EventProperty(ProjectOwnedModel):
    """A pair of an event name and a property name that occurred together."""

    event = models.CharField(max_length=NAME_LENGTH)
    property = models.CharField(max_length=NAME_LENGTH)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "event", "property"], name="event_property_once_per_project"
            )
        ]
        indexes = [models.Index(fields=["project", "property"], name="event_property_by_property")]

    def __str__(self) -> str:
        return f"{self.event}: {self.property}"
