from __future__ import annotations

from django.db import models

from posthog_lite.tenancy.scoping import ProjectOwnedModel

MOST_TAGS = 1000  # of a dashboard or an insight


class Tag(ProjectOwnedModel):
    """A word that dashboards and insights of a project carry. Unused tags are removed."""

    name = models.CharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="tag_once_per_project")
        ]

    def __str__(self) -> str:
        return self.name
