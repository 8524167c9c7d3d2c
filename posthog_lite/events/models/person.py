from __future__ import annotations

from django.db import models

from posthog_lite.tenancy.scoping import ProjectOwnedModel

DISTINCT_ID_LENGTH = 200


class Person(ProjectOwnedModel):
    """A person, known under one or more distinct ids."""

    uuid = models.UUIDField(editable=False)
    properties = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    # False until the first event of somebody whose date nobody told.
    is_dated = models.BooleanField(default=True, editable=False)
    is_identified = models.BooleanField(default=False)
    # Only named by imported events: nobody told of them, and no event was captured.
    is_implicit = models.BooleanField(default=False, editable=False)
    # Of one sequence for all persons: a later state has a higher version, also after a deletion.
    version = models.BigIntegerField(editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "uuid"], name="person_uuid_once_per_project")
        ]
        indexes = [models.Index(fields=["project", "-created_at", "-id"], name="person_list")]

    def __str__(self) -> str:
        return str(self.uuid)


class PersonDistinctId(ProjectOwnedModel):
    """The person an id belongs to; None for an id that was only seen in personless events."""

    distinct_id = models.CharField(max_length=DISTINCT_ID_LENGTH)
    person = models.ForeignKey(
        "events.Person", models.CASCADE, null=True, blank=True, related_name="distinct_ids"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "distinct_id"], name="distinct_id_once_per_project"
            )
        ]

    def __str__(self) -> str:
        return self.distinct_id


class PersonOverride(ProjectOwnedModel):
    """A redirection: events stored with one person's uuid belong to another one.

    It is gone once those events were rewritten.
    """

    old_person_id = models.UUIDField()
    person_id = models.UUIDField()
    version = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "old_person_id"], name="person_override_once_per_old_person"
            )
        ]
        indexes = [models.Index(fields=["project", "person_id"], name="person_override_of_person")]

    def __str__(self) -> str:
        return f"{self.old_person_id} is {self.person_id}"


class EventDeletion(ProjectOwnedModel):
    """A deletion of the events of a person, which the engine does when those before have moved."""

    person_uuid = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True)
    # The entry of the outbox that says it.
    entry_id = models.BigIntegerField()
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "-entry_id", "-id"], name="event_deletion_list"),
            models.Index(fields=["project", "person_uuid"], name="event_deletion_of_person"),
        ]

    def __str__(self) -> str:
        return f"events of {self.person_uuid}"
