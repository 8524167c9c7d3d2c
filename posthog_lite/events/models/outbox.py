from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from posthog_lite.tenancy.scoping import ProjectOwnedModel


class OutboxEntry(ProjectOwnedModel):
    """Rows of one request that wait to be moved to the engine. Never changed."""

    # A table of the engine, or `deletions`.
    kind = models.CharField(max_length=32)
    rows = models.PositiveIntegerField()
    # JSON objects, one a line.
    lines = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["project", "id"], name="outbox_in_order")]

    def __str__(self) -> str:
        return f"{self.rows} {self.kind}"


class Movement(ProjectOwnedModel):
    """The batch of a project that is, or was last, on its way to the engine.

    A batch that was interrupted is sent again with the same entries and the same token, by which
    the engine knows it.
    """

    token = models.UUIDField(default=uuid.uuid4)
    entries = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project"], name="movement_once_per_project")
        ]

    def __str__(self) -> str:
        return str(self.token)


class DeletedProject(models.Model):
    """A project that is gone, and whose rows the engine may still have."""

    project_id = models.BigIntegerField(unique=True)

    def __str__(self) -> str:
        return f"project {self.project_id}"
