from __future__ import annotations

import uuid

from django.db import models

from posthog_lite.ids import new_project_token


class Project(models.Model):
    """A project and its one environment: `team_id` and `project_id` in responses are this id."""

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, related_name="projects"
    )
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    api_token = models.CharField(
        max_length=200, unique=True, default=new_project_token, editable=False
    )
    timezone = models.CharField(max_length=240, default="UTC")
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"
