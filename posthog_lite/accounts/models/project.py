from __future__ import annotations

import uuid
from typing import Any

from django.db import models

from posthog_lite.accounts.project_settings import DEFAULTS
from posthog_lite.database.stored_json import as_object
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
    week_start_day = models.SmallIntegerField(null=True, blank=True)  # 0 Sunday, 1 Monday
    test_account_filters = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    anonymize_ips = models.BooleanField(default=False, db_default=False)
    # What clients set and read back, and nothing here acts on; by its name on the wire.
    kept_settings = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(week_start_day__isnull=True)
                | models.Q(week_start_day__in=[0, 1]),
                name="project_week_start_day_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"

    @property
    def settings(self) -> dict[str, Any]:
        """Return what is kept for clients, with defaults for what was never set."""
        return {**DEFAULTS, **as_object(self.kept_settings)}
